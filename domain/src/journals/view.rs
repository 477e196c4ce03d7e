//! Journals as readers get them.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, CostCategoryId, GrantReturnId, JournalEventKind, JournalId, JournalState, Money,
    PersonId, PoolId, ReturnState, SpendImportId, SpendLineId, grant_return, journal, journal_line,
    journal_version, spend_import, spend_line,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::ops::{NewLine, reversed, spend_of, turned};
use super::rules::{self, Step};
use super::store;
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::attribution::Moved;
use crate::awards::view::{PoolEffect, pool_effect};
use crate::{Ctx, Db, Error, Result, attribution, returns};

/// A journal, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JournalSummary {
    /// The journal.
    pub id: JournalId,
    /// Its number, from 1.
    pub number: i64,
    /// Where it stands.
    pub state: JournalState,
    /// Why.
    pub reason: String,
    /// How many lines.
    pub lines: i64,
    /// What they come to, in pence.
    #[schema(value_type = i64)]
    pub total_pence: Money,
    /// Who prepared it, by their chosen name.
    pub prepared_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub prepared_at: DateTime<Utc>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub approved_at: Option<DateTime<Utc>>,
    /// Whether it waits for the reader: to approve it, or to change what they prepared.
    pub waits_for_me: bool,
    /// The journal that it takes back.
    pub reverses_id: Option<JournalId>,
    /// Its version, for If-Match.
    pub version: i64,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = JournalLineView)]
pub struct LineView {
    /// Its number, from 1.
    pub line: i32,
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// The pool that pays.
    pub pool_id: PoolId,
    /// What people call it.
    pub pool: String,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// What people call it.
    pub category: String,
    /// Capital; otherwise revenue.
    pub capital: bool,
    /// Pence; negative for what is taken back.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What for.
    pub description: String,
    /// The ledger's transaction that it is about.
    pub ledger_ref: Option<String>,
    /// The ledger's cost centre.
    pub cost_centre: Option<String>,
    /// The spend line that it became.
    pub spend_line_id: Option<SpendLineId>,
}

/// What happened to a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = JournalEventView)]
pub struct EventView {
    /// What.
    pub kind: JournalEventKind,
    /// To which version.
    pub revision: i32,
    /// What was said.
    pub words: String,
    /// Who, by their chosen name.
    pub by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
}

/// Another journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = OtherJournal)]
pub struct Other {
    /// The journal.
    pub id: JournalId,
    /// Its number.
    pub number: i64,
    /// Where it stands.
    pub state: JournalState,
}

/// A return that waits to be agreed or signed, or is signed or sent, whose figures would be others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RestatedReturn {
    /// The return.
    pub id: GrantReturnId,
    /// What people call it, with its period.
    pub title: String,
    /// The award's title.
    pub award: String,
    /// Where it stands.
    pub state: ReturnState,
    /// How many of its figures would be others.
    pub figures: u64,
}

/// An amount taken away from spend that no award paid for, or not all of it: for that much no award
/// pays less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TakenFromNobody {
    /// The line's number, from 1.
    pub line: i32,
    /// How much of it, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// A journal with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JournalView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: JournalSummary,
    /// What shows that it is right.
    pub evidence: String,
    /// Its version that stands, from 1.
    pub revision: i32,
    /// Its lines.
    pub entries: Vec<LineView>,
    /// What happened to it, oldest first.
    pub events: Vec<EventView>,
    /// The journal that it takes back.
    pub reverses: Option<Other>,
    /// The journal that takes it back, or is to.
    pub reversed_by: Option<Other>,
    /// The import that its lines count with.
    pub import_id: Option<SpendImportId>,
    /// What approving it would do to what pays for the spend of its pools; empty once it is decided.
    pub effect: Vec<PoolEffect>,
    /// Returns that wait to be agreed or signed, or are signed or sent, and whose figures would then
    /// be others; empty once it is decided.
    pub restates: Vec<RestatedReturn>,
    /// Amounts that it takes away from spend that no award paid for; empty once it is decided.
    pub from_nobody: Vec<TakenFromNobody>,
    /// Whether the reader may approve it or send it back.
    pub may_approve: bool,
    /// Whether the reader may change or withdraw it.
    pub may_change: bool,
}

