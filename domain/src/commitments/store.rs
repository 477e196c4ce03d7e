//! The rows of commitments. Every query of theirs starts from [`seen`].

use std::collections::{BTreeMap, HashMap};

use entity::{
    AwardId, CommitmentId, ImportState, Money, PoolId, commitment, commitment_award,
    commitment_month, commitment_notice, commitment_version, spend_import, spend_line,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::rules::{Against, Month, Spent, spent_against, total};
use crate::access::for_those_inside;
use crate::{Ctx, Error, Result, Tx};

/// The commitments that an actor may see: all of the charity's own, nobody else any.
pub(crate) fn seen(ctx: &Ctx) -> Select<commitment::Entity> {
    for_those_inside(ctx, commitment::Entity::find())
}

/// One commitment, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: CommitmentId,
) -> Result<commitment::Model> {
    seen(ctx)
        .filter(commitment::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One commitment, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, ctx: &Ctx, id: CommitmentId) -> Result<commitment::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("commitment", id).await?;
    one(tx.conn(), ctx, id).await
}

/// The versions of these commitments, oldest first.
pub(super) async fn versions(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<Vec<commitment_version::Model>> {
    Ok(commitment_version::Entity::find()
        .filter(commitment_version::Column::CommitmentId.is_in(ids.iter().copied()))
        .order_by_asc(commitment_version::Column::CommitmentId)
        .order_by_asc(commitment_version::Column::Revision)
        .all(conn)
        .await?)
}

/// What stands of each of these commitments: its latest version.
pub(crate) async fn latest(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<HashMap<CommitmentId, commitment_version::Model>> {
    Ok(versions(conn, ids)
        .await?
        .into_iter()
        .map(|row| (row.commitment_id, row))
        .collect())
}

/// What stands of one.
pub(super) async fn version(
    conn: &impl ConnectionTrait,
    row: &commitment::Model,
) -> Result<commitment_version::Model> {
    latest(conn, &[row.id])
        .await?
        .remove(&row.id)
        .filter(|version| version.revision == row.revision)
        .ok_or_else(|| Error::internal("a commitment without its version"))
}

/// The months of these commitments, by the version that says them.
pub(super) async fn months(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<BTreeMap<(CommitmentId, i32), Vec<Month>>> {
    let rows = commitment_month::Entity::find()
        .filter(commitment_month::Column::CommitmentId.is_in(ids.iter().copied()))
        .order_by_asc(commitment_month::Column::Month)
        .all(conn)
        .await?;
    let mut months: BTreeMap<_, Vec<Month>> = BTreeMap::new();
    for row in rows {
        months
            .entry((row.commitment_id, row.revision))
            .or_default()
            .push(Month {
                month: row.month,
                amount: row.amount,
            });
    }
    Ok(months)
}

/// The awards that a version names.
pub(super) async fn awards(
    conn: &impl ConnectionTrait,
    id: CommitmentId,
    revision: i32,
) -> Result<Vec<AwardId>> {
    Ok(commitment_award::Entity::find()
        .filter(commitment_award::Column::CommitmentId.eq(id))
        .filter(commitment_award::Column::Revision.eq(revision))
        .order_by_asc(commitment_award::Column::AwardId)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.award_id)
        .collect())
}

/// What providers were told about the end, the newest last.
pub(super) async fn notices(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<Vec<commitment_notice::Model>> {
    Ok(commitment_notice::Entity::find()
        .filter(commitment_notice::Column::CommitmentId.is_in(ids.iter().copied()))
        .order_by_asc(commitment_notice::Column::RecordedAt)
        .order_by_asc(commitment_notice::Column::Id)
        .all(conn)
        .await?)
}

/// An agreement's sums.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub total: Money,
    pub spent: Money,
}

/// What every commitment comes to, and what was spent against it. All are looked at together, for
/// spend counts once.
pub(crate) async fn sums(conn: &impl ConnectionTrait) -> Result<HashMap<CommitmentId, Sums>> {
    let too_much = || Error::internal("the sums of commitments fit no number");
    let ids: Vec<CommitmentId> = commitment::Entity::find()
        .select_only()
        .column(commitment::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let months = months(conn, &ids).await?;
    let agreements: Vec<Against> = latest(conn, &ids)
        .await?
        .into_values()
        .map(|version| {
            let key = (version.commitment_id, version.revision);
            Ok(Against {
                id: version.commitment_id,
                supplier: version.supplier.to_ascii_lowercase(),
                pool: version.pool_id,
                category: version.category_id,
                starts_on: version.starts_on,
                ends_on: version.ends_on,
                total: total(months.get(&key).map_or(&[][..], Vec::as_slice))
                    .ok_or_else(too_much)?,
            })
        })
        .collect::<Result<_>>()?;
    let spend = spend_of(conn, &agreements).await?;
    let spent = spent_against(&agreements, &spend).ok_or_else(too_much)?;
    Ok(agreements
        .into_iter()
        .map(|one| {
            let sums = Sums {
                total: one.total,
                spent: spent.get(&one.id).copied().unwrap_or_default(),
            };
            (one.id, sums)
        })
        .collect())
}

/// The accepted spend of these agreements' suppliers in their pools, by day.
async fn spend_of(conn: &impl ConnectionTrait, agreements: &[Against]) -> Result<Vec<Spent>> {
    let supplier = || {
        Expr::expr(Func::lower(Expr::col((
            spend_line::Entity,
            spend_line::Column::Supplier,
        ))))
    };
    let first = agreements.iter().map(|one| one.starts_on).min();
    let (Some(first), Some(last)) = (first, agreements.iter().map(|one| one.ends_on).max()) else {
        return Ok(Vec::new());
    };
    let rows: Vec<(
        String,
        PoolId,
        entity::CostCategoryId,
        chrono::NaiveDate,
        Money,
    )> = spend_line::Entity::find()
        .select_only()
        .column_as(supplier(), "supplier")
        .column(spend_line::Column::PoolId)
        .column(spend_line::Column::CategoryId)
        .column(spend_line::Column::IncurredOn)
        .column_as(crate::awards::store::total("spend_line.amount"), "amount")
        .join(
            JoinType::InnerJoin,
            spend_line::Entity::belongs_to(spend_import::Entity)
                .from(spend_line::Column::ImportId)
                .to(spend_import::Column::Id)
                .into(),
        )
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .filter(spend_line::Column::PoolId.is_in(agreements.iter().map(|one| one.pool)))
        .filter(spend_line::Column::IncurredOn.gte(first))
        .filter(spend_line::Column::IncurredOn.lte(last))
        .filter(supplier().is_in(agreements.iter().map(|one| one.supplier.clone())))
        .group_by(supplier())
        .group_by(spend_line::Column::PoolId)
        .group_by(spend_line::Column::CategoryId)
        .group_by(spend_line::Column::IncurredOn)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(supplier, pool, category, incurred_on, amount)| Spent {
            supplier,
            pool,
            category,
            incurred_on,
            amount,
        })
        .collect())
}
