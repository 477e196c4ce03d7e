//! What is still to be done, and who is there to do it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, Board, DeadlineId, GrantReturnId, MailId, PersonId, RequirementId, Role, award,
    board_approval, deadline, grant_return, reminder, requirement,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{
    ActivePerson, DigestEntry, Parts, Recipient, Rung, Told, is_long_overdue, is_settled,
    recipients,
};
use crate::calendar::rules::months_in_words;
use crate::{Result, Tx};

/// A deadline that is open, with all that decides who is told of it and how.
#[derive(Clone, Debug)]
pub(super) struct Duty {
    pub(super) deadline: deadline::Model,
    pub(super) grant_return: grant_return::Model,
    requirement: requirement::Model,
    award: award::Model,
    boards_to_agree: Vec<Board>,
}

impl Duty {
    /// Whom to tell today.
    pub(super) fn told(&self, active: &[ActivePerson], today: NaiveDate) -> Told {
        let parts = Parts {
            preparer: self.requirement.preparer_id,
            certifier: self.requirement.certifier_id,
            sender: self.requirement.sender_id,
            lead: self.award.lead_id,
        };
        let late = is_long_overdue(self.deadline.due_on, self.award.nation, today);
        recipients(
            self.grant_return.state,
            &self.boards_to_agree,
            &parts,
            active,
            late,
        )
    }

    /// What a digest says of it.
    pub(super) fn entry(&self, recipient: Recipient) -> DigestEntry {
        DigestEntry {
            name: self.requirement.name.clone(),
            period: months_in_words(self.grant_return.period_from, self.grant_return.period_to),
            award: self.award.title.clone(),
            nation: self.award.nation,
            due_on: self.deadline.due_on,
            due_at: self.deadline.due_at,
            state: self.grant_return.state,
            boards_to_agree: self.boards_to_agree.clone(),
            recipient,
            path: format!("/returns/{}", self.grant_return.id),
        }
    }

    pub(super) fn nation(&self) -> entity::Nation {
        self.award.nation
    }
}

/// The deadlines that are open, of all or of these: a settled duty is not among them.
pub(super) async fn duties(
    conn: &impl ConnectionTrait,
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
    let return_ids: Vec<GrantReturnId> = open.iter().map(|deadline| deadline.return_id).collect();
    let returns: HashMap<GrantReturnId, grant_return::Model> = grant_return::Entity::find()
        .filter(grant_return::Column::Id.is_in(return_ids.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let requirements: HashMap<RequirementId, requirement::Model> = requirement::Entity::find()
        .filter(requirement::Column::Id.is_in(returns.values().map(|row| row.requirement_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let awards: HashMap<AwardId, award::Model> = award::Entity::find()
        .filter(award::Column::Id.is_in(returns.values().map(|row| row.award_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let approvals = board_approval::Entity::find()
        .filter(board_approval::Column::ReturnId.is_in(return_ids))
        .all(conn)
        .await?;
    Ok(open
        .into_iter()
        .filter_map(|deadline| {
            let grant_return = returns.get(&deadline.return_id)?.clone();
            if is_settled(grant_return.state) {
                return None;
            }
            let requirement = requirements.get(&grant_return.requirement_id)?.clone();
            let award = awards.get(&grant_return.award_id)?.clone();
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
            Some(Duty {
                deadline,
                grant_return,
                requirement,
                award,
                boards_to_agree,
            })
        })
        .collect())
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

/// The rungs that are recorded for each deadline and person.
pub(super) async fn recorded(
    conn: &impl ConnectionTrait,
    deadlines: &[DeadlineId],
) -> Result<HashMap<(DeadlineId, PersonId), Vec<Rung>>> {
    let rows = reminder::Entity::find()
        .filter(reminder::Column::DeadlineId.is_in(deadlines.iter().copied()))
        .all(conn)
        .await?;
    let mut recorded: HashMap<_, Vec<Rung>> = HashMap::new();
    for row in rows {
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
    Ok(duties(tx.conn(), Some(&ids))
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
