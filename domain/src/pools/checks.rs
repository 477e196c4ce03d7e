//! What must hold of pools, looked up in the whole database.

use entity::{AttributionPolicy, PoolId, pool};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::policies::WHOLE;
use super::store;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// Every pool has a rule; agreed shares come to the whole; what a rule names puts something in.
pub async fn policies(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPools)?;
    let pools = pool::Entity::find()
        .order_by_asc(pool::Column::Id)
        .all(db.read())
        .await?;
    let ids: Vec<PoolId> = pools.iter().map(|row| row.id).collect();
    let contributions = store::contributions(db.read(), &ids).await?;
    let mut wrong = Vec::new();
    for pool in pools {
        let recorded = store::recorded(db.read(), pool.id).await?;
        if recorded.is_empty() {
            wrong.push(format!("“{}” has no rule by which awards pay.", pool.name));
        }
        for one in recorded {
            let sum: i64 = one.awards.iter().map(|(_, weight)| *weight).sum();
            let fits = match one.row.policy {
                AttributionPolicy::InOrder => sum == 0,
                AttributionPolicy::ProRata => sum > 0,
                AttributionPolicy::Shares => sum == WHOLE,
            };
            if !fits {
                wrong.push(format!(
                    "Of “{}”: what rule {} gives to awards does not come to the whole.",
                    pool.name, one.row.seq
                ));
            }
            let strange = one.awards.iter().any(|(award, _)| {
                !contributions
                    .iter()
                    .any(|part| part.pool_id == pool.id && part.award_id == *award)
            });
            if strange {
                wrong.push(format!(
                    "Of “{}”: rule {} names an award that puts nothing in.",
                    pool.name, one.row.seq
                ));
            }
        }
    }
    Ok(wrong)
}
