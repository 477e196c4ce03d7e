//! Splits as readers get them, and what one would move before it is applied.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApportionmentId, CostCategoryId, Money, PersonId, PoolId, SpendImportId, SpendLineId,
    apportioned_line, apportionment, cost_category, pool, spend_line,
};
use futures_util::TryStreamExt;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::apply::made_of;
use super::ops::NewApportionment;
use super::rules::{self, Part, Takes};
use super::store;
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::awards::view::{PoolEffect, pool_effect};
use crate::db::statement;
use crate::{Ctx, Db, Error, Result, attribution};

/// A split of spend over pools, cost categories and places, before awards pay for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Apportionment)]
pub struct ApportionmentView {
    /// Its id.
    pub id: ApportionmentId,
    /// The number people call it by.
    pub number: i64,
    /// What it splits.
    pub title: String,
    /// Splits lines of this cost centre; absent: of any.
    pub cost_centre: Option<String>,
    /// Splits lines of this account; absent: of any.
    pub account: Option<String>,
    /// Splits lines of this cost category; absent: of any.
    pub category_id: Option<CostCategoryId>,
    /// That category's name.
    pub category: Option<String>,
    /// Splits lines of this pool; absent: of any.
    pub pool_id: Option<PoolId>,
    /// That pool's name.
    pub pool: Option<String>,
    /// First London date of spend, by the day received, that it splits.
    pub starts_on: NaiveDate,
    /// Last London date of spend that it splits, where it ends.
    pub ends_on: Option<NaiveDate>,
    /// Why it ends.
    pub ended_because: Option<String>,
    /// Why it splits.
    pub reason: String,
    /// Its parts.
    pub parts: Vec<PartView>,
    /// How it stands.
    pub state: ApportionmentState,
    /// The chosen name of who proposed it.
    pub proposed_by: Option<String>,
    /// Whether the reader did.
    pub is_mine: bool,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub proposed_at: DateTime<Utc>,
    /// The chosen name of who approved it.
    pub approved_by: Option<String>,
    /// Lines that it split.
    pub lines: i64,
    /// What they come to, in pence.
    pub amount_pence: i64,
    /// Counts changes: the `ETag`.
    pub version: i64,
}

/// How a split stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApportionmentState {
    /// Another person is to approve it: it splits nothing yet.
    Proposed,
    /// It is applied.
    Approved,
    /// It was given up before it was approved.
    Withdrawn,
}

/// A part of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApportionmentPart)]
pub struct PartView {
    /// The pool that pays for it.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// Its cost category; absent: the line's own.
    pub category_id: Option<CostCategoryId>,
    /// That category's name.
    pub category: Option<String>,
    /// Its place; absent: the line's own.
    pub place: Option<String>,
    /// Its share, in basis points.
    pub share_bp: i32,
}

/// What a split would move, before it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ApportionmentPreview {
    /// Whether it splits spend that was received before today.
    pub reaches_back: bool,
    /// Lines that count already and that it would split.
    pub lines: i64,
    /// What they come to, in pence.
    pub amount_pence: i64,
    /// What moves between pools and cost categories.
    pub spend: Vec<SpendMove>,
    /// What each award of the pools pays now and then.
    pub pools: Vec<PoolEffect>,
}

/// What moves into a cost category of a pool, or out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpendMove {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Its name.
    pub category: String,
    /// What comes in, in pence; negative for what goes out.
    pub moved_pence: i64,
}

/// What a line was split into, or what it is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LineSplit {
    /// The line as the ledger has it.
    pub of_line_id: SpendLineId,
    /// What it comes to, in pence.
    pub of_pence: i64,
    /// The split.
    pub apportionment_id: ApportionmentId,
    /// Its number.
    pub number: i64,
    /// What it splits.
    pub title: String,
    /// The parts: they come to the line.
    pub parts: Vec<LinePart>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LinePart {
    /// The line of its own that it is.
    pub line_id: SpendLineId,
    /// The pool that pays for it.
    pub pool: String,
    /// Its cost category.
    pub category: String,
    /// Its place.
    pub place: Option<String>,
    /// In pence.
    pub amount_pence: i64,
}

struct Names {
    pools: HashMap<PoolId, String>,
    categories: HashMap<CostCategoryId, String>,
}

impl Names {
    async fn of(db: &Db) -> Result<Self> {
        let pools = pool::Entity::find().all(db.read()).await?;
        let categories = cost_category::Entity::find().all(db.read()).await?;
        Ok(Self {
            pools: pools.into_iter().map(|row| (row.id, row.name)).collect(),
            categories: categories
                .into_iter()
                .map(|row| (row.id, row.name))
                .collect(),
        })
    }

