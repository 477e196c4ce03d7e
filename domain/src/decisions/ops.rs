//! The verbs of papers, each one write transaction under the paper's lock.

use chrono::NaiveDate;
use entity::{
    AllocationId, Board, BoardDecisionId, BoardOutcome, DeadlineKind, Money, OrganisationId,
    PaperId, PaperState, PersonId, PoolId, VoteChoice, allocation, board_decision, board_quorum,
    organisation, paper, paper_version, pool, vote,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, Progress, Tally, board_in_words, board_name, role_on};
use super::store;
use crate::access::rules::Operation;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{Moment, date_without_weekday, implausible, london_date};
use crate::deadlines::ops::Duty;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, deadlines, settings};

/// What a paper asks both boards to decide.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperTerms {
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter what people call it, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// Why, in plain words: what would change for people, and what happens if nothing is decided.
    #[validate(
        length(min = 1, max = 4000, message = "Say why, in at most 4,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    pub why: String,
    /// Whose money is asked for.
    pub pool_id: PoolId,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// What it is for, in one sentence.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say what it is for, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub purpose: String,
    /// Who would do it, where that is settled.
    #[serde(default)]
    pub provider_id: Option<OrganisationId>,
    /// Who asks for it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say who asks for it, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub requested_by: String,
    /// By when it should be decided, in London.
    pub decide_by: Moment,
}

/// Where a paper stands after a verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PaperStands)]
pub struct Stands {
    /// The paper.
    pub id: PaperId,
    /// Where it stands.
    pub state: PaperState,
    /// Its latest version's number.
    pub revision: i32,
    /// Its version, for If-Match.
    pub version: i64,
    /// What both boards' agreement made of it.
    pub allocation_id: Option<AllocationId>,
}

impl PaperTerms {
    fn check(&self) -> Result<()> {
        self.validate()?;
        let mut wrong = Vec::new();
        if !is_amount(self.amount_pence) || self.amount_pence == Money::ZERO {
            wrong.push(FieldError::new(
                "/amount_pence",
                "out-of-range",
                "Enter an amount of more than nothing.",
            ));
        }
        if self.why.trim().is_empty() {
            wrong.push(FieldError::new("/why", "required", "Say why."));
        }
        wrong.extend(implausible("/decide_by", self.decide_by.on));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }

    async fn check_known(&self, tx: &Tx) -> Result<()> {
        if pool::Entity::find_by_id(self.pool_id)
            .one(tx.conn())
            .await?
            .is_none()
        {
            return Err(Error::invalid(
                "/pool_id",
                "unknown",
                "There is no such pool.",
            ));
        }
        if let Some(id) = self.provider_id
            && organisation::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .is_none()
        {
            return Err(Error::invalid(
                "/provider_id",
                "unknown",
                "There is no such organisation.",
            ));
        }
        Ok(())
    }

