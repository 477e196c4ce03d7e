//! Runs of a pool as readers get them: what each changed, or would.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AttributionRunId, AwardId, Money, PersonId, PoolId, RunState, RunsTakeEffect, SpendLineId,
    attribution, attribution_proposal, attribution_run, contribution, pool, spend_line,
};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};
use serde::Serialize;
use uuid::Uuid;

use super::store;
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::attribution::Effect;
use crate::awards::view::{PoolEffect, pool_effect, titles};
use crate::db::statement;
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result, pools};

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStanding {
    /// It counts.
    TookEffect,
    /// It waits for a person.
    Waits,
    /// A person set it aside; it may still be applied.
    SetAside,
    /// A person applied it: it takes effect within minutes.
    Applied,
    /// What it rested on changed before it took effect: another took its place.
    Overtaken,
}

impl RunStanding {
    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::TookEffect => "took-effect",
            Self::Waits => "waits",
            Self::SetAside => "set-aside",
            Self::Applied => "applied",
            Self::Overtaken => "overtaken",
        }
    }
}

/// A run of a pool’s rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AttributionRun)]
pub struct RunView {
    /// Its id.
    pub id: AttributionRunId,
    /// The pool.
    pub pool_id: PoolId,
    /// Why it ran, in words.
    pub cause: String,
    /// How it stands.
    pub standing: RunStanding,
    /// Spend lines considered.
    pub lines: i64,
    /// Pence attributed after it.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Pence that no award pays for after it.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// When it was worked out (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub worked_out_at: DateTime<Utc>,
    /// When it took effect (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub took_effect_at: Option<DateTime<Utc>>,
    /// What a person was asked, where one was.
    pub proposal: Option<ProposalView>,
}

/// What a person was asked of a run, and what they said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RunProposal)]
pub struct ProposalView {
    /// Pence that it would take away from awards that pay them as people were shown.
    #[schema(value_type = i64)]
    pub taken_pence: Money,
    /// The chosen name of who applied it.
    pub applied_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub applied_at: Option<DateTime<Utc>>,
    /// The chosen name of who set it aside.
    pub set_aside_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub set_aside_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<String>,
}

/// A run with what it changed, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AttributionRunChange)]
pub struct RunChange {
    /// The run.
    #[serde(flatten)]
    pub run: RunView,
    /// What each award of the pool pays before and after it, and what of the same spend no award pays for. Nothing
    /// where it was overtaken: what it would have changed is not kept.
    pub effect: Option<PoolEffect>,
    /// How many lines it changes in all.
    pub lines_changed: i64,
    /// Of how many it takes something away from an award that pays for them.
    pub lines_moved: i64,
}

/// A line of which a run takes something away from an award that pays for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = MovedLine)]
pub struct MovedLine {
    /// The line.
    pub line_id: SpendLineId,
    /// When goods or services were received (London date).
    pub incurred_on: NaiveDate,
    /// Who was paid.
    pub supplier: Option<String>,
    /// What the ledger says of it.
    pub description: Option<String>,
    /// Pence of the line.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Pence of it that move.
    #[schema(value_type = i64)]
    pub moved_pence: Money,
    /// What changes, by award: below nothing what is taken away. Empty where it moves within one award.
    pub changes: Vec<LineChange>,
}

/// What an award pays of a line after a run, less before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = MovedLineChange)]
pub struct LineChange {
    /// The award.
    pub award_id: AwardId,
    /// Its title.
    pub award: String,
    /// Pence.
    #[schema(value_type = i64)]
    pub change_pence: Money,
}

/// What was said of which runs of a pool take effect by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolRunRule)]
pub struct RunRuleView {
    /// Its id.
    pub id: entity::PoolRunRuleId,
    /// Which runs do.
    pub runs: RunsTakeEffect,
    /// Who agreed that.
    pub agreed_by: String,
    /// Why.
    pub reason: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: DateTime<Utc>,
}

/// A run that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRun {
    /// The run.
    pub id: AttributionRunId,
    /// The pool.
    pub pool_id: PoolId,
    /// What that is called.
    pub pool: String,
    /// Pence that it would take away from awards that pay them now.
    pub taken: Money,
    /// Why it ran, in words.
    pub cause: String,
}

