//! What a pool's spend came to: by award, and what no award pays for.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AttributionRunId, AwardId, Money, PoolId, attribution_run};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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

/// A run that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RunView {
    /// Its id.
    pub id: AttributionRunId,
    /// Why it ran, in words.
    pub cause: String,
    /// Spend lines considered.
    pub lines: i64,
    /// Pence attributed after it.
    pub attributed_pence: i64,
    /// Pence that no award pays for after it.
    pub unfunded_pence: i64,
    /// When it took effect (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub accepted_at: Option<DateTime<Utc>>,
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

/// The newest runs of a pool that took effect.
pub async fn runs(db: &Db, ctx: &Ctx, pool: PoolId, limit: u64) -> Result<Vec<RunView>> {
    ctx.require(Operation::ReadPools)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let rows = attribution_run::Entity::find()
        .filter(attribution_run::Column::PoolId.eq(pool))
        .filter(attribution_run::Column::AcceptedSeq.is_not_null())
        .order_by_desc(attribution_run::Column::AcceptedSeq)
        .limit(limit)
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| RunView {
            id: row.id,
            cause: row.cause,
            lines: row.lines,
            attributed_pence: Money::pence(row.attributed),
            unfunded_pence: Money::pence(row.unfunded),
            accepted_at: row.accepted_at,
        })
        .collect())
}
