//! The rows of caps, and what was spent against them. Whoever asks has looked whether the award or the pool may
//! be seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, ChargeCapId, CostCategoryId, Money, PoolId, charge_cap, charge_cap_category,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{Cap, Year};
use crate::Result;
use crate::db::statement;

/// What a charge is made of: an award or a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// What an award pays for.
    Award(AwardId),
    /// What is spent in a pool.
    Pool(PoolId),
}

/// A cap with the cost categories that it caps.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) row: charge_cap::Model,
    pub(crate) categories: BTreeSet<CostCategoryId>,
}

impl Recorded {
    pub(crate) fn cap(&self) -> Cap {
        Cap {
            starts_on: self.row.starts_on,
            basis: self.row.basis,
            share_bp: i64::from(self.row.share_bp.unwrap_or_default()),
            amount: self.row.amount.unwrap_or_default(),
        }
    }
}

/// The caps of an award or a pool, in the order in which they were agreed.
pub(crate) async fn caps(conn: &impl ConnectionTrait, of: Of) -> Result<Vec<Recorded>> {
    let whose = match of {
        Of::Award(id) => charge_cap::Column::AwardId.eq(id),
        Of::Pool(id) => charge_cap::Column::PoolId.eq(id),
    };
    let rows = charge_cap::Entity::find()
        .filter(whose)
        .order_by_asc(charge_cap::Column::Seq)
        .all(conn)
        .await?;
    let mut categories: HashMap<ChargeCapId, BTreeSet<CostCategoryId>> = HashMap::new();
    if !rows.is_empty() {
        for row in charge_cap_category::Entity::find()
            .filter(charge_cap_category::Column::CapId.is_in(rows.iter().map(|row| row.id)))
            .all(conn)
            .await?
        {
            categories
                .entry(row.cap_id)
                .or_default()
                .insert(row.category_id);
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| Recorded {
            categories: categories.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// What was spent from one day to another, by cost category: what an award pays for, or all of a pool.
pub(crate) async fn spent(
    conn: &impl ConnectionTrait,
    of: Of,
    (from, to): Year,
) -> Result<BTreeMap<CostCategoryId, Money>> {
    let (sql, id): (&str, sea_orm::Value) = match of {
        Of::Award(id) => (
            "SELECT a.category_id, CAST(SUM(a.amount) AS bigint) AS total \
             FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.state = 'accepted' AND a.award_id = $1 \
               AND a.incurred_on >= $2 AND a.incurred_on <= $3 GROUP BY a.category_id",
            id.into(),
        ),
        Of::Pool(id) => (
            "SELECT t.category_id, CAST(SUM(t.amount) AS bigint) AS total \
             FROM spend_total t JOIN spend_import i ON i.id = t.import_id \
             WHERE i.state = 'accepted' AND t.pool_id = $1 \
               AND t.incurred_on >= $2 AND t.incurred_on <= $3 GROUP BY t.category_id",
            id.into(),
        ),
    };
    let days: [NaiveDate; 2] = [from, to];
    let values = [id, days[0].into(), days[1].into()];
    let mut sums = BTreeMap::new();
    for row in conn.query_all_raw(statement(conn, sql, values)).await? {
        sums.insert(
            CostCategoryId(row.try_get("", "category_id")?),
            Money(row.try_get("", "total")?),
        );
    }
    Ok(sums)
}

/// The cost categories of a pool of which an award pays for some from one day to another.
pub(crate) async fn paid_in(
    conn: &impl ConnectionTrait,
    award: AwardId,
    pool: PoolId,
    (from, to): Year,
) -> Result<BTreeSet<CostCategoryId>> {
    let values = [award.into(), pool.into(), from.into(), to.into()];
    let mut found = BTreeSet::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT a.category_id FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.state = 'accepted' AND a.award_id = $1 AND r.pool_id = $2 \
               AND a.incurred_on >= $3 AND a.incurred_on <= $4 \
             GROUP BY a.category_id HAVING SUM(a.amount) <> 0",
            values,
        ))
        .await?
    {
        found.insert(CostCategoryId(row.try_get("", "category_id")?));
    }
    Ok(found)
}
