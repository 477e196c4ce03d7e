//! The verbs of conditions, each one write transaction under the award's lock. Nothing is edited: what a
//! condition says gets a further version, and what happens to it is a further fact.

use chrono::NaiveDate;
use entity::{
    AwardConditionEventId, AwardConditionId, AwardConditionVersionId, AwardId, ConditionEventKind,
    ConditionKind, DeadlineKind, PersonId, award_condition, award_condition_event,
    award_condition_version, person,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{self, ConditionState};
use super::store::{self, Condition};
use crate::access::rules::Operation;
use crate::calendar::rules::{end_of_day, implausible};
use crate::deadlines::ops::Duty;
use crate::{Command, Ctx, Db, Error, Result, Tx, awards, closures, deadlines};

/// What a condition of an award says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionTerms {
    /// What is to be done, in a few words.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say what is to be done, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// What the funder's letter says, word for word.
    #[validate(
        length(max = 4000, message = "Quote at most 4,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 4000)]
    #[serde(default)]
    pub passage: String,
    /// Where that is written: the letter, its page or paragraph.
    #[validate(
        length(max = 200, message = "Enter at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub written_where: String,
    /// When it must be met.
    pub kind: ConditionKind,
    /// London date by which it must be met, where there is one.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Who answers for it; the award's lead where nobody is named.
    #[serde(default)]
    pub who_id: Option<PersonId>,
}

/// A change of what a condition says: the funder moved its date, or it was written down wrongly.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionChange {
    /// The version that is changed: what stands must not have changed meanwhile.
    #[validate(range(min = 1, message = "Say which version is changed."))]
    #[schema(minimum = 1)]
    pub revision: i32,
    /// Why, and with whom it was agreed.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say why, and with whom it was agreed, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
    /// What it says from then on: all of it.
    #[validate(nested)]
    pub terms: ConditionTerms,
}

/// Something that happened to a condition.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConditionFact {
    /// Met, waived, opened again, or recorded by mistake.
    pub kind: ConditionEventKind,
    /// London date on which it happened.
    pub happened_on: NaiveDate,
    /// Who met it or does without it; needed for these two.
    #[validate(
        length(max = 200, message = "Enter at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub by_whom: String,
    /// What shows it; of a condition that is opened again or was recorded by mistake, why.
    #[validate(
        length(
            min = 1,
            max = 2000,
            message = "Say what shows it, or why, in at most 2,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub evidence: String,
    /// Where the evidence is kept: a reference, a letter.
    #[validate(
        length(max = 200, message = "Enter at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub reference: String,
}

async fn check_terms(tx: &Tx, at: &str, terms: &ConditionTerms) -> Result<()> {
    let mut wrong = Vec::new();
    if let Some(on) = terms.due_on {
        wrong.extend(implausible(format!("{at}/due_on"), on));
    }
    if let Some(id) = terms.who_id
        && person::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .is_none()
    {
        wrong.push(crate::FieldError::new(
            format!("{at}/who_id"),
            "unknown",
            "There is no such person.",
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

async fn put(
    tx: &Tx,
    ctx: &Ctx,
    condition_id: AwardConditionId,
    revision: i32,
    reason: &str,
    terms: &ConditionTerms,
) -> Result<()> {
    award_condition_version::ActiveModel {
        id: Set(AwardConditionVersionId::new()),
        condition_id: Set(condition_id),
        revision: Set(revision),
        title: Set(terms.title.trim().to_owned()),
        passage: Set(terms.passage.trim().to_owned()),
        written_where: Set(terms.written_where.trim().to_owned()),
        kind: Set(terms.kind),
        due_on: Set(terms.due_on),
        who_id: Set(terms.who_id),
        reason: Set(reason.trim().to_owned()),
        recorded_by: Set(ctx.person_id()),
        recorded_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    tx.note("condition", terms.title.trim());
    tx.note("kind", terms.kind.slug());
    tx.note("due_on", terms.due_on.map(|on| on.to_string()));
    Ok(())
}

/// The deadline that a condition has now: while it is open and has a date.
pub(super) fn duty(one: &Condition) -> Result<Option<Duty>> {
    let says = one.says()?;
    Ok(says
        .due_on
        .filter(|_| one.state() == ConditionState::Open)
        .map(|due_on| Duty {
            kind: DeadlineKind::Condition,
            subject_id: one.row.id.into(),
            who_id: says.who_id,
            title: says.title.clone(),
            due_on,
            due_at: end_of_day(due_on),
        }))
}

/// Makes the deadlines of an award's conditions those that follow from how they stand: none once the award
/// is closed.
pub(crate) async fn settle(tx: &Tx, award_id: AwardId) -> Result<()> {
    let mut wanted = Vec::new();
    if !closures::store::is_closed(tx.conn(), award_id).await? {
        for one in store::of_awards(tx.conn(), &[award_id]).await? {
            wanted.extend(duty(&one)?);
        }
    }
    deadlines::ops::keep_of_award(tx, award_id, &[DeadlineKind::Condition], &wanted).await
}

/// Records the first condition of an award that was just made.
pub(crate) async fn put_first(
    tx: &Tx,
    ctx: &Ctx,
    award_id: AwardId,
    terms: &ConditionTerms,
) -> Result<()> {
    insert(tx, ctx, award_id, 1, terms).await?;
    Ok(())
}

async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    award_id: AwardId,
    seq: i32,
    terms: &ConditionTerms,
) -> Result<AwardConditionId> {
    let id = AwardConditionId::new();
    award_condition::ActiveModel {
        id: Set(id),
        award_id: Set(award_id),
        seq: Set(seq),
        recorded_by: Set(ctx.person_id()),
        recorded_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    put(tx, ctx, id, 1, "", terms).await?;
    settle(tx, award_id).await?;
    Ok(id)
}

/// Records a condition of an award.
pub async fn state(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    new: &ConditionTerms,
) -> Result<AwardConditionId> {
    ctx.require(Operation::KeepConditions)?;
    new.validate()?;
    let command = Command::on(Operation::KeepConditions, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        check_terms(tx, "", new).await?;
        let known = store::of_awards(tx.conn(), &[award_id]).await?;
        if known.len() >= rules::MOST {
            return Err(Error::refused(
                "too-many-conditions",
                "An award has at most 200 conditions: put what belongs together into one.",
            ));
        }
        let seq = known.last().map_or(1, |one| one.row.seq.saturating_add(1));
        insert(tx, ctx, award_id, seq, new).await
    })
    .await
}

/// Changes what a condition says, by a further version with its reason.
pub async fn restate(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardConditionId,
    change: &ConditionChange,
) -> Result<AwardConditionId> {
    ctx.require(Operation::KeepConditions)?;
    change.validate()?;
    let command = Command::on(Operation::KeepConditions, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        let known = store::one(tx.conn(), award_id, id).await?;
        let says = known.says()?;
        if says.revision != change.revision {
            return Err(Error::Stale);
        }
        check_terms(tx, "/terms", &change.terms).await?;
        let same = ConditionTerms {
            title: says.title.clone(),
            passage: says.passage.clone(),
            written_where: says.written_where.clone(),
            kind: says.kind,
            due_on: says.due_on,
            who_id: says.who_id,
        };
        if same == change.terms {
            return Err(Error::invalid(
                "/terms",
                "nothing",
                "This is what it says already: change something.",
            ));
        }
        let revision = says.revision.saturating_add(1);
        put(tx, ctx, id, revision, &change.reason, &change.terms).await?;
        tx.note("reason", change.reason.trim());
        settle(tx, award_id).await?;
        Ok(id)
    })
    .await
}

/// Records what happened to a condition.
pub async fn record(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardConditionId,
    new: &NewConditionFact,
) -> Result<AwardConditionEventId> {
    ctx.require(Operation::KeepConditions)?;
    new.validate()?;
    let command = Command::on(Operation::KeepConditions, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        let known = store::one(tx.conn(), award_id, id).await?;
        rules::check_next(known.state(), new.kind)?;
        let last = known.events.last();
        let wrong = rules::check_fact(
            new.kind,
            new.happened_on,
            &new.by_whom,
            last.map(|event| event.happened_on),
            ctx.today(),
        );
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let event = AwardConditionEventId::new();
        award_condition_event::ActiveModel {
            id: Set(event),
            condition_id: Set(id),
            seq: Set(last.map_or(1, |event| event.seq.saturating_add(1))),
            kind: Set(new.kind),
            happened_on: Set(new.happened_on),
            by_whom: Set(new.by_whom.trim().to_owned()),
            evidence: Set(new.evidence.trim().to_owned()),
            reference: Set(new.reference.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        tx.note("condition", known.says()?.title.clone());
        tx.note("became", new.kind.slug());
        tx.note("happened_on", new.happened_on.to_string());
        tx.note("reason", new.evidence.trim());
        settle(tx, award_id).await?;
        Ok(event)
    })
    .await
}
