//! The rows of papers and of what came of them. Every query of papers starts from [`seen`].

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    Board, BoardOutcome, Money, PaperId, PersonId, PoolId, allocation, board_decision,
    board_quorum, paper, paper_version, pool, vote,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::rules::{self, role_on};
use crate::access::for_those_inside;
use crate::{Ctx, Error, Result, Tx, awards, pools, settings};

/// The papers that an actor may see: all of the charity's own, nobody else any.
pub(crate) fn seen(ctx: &Ctx) -> Select<paper::Entity> {
    for_those_inside(ctx, paper::Entity::find())
}

/// One paper, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: PaperId,
) -> Result<paper::Model> {
    seen(ctx)
        .filter(paper::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One paper, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, ctx: &Ctx, id: PaperId) -> Result<paper::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("paper", id).await?;
    one(tx.conn(), ctx, id).await
}

/// The versions of these papers, oldest first.
pub(crate) async fn versions(
    conn: &impl ConnectionTrait,
    ids: &[PaperId],
) -> Result<Vec<paper_version::Model>> {
    Ok(paper_version::Entity::find()
        .filter(paper_version::Column::PaperId.is_in(ids.iter().copied()))
        .order_by_asc(paper_version::Column::PaperId)
        .order_by_asc(paper_version::Column::Revision)
        .all(conn)
        .await?)
}

/// The latest version of each of these papers.
pub(crate) async fn latest(
    conn: &impl ConnectionTrait,
    ids: &[PaperId],
) -> Result<HashMap<PaperId, paper_version::Model>> {
    Ok(versions(conn, ids)
        .await?
        .into_iter()
        .map(|row| (row.paper_id, row))
        .collect())
}

/// The latest version of one paper.
pub(super) async fn version(
    conn: &impl ConnectionTrait,
    row: &paper::Model,
) -> Result<paper_version::Model> {
    latest(conn, &[row.id])
        .await?
        .remove(&row.id)
        .filter(|version| version.revision == row.revision)
        .ok_or_else(|| Error::internal("a paper without its version"))
}

/// What members said of any version of these papers and did not take back.
pub(crate) async fn votes(
    conn: &impl ConnectionTrait,
    ids: &[PaperId],
) -> Result<Vec<vote::Model>> {
    Ok(vote::Entity::find()
        .filter(vote::Column::PaperId.is_in(ids.iter().copied()))
        .filter(vote::Column::SupersededAt.is_null())
        .order_by_asc(vote::Column::CastAt)
        .order_by_asc(vote::Column::Id)
        .all(conn)
        .await?)
}

/// What boards decided on any version of these papers, oldest first.
pub(crate) async fn decisions(
    conn: &impl ConnectionTrait,
    ids: &[PaperId],
) -> Result<Vec<board_decision::Model>> {
    Ok(board_decision::Entity::find()
        .filter(board_decision::Column::PaperId.is_in(ids.iter().copied()))
        .order_by_asc(board_decision::Column::RecordedAt)
        .order_by_asc(board_decision::Column::Id)
        .all(conn)
        .await?)
}

/// What boards decided on a paper's latest version.
pub(super) async fn decided(
    conn: &impl ConnectionTrait,
    row: &paper::Model,
) -> Result<Vec<(Board, BoardOutcome)>> {
    Ok(decisions(conn, &[row.id])
        .await?
        .into_iter()
        .filter(|one| one.revision == row.revision)
        .map(|one| (one.board, one.outcome))
        .collect())
}

/// What holds of the quorums on a day: for each board that has one, its row.
pub(crate) async fn quorums(
    conn: &impl ConnectionTrait,
    on: NaiveDate,
) -> Result<BTreeMap<Board, board_quorum::Model>> {
    in_order(
        conn,
        board_quorum::Entity::find().filter(board_quorum::Column::ValidFrom.lte(on)),
    )
    .await
}

/// Of each board the last of these.
async fn in_order(
    conn: &impl ConnectionTrait,
    query: Select<board_quorum::Entity>,
) -> Result<BTreeMap<Board, board_quorum::Model>> {
    Ok(query
        .order_by_asc(board_quorum::Column::ValidFrom)
        .order_by_asc(board_quorum::Column::RecordedAt)
        .order_by_asc(board_quorum::Column::Id)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.board, row))
        .collect())
}

/// The quorums as they were last said, whatever the day.
pub(crate) async fn latest_quorums(conn: &impl ConnectionTrait) -> Result<BTreeMap<Board, i32>> {
    Ok(in_order(conn, board_quorum::Entity::find())
        .await?
        .into_iter()
        .map(|(board, row)| (board, row.members))
        .collect())
}

/// The members of both boards on a day.
pub(crate) async fn members(
    conn: &impl ConnectionTrait,
    on: NaiveDate,
) -> Result<Vec<(Board, PersonId)>> {
    let home = settings::home_in(conn).await?;
    let held = crate::access::everybody(conn, on).await?;
    let mut members: Vec<(Board, PersonId)> = held
        .into_iter()
        .filter(|held| Some(held.organisation_id) == home)
        .filter_map(|held| {
            let board = rules::BOARDS
                .into_iter()
                .find(|board| role_on(*board) == held.role)?;
            Some((board, held.person_id))
        })
        .collect();
    members.sort();
    members.dedup();
    Ok(members)
}

/// What both boards put to purposes, newest first; of all pools, or of these.
pub(crate) async fn allocations(
    conn: &impl ConnectionTrait,
    pools: Option<&[PoolId]>,
) -> Result<Vec<allocation::Model>> {
    let mut query = allocation::Entity::find();
    if let Some(pools) = pools {
        query = query.filter(allocation::Column::PoolId.is_in(pools.iter().copied()));
    }
    Ok(query
        .order_by_desc(allocation::Column::DecidedOn)
        .order_by_desc(allocation::Column::Id)
        .all(conn)
        .await?)
}

/// What the boards can still decide on in each of these pools.
pub(crate) async fn free(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    pools: &[PoolId],
) -> Result<HashMap<PoolId, Money>> {
    let known: Vec<PoolId> = pool::Entity::find()
        .select_only()
        .column(pool::Column::Id)
        .filter(pool::Column::Id.is_in(pools.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    let parts = pools::store::contributions(conn, &known).await?;
    let attributed = awards::store::attributed_in_pools(conn, &known).await?;
    let ends: HashMap<_, NaiveDate> = entity::award::Entity::find()
        .filter(entity::award::Column::Id.is_in(parts.iter().map(|part| part.award_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.ends_on))
        .collect();
    let decided = allocations(conn, Some(&known)).await?;
    let too_much = || Error::internal("the sums of a pool fit no number");
    let mut free = HashMap::new();
    for id in known {
        let (mut agreed, mut left) = (Money::ZERO, Money::ZERO);
        for part in parts.iter().filter(|part| part.pool_id == id) {
            agreed = agreed.plus(part.agreed).ok_or_else(too_much)?;
            let used = attributed
                .get(&(id, part.award_id))
                .copied()
                .unwrap_or_default();
            // what an award has not paid for by its last day, it pays for no more
            if ends
                .get(&part.award_id)
                .is_some_and(|ends| *ends >= ctx.today())
            {
                let rest = part.agreed.minus(used).ok_or_else(too_much)?;
                left = left.plus(rest).ok_or_else(too_much)?;
            }
        }
        let of_it = decided.iter().filter(|one| one.pool_id == id);
        let decided = Money::sum(of_it.map(|one| one.amount)).ok_or_else(too_much)?;
        let rest = rules::free(agreed, decided, left).ok_or_else(too_much)?;
        free.insert(id, rest);
    }
    Ok(free)
}