/// What was said of which runs of a pool take effect by themselves, the newest first: that one holds. Until anything
/// is said, all do.
pub async fn rules(db: &Db, ctx: &Ctx, pool: PoolId) -> Result<Vec<RunRuleView>> {
    ctx.require(Operation::ReadPools)?;
    pools::store::one(db.read(), ctx, pool).await?;
    let said = store::said(db.read(), pool).await?;
    let names = names_of(db, said.iter().filter_map(|row| row.recorded_by)).await?;
    let mut views: Vec<RunRuleView> = said
        .into_iter()
        .map(|row| RunRuleView {
            id: row.id,
            runs: row.runs,
            agreed_by: row.agreed_by,
            reason: row.reason,
            recorded_by: row.recorded_by.and_then(|id| names.get(&id).cloned()),
            recorded_at: row.recorded_at,
        })
        .collect();
    views.reverse();
    Ok(views)
}

/// Which runs of a pool take effect by themselves.
pub async fn rule(db: &Db, ctx: &Ctx, pool: PoolId) -> Result<RunsTakeEffect> {
    ctx.require(Operation::ReadPools)?;
    pools::store::one(db.read(), ctx, pool).await?;
    store::rule(db.read(), pool).await
}

/// A part of the runs of a pool, the newest first: those that took effect, and those that a person was asked about.
pub async fn runs(
    db: &Db,
    ctx: &Ctx,
    pool: PoolId,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<RunView>> {
    ctx.require(Operation::ReadPools)?;
    pools::store::one(db.read(), ctx, pool).await?;
    let asked = attribution_proposal::Entity::find()
        .select_only()
        .column(attribution_proposal::Column::RunId)
        .filter(attribution_proposal::Column::PoolId.eq(pool));
    let mut keyed = attribution_run::Entity::find()
        .filter(attribution_run::Column::PoolId.eq(pool))
        .filter(
            attribution_run::Column::AcceptedSeq
                .is_not_null()
                .or(attribution_run::Column::Id.in_subquery(asked.into_query())),
        )
        .cursor_by((
            attribution_run::Column::CreatedAt,
            attribution_run::Column::Id,
        ));
    keyed.desc();
    if let Some(after) = after {
        keyed.after((after.instant(), after.id));
    }
    let rows = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::at(row.created_at, row.id));
    Ok(Slice {
        next: rows.next,
        items: dressed(db, rows.items).await?,
    })
}

async fn dressed(db: &Db, rows: Vec<attribution_run::Model>) -> Result<Vec<RunView>> {
    let mut proposals: HashMap<AttributionRunId, attribution_proposal::Model> =
        attribution_proposal::Entity::find()
            .filter(attribution_proposal::Column::RunId.is_in(rows.iter().map(|row| row.id)))
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.run_id, row))
            .collect();
    let who: Vec<PersonId> = proposals
        .values()
        .flat_map(|row| [row.applied_by, row.set_aside_by])
        .flatten()
        .collect();
    let names = names_of(db, who).await?;
    let name = |id: Option<PersonId>| id.and_then(|id| names.get(&id).cloned());
    Ok(rows
        .into_iter()
        .map(|row| {
            let proposal = proposals.remove(&row.id);
            RunView {
                id: row.id,
                pool_id: row.pool_id,
                standing: standing(row.state, proposal.as_ref()),
                cause: row.cause,
                lines: row.lines,
                attributed_pence: row.attributed,
                unfunded_pence: row.unfunded,
                worked_out_at: row.created_at,
                took_effect_at: row.accepted_at,
                proposal: proposal.map(|row| ProposalView {
                    taken_pence: row.taken,
                    applied_by: name(row.applied_by),
                    applied_at: row.applied_at,
                    set_aside_by: name(row.set_aside_by),
                    set_aside_at: row.set_aside_at,
                    reason: row.reason,
                }),
            }
        })
        .collect())
}

fn standing(state: RunState, proposal: Option<&attribution_proposal::Model>) -> RunStanding {
    match (state, proposal) {
        (RunState::Accepted, _) => RunStanding::TookEffect,
        (RunState::Proposed, Some(row)) if row.applied_at.is_some() => RunStanding::Applied,
        (RunState::Proposed, Some(row)) if row.set_aside_at.is_some() => RunStanding::SetAside,
        (RunState::Proposed, _) => RunStanding::Waits,
        (RunState::Computing | RunState::Abandoned, _) => RunStanding::Overtaken,
    }
}

/// One run of a pool, if it took effect or a person was asked about it.
async fn row(
    db: &Db,
    ctx: &Ctx,
    pool: PoolId,
    id: AttributionRunId,
) -> Result<attribution_run::Model> {
    pools::store::one(db.read(), ctx, pool).await?;
    let row = attribution_run::Entity::find_by_id(id)
        .filter(attribution_run::Column::PoolId.eq(pool))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    if row.state != RunState::Accepted && store::row(db.read(), id).await?.is_none() {
        return Err(Error::NotFound);
    }
    Ok(row)
}

