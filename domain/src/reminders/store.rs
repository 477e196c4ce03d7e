//! What is still to be done, and who is there to do it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationId, AwardId, Board, CommitmentId, DeadlineId, DeadlineKind, GrantReturnId, MailId,
    PaperId, PaperState, PersonId, RequirementId, Role, VoteChoice, application, award,
    board_approval, certification, commitment, deadline, grant_return, organisation, paper,
    paper_version, pool, programme, reminder, requirement,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{
    ActivePerson, DigestEntry, DigestMatter, Part, Parts, Recipient, Rung, Told,
    but_for_other_offices, is_long_overdue, is_settled, told_of, waits_for, while_they_certify,
};
use crate::calendar::rules::months_in_words;
use crate::decisions::rules::{BOARDS, Progress, Tally, progress, role_on};
use crate::returns::ops::waits_for_preparer;
use crate::returns::rules::Turn;
use crate::returns::store::{Record, turn};
use crate::{Result, Tx, decisions};

/// A deadline that is open, with all that decides who is told of it and how.
#[derive(Clone, Debug)]
pub(super) struct Duty {
    pub(super) deadline: deadline::Model,
    matter: Matter,
}

/// What a deadline is about.
#[derive(Clone, Debug)]
enum Matter {
    Return(Box<OfReturn>),
    Application(Box<OfApplication>),
    Paper(Box<OfPaper>),
    /// An agreement, by its provider's name, whose provider must be told whether it goes on.
    Commitment(String),
    /// A condition of an award that must be met.
    Condition(Box<award::Model>),
}

#[derive(Clone, Debug)]
struct OfReturn {
    grant_return: grant_return::Model,
    requirement: requirement::Model,
    award: award::Model,
    boards_to_agree: Vec<Board>,
    /// Whose turn it is to sign.
    turn: Turn,
    /// Newer facts keep it from being agreed or signed as it is.
    overtaken: bool,
}

/// A paper that the boards have yet to decide on.
#[derive(Clone, Debug)]
struct OfPaper {
    version: paper_version::Model,
    state: PaperState,
    pool: String,
    /// The boards that have yet to decide on its latest version.
    boards_to_decide: Vec<Board>,
    /// Members who have done their part: their board still waits for others' votes.
    done: Vec<(Board, PersonId)>,
}

#[derive(Clone, Debug)]
struct OfApplication {
    application: application::Model,
    programme: programme::Model,
}

impl Duty {
    /// Whom to tell today.
    pub(super) fn told(&self, active: &[ActivePerson], today: NaiveDate) -> Told {
        let late = is_long_overdue(self.deadline.due_on, self.nation(), today);
        match &self.matter {
            Matter::Return(of) => {
                let parts = Parts {
                    preparer: of.requirement.preparer_id,
                    certifier: while_they_certify(of.turn.person, active),
                    sender: of.requirement.sender_id,
                    doer: None,
                    lead: of.award.lead_id,
                };
                let state = of.grant_return.state;
                let active = but_for_other_offices(active, &of.turn.not_these);
                let waiting = waits_for(state, &of.boards_to_agree, of.overtaken);
                told_of(waiting, &parts, &active, late)
            }
            Matter::Application(of) => {
                let lead = of.application.lead_id;
                let parts = Parts {
                    doer: self.deadline.who_id.or(lead),
                    lead,
                    ..Parts::default()
                };
                told_of(vec![Part::Doer], &parts, active, late)
            }
            Matter::Paper(of) => of.told(active, late),
            Matter::Commitment(_) => told_of(vec![Part::Doer], &Parts::default(), active, late),
            Matter::Condition(award) => {
                let parts = Parts {
                    doer: self.deadline.who_id.or(award.lead_id),
                    lead: award.lead_id,
                    ..Parts::default()
                };
                told_of(vec![Part::Doer], &parts, active, late)
            }
        }
    }

