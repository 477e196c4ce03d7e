//! What a pool's spend came to: by award, and what no award pays for.

use chrono::NaiveDate;
use entity::{AwardId, PoolId};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::store::statement;
use crate::access::rules::{Operation, Sight, sight};
use crate::{Ctx, Db, Result};

/// What a pool's spend came to in a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PoolSpend {
    /// Pence of spend.
    pub spend_pence: i64,
    /// Pence by award.
    pub by_award: Vec<AwardSpend>,
    /// Pence that no award pays for.
    pub unfunded_pence: i64,
}

/// What one award pays for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardSpend {
    /// The award.
    pub award_id: AwardId,
    /// Pence.
    pub attributed_pence: i64,
}

/// What a pool's spend received in a time (inclusive London dates) came to.
pub async fn pool_spend(
    db: &Db,
    ctx: &Ctx,
    pool: PoolId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<PoolSpend> {
    ctx.require(Operation::ReadPools)?;
    let nothing = PoolSpend {
        spend_pence: 0,
        by_award: Vec::new(),
        unfunded_pence: 0,
    };
    if sight(&ctx.actor) != Sight::All {
        return Ok(nothing);
    }
    let conn = &db.snapshot().await?;
    let values = [pool.into(), from.into(), to.into()];
    let spend = conn
        .query_one_raw(statement(
            conn,
            "SELECT CAST(COALESCE(SUM(l.amount), 0) AS bigint) AS total FROM spend_total l \
             JOIN spend_import i ON i.id = l.import_id WHERE i.state = 'accepted' \
               AND l.pool_id = $1 AND l.incurred_on >= $2 AND l.incurred_on <= $3",
            values.clone(),
        ))
        .await?
        .map_or(Ok(0), |row| row.try_get("", "total"))?;
    let mut by_award = Vec::new();
    let mut attributed = 0_i64;
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT a.award_id, CAST(SUM(a.amount) AS bigint) AS total FROM attribution_total a \
             JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.state = 'accepted' AND r.pool_id = $1 \
               AND a.incurred_on >= $2 AND a.incurred_on <= $3 \
             GROUP BY a.award_id HAVING SUM(a.amount) <> 0 ORDER BY a.award_id",
            values,
        ))
        .await?
    {
        let attributed_pence = row.try_get("", "total")?;
        attributed += attributed_pence;
        by_award.push(AwardSpend {
            award_id: AwardId(row.try_get("", "award_id")?),
            attributed_pence,
        });
    }
    Ok(PoolSpend {
        spend_pence: spend,
        by_award,
        unfunded_pence: spend - attributed,
    })
}