    fn pool(&self, id: PoolId) -> String {
        self.pools.get(&id).cloned().unwrap_or_default()
    }

    fn category(&self, id: CostCategoryId) -> String {
        self.categories.get(&id).cloned().unwrap_or_default()
    }
}

async fn views(
    db: &Db,
    ctx: &Ctx,
    rows: Vec<apportionment::Model>,
) -> Result<Vec<ApportionmentView>> {
    let names = Names::of(db).await?;
    let mut parts = store::parts(db.read(), rows.iter().map(|row| row.id)).await?;
    let people = rows
        .iter()
        .flat_map(|row| std::iter::once(row.proposed_by).chain(row.approved_by));
    let people: HashMap<PersonId, String> = names_of(db, people).await?;
    let mut sums: HashMap<ApportionmentId, (i64, i64)> = HashMap::new();
    let conn = db.read();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT a.apportionment_id, CAST(COUNT(*) AS bigint) AS lines, \
               CAST(SUM(-l.amount) AS bigint) AS amount \
             FROM apportioned_line a JOIN spend_line l ON l.id = a.line_id \
             WHERE a.part = 0 AND NOT EXISTS (SELECT 1 FROM spend_line r \
               JOIN spend_import i ON i.id = r.import_id AND i.state = 'accepted' \
               WHERE r.reverses_id = l.id) GROUP BY a.apportionment_id",
            [],
        ))
        .await?
    {
        let id: uuid::Uuid = row.try_get("", "apportionment_id")?;
        let sum = (row.try_get("", "lines")?, row.try_get("", "amount")?);
        sums.insert(ApportionmentId(id), sum);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let (lines, amount_pence) = sums.get(&row.id).copied().unwrap_or_default();
            ApportionmentView {
                parts: parts
                    .remove(&row.id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|part| PartView {
                        pool_id: part.pool,
                        pool: names.pool(part.pool),
                        category_id: part.category,
                        category: part.category.map(|id| names.category(id)),
                        place: part.place,
                        share_bp: part.share_bp,
                    })
                    .collect(),
                id: row.id,
                number: row.number,
                title: row.title,
                cost_centre: row.cost_centre,
                account: row.account,
                category_id: row.category_id,
                category: row.category_id.map(|id| names.category(id)),
                pool_id: row.pool_id,
                pool: row.pool_id.map(|id| names.pool(id)),
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                ended_because: row.ended_because,
                reason: row.reason,
                state: match (row.approved_at, row.withdrawn_at) {
                    (Some(_), _) => ApportionmentState::Approved,
                    (None, Some(_)) => ApportionmentState::Withdrawn,
                    (None, None) => ApportionmentState::Proposed,
                },
                proposed_by: people.get(&row.proposed_by).cloned(),
                is_mine: ctx.person_id() == Some(row.proposed_by),
                proposed_at: row.proposed_at,
                approved_by: row.approved_by.and_then(|id| people.get(&id).cloned()),
                lines,
                amount_pence,
                version: row.version,
            }
        })
        .collect())
}

/// Every split, the newest first.
pub async fn list(db: &Db, ctx: &Ctx) -> Result<Vec<ApportionmentView>> {
    ctx.require(Operation::ReadApportionments)?;
    let rows = store::seen(ctx)
        .order_by_desc(apportionment::Column::Number)
        .all(db.read())
        .await?;
    views(db, ctx, rows).await
}

/// Splits that wait for the reader to approve them, the oldest first: what somebody else proposed.
pub async fn waiting_for_me(db: &Db, ctx: &Ctx) -> Result<Vec<ApportionmentView>> {
    if ctx.require(Operation::ApproveApportionment).is_err() {
        return Ok(Vec::new());
    }
    let mut rows = store::seen(ctx)
        .filter(apportionment::Column::ApprovedAt.is_null())
        .filter(apportionment::Column::WithdrawnAt.is_null())
        .order_by_asc(apportionment::Column::Number)
        .all(db.read())
        .await?;
    rows.retain(|row| rules::refuse_approval(row.proposed_by, ctx.person_id()).is_none());
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    views(db, ctx, rows).await
}

/// One split.
pub async fn one(db: &Db, ctx: &Ctx, id: ApportionmentId) -> Result<ApportionmentView> {
    ctx.require(Operation::ReadApportionments)?;
    let row = store::one(db.read(), ctx, id).await?;
    views(db, ctx, vec![row])
        .await?
        .pop()
        .ok_or(Error::NotFound)
}

/// What a split would move if it were approved now. Changes nothing.
pub async fn preview(db: &Db, ctx: &Ctx, new: &NewApportionment) -> Result<ApportionmentPreview> {
    ctx.require(Operation::ProposeApportionment)?;
    // looking is how one learns what reaching back does
    let looked = NewApportionment {
        reaches_back: true,
        ..new.clone()
    };
    looked.check(db.read(), ctx).await?;
    effect(db, ctx, &looked.takes(), &looked.split()).await
}