    /// What a digest says of it.
    pub(super) fn entry(&self, recipient: Recipient) -> DigestEntry {
        let (name, period, award, matter, path) = match &self.matter {
            Matter::Return(of) => (
                of.requirement.name.clone(),
                months_in_words(of.grant_return.period_from, of.grant_return.period_to),
                of.award.title.clone(),
                DigestMatter::Return {
                    state: of.grant_return.state,
                    boards_to_agree: of.boards_to_agree.clone(),
                    office: of.turn.office.clone(),
                    overtaken: of.overtaken,
                },
                format!("/returns/{}", of.grant_return.id),
            ),
            Matter::Application(of) => (
                self.deadline.title.clone(),
                String::new(),
                of.programme.name.clone(),
                DigestMatter::Application(self.deadline.kind),
                format!("/applications/{}", of.application.id),
            ),
            Matter::Paper(of) => (
                self.deadline.title.clone(),
                String::new(),
                of.pool.clone(),
                DigestMatter::Paper {
                    to_be_changed: of.state == PaperState::ChangesAsked,
                },
                format!("/decisions/{}", of.version.paper_id),
            ),
            Matter::Commitment(provider) => (
                self.deadline.title.clone(),
                String::new(),
                provider.clone(),
                DigestMatter::Notice,
                format!("/commitments/{}", self.deadline.subject_id),
            ),
            Matter::Condition(award) => (
                self.deadline.title.clone(),
                String::new(),
                award.title.clone(),
                DigestMatter::Condition,
                format!(
                    "/awards/{}/conditions/{}",
                    award.id, self.deadline.subject_id
                ),
            ),
        };
        DigestEntry {
            name,
            period,
            award,
            nation: self.nation(),
            due_on: self.deadline.due_on,
            due_at: self.deadline.due_at,
            matter,
            recipient,
            path,
        }
    }

    pub(super) fn nation(&self) -> entity::Nation {
        match &self.matter {
            Matter::Return(of) => of.award.nation,
            Matter::Application(of) => of.application.nation,
            Matter::Condition(award) => award.nation,
            // the boards are the charity's own, and sit in England
            Matter::Paper(_) | Matter::Commitment(_) => entity::Nation::England,
        }
    }
}

impl OfPaper {
    /// Whoever it waits for: the members who have yet to vote; once enough have, all of the board, to
    /// record what was decided; whoever wrote it while a board wants it changed.
    fn told(&self, active: &[ActivePerson], late: bool) -> Told {
        let parts = Parts {
            doer: self.version.written_by,
            lead: self.version.written_by,
            ..Parts::default()
        };
        if self.state == PaperState::ChangesAsked {
            return told_of(vec![Part::Doer], &parts, active, late);
        }
        let asked: Vec<ActivePerson> = active
            .iter()
            .map(|person| {
                let roles = person.roles.iter().copied().filter(|role| {
                    !self
                        .done
                        .iter()
                        .any(|(board, id)| *id == person.id && role_on(*board) == *role)
                });
                ActivePerson {
                    id: person.id,
                    roles: roles.collect(),
                }
            })
            .collect();
        let waiting = self.boards_to_decide.iter().copied().map(Part::Board);
        told_of(waiting.collect(), &parts, &asked, late)
    }
}

/// The deadlines that are open, of all or of these: a settled duty is not among them.
pub(super) async fn duties(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    only: Option<&[DeadlineId]>,
) -> Result<Vec<Duty>> {
    let mut open = deadline::Entity::find()
        .filter(deadline::Column::ClosedAt.is_null())
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id);
    if let Some(only) = only {
        open = open.filter(deadline::Column::Id.is_in(only.iter().copied()));
    }
    let open = open.all(conn).await?;
    let ids = open.iter().filter_map(|row| row.return_id).collect();
    let returns = of_returns(conn, now, ids).await?;
    let ids = open.iter().filter_map(|row| row.application_id).collect();
    let applications = of_applications(conn, ids).await?;
    let ids = open
        .iter()
        .filter(|row| row.kind == DeadlineKind::Decision)
        .map(|row| PaperId(row.subject_id))
        .collect();
    let papers = of_papers(conn, ids).await?;
    let ids = open
        .iter()
        .filter(|row| row.kind == DeadlineKind::Notice)
        .map(|row| CommitmentId(row.subject_id))
        .collect();
    let providers = providers(conn, ids).await?;
    let awards: HashMap<AwardId, award::Model> = award::Entity::find()
        .filter(
            award::Column::Id.is_in(
                open.iter()
                    .filter(|row| row.kind == DeadlineKind::Condition)
                    .filter_map(|row| row.award_id),
            ),
        )
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    Ok(open
        .into_iter()
        .filter_map(|deadline| {
            let matter = match (deadline.return_id, deadline.application_id) {
                (Some(id), _) => Matter::Return(Box::new(returns.get(&id)?.clone())),
                (None, Some(id)) => Matter::Application(Box::new(applications.get(&id)?.clone())),
                (None, None) if deadline.kind == DeadlineKind::Decision => {
                    Matter::Paper(Box::new(papers.get(&PaperId(deadline.subject_id))?.clone()))
                }
                (None, None) if deadline.kind == DeadlineKind::Notice => {
                    let id = CommitmentId(deadline.subject_id);
                    Matter::Commitment(providers.get(&id)?.clone())
                }
                (None, None) if deadline.kind == DeadlineKind::Condition => {
                    Matter::Condition(Box::new(awards.get(&deadline.award_id?)?.clone()))
                }
                (None, None) => return None,
            };
            Some(Duty { deadline, matter })
        })
        .collect())
}

