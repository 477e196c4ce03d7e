//! Closed months as readers get them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{LedgerPeriodId, PoolId};
use serde::Serialize;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result, pools};

/// A closed month of a pool's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ClosedMonth {
    /// Its id.
    pub id: LedgerPeriodId,
    /// Its first day.
    pub month: NaiveDate,
    /// When it was closed (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub closed_at: DateTime<Utc>,
    /// The chosen name of who closed it.
    pub closed_by: Option<String>,
}

/// The closed months of a pool, oldest first.
pub async fn list(db: &Db, ctx: &Ctx, pool_id: PoolId) -> Result<Vec<ClosedMonth>> {
    ctx.require(Operation::ReadPools)?;
    pools::store::one(db.read(), ctx, pool_id).await?;
    let rows = pools::store::closed(db.read(), pool_id).await?;
    let names = names_of(db, rows.iter().filter_map(|row| row.closed_by)).await?;
    Ok(rows
        .into_iter()
        .map(|row| ClosedMonth {
            id: row.id,
            month: row.month,
            closed_at: row.closed_at,
            closed_by: row.closed_by.and_then(|id| names.get(&id).cloned()),
        })
        .collect())
}