    async fn put(&self, tx: &Tx, ctx: &Ctx, id: PaperId, revision: i32) -> Result<()> {
        self.check_known(tx).await?;
        paper_version::ActiveModel {
            id: Set(Uuid::now_v7()),
            paper_id: Set(id),
            revision: Set(revision),
            title: Set(self.title.trim().to_owned()),
            why: Set(self.why.trim().to_owned()),
            pool_id: Set(self.pool_id),
            amount: Set(self.amount_pence),
            purpose: Set(self.purpose.trim().to_owned()),
            provider_id: Set(self.provider_id),
            requested_by: Set(self.requested_by.trim().to_owned()),
            decide_by_on: Set(self.decide_by.on),
            decide_by_at: Set(self.decide_by.ends()),
            written_by: Set(ctx.person_id()),
            written_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        tx.note("title", self.title.trim());
        tx.note("amount_pence", self.amount_pence.pence());
        tx.note("revision", revision);
        Ok(())
    }
}

/// The deadline that a paper has now.
pub(super) fn duty(row: &paper::Model, version: &paper_version::Model) -> Option<Duty> {
    (!rules::is_settled(row.state)).then(|| Duty {
        kind: DeadlineKind::Decision,
        subject_id: row.id.into(),
        who_id: None,
        title: version.title.clone(),
        due_on: version.decide_by_on,
        due_at: version.decide_by_at,
    })
}

/// The paper stands so now: its version counts on, and its deadline follows.
async fn settled(
    tx: &Tx,
    row: paper::Model,
    state: PaperState,
    allocation_id: Option<AllocationId>,
) -> Result<Stands> {
    let version = row.version + 1;
    let mut changed = row.into_active_model();
    changed.state = Set(state);
    changed.version = Set(version);
    let row = changed.update(tx.conn()).await?;
    let wanted: Vec<Duty> = duty(&row, &store::version(tx.conn(), &row).await?)
        .into_iter()
        .collect();
    deadlines::ops::keep_of(tx, row.id, &[DeadlineKind::Decision], &wanted).await?;
    Ok(Stands {
        id: row.id,
        state: row.state,
        revision: row.revision,
        version: row.version,
        allocation_id,
    })
}

/// Writes a paper: its first version, for both boards.
pub async fn write(db: &Db, ctx: &Ctx, new: &PaperTerms) -> Result<PaperId> {
    ctx.require(Operation::WritePaper)?;
    new.check()?;
    if new.decide_by.ends() < ctx.now() {
        return Err(Error::invalid(
            "/decide_by",
            "in-the-past",
            "Enter a date that is still to come.",
        ));
    }
    db.write(ctx, Command::new(Operation::WritePaper), async |tx| {
        let id = PaperId::new();
        tx.subject("paper", id);
        let row = paper::ActiveModel {
            id: Set(id),
            state: Set(PaperState::Open),
            revision: Set(1),
            withdrawn_because: Set(None),
            version: Set(0),
            created_by: Set(ctx.person_id()),
            created_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        new.put(tx, ctx, id, 1).await?;
        settled(tx, row, PaperState::Open, None).await?;
        Ok(id)
    })
    .await
}

/// Writes a new version of a paper. Whatever was said and decided of the version before counts no
/// more: both boards decide anew.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    id: PaperId,
    new: &PaperTerms,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::WritePaper)?;
    new.check()?;
    db.write(
        ctx,
        Command::on(Operation::WritePaper, "paper", id),
        async |tx| {
            let row = store::locked(tx, ctx, id).await?;
            if expected.is_some_and(|expected| expected != row.version) {
                return Err(Error::Stale);
            }
            still_to_decide(&row)?;
            let revision = row.revision + 1;
            new.put(tx, ctx, id, revision).await?;
            let mut row = row.into_active_model();
            row.revision = Set(revision);
            let row = row.update(tx.conn()).await?;
            settled(tx, row, PaperState::Open, None).await
        },
    )
    .await
}

fn still_to_decide(row: &paper::Model) -> Result<()> {
    if rules::is_settled(row.state) {
        return Err(Error::refused(
            "paper-is-settled",
            format!(
                "This paper is {}. Write another one.",
                rules::state_in_words(row.state)
            ),
        ));
    }
    Ok(())
}

