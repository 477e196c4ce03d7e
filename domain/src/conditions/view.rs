//! Conditions as readers get them.

use chrono::NaiveDate;
use entity::{AwardConditionId, AwardId, ConditionEventKind, ConditionKind, PersonId};
use serde::Serialize;

use super::rules::{ConditionState, next};
use super::store::{self, Condition};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::calendar::rules::when_in_words;
use crate::{Ctx, Db, Result, awards};

/// A condition of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardCondition)]
pub struct ConditionView {
    /// Its id.
    pub id: AwardConditionId,
    /// What is to be done, in a few words.
    pub title: String,
    /// What the funder's letter says, word for word.
    pub passage: String,
    /// Where that is written.
    pub written_where: String,
    /// When it must be met.
    pub kind: ConditionKind,
    /// London date by which it must be met, where there is one.
    pub due_on: Option<NaiveDate>,
    /// "in 14 days", "3 days ago", while it is open and has a date.
    pub when_in_words: Option<String>,
    /// Open, and its day is over.
    pub overdue: bool,
    /// Who answers for it, where a person is named.
    pub who_id: Option<PersonId>,
    /// Their chosen name.
    pub who: Option<String>,
    /// How it stands.
    pub state: ConditionState,
    /// Since which London date, where something happened to it.
    pub since_on: Option<NaiveDate>,
    /// What can be recorded of it now.
    pub next: Vec<ConditionEventKind>,
    /// The number of its latest version: name it to change what it says.
    pub revision: i32,
    /// What it said, the newest first.
    pub versions: Vec<VersionView>,
    /// What happened to it, the newest first.
    pub facts: Vec<FactView>,
}

/// A version of what a condition says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardConditionVersion)]
pub struct VersionView {
    /// Counts its versions: 1, 2, 3 …
    pub revision: i32,
    /// What is to be done, in a few words.
    pub title: String,
    /// What the letter says.
    pub passage: String,
    /// Where that is written.
    pub written_where: String,
    /// When it must be met.
    pub kind: ConditionKind,
    /// London date by which it must be met.
    pub due_on: Option<NaiveDate>,
    /// The chosen name of who answered for it.
    pub who: Option<String>,
    /// Why it was changed; empty for the first.
    pub reason: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: chrono::DateTime<chrono::Utc>,
}

/// Something that happened to a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardConditionFact)]
pub struct FactView {
    /// Met, waived, opened again, or recorded by mistake.
    pub kind: ConditionEventKind,
    /// London date.
    pub happened_on: NaiveDate,
    /// Who met it or does without it.
    pub by_whom: String,
    /// What shows it, or why.
    pub evidence: String,
    /// Where the evidence is kept.
    pub reference: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: chrono::DateTime<chrono::Utc>,
}

/// A condition that must be met before the funder pays, and is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnmetCondition {
    /// The condition.
    pub id: AwardConditionId,
    /// What is to be done.
    pub title: String,
}

/// The conditions of an award by what needs attention: those that are open, by their date; then those
/// that have none; then what is met, waived or withdrawn.
pub async fn of_award(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<Vec<ConditionView>> {
    ctx.require(Operation::ReadConditions)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let known = store::of_awards(db.read(), &[award_id]).await?;
    let mut views = views(db, ctx, &known).await?;
    views.sort_by_key(|one| {
        let open = one.state == ConditionState::Open;
        let first = one.kind == ConditionKind::BeforePayment;
        (
            one.state == ConditionState::Withdrawn,
            !open,
            one.due_on.is_none() || !open,
            one.due_on.filter(|_| open),
            !first,
        )
    });
    Ok(views)
}

/// Who can answer for a condition: those who are officers today, by name.
pub async fn who_may(db: &Db, ctx: &Ctx) -> Result<Vec<awards::view::Lead>> {
    ctx.require(Operation::KeepConditions)?;
    awards::view::officers(db, ctx).await
}

/// One condition of an award.
pub async fn one(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardConditionId,
) -> Result<ConditionView> {
    ctx.require(Operation::ReadConditions)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let known = store::one(db.read(), award_id, id).await?;
    views(db, ctx, std::slice::from_ref(&known))
        .await?
        .pop()
        .ok_or(crate::Error::NotFound)
}

async fn views(db: &Db, ctx: &Ctx, known: &[Condition]) -> Result<Vec<ConditionView>> {
    let people = known.iter().flat_map(|one| {
        let versions = one.versions.iter();
        versions
            .flat_map(|row| [row.who_id, row.recorded_by])
            .chain(one.events.iter().map(|row| row.recorded_by))
            .flatten()
    });
    let names = names_of(db, people).await?;
    let name = |id: Option<PersonId>| id.and_then(|id| names.get(&id).cloned());
    let today = ctx.today();
    known
        .iter()
        .map(|one| {
            let says = one.says()?;
            let state = one.state();
            let due = says.due_on.filter(|_| state == ConditionState::Open);
            Ok(ConditionView {
                id: one.row.id,
                title: says.title.clone(),
                passage: says.passage.clone(),
                written_where: says.written_where.clone(),
                kind: says.kind,
                due_on: says.due_on,
                when_in_words: due.map(|on| when_in_words(today, on)),
                overdue: due.is_some_and(|on| on < today),
                who_id: says.who_id,
                who: name(says.who_id),
                state,
                since_on: one.events.last().map(|event| event.happened_on),
                next: next(state).to_vec(),
                revision: says.revision,
                versions: one
                    .versions
                    .iter()
                    .rev()
                    .map(|row| VersionView {
                        revision: row.revision,
                        title: row.title.clone(),
                        passage: row.passage.clone(),
                        written_where: row.written_where.clone(),
                        kind: row.kind,
                        due_on: row.due_on,
                        who: name(row.who_id),
                        reason: row.reason.clone(),
                        recorded_by: name(row.recorded_by),
                        recorded_at: row.recorded_at,
                    })
                    .collect(),
                facts: one
                    .events
                    .iter()
                    .rev()
                    .map(|row| FactView {
                        kind: row.kind,
                        happened_on: row.happened_on,
                        by_whom: row.by_whom.clone(),
                        evidence: row.evidence.clone(),
                        reference: row.reference.clone(),
                        recorded_by: name(row.recorded_by),
                        recorded_at: row.recorded_at,
                    })
                    .collect(),
            })
        })
        .collect()
}
