//! Closing a month of the ledger, and opening it again.

use chrono::NaiveDate;
use entity::{JobKind, LedgerPeriodId, PoolId, ledger_period};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::rules;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, jobs, pools};

/// A month to close.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MonthToClose {
    /// The month's first day, such as `2026-09-01`.
    pub month: NaiveDate,
}

/// Closes a month of a pool's ledger. Closing it twice is closing it once.
pub async fn close(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    closing: MonthToClose,
) -> Result<LedgerPeriodId> {
    ctx.require(Operation::ClosePeriod)?;
    if let Some(wrong) = rules::check(closing.month, ctx.today()) {
        return Err(Error::Invalid(vec![wrong]));
    }
    db.write(
        ctx,
        Command::on(Operation::ClosePeriod, "pool", pool_id),
        async |tx| {
            pools::store::one(tx.conn(), ctx, pool_id).await?;
            tx.lock("pool", pool_id).await?;
            tx.note("month", closing.month.to_string());
            if let Some(closed) = period(tx, pool_id, closing.month).await? {
                tx.note("was_closed_already", true);
                return Ok(closed.id);
            }
            let id = LedgerPeriodId::new();
            ledger_period::ActiveModel {
                id: Set(id),
                pool_id: Set(pool_id),
                month: Set(closing.month),
                closed_at: Set(tx.now()),
                closed_by: Set(ctx.person_id()),
            }
            .insert(tx.conn())
            .await?;
            draft_again(tx).await?;
            Ok(id)
        },
    )
    .await
}

/// Opens a closed month again. The audit log keeps that it was closed.
pub async fn reopen(db: &Db, ctx: &Ctx, pool_id: PoolId, month: NaiveDate) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::ReopenPeriod, "pool", pool_id),
        async |tx| {
            pools::store::one(tx.conn(), ctx, pool_id).await?;
            tx.lock("pool", pool_id).await?;
            let closed = period(tx, pool_id, month).await?.ok_or(Error::NotFound)?;
            ledger_period::Entity::delete_by_id(closed.id)
                .exec(tx.conn())
                .await?;
            tx.note("month", month.to_string());
            tx.note("was_closed_at", closed.closed_at.to_rfc3339());
            draft_again(tx).await
        },
    )
    .await
}

async fn period(
    tx: &Tx,
    pool_id: PoolId,
    month: NaiveDate,
) -> Result<Option<ledger_period::Model>> {
    Ok(ledger_period::Entity::find()
        .filter(ledger_period::Column::PoolId.eq(pool_id))
        .filter(ledger_period::Column::Month.eq(month))
        .one(tx.conn())
        .await?)
}

/// A draft says which months it rests on are closed.
async fn draft_again(tx: &Tx) -> Result<()> {
    jobs::ask(tx, JobKind::DraftReturns).await
}