/// Why a paper is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaperWithdrawal)]
pub struct Withdrawal {
    /// Why.
    #[validate(
        length(min = 1, max = 1000, message = "Say why, in at most 1,000 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// Takes a paper back that is not decided. This cannot be undone.
pub async fn withdraw(
    db: &Db,
    ctx: &Ctx,
    id: PaperId,
    why: &Withdrawal,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::WritePaper)?;
    why.validate()?;
    db.write(
        ctx,
        Command::on(Operation::WritePaper, "paper", id),
        async |tx| {
            let row = store::locked(tx, ctx, id).await?;
            if expected.is_some_and(|expected| expected != row.version) {
                return Err(Error::Stale);
            }
            still_to_decide(&row)?;
            tx.note("withdrawn", true);
            tx.note("reason", why.reason.trim());
            let mut changed = row.into_active_model();
            changed.withdrawn_because = Set(Some(why.reason.trim().to_owned()));
            changed.state = Set(PaperState::Withdrawn);
            let row = changed.update(tx.conn()).await?;
            settled(tx, row, PaperState::Withdrawn, None).await
        },
    )
    .await
}

/// What a member says of a version.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVote {
    /// For which board it counts.
    pub board: Board,
    /// Which version was read.
    #[schema(minimum = 1)]
    pub revision: i32,
    /// To agree, to ask for a change, not to agree; or a conflict of interest, which is no vote.
    pub choice: VoteChoice,
    /// What should change, or what the interest is: needed for those two. Everybody inside reads it.
    #[validate(
        length(max = 1000, message = "Enter at most 1,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub words: String,
}

/// Refuses somebody who is not on the board.
async fn is_member(db: &Db, ctx: &Ctx, board: Board) -> Result<PersonId> {
    let person = ctx.person()?.id;
    let home = settings::home(db).await?;
    if home.is_some_and(|home| ctx.actor.holds_for(role_on(board), home)) {
        Ok(person)
    } else {
        Err(Error::NotAllowed(format!(
            "Only a member of {} does that.",
            board_in_words(board)
        )))
    }
}

/// The paper under its lock, if it is open and this is its latest version.
async fn open_version(
    tx: &Tx,
    ctx: &Ctx,
    id: PaperId,
    revision: i32,
) -> Result<(paper::Model, paper_version::Model)> {
    let row = store::locked(tx, ctx, id).await?;
    if revision != row.revision {
        return Err(Error::refused(
            "paper-has-changed",
            format!(
                "The paper was changed after version {revision}. Read version {} first.",
                row.revision
            ),
        ));
    }
    if row.state != PaperState::Open {
        return Err(Error::refused(
            "paper-is-not-open",
            format!("This paper is {}.", rules::state_in_words(row.state)),
        ));
    }
    let version = store::version(tx.conn(), &row).await?;
    Ok((row, version))
}

/// Says what one thinks of a paper: a member's own vote, or that they have an interest in it. It
/// takes the place of what they said of this version before, until their board has decided.
pub async fn cast(db: &Db, ctx: &Ctx, id: PaperId, new: &NewVote) -> Result<Stands> {
    ctx.require(Operation::CastVote)?;
    new.validate()?;
    let person = is_member(db, ctx, new.board).await?;
    let words = new.words.trim();
    if words.is_empty() {
        match new.choice {
            VoteChoice::Change => {
                return Err(Error::invalid(
                    "/words",
                    "required",
                    "Say what should change.",
                ));
            }
            VoteChoice::Conflict => {
                return Err(Error::invalid(
                    "/words",
                    "required",
                    "Say what your interest is, in a few words.",
                ));
            }
            VoteChoice::Agree | VoteChoice::Against => {}
        }
    }
    db.write(
        ctx,
        Command::on(Operation::CastVote, "paper", id),
        async |tx| {
            let (row, version) = open_version(tx, ctx, id, new.revision).await?;
            let said = store::votes(tx.conn(), &[id]).await?;
            let mine = said.iter().filter(|one| one.person_id == person);
            let voted_for = mine.clone().map(|one| one.board).next();
            let decided = store::decided(tx.conn(), &row).await?;
            let written_by = version.written_by;
            if let Some((rule, why)) =
                rules::why_not_vote(new.board, person, written_by, voted_for, &decided)
            {
                return Err(Error::refused(rule, why));
            }
            if let Some(before) = mine.into_iter().find(|one| one.revision == row.revision) {
                let mut before = before.clone().into_active_model();
                before.superseded_at = Set(Some(tx.now()));
                before.update(tx.conn()).await?;
            }
            vote::ActiveModel {
                id: Set(Uuid::now_v7()),
                paper_id: Set(id),
                revision: Set(row.revision),
                board: Set(new.board),
                person_id: Set(person),
                choice: Set(new.choice),
                words: Set(words.to_owned()),
                cast_at: Set(tx.now()),
                superseded_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            tx.note("board", new.board.slug());
            tx.note("revision", row.revision);
            // what was said stands in the paper's own record, where its board can read it
            if new.choice == VoteChoice::Conflict {
                tx.note("conflict", true);
            }
            Ok(Stands {
                id,
                state: row.state,
                revision: row.revision,
                version: row.version,
                allocation_id: None,
            })
        },
    )
    .await
}

/// A board's decision, as its member records it. What was decided follows from its members' votes.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBoardDecision {
    /// Which board.
    pub board: Board,
    /// Which version it decided on.
    #[schema(minimum = 1)]
    pub revision: i32,
    /// London date of the decision.
    pub decided_on: NaiveDate,
    /// Where it is minuted.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say where it is minuted, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub minute: String,
}

/// Records what a board decided on a version: what follows from its members' votes, once enough of
/// them have voted. When both boards have agreed to the same version, it becomes an allocation. This
/// cannot be undone.
pub async fn record(db: &Db, ctx: &Ctx, id: PaperId, new: &NewBoardDecision) -> Result<Stands> {
    ctx.require(Operation::RecordDecision)?;
    new.validate()?;
    let person = is_member(db, ctx, new.board).await?;
    if new.decided_on > ctx.today() {
        return Err(Error::invalid(
            "/decided_on",
            "in-the-future",
            "The decision cannot be after today.",
        ));
    }
    db.write(
        ctx,
        Command::on(Operation::RecordDecision, "paper", id),
        async |tx| {
            let (row, version) = open_version(tx, ctx, id, new.revision).await?;
            let written_on = london_date(version.written_at);
            if new.decided_on < written_on {
                return Err(Error::invalid(
                    "/decided_on",
                    "before-the-version",
                    format!(
                        "Version {} was written on {}, so a board cannot have decided on it before.",
                        row.revision,
                        date_without_weekday(written_on)
                    ),
                ));
            }
            let decided = store::decided(tx.conn(), &row).await?;
            let said = store::votes(tx.conn(), &[id]).await?;
            let voted_for = said
                .iter()
                .find(|one| one.person_id == person)
                .map(|one| one.board);
            if let Some((rule, why)) =
                rules::why_not_vote(new.board, person, version.written_by, voted_for, &decided)
            {
                return Err(Error::refused(rule, why));
            }
            let of_it = || {
                said.iter()
                    .filter(|one| one.revision == row.revision && one.board == new.board)
            };
            if of_it().any(|one| one.person_id == person && one.choice == VoteChoice::Conflict) {
                return Err(Error::refused(
                    "conflict-of-interest",
                    "You declared a conflict, so another member records the decision.",
                ));
            }
            let tally = Tally::of(of_it().map(|one| one.choice));
            let quorum = store::quorums(tx.conn(), new.decided_on)
                .await?
                .remove(&new.board);
            let outcome = enough(new.board, tally, quorum.as_ref())?;
            let free = store::free(tx.conn(), ctx, &[version.pool_id]).await?;
            let decision_id = BoardDecisionId::new();
            board_decision::ActiveModel {
                id: Set(decision_id),
                paper_id: Set(id),
                revision: Set(row.revision),
                board: Set(new.board),
                outcome: Set(outcome),
                decided_on: Set(new.decided_on),
                minute: Set(new.minute.trim().to_owned()),
                quorum: Set(quorum.map_or(1, |quorum| quorum.members)),
                agreed: Set(tally.agree),
                changes: Set(tally.change),
                against: Set(tally.against),
                conflicts: Set(tally.conflicts),
                free: Set(free.get(&version.pool_id).copied().unwrap_or_default()),
                recorded_by: Set(person),
                recorded_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            tx.note("board", new.board.slug());
            tx.note("outcome", outcome.slug());
            tx.note("revision", row.revision);
            tx.note("minute", new.minute.trim());
            let mut both = decided;
            both.push((new.board, outcome));
            let state = rules::state_of(&both, false);
            let allocation_id = if state == PaperState::Agreed {
                Some(allocate(tx, &row, &version).await?)
            } else {
                None
            };
            settled(tx, row, state, allocation_id).await
        },
    )
    .await
}

/// What a board's votes come to, if enough of its members voted.
fn enough(
    board: Board,
    tally: Tally,
    quorum: Option<&board_quorum::Model>,
) -> Result<BoardOutcome> {
    match rules::progress(tally, quorum.map(|quorum| quorum.members)) {
        Progress::Enough(outcome) => Ok(outcome),
        Progress::NoQuorumKnown => Err(Error::refused(
            "quorum-not-known",
            format!(
                "Nobody has said how many members make a decision of {}. An administrator does, \
                 from its rules.",
                board_in_words(board)
            ),
        )),
        Progress::TooFew(missing) => Err(Error::refused(
            "no-quorum",
            format!(
                "{} needs {missing} more {} for a decision. A member with a conflict does not \
                 count.",
                board_name(board),
                if missing == 1 { "vote" } else { "votes" }
            ),
        )),
    }
}

/// Both boards agreed to the same version: it is an allocation.
async fn allocate(
    tx: &Tx,
    row: &paper::Model,
    version: &paper_version::Model,
) -> Result<AllocationId> {
    let agreed: Vec<board_decision::Model> = store::decisions(tx.conn(), &[row.id])
        .await?
        .into_iter()
        .filter(|one| one.revision == row.revision && one.outcome == BoardOutcome::Agreed)
        .collect();
    let of = |board| {
        agreed
            .iter()
            .find(|one| one.board == board)
            .ok_or_else(|| Error::internal("an allocation without a board’s agreement"))
    };
    let (trustees, committee) = (of(Board::Trustees)?, of(Board::Committee)?);
    let id = AllocationId::new();
    allocation::ActiveModel {
        id: Set(id),
        paper_id: Set(row.id),
        revision: Set(row.revision),
        pool_id: Set(version.pool_id),
        amount: Set(version.amount),
        purpose: Set(version.purpose.clone()),
        provider_id: Set(version.provider_id),
        trustees_decision_id: Set(trustees.id),
        committee_decision_id: Set(committee.id),
        decided_on: Set(trustees.decided_on.max(committee.decided_on)),
        made_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    tx.note("allocated_pence", version.amount.pence());
    Ok(id)
}

/// How many members make a decision of a board.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuorum {
    /// Which board.
    pub board: Board,
    /// So many members must vote; those with a conflict do not count.
    #[validate(range(min = 1, max = 100, message = "Enter a number from 1 to 100."))]
    #[schema(minimum = 1, maximum = 100)]
    pub members: i32,
    /// From which London date.
    pub valid_from: NaiveDate,
    /// Where it is written: the governing document, a minute.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say where it is written, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub minute: String,
}

/// Says how many members make a decision of a board, from a day on. What was decided before stands.
pub async fn set_quorum(db: &Db, ctx: &Ctx, new: &NewQuorum) -> Result<Uuid> {
    ctx.require(Operation::SetQuorum)?;
    new.validate()?;
    if let Some(wrong) = implausible("/valid_from", new.valid_from) {
        return Err(Error::Invalid(vec![wrong]));
    }
    db.write(ctx, Command::new(Operation::SetQuorum), async |tx| {
        let id = Uuid::now_v7();
        board_quorum::ActiveModel {
            id: Set(id),
            board: Set(new.board),
            members: Set(new.members),
            valid_from: Set(new.valid_from),
            minute: Set(new.minute.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        tx.note("board", new.board.slug());
        tx.note("members", new.members);
        tx.note("valid_from", new.valid_from.to_string());
        tx.note("minute", new.minute.trim());
        Ok(id)
    })
    .await
}
