//! The rows of splits, and the lines that they take.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ApportionmentId, ImportState, PoolId, SpendImportId, SpendLineId, apportioned_line,
    apportionment, apportionment_part, apportionment_pass, ledger_period, spend_import, spend_line,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};

use super::rules::{Part, Takes};
use crate::access::for_those_inside;
use crate::imports::not_taken_back;
use crate::{Ctx, Error, Result, Tx};

/// The splits that an actor may see: whoever is inside sees all, nobody else any.
pub(super) fn seen(ctx: &Ctx) -> Select<apportionment::Entity> {
    for_those_inside(ctx, apportionment::Entity::find())
}

/// One split, if the actor may see it.
pub(super) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: ApportionmentId,
) -> Result<apportionment::Model> {
    seen(ctx)
        .filter(apportionment::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One split, locked until the transaction ends.
pub(super) async fn locked(
    tx: &Tx,
    ctx: &Ctx,
    id: ApportionmentId,
) -> Result<apportionment::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("apportionment", id).await?;
    one(tx.conn(), ctx, id).await
}

/// The parts of these splits, each in its place.
pub(super) async fn parts(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = ApportionmentId>,
) -> Result<HashMap<ApportionmentId, Vec<Part>>> {
    let mut parts: HashMap<_, Vec<Part>> = HashMap::new();
    for row in apportionment_part::Entity::find()
        .filter(apportionment_part::Column::ApportionmentId.is_in(ids))
        .order_by_asc(apportionment_part::Column::Position)
        .all(conn)
        .await?
    {
        parts.entry(row.apportionment_id).or_default().push(Part {
            pool: row.pool_id,
            category: row.category_id,
            place: row.place,
            share_bp: row.share_bp,
        });
    }
    Ok(parts)
}

/// The splits that were approved, by number.
pub(super) async fn approved(conn: &impl ConnectionTrait) -> Result<Vec<apportionment::Model>> {
    Ok(apportionment::Entity::find()
        .filter(apportionment::Column::ApprovedAt.is_not_null())
        .order_by_asc(apportionment::Column::Number)
        .all(conn)
        .await?)
}

/// Which lines a split takes.
pub(super) fn takes(row: &apportionment::Model) -> Takes {
    Takes {
        cost_centre: row.cost_centre.as_deref().map(str::to_lowercase),
        account: row.account.as_deref().map(str::to_lowercase),
        category: row.category_id,
        pool: row.pool_id,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
    }
}

/// The lines that count and that a split would take: such as the ledger has them, not taken back, not
/// split by any.
pub(super) fn lines(takes: &Takes) -> Select<spend_line::Entity> {
    let accepted = spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        // a journal says itself where an amount goes
        .filter(spend_import::Column::JournalId.is_null());
    let mut query = spend_line::Entity::find()
        .filter(spend_line::Column::ImportId.in_subquery(accepted.into_query()))
        .filter(spend_line::Column::IncurredOn.gte(takes.starts_on))
        .filter(spend_line::Column::Amount.ne(0_i64))
        .filter(spend_line::Column::ReversesId.is_null())
        .filter(Expr::cust(not_taken_back("spend_line.id")))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM apportioned_line a WHERE a.of_line_id = spend_line.id)",
        ))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM apportioned_line a WHERE a.line_id = spend_line.id)",
        ));
    if let Some(end) = takes.ends_on {
        query = query.filter(spend_line::Column::IncurredOn.lte(end));
    }
    if let Some(category) = takes.category {
        query = query.filter(spend_line::Column::CategoryId.eq(category));
    }
    if let Some(pool) = takes.pool {
        query = query.filter(spend_line::Column::PoolId.eq(pool));
    }
    // codes are told apart without regard to capitals, as the coding map tells them
    for (column, code) in [
        (spend_line::Column::CostCentre, &takes.cost_centre),
        (spend_line::Column::Account, &takes.account),
    ] {
        if let Some(code) = code {
            let lower = Expr::expr(Func::lower(Expr::col((spend_line::Entity, column))));
            query = query.filter(ExprTrait::eq(lower, code.as_str()));
        }
    }
    query
}

/// Accepted imports that a split has not gone through and whose period reaches its first day.
pub(super) async fn to_pass(
    conn: &impl ConnectionTrait,
    id: ApportionmentId,
    starts_on: NaiveDate,
) -> Result<Vec<SpendImportId>> {
    let passed = apportionment_pass::Entity::find()
        .select_only()
        .column(apportionment_pass::Column::ImportId)
        .filter(apportionment_pass::Column::ApportionmentId.eq(id));
    Ok(spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .filter(spend_import::Column::PeriodTo.gte(starts_on))
        .filter(spend_import::Column::Id.not_in_subquery(passed.into_query()))
        .order_by_asc(spend_import::Column::AcceptedSeq)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Lines that splits made of lines that were taken back since, and that stand still.
pub(super) fn left_over() -> Select<spend_line::Entity> {
    spend_line::Entity::find()
        .filter(Expr::cust(
            "spend_line.id IN (SELECT a.line_id FROM apportioned_line a \
             JOIN spend_line r ON r.reverses_id = a.of_line_id \
             JOIN spend_import ri ON ri.id = r.import_id AND ri.state = 'accepted')",
        ))
        .filter(Expr::cust(not_taken_back("spend_line.id")))
}

/// What splits made of a line, and what a line was made of.
pub(super) async fn made(
    conn: &impl ConnectionTrait,
    line: SpendLineId,
) -> Result<Vec<apportioned_line::Model>> {
    Ok(apportioned_line::Entity::find()
        .filter(
            Condition::any()
                .add(apportioned_line::Column::OfLineId.eq(line))
                .add(apportioned_line::Column::LineId.eq(line)),
        )
        .order_by_asc(apportioned_line::Column::Part)
        .all(conn)
        .await?)
}

/// The last closed month of any of these pools, by its first day.
pub(super) async fn last_closed(
    conn: &impl ConnectionTrait,
    pools: impl IntoIterator<Item = PoolId>,
) -> Result<Option<NaiveDate>> {
    Ok(ledger_period::Entity::find()
        .filter(ledger_period::Column::PoolId.is_in(pools))
        .order_by_desc(ledger_period::Column::Month)
        .one(conn)
        .await?
        .map(|row| row.month))
}