/// A run with what it changed, or would.
pub async fn one(db: &Db, ctx: &Ctx, pool: PoolId, id: AttributionRunId) -> Result<RunChange> {
    ctx.require(Operation::ReadPools)?;
    let row = row(db, ctx, pool, id).await?;
    let spend = row.attributed.plus(row.unfunded);
    let unfunded = row.unfunded;
    let seq = row.accepted_seq.unwrap_or(i64::MAX);
    let run = dressed(db, vec![row]).await?.pop().ok_or(Error::NotFound)?;
    let mut change = RunChange {
        effect: None,
        lines_changed: 0,
        lines_moved: 0,
        run,
    };
    if change.run.standing == RunStanding::Overtaken {
        return Ok(change);
    }
    let conn = db.read();
    let mut effect = Effect::default();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT t.award_id, \
               CAST(SUM(CASE WHEN t.run_id = $1 THEN 0 ELSE t.amount END) AS bigint) AS stood, \
               CAST(SUM(t.amount) AS bigint) AS stands \
             FROM attribution_total t JOIN attribution_run r ON r.id = t.run_id \
             WHERE r.pool_id = $2 \
               AND (r.id = $1 OR (r.state = 'accepted' AND r.accepted_seq < $3)) \
             GROUP BY t.award_id",
            [id.into(), pool.into(), seq.into()],
        ))
        .await?
    {
        let stood = Money(row.try_get("", "stood")?);
        let stands = Money(row.try_get("", "stands")?);
        effect
            .awards
            .insert(AwardId(row.try_get("", "award_id")?), (stood, stands));
    }
    let before = Money::sum(effect.awards.values().map(|(stood, _)| *stood));
    let unfunded_before = spend
        .zip(before)
        .and_then(|(spend, before)| spend.minus(before))
        .ok_or_else(|| Error::internal("a pool's spend adds up to more than can be counted"))?;
    effect.unfunded = (unfunded_before, unfunded);
    change.effect = Some(pool_effect(db, pool, effect).await?);
    if let Some(row) = conn
        .query_one_raw(statement(
            conn,
            format!(
                "SELECT CAST(COUNT(*) AS bigint) AS lines, \
                   CAST(COALESCE(SUM(CASE WHEN m.taken > 0 THEN 1 ELSE 0 END), 0) AS bigint) AS moved \
                 FROM ({TAKEN}) m"
            ),
            [id.into()],
        ))
        .await?
    {
        change.lines_changed = row.try_get("", "lines")?;
        change.lines_moved = row.try_get("", "moved")?;
    }
    Ok(change)
}

/// What a run takes away from awards, by line.
const TAKEN: &str = "SELECT a.line_id, CAST(SUM(CASE \
       WHEN (l.amount > 0 AND a.amount < 0) OR (l.amount < 0 AND a.amount > 0) \
       THEN ABS(a.amount) ELSE 0 END) AS bigint) AS taken \
     FROM attribution a JOIN spend_line l ON l.id = a.line_id \
     WHERE a.run_id = $1 GROUP BY a.line_id";

/// A part of the lines of which a run takes something away from an award that pays for them, the most first.
pub async fn moved(
    db: &Db,
    ctx: &Ctx,
    (pool, id): (PoolId, AttributionRunId),
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<MovedLine>> {
    ctx.require(Operation::ReadSpend)?;
    let row = row(db, ctx, pool, id).await?;
    if matches!(row.state, RunState::Abandoned | RunState::Computing) {
        return Ok(Slice {
            items: Vec::new(),
            next: None,
        });
    }
    let conn = db.read();
    let (most, from) = after.map_or((i64::MAX, Uuid::nil()), |after| (after.key, after.id));
    let mut taken: Vec<(SpendLineId, i64)> = Vec::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            format!(
                "SELECT m.line_id, m.taken FROM ({TAKEN}) m WHERE m.taken > 0 \
                   AND (m.taken < $2 OR (m.taken = $2 AND m.line_id > $3)) \
                 ORDER BY m.taken DESC, m.line_id LIMIT $4"
            ),
            [
                id.into(),
                most.into(),
                from.into(),
                i64::try_from(limit.saturating_add(1))
                    .unwrap_or(i64::MAX)
                    .into(),
            ],
        ))
        .await?
    {
        taken.push((
            SpendLineId(row.try_get("", "line_id")?),
            row.try_get("", "taken")?,
        ));
    }
    let taken = Slice::cut(taken, limit, |(line, taken)| Cursor {
        key: *taken,
        id: (*line).into(),
    });
    Ok(Slice {
        next: taken.next,
        items: lines(db, id, taken.items).await?,
    })
}

