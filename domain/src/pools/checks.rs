//! What must hold of pools, looked up in the whole database.

use entity::{AttributionPolicy, Money, PoolId, pool};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::policies::WHOLE;
use super::store;
use crate::access::rules::Operation;
use crate::checks::rows;
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
                AttributionPolicy::InOrder
                | AttributionPolicy::Optimal
                | AttributionPolicy::Manual => sum == 0,
                AttributionPolicy::ProRata => sum > 0,
                AttributionPolicy::Shares => sum == WHOLE,
            };
            let apart_fits = one.apart.iter().all(|apart| {
                one.row.policy == AttributionPolicy::Shares
                    && apart.awards.iter().map(|(_, share)| *share).sum::<i64>() == WHOLE
            });
            if !(fits && apart_fits) {
                wrong.push(format!(
                    "Of “{}”: what rule {} gives to awards does not come to the whole.",
                    pool.name, one.row.seq
                ));
            }
            let apart = one.apart.iter().flat_map(|apart| &apart.awards);
            let strange = one.awards.iter().chain(apart).any(|(award, _)| {
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

/// What an award puts into a pool is what was last stated of it, and what pools have of a year of an
/// award is no more than it held when nothing was taken from it since.
pub async fn contributions(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPools)?;
    let last = "contribution_statement s JOIN contribution c ON c.id = s.contribution_id \
                AND s.seq = (SELECT MAX(n.seq) FROM contribution_statement n \
                             WHERE n.contribution_id = c.id)";
    let mut wrong = Vec::new();
    for row in rows(
        db,
        &format!(
            "SELECT a.title AS title, p.name AS name FROM {last} \
             JOIN award a ON a.id = c.award_id JOIN pool p ON p.id = c.pool_id \
             WHERE c.agreed <> s.agreed OR s.agreed <> (SELECT COALESCE(SUM(y.agreed), 0) \
               FROM contribution_year y WHERE y.statement_id = s.id) ORDER BY a.title, p.name"
        ),
    )
    .await?
    {
        let (title, name): (String, String) = (row.try_get("", "title")?, row.try_get("", "name")?);
        wrong.push(format!(
            "What “{title}” puts into “{name}” is not what was last stated by year."
        ));
    }
    // an amendment may cut a year below what pools have of it; that is told where it is amended
    for row in rows(
        db,
        &format!(
            "SELECT a.title AS title, y.starts_on AS starts_on, y.amount AS amount, \
               CAST(SUM(o.agreed + o.pledged) AS bigint) AS total \
             FROM {last} JOIN contribution_year o ON o.statement_id = s.id \
             JOIN award_year y ON y.id = o.year_id JOIN award a ON a.id = y.award_id \
             WHERE NOT EXISTS (SELECT 1 FROM award_amendment m \
               WHERE m.award_id = a.id AND m.applied_at IS NOT NULL) \
               AND NOT EXISTS (SELECT 1 FROM award_year_event e WHERE e.year_id = y.id) \
             GROUP BY a.title, y.id, y.starts_on, y.amount \
             HAVING SUM(o.agreed + o.pledged) > y.amount ORDER BY a.title, y.starts_on"
        ),
    )
    .await?
    {
        wrong.push(format!(
            "The year of “{}” from {} holds {}, and {} of it is put behind pools.",
            row.try_get::<String>("", "title")?,
            row.try_get::<chrono::NaiveDate>("", "starts_on")?,
            Money(row.try_get("", "amount")?).in_full(),
            Money(row.try_get("", "total")?).in_full(),
        ));
    }
    Ok(wrong)
}

/// Named shares come to the whole, and stand where they were agreed and nowhere else.
pub async fn balance(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPools)?;
    let side = |column: &str, under: &str| {
        format!(
            "SELECT p.name AS name, r.seq AS seq FROM pool_balance_rule r \
             JOIN pool p ON p.id = r.pool_id WHERE (CASE WHEN r.{column} = 'shares' THEN 10000 ELSE 0 END) \
               <> (SELECT COALESCE(SUM(s.share_bp), 0) FROM pool_balance_share s \
                   WHERE s.rule_id = r.id AND s.of_underspend = {under}) ORDER BY p.name, r.seq"
        )
    };
    let mut wrong = Vec::new();
    for sql in [side("overspend", "false"), side("underspend", "true")] {
        for row in rows(db, &sql).await? {
            wrong.push(format!(
                "Of “{}”: the named shares of rule {} do not come to the whole.",
                row.try_get::<String>("", "name")?,
                row.try_get::<i32>("", "seq")?,
            ));
        }
    }
    Ok(wrong)
}