/// The provider's name, by the agreement.
async fn providers(
    conn: &impl ConnectionTrait,
    ids: Vec<CommitmentId>,
) -> Result<HashMap<CommitmentId, String>> {
    let rows = commitment::Entity::find()
        .filter(commitment::Column::Id.is_in(ids))
        .all(conn)
        .await?;
    let names: HashMap<_, String> = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(rows.iter().map(|row| row.provider_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, names.get(&row.provider_id)?.clone())))
        .collect())
}

async fn of_papers(
    conn: &impl ConnectionTrait,
    ids: Vec<PaperId>,
) -> Result<HashMap<PaperId, OfPaper>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = paper::Entity::find()
        .filter(paper::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let mut versions = decisions::store::latest(conn, &ids).await?;
    let votes = decisions::store::votes(conn, &ids).await?;
    let decided = decisions::store::decisions(conn, &ids).await?;
    let quorums = decisions::store::latest_quorums(conn).await?;
    let pools: HashMap<_, String> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(versions.values().map(|version| version.pool_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let version = versions.remove(&row.id)?;
            let of_it = |board| {
                votes.iter().filter(move |vote| {
                    (vote.paper_id, vote.revision, vote.board) == (row.id, row.revision, board)
                })
            };
            let boards_to_decide: Vec<Board> = BOARDS
                .into_iter()
                .filter(|board| {
                    !decided.iter().any(|one| {
                        (one.paper_id, one.revision, one.board) == (row.id, row.revision, *board)
                    })
                })
                .collect();
            let mut done: Vec<(Board, PersonId)> = Vec::new();
            for board in boards_to_decide.iter().copied() {
                let tally = Tally::of(of_it(board).map(|vote| vote.choice));
                let enough = matches!(
                    progress(tally, quorums.get(&board).copied()),
                    Progress::Enough(_)
                );
                // whoever has an interest does not record it either; nor does its writer
                let mut theirs: Vec<PersonId> = of_it(board)
                    .filter(|vote| !enough || vote.choice == VoteChoice::Conflict)
                    .map(|vote| vote.person_id)
                    .collect();
                theirs.extend(version.written_by);
                done.extend(theirs.into_iter().map(|person| (board, person)));
            }
            // who counts in one board is not asked for the other
            for vote in votes.iter().filter(|vote| vote.paper_id == row.id) {
                let other = BOARDS.into_iter().filter(|board| *board != vote.board);
                done.extend(other.map(|board| (board, vote.person_id)));
            }
            Some((
                row.id,
                OfPaper {
                    pool: pools.get(&version.pool_id).cloned().unwrap_or_default(),
                    version,
                    state: row.state,
                    boards_to_decide,
                    done,
                },
            ))
        })
        .collect())
}