/// What a split that waits would move if it were approved now. Changes nothing.
pub async fn preview_of(db: &Db, ctx: &Ctx, id: ApportionmentId) -> Result<ApportionmentPreview> {
    ctx.require(Operation::ReadApportionments)?;
    let row = store::one(db.read(), ctx, id).await?;
    let parts = store::parts(db.read(), [id]).await?.remove(&id);
    effect(db, ctx, &store::takes(&row), &parts.unwrap_or_default()).await
}

async fn effect(db: &Db, ctx: &Ctx, takes: &Takes, parts: &[Part]) -> Result<ApportionmentPreview> {
    let mut lines = store::lines(takes)
        .order_by_asc(spend_line::Column::Id)
        .stream(db.read())
        .await?;
    let too_large = || Error::internal("spend adds up to more than can be counted");
    let (mut count, mut amount) = (0_i64, 0_i64);
    let mut moves: BTreeMap<(PoolId, CostCategoryId), i64> = BTreeMap::new();
    let mut out: HashMap<PoolId, HashSet<SpendLineId>> = HashMap::new();
    let mut into: HashMap<PoolId, Vec<spend_line::Model>> = HashMap::new();
    let nowhere = SpendImportId::new();
    while let Some(line) = lines.try_next().await? {
        count += 1;
        amount = amount
            .checked_add(line.amount.pence())
            .ok_or_else(too_large)?;
        out.entry(line.pool_id).or_default().insert(line.id);
        for made in made_of(nowhere, 1, &line, parts)? {
            let sum = moves.entry((made.pool_id, made.category_id)).or_default();
            *sum = sum.checked_add(made.amount.pence()).ok_or_else(too_large)?;
            // what takes the line out is seen as the line not being there
            if !made.identity.ends_with(":0") {
                into.entry(made.pool_id).or_default().push(made);
            }
        }
    }
    drop(lines);
    let names = Names::of(db).await?;
    let concerned: std::collections::BTreeSet<PoolId> =
        out.keys().chain(into.keys()).copied().collect();
    let mut pools = Vec::new();
    for pool in concerned {
        let out = out.remove(&pool).unwrap_or_default();
        let into = into.remove(&pool).unwrap_or_default();
        let effect = attribution::what_if_lines(db, pool, out, into).await?;
        pools.push(pool_effect(db, pool, effect).await?);
    }
    Ok(ApportionmentPreview {
        reaches_back: takes.starts_on < ctx.today(),
        lines: count,
        amount_pence: amount,
        spend: moves
            .into_iter()
            .filter(|(_, moved)| *moved != 0)
            .map(|((pool_id, category_id), moved_pence)| SpendMove {
                pool_id,
                pool: names.pool(pool_id),
                category_id,
                category: names.category(category_id),
                moved_pence,
            })
            .collect(),
        pools,
    })
}

/// What a line was split into, or what it is a part of; nothing of a line that has nothing to do with
/// a split.
pub async fn of_line(db: &Db, ctx: &Ctx, line: SpendLineId) -> Result<Option<LineSplit>> {
    ctx.require(Operation::ReadApportionments)?;
    let Some(link) = store::made(db.read(), line).await?.into_iter().next() else {
        return Ok(None);
    };
    let split = store::one(db.read(), ctx, link.apportionment_id).await?;
    let made: Vec<apportioned_line::Model> = apportioned_line::Entity::find()
        .filter(apportioned_line::Column::OfLineId.eq(link.of_line_id))
        .order_by_asc(apportioned_line::Column::Part)
        .all(db.read())
        .await?;
    let ids = made.iter().map(|one| one.line_id).chain([link.of_line_id]);
    let lines: HashMap<SpendLineId, spend_line::Model> = spend_line::Entity::find()
        .filter(spend_line::Column::Id.is_in(ids))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let names = Names::of(db).await?;
    let whole = lines.get(&link.of_line_id).ok_or(Error::NotFound)?;
    Ok(Some(LineSplit {
        of_line_id: whole.id,
        of_pence: Money::pence(whole.amount),
        apportionment_id: split.id,
        number: split.number,
        title: split.title,
        parts: made
            .iter()
            .filter(|one| one.part > 0)
            .filter_map(|one| lines.get(&one.line_id))
            .map(|row| LinePart {
                line_id: row.id,
                pool: names.pool(row.pool_id),
                category: names.category(row.category_id),
                place: row.place.clone(),
                amount_pence: row.amount.pence(),
            })
            .collect(),
    }))
}