/// Lines with what a run changes of each, in the order given.
async fn lines(
    db: &Db,
    id: AttributionRunId,
    taken: Vec<(SpendLineId, i64)>,
) -> Result<Vec<MovedLine>> {
    let conn = db.read();
    let mut rows: HashMap<SpendLineId, spend_line::Model> = HashMap::new();
    let mut changes: HashMap<SpendLineId, BTreeMap<AwardId, i64>> = HashMap::new();
    for some in taken.chunks(500) {
        let ids: Vec<SpendLineId> = some.iter().map(|(line, _)| *line).collect();
        let found = spend_line::Entity::find()
            .filter(spend_line::Column::Id.is_in(ids.iter().copied()))
            .all(conn)
            .await?;
        rows.extend(found.into_iter().map(|row| (row.id, row)));
        for part in attribution::Entity::find()
            .filter(attribution::Column::RunId.eq(id))
            .filter(attribution::Column::LineId.is_in(ids))
            .all(conn)
            .await?
        {
            *changes
                .entry(part.line_id)
                .or_default()
                .entry(part.award_id)
                .or_insert(0) += part.amount.pence();
        }
    }
    let named = titles(db, changes.values().flat_map(|by| by.keys().copied())).await?;
    let mut out = Vec::with_capacity(taken.len());
    for (line_id, moved) in taken {
        let row = rows
            .remove(&line_id)
            .ok_or_else(|| Error::internal("an attribution without its line"))?;
        let by = changes.remove(&line_id).unwrap_or_default();
        out.push(MovedLine {
            line_id,
            incurred_on: row.incurred_on,
            supplier: row.supplier,
            description: row.description,
            amount_pence: row.amount,
            moved_pence: Money(moved),
            changes: by
                .into_iter()
                .filter(|(_, change)| *change != 0)
                .map(|(award_id, change)| LineChange {
                    award: named
                        .get(&award_id)
                        .map(|row| row.title.clone())
                        .unwrap_or_default(),
                    award_id,
                    change_pence: Money(change),
                })
                .collect(),
        });
    }
    Ok(out)
}

/// The runs that wait for somebody, for those who may apply them; to all others nothing.
pub async fn waiting(db: &Db, ctx: &Ctx) -> Result<Vec<WaitingRun>> {
    if ctx.require(Operation::ApplyRun).is_err() {
        return Ok(Vec::new());
    }
    let rows = proposed().all(db.read()).await?;
    in_seen_pools(db, ctx, rows).await
}

/// The runs that wait in the pools that an award is behind, for those inside: what they move is in no figure yet.
pub async fn of_award(db: &Db, ctx: &Ctx, award: AwardId) -> Result<Vec<WaitingRun>> {
    if ctx.require(Operation::ReadPools).is_err() {
        return Ok(Vec::new());
    }
    let pools = contribution::Entity::find()
        .select_only()
        .column(contribution::Column::PoolId)
        .filter(contribution::Column::AwardId.eq(award));
    let rows = proposed()
        .filter(attribution_run::Column::PoolId.in_subquery(pools.into_query()))
        .all(db.read())
        .await?;
    in_seen_pools(db, ctx, rows).await
}

fn proposed() -> Select<attribution_run::Entity> {
    attribution_run::Entity::find()
        .filter(attribution_run::Column::State.eq(RunState::Proposed))
        .order_by_asc(attribution_run::Column::CreatedAt)
        .order_by_asc(attribution_run::Column::Id)
}

/// Those that wait, of pools that the reader may see.
async fn in_seen_pools(
    db: &Db,
    ctx: &Ctx,
    rows: Vec<attribution_run::Model>,
) -> Result<Vec<WaitingRun>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names: HashMap<PoolId, String> = pools::store::seen(ctx)
        .filter(pool::Column::Id.is_in(rows.iter().map(|row| row.pool_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    Ok(dressed(db, rows)
        .await?
        .into_iter()
        .filter(|run| run.standing == RunStanding::Waits)
        .filter_map(|run| {
            Some(WaitingRun {
                id: run.id,
                pool: names.get(&run.pool_id)?.clone(),
                pool_id: run.pool_id,
                taken: run.proposal?.taken_pence,
                cause: run.cause,
            })
        })
        .collect())
}