async fn of_applications(
    conn: &impl ConnectionTrait,
    ids: Vec<ApplicationId>,
) -> Result<HashMap<ApplicationId, OfApplication>> {
    let applications = application::Entity::find()
        .filter(application::Column::Id.is_in(ids))
        .all(conn)
        .await?;
    let programmes: HashMap<_, programme::Model> = programme::Entity::find()
        .filter(programme::Column::Id.is_in(applications.iter().map(|row| row.programme_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    Ok(applications
        .into_iter()
        .filter_map(|application| {
            let programme = programmes.get(&application.programme_id)?.clone();
            Some((
                application.id,
                OfApplication {
                    application,
                    programme,
                },
            ))
        })
        .collect())
}

async fn of_returns(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    return_ids: Vec<GrantReturnId>,
) -> Result<HashMap<GrantReturnId, OfReturn>> {
    let returns = grant_return::Entity::find()
        .filter(grant_return::Column::Id.is_in(return_ids.iter().copied()))
        .all(conn)
        .await?;
    let requirements: HashMap<RequirementId, requirement::Model> = requirement::Entity::find()
        .filter(requirement::Column::Id.is_in(returns.iter().map(|row| row.requirement_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let awards: HashMap<AwardId, award::Model> = award::Entity::find()
        .filter(award::Column::Id.is_in(returns.iter().map(|row| row.award_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let approvals = board_approval::Entity::find()
        .filter(board_approval::Column::ReturnId.is_in(return_ids.iter().copied()))
        .all(conn)
        .await?;
    let signed = certification::Entity::find()
        .filter(certification::Column::ReturnId.is_in(return_ids))
        .filter(certification::Column::WithdrawnAt.is_null())
        .all(conn)
        .await?;
    let mut known = HashMap::new();
    for grant_return in returns.into_iter().filter(|row| !is_settled(row.state)) {
        let (Some(requirement), Some(award)) = (
            requirements.get(&grant_return.requirement_id).cloned(),
            awards.get(&grant_return.award_id).cloned(),
        ) else {
            continue;
        };
        let record = Record {
            row: grant_return,
            requirement,
            award,
        };
        let overtaken = waits_for_preparer(conn, now, &record).await?;
        let Record {
            row: grant_return,
            requirement,
            award,
        } = record;
        let standing: Vec<certification::Model> = signed
            .iter()
            .filter(|row| row.return_id == grant_return.id)
            .cloned()
            .collect();
        let named = [
            (Board::Trustees, requirement.needs_trustees),
            (Board::Committee, requirement.needs_committee),
        ];
        let boards_to_agree = named
            .into_iter()
            .filter(|(board, needed)| {
                *needed
                    && !approvals.iter().any(|approval| {
                        approval.return_id == grant_return.id
                            && approval.revision == grant_return.revision
                            && approval.board == *board
                    })
            })
            .map(|(board, _)| board)
            .collect();
        let turn = turn(&requirement, &standing)?;
        known.insert(
            grant_return.id,
            OfReturn {
                grant_return,
                requirement,
                award,
                boards_to_agree,
                turn,
                overtaken,
            },
        );
    }
    Ok(known)
}

/// Everybody of the house with a role that holds today. Funders' officers see only what they were
/// sent, and are never reminded of ours.
pub(crate) async fn active_people(
    conn: &impl ConnectionTrait,
    today: NaiveDate,
) -> Result<Vec<ActivePerson>> {
    let mut people: BTreeMap<PersonId, Vec<Role>> = BTreeMap::new();
    let held = crate::access::everybody(conn, today).await?;
    for held in held
        .into_iter()
        .filter(|held| held.role != Role::FundersOfficer)
    {
        people.entry(held.person_id).or_default().push(held.role);
    }
    Ok(people
        .into_iter()
        .map(|(id, roles)| ActivePerson { id, roles })
        .collect())
}

/// The rungs that are recorded for each deadline, as it is dated now, and person.
pub(super) async fn recorded(
    conn: &impl ConnectionTrait,
    deadlines: &[DeadlineId],
) -> Result<HashMap<(DeadlineId, PersonId), Vec<Rung>>> {
    let dated: HashMap<DeadlineId, NaiveDate> = deadline::Entity::find()
        .filter(deadline::Column::Id.is_in(deadlines.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.due_on))
        .collect();
    let rows = reminder::Entity::find()
        .filter(reminder::Column::DeadlineId.is_in(deadlines.iter().copied()))
        .all(conn)
        .await?;
    let mut recorded: HashMap<_, Vec<Rung>> = HashMap::new();
    for row in rows {
        if dated.get(&row.deadline_id) != Some(&row.due_on) {
            continue;
        }
        recorded
            .entry((row.deadline_id, row.person_id))
            .or_default()
            .extend(Rung::from_slug(&row.rung));
    }
    Ok(recorded)
}

/// What a digest speaks of that is still open and still waits for its reader.
pub(crate) async fn still_open(
    tx: &Tx,
    today: NaiveDate,
    mail: MailId,
) -> Result<Vec<DigestEntry>> {
    let spoken_of = reminder::Entity::find()
        .filter(reminder::Column::MailId.eq(mail))
        .filter(reminder::Column::Merged.eq(false))
        .all(tx.conn())
        .await?;
    let ids: Vec<DeadlineId> = spoken_of.iter().map(|row| row.deadline_id).collect();
    let active = active_people(tx.conn(), today).await?;
    Ok(duties(tx.conn(), tx.now(), Some(&ids))
        .await?
        .into_iter()
        .filter_map(|duty| {
            let told = duty.told(&active, today);
            let recipient = told.people.into_iter().find(|recipient| {
                spoken_of.iter().any(|row| {
                    row.deadline_id == duty.deadline.id && row.person_id == recipient.person
                })
            })?;
            Some(duty.entry(recipient))
        })
        .collect())
}
