//! The rows of awards. Every query of theirs starts from [`seen`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{
    AwardId, BalanceKind, CostCategoryId, FenceId, Money, PoolId, RunState, attribution,
    attribution_run, attribution_total, award, award_category, balance, contribution, fence,
    fence_category,
};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::rules::FencePlan;
use crate::access::rules::{Sight, sight};
use crate::{Ctx, Error, Result, Tx};

/// The awards that an actor may see: a funder's officer their own funders'.
pub(crate) fn seen(ctx: &Ctx) -> Select<award::Entity> {
    let query = award::Entity::find();
    match sight(&ctx.actor) {
        Sight::All => query,
        Sight::Funders(funders) => query.filter(award::Column::FunderId.is_in(funders)),
        Sight::Nothing => query.filter(Expr::cust("1 = 0")),
    }
}

/// One award, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: AwardId,
) -> Result<award::Model> {
    seen(ctx)
        .filter(award::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One award, locked until the transaction ends.
pub(crate) async fn locked(tx: &Tx, ctx: &Ctx, id: AwardId) -> Result<award::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("award", id).await?;
    one(tx.conn(), ctx, id).await
}

/// The row that two racing attributions meet.
pub(crate) async fn open_balance(
    tx: &Tx,
    kind: BalanceKind,
    subject: impl Into<Uuid>,
    cap: Money,
) -> Result<()> {
    balance::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(kind),
        subject_id: Set(subject.into()),
        cap: Set(cap),
        attributed: Set(Money::ZERO),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}

/// Whether any run, accepted or still computing, has put spend on an award. The balance's row is
/// locked first: a run cannot be accepted in between.
pub(super) async fn was_attributed(tx: &Tx, id: AwardId) -> Result<bool> {
    let guard = balance::Entity::find()
        .filter(balance::Column::SubjectId.eq(Uuid::from(id)))
        .lock_exclusive()
        .one(tx.conn())
        .await?;
    if guard.is_some_and(|balance| balance.attributed != Money::ZERO) {
        return Ok(true);
    }
    let any = attribution::Entity::find()
        .filter(attribution::Column::AwardId.eq(id))
        .filter(attribution::Column::RunId.in_subquery(runs_but(RunState::Abandoned)))
        .limit(1)
        .one(tx.conn())
        .await?;
    Ok(any.is_some())
}

fn runs_but(state: RunState) -> SelectStatement {
    attribution_run::Entity::find()
        .select_only()
        .column(attribution_run::Column::Id)
        .filter(attribution_run::Column::State.ne(state))
        .into_query()
}

/// The categories that an award may pay for; none means all.
pub(crate) async fn categories(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<BTreeSet<CostCategoryId>> {
    let ids: Vec<CostCategoryId> = award_category::Entity::find()
        .select_only()
        .column(award_category::Column::CategoryId)
        .filter(award_category::Column::AwardId.eq(id))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// An award's fences with their categories, in the order in which they were set up.
pub(crate) async fn fences(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<Vec<(fence::Model, BTreeSet<CostCategoryId>)>> {
    let rows = fence::Entity::find()
        .filter(fence::Column::AwardId.eq(id))
        .order_by_asc(fence::Column::Position)
        .order_by_asc(fence::Column::Id)
        .all(conn)
        .await?;
    let mut fitting: BTreeMap<FenceId, BTreeSet<CostCategoryId>> = BTreeMap::new();
    for row in fence_category::Entity::find()
        .filter(fence_category::Column::FenceId.is_in(rows.iter().map(|row| row.id)))
        .all(conn)
        .await?
    {
        fitting
            .entry(row.fence_id)
            .or_default()
            .insert(row.category_id);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let categories = fitting.remove(&row.id).unwrap_or_default();
            (row, categories)
        })
        .collect())
}

/// Fences as the rules see them.
pub(super) fn plans(fences: &[(fence::Model, BTreeSet<CostCategoryId>)]) -> Vec<FencePlan> {
    let slugs: HashMap<FenceId, &str> = fences
        .iter()
        .map(|(fence, _)| (fence.id, fence.slug.as_str()))
        .collect();
    fences
        .iter()
        .map(|(fence, categories)| FencePlan {
            slug: fence.slug.clone(),
            parent: fence
                .parent_id
                .and_then(|id| slugs.get(&id).map(|slug| (*slug).to_owned())),
            reserved: fence.reserved,
            limit: fence.spend_limit,
            categories: categories.clone(),
        })
        .collect()
}

/// The sum of a column, as both databases give it back.
pub(crate) fn total(column: &str) -> sea_orm::sea_query::SimpleExpr {
    Expr::cust(format!("CAST(COALESCE(SUM({column}), 0) AS bigint)"))
}

fn run_of_attribution() -> RelationDef {
    attribution_total::Entity::belongs_to(attribution_run::Entity)
        .from(attribution_total::Column::RunId)
        .to(attribution_run::Column::Id)
        .into()
}

/// What accepted runs attributed to each of these awards, as their balances have it.
pub(crate) async fn attributed(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<HashMap<AwardId, Money>> {
    Ok(balance::Entity::find()
        .filter(balance::Column::Kind.eq(BalanceKind::Award))
        .filter(balance::Column::SubjectId.is_in(ids.iter().map(|id| Uuid::from(*id))))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (AwardId(row.subject_id), row.attributed))
        .collect())
}

/// What accepted runs attributed to an award, by pool and by the deepest fence that it fits.
pub(super) async fn attributed_within(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<Vec<(PoolId, Option<FenceId>, Money)>> {
    let sums: Vec<(PoolId, Option<FenceId>, i64)> = attribution_total::Entity::find()
        .select_only()
        .column(attribution_run::Column::PoolId)
        .column(attribution_total::Column::FenceId)
        .column_as(total("attribution_total.amount"), "total")
        .join(JoinType::InnerJoin, run_of_attribution())
        .filter(attribution_run::Column::State.eq(RunState::Accepted))
        .filter(attribution_total::Column::AwardId.eq(id))
        .group_by(attribution_run::Column::PoolId)
        .group_by(attribution_total::Column::FenceId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(sums
        .into_iter()
        .map(|(pool, fence, sum)| (pool, fence, Money(sum)))
        .collect())
}

/// What accepted runs attributed to awards in these pools, as the balances of their contributions
/// have it.
pub(crate) async fn attributed_in_pools(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
) -> Result<HashMap<(PoolId, AwardId), Money>> {
    let rows: Vec<(PoolId, AwardId, Money)> = contribution::Entity::find()
        .select_only()
        .column(contribution::Column::PoolId)
        .column(contribution::Column::AwardId)
        .column(balance::Column::Attributed)
        .join(
            JoinType::InnerJoin,
            contribution::Entity::belongs_to(balance::Entity)
                .from(contribution::Column::Id)
                .to(balance::Column::SubjectId)
                .into(),
        )
        .filter(contribution::Column::PoolId.is_in(pools.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(pool, award, sum)| ((pool, award), sum))
        .collect())
}