/// Which journals.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalFilter {
    /// Only those that stand here.
    pub state: Option<JournalState>,
}

/// Journals: those that wait first, then the newest.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: JournalFilter,
    after: Option<JournalId>,
    limit: u64,
) -> Result<Vec<JournalSummary>> {
    ctx.require(Operation::ReadJournals)?;
    let mut query = store::seen(ctx);
    if let Some(state) = filter.state {
        query = query.filter(journal::Column::State.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(journal::Column::Id.lt(after));
    }
    let rows = query
        .order_by_desc(journal::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    summaries(db, ctx, rows).await
}

/// Journals that wait for the reader, the oldest first.
pub async fn waiting_for_me(db: &Db, ctx: &Ctx) -> Result<Vec<JournalSummary>> {
    /// More than anybody leaves waiting.
    const MOST: u64 = 200;
    if ctx.require(Operation::ReadJournals).is_err() {
        return Ok(Vec::new());
    }
    let rows = store::seen(ctx)
        .filter(journal::Column::State.is_in([JournalState::Waiting, JournalState::SentBack]))
        .order_by_asc(journal::Column::Id)
        .limit(MOST)
        .all(db.read())
        .await?;
    let mut all = summaries(db, ctx, rows).await?;
    all.retain(|one| one.waits_for_me);
    Ok(all)
}

/// How many journals there are.
pub async fn count(db: &Db, ctx: &Ctx) -> Result<u64> {
    ctx.require(Operation::ReadJournals)?;
    Ok(store::seen(ctx).count(db.read()).await?)
}

fn may(
    ctx: &Ctx,
    operation: Operation,
    step: Step,
    row: &journal::Model,
    of: &[journal_version::Model],
) -> bool {
    ctx.require(operation).is_ok()
        && rules::refuse(step, row.state, &store::preparers(of), ctx.person_id()).is_none()
}

async fn summaries(db: &Db, ctx: &Ctx, rows: Vec<journal::Model>) -> Result<Vec<JournalSummary>> {
    let ids: Vec<JournalId> = rows.iter().map(|row| row.id).collect();
    let versions = store::versions(db.read(), &ids).await?;
    let counts = store::counts(db.read(), &rows).await?;
    let all = || versions.values().flatten();
    let people = names_of(
        db,
        all()
            .flat_map(|version| [Some(version.prepared_by), version.approved_by])
            .flatten(),
    )
    .await?;
    rows.iter()
        .map(|row| {
            let of = versions.get(&row.id).map_or(&[][..], Vec::as_slice);
            let lines = counts.get(&row.id).copied().unwrap_or(0);
            summary(ctx, row, of, lines, &people)
        })
        .collect()
}

fn summary(
    ctx: &Ctx,
    row: &journal::Model,
    of: &[journal_version::Model],
    lines: i64,
    people: &HashMap<PersonId, String>,
) -> Result<JournalSummary> {
    let version = of
        .last()
        .ok_or_else(|| Error::internal("a journal without its version"))?;
    let to_approve = may(ctx, Operation::ApproveJournal, Step::Approve, row, of);
    let to_change = row.state == JournalState::SentBack
        && ctx.person_id() == Some(version.prepared_by)
        && ctx.require(Operation::PrepareJournal).is_ok();
    let name = |id: PersonId| people.get(&id).cloned();
    Ok(JournalSummary {
        id: row.id,
        number: row.number,
        state: row.state,
        reason: version.reason.clone(),
        lines,
        total_pence: version.total,
        prepared_by: name(version.prepared_by),
        prepared_at: version.prepared_at,
        approved_by: version.approved_by.and_then(name),
        approved_at: version.approved_at,
        waits_for_me: to_approve || to_change,
        reverses_id: row.reverses_id,
        version: row.version,
    })
}

/// One journal.
pub async fn one(db: &Db, ctx: &Ctx, id: JournalId) -> Result<JournalView> {
    ctx.require(Operation::ReadJournals)?;
    let row = store::one(db.read(), ctx, id).await?;
    let versions = store::versions(db.read(), &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let lines = store::lines(db.read(), id, row.revision).await?;
    let events = store::events(db.read(), id).await?;
    let people = names_of(
        db,
        versions
            .iter()
            .flat_map(|version| [Some(version.prepared_by), version.approved_by])
            .chain(events.iter().map(|event| event.happened_by))
            .flatten(),
    )
    .await?;
    let count = i64::try_from(lines.len()).unwrap_or(0);
    let import_id = store::import_of(db.read(), id).await?;
    let became = became(db, import_id).await?;
    let (pools, categories) = store::called(db.read()).await?;
    let other = |row: journal::Model| Other {
        id: row.id,
        number: row.number,
        state: row.state,
    };
    let reverses = match row.reverses_id {
        Some(original) => Some(other(store::one(db.read(), ctx, original).await?)),
        None => None,
    };
    let evidence = versions.last().map(|version| version.evidence.clone());
    let preview = if row.state == JournalState::Waiting {
        effect(db, ctx, &row, &lines).await?
    } else {
        Preview::default()
    };
    Ok(JournalView {
        effect: preview.pools,
        restates: preview.restates,
        from_nobody: preview.from_nobody,
        evidence: evidence.unwrap_or_default(),
        revision: row.revision,
        entries: lines
            .into_iter()
            .map(|line| LineView {
                line: line.line_no,
                incurred_on: line.incurred_on,
                pool_id: line.pool_id,
                pool: pools.get(&line.pool_id).cloned().unwrap_or_default(),
                category_id: line.category_id,
                category: categories
                    .get(&line.category_id)
                    .cloned()
                    .unwrap_or_default(),
                capital: line.capital,
                amount_pence: line.amount,
                description: line.description,
                ledger_ref: line.ledger_ref,
                cost_centre: line.cost_centre,
                spend_line_id: became.get(&line.line_no).copied(),
            })
            .collect(),
        events: events
            .into_iter()
            .map(|event| EventView {
                kind: event.kind,
                revision: event.revision,
                words: event.words,
                by: event.happened_by.and_then(|by| people.get(&by).cloned()),
                at: event.happened_at,
            })
            .collect(),
        reverses,
        reversed_by: store::reversal_of(db.read(), id).await?.map(other),
        import_id,
        may_approve: may(
            ctx,
            Operation::ApproveJournal,
            Step::Approve,
            &row,
            &versions,
        ),
        may_change: may(
            ctx,
            Operation::PrepareJournal,
            Step::Change,
            &row,
            &versions,
        ),
        summary: summary(ctx, &row, &versions, count, &people)?,
    })
}

/// What approving a journal would do.
#[derive(Default)]
struct Preview {
    pools: Vec<PoolEffect>,
    restates: Vec<RestatedReturn>,
    from_nobody: Vec<TakenFromNobody>,
}

/// What approving a journal would do: to what awards pay, to returns that somebody has before them or
/// that were signed, and where it takes from nobody.
async fn effect(
    db: &Db,
    ctx: &Ctx,
    row: &journal::Model,
    lines: &[journal_line::Model],
) -> Result<Preview> {
    let reversed = reversed(db.read(), row.reverses_id, lines).await?;
    let mut into: BTreeMap<PoolId, Vec<spend_line::Model>> = BTreeMap::new();
    let mut taken: Vec<(i32, SpendLineId, Money)> = Vec::new();
    for line in lines {
        let back = reversed.get(&line.line_no);
        let made = spend_of(SpendImportId::new(), row, line, back);
        if made.amount < Money::ZERO && back.is_none() {
            taken.push((line.line_no, made.id, made.amount));
        }
        into.entry(line.pool_id).or_default().push(made);
    }
    let mut preview = Preview::default();
    let mut moved: BTreeMap<AwardId, Vec<Moved>> = BTreeMap::new();
    let mut paid: BTreeMap<SpendLineId, Money> = BTreeMap::new();
    for (pool, come) in into {
        let effect = attribution::what_if_lines(db, pool, HashSet::new(), come).await?;
        for one in &effect.moved {
            moved.entry(one.award).or_default().push(one.clone());
        }
        paid.extend(&effect.come);
        preview.pools.push(pool_effect(db, pool, effect).await?);
    }
    preview.from_nobody = taken
        .into_iter()
        .filter_map(|(line, id, amount)| {
            let paid = paid.get(&id).copied().unwrap_or_default();
            let amount_pence = paid.minus(amount)?;
            (amount_pence > Money::ZERO).then_some(TakenFromNobody { line, amount_pence })
        })
        .collect();
    for (award, moved) in moved {
        preview
            .restates
            .extend(changed_returns(db, ctx, award, &moved).await?);
    }
    Ok(preview)
}

/// The returns of an award that somebody has before them, or that are signed or sent, whose figures would
/// be others by this; a draft takes it in by itself.
async fn changed_returns(
    db: &Db,
    ctx: &Ctx,
    award: AwardId,
    moved: &[Moved],
) -> Result<Vec<RestatedReturn>> {
    let Some(first) = moved.iter().map(|one| one.on).min() else {
        return Ok(Vec::new());
    };
    // A later return says again what was spent from the beginning.
    let rows = grant_return::Entity::find()
        .filter(grant_return::Column::AwardId.eq(award))
        .filter(grant_return::Column::PeriodTo.gte(first))
        .filter(grant_return::Column::State.is_in([
            ReturnState::AwaitingApproval,
            ReturnState::AwaitingCertification,
            ReturnState::Certified,
            ReturnState::Submitted,
            ReturnState::Accepted,
        ]))
        .order_by_asc(grant_return::Column::PeriodTo)
        .all(db.read())
        .await?;
    let mut changed = Vec::new();
    for row in rows {
        let record = returns::store::record(db.read(), row.id).await?;
        let figures = returns::ops::changed_by(db, ctx, &record, moved).await?;
        if figures > 0 {
            changed.push(RestatedReturn {
                id: row.id,
                title: record.title(),
                award: record.award.title,
                state: row.state,
                figures,
            });
        }
    }
    Ok(changed)
}

/// The lines that would take a journal back, as they are prepared.
pub async fn lines_that_reverse(db: &Db, ctx: &Ctx, id: JournalId) -> Result<Vec<NewLine>> {
    ctx.require(Operation::ReadJournals)?;
    let row = store::one(db.read(), ctx, id).await?;
    turned(&store::lines(db.read(), id, row.revision).await?)
}

/// A journal that spend comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The journal.
    pub id: JournalId,
    /// Its number.
    pub number: i64,
}

/// The journal that the lines of an import come from, if they do.
pub async fn source_of(db: &Db, ctx: &Ctx, import: SpendImportId) -> Result<Option<Source>> {
    if ctx.require(Operation::ReadJournals).is_err() {
        return Ok(None);
    }
    let Some(id) = spend_import::Entity::find_by_id(import)
        .one(db.read())
        .await?
        .and_then(|row| row.journal_id)
    else {
        return Ok(None);
    };
    let row = store::one(db.read(), ctx, id).await?;
    Ok(Some(Source {
        id: row.id,
        number: row.number,
    }))
}

async fn became(db: &Db, import: Option<SpendImportId>) -> Result<HashMap<i32, SpendLineId>> {
    let Some(import) = import else {
        return Ok(HashMap::new());
    };
    Ok(spend_line::Entity::find()
        .filter(spend_line::Column::ImportId.eq(import))
        .all(db.read())
        .await?
        .into_iter()
        .map(|line| (line.row_no, line.id))
        .collect())
}
