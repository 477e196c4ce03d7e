//! What keeps an award from being used up, pool by pool: from what is kept beside runs, by days and cost categories,
//! never from the lines.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AttributionPolicy, AwardId, CostCategoryId, FenceId, Money, PoolId, contribution, fence, pool,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::rules::Unfunded;
use super::rules::stops::{Came, Outside, Use, used};
use super::rules::why::Full;
use super::store::{self, statement};
use crate::access::rules::Operation;
use crate::awards::view::titles;
use crate::{Ctx, Db, Error, Result, awards, pools};

/// What keeps an award from being used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardStops)]
pub struct Stops {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Last London date that it pays for.
    pub ends_on: NaiveDate,
    /// Its amount, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Attributed to it in all pools, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Left of it, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// Put into no pool: it pays for nothing, in pence.
    #[schema(value_type = i64)]
    pub not_pooled_pence: Money,
    /// What of it is kept for spend that has not come, in any pool: a sentence for each part.
    pub kept: Vec<Because>,
    /// Pool by pool.
    pub pools: Vec<PoolStops>,
}

/// How an award is used in a pool, and what keeps it from being used up there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardPoolStops)]
pub struct PoolStops {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// Put into it, in pence.
    #[schema(value_type = i64)]
    pub put_in_pence: Money,
    /// What it pays there, in pence.
    #[schema(value_type = i64)]
    pub pays_pence: Money,
    /// What could still be paid of what was put in, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// Why: a sentence for each reason, the largest first of its kind.
    pub because: Vec<Because>,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardStop)]
pub struct Because {
    /// What sort of reason.
    pub kind: Stop,
    /// The award or fence that it speaks of, where it does.
    pub of: Option<String>,
    /// How much it is about, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// The reason in a sentence.
    pub sentence: String,
}

/// What sort of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// All of it is used.
    UsedUp,
    /// Something of it is used up while the rest is not: a limit, a year, what is kept for other spend.
    PartUsedUp,
    /// Some of it is kept for spend that has not come.
    KeptForSpend,
    /// Another award pays for what it could pay for.
    OtherPays,
    /// Nobody pays, and not because anything is used up.
    NobodyMay,
    /// The spend is of a sort or of days that it may not pay for.
    MayNotPay,
    /// No more spend came that it may pay for.
    NothingMore,
}

impl Stop {
    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::UsedUp => "used-up",
            Self::PartUsedUp => "part-used-up",
            Self::KeptForSpend => "kept-for-spend",
            Self::OtherPays => "other-pays",
            Self::NobodyMay => "nobody-may",
            Self::MayNotPay => "may-not-pay",
            Self::NothingMore => "nothing-more",
        }
    }
}

/// What keeps an award from being used up. For those inside: it speaks of what others pay.
pub async fn of_award(db: &Db, ctx: &Ctx, id: AwardId) -> Result<Stops> {
    ctx.require(Operation::ReadPools)?;
    let conn = &db.snapshot().await?;
    let award = awards::store::one(conn, ctx, id).await?;
    let given = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(id))
        .order_by_asc(contribution::Column::Id)
        .all(conn)
        .await?;
    let names: HashMap<PoolId, String> = pools::store::seen(ctx)
        .filter(pool::Column::Id.is_in(given.iter().map(|part| part.pool_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let fences: HashMap<FenceId, String> = fence::Entity::find()
        .filter(fence::Column::AwardId.eq(id))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let mut in_pools = Vec::with_capacity(given.len());
    // Parts of an award are kept for spend wherever it comes: each pool says the same of them.
    let mut kept = Vec::new();
    let (mut put_in, mut attributed) = (Money::ZERO, Money::ZERO);
    let too_large = || Error::internal("what an award pays adds up to more than can be counted");
    for part in given {
        let (stops, of_it) = in_pool(db, ctx, conn, (id, part.pool_id), &names, &fences).await?;
        kept = of_it;
        put_in = put_in.plus(part.agreed).ok_or_else(too_large)?;
        attributed = attributed.plus(stops.pays_pence).ok_or_else(too_large)?;
        in_pools.push(stops);
    }
    let less = |from: Money, take: Money| from.minus(take).unwrap_or_default().max(Money::ZERO);
    Ok(Stops {
        award_id: id,
        award: award.title,
        ends_on: award.ends_on,
        amount_pence: award.amount,
        attributed_pence: attributed,
        left_pence: less(award.amount, attributed),
        not_pooled_pence: less(award.amount, put_in),
        kept: kept_apart(&kept, &fences),
        pools: in_pools,
    })
}

async fn in_pool(
    db: &Db,
    ctx: &Ctx,
    conn: &impl ConnectionTrait,
    (id, pool): (AwardId, PoolId),
    names: &HashMap<PoolId, String>,
    fences: &HashMap<FenceId, String>,
) -> Result<(PoolStops, Vec<(FenceId, i64)>)> {
    let mut one = store::awards(conn, pool)
        .await?
        .into_iter()
        .find(|one| one.id == id)
        .ok_or_else(|| Error::internal("a contribution without its award"))?;
    let put_in = Money(one.agreed);
    for (award, fence, day, total) in store::used_here(conn, pool).await? {
        if award == id {
            one.pays_less(fence, day, total);
        }
    }
    let came = came(conn, pool).await?;
    let found = used(&one, &came);
    let policies = pools::store::policies(conn, pool).await?;
    let rule = policies.on(ctx.today()).map(|rule| rule.kind);
    let others: HashMap<AwardId, String> = titles(db, found.others.keys().copied())
        .await?
        .into_iter()
        .map(|(id, row)| (id, row.title))
        .collect();
    let left = Money(one.left_here());
    let stops = PoolStops {
        pool_id: pool,
        pool: names.get(&pool).cloned().unwrap_or_default(),
        put_in_pence: put_in,
        pays_pence: Money(found.pays),
        left_pence: left,
        because: because(&found, left, rule, &others, fences),
    };
    Ok((stops, found.kept))
}

/// What is kept for spend that has not come, the most first.
fn kept_apart(kept: &[(FenceId, i64)], fences: &HashMap<FenceId, String>) -> Vec<Because> {
    sorted(kept.iter().copied())
        .into_iter()
        .map(|(fence, amount)| {
            let name = fences.get(&fence).cloned().unwrap_or_default();
            Because {
                kind: Stop::KeptForSpend,
                sentence: format!(
                    "{} is kept for “{name}”, and no more such spend has come.",
                    Money(amount).in_full()
                ),
                of: Some(name),
                amount_pence: Money(amount),
            }
        })
        .collect()
}

/// What came in a pool, by who pays for it.
async fn came(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Vec<Came>> {
    let mut found = Vec::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT t.award_id, t.category_id, t.incurred_on, t.capital, \
               CAST(SUM(t.amount) AS bigint) AS total \
             FROM attribution_total t JOIN attribution_run r ON r.id = t.run_id \
             WHERE r.state = 'accepted' AND r.pool_id = $1 \
             GROUP BY t.award_id, t.category_id, t.incurred_on, t.capital HAVING SUM(t.amount) <> 0",
            [pool.into()],
        ))
        .await?
    {
        let by = (
            AwardId(row.try_get("", "award_id")?),
            row.try_get("", "capital")?,
        );
        found.push(Came {
            on: row.try_get("", "incurred_on")?,
            category: CostCategoryId(row.try_get("", "category_id")?),
            by: Ok(by),
            amount: row.try_get("", "total")?,
        });
    }
    let last = store::last_run(conn, pool).await?;
    if let Some(last) = &last {
        for row in conn
            .query_all_raw(statement(
                conn,
                "SELECT category_id, incurred_on, reason, CAST(SUM(unfunded) AS bigint) AS total \
                 FROM unfunded_total WHERE run_id = $1 \
                 GROUP BY category_id, incurred_on, reason HAVING SUM(unfunded) <> 0",
                [last.id.into()],
            ))
            .await?
        {
            let reason: String = row.try_get("", "reason")?;
            found.push(Came {
                on: row.try_get("", "incurred_on")?,
                category: CostCategoryId(row.try_get("", "category_id")?),
                by: Err(Unfunded::from_slug(&reason)
                    .ok_or_else(|| Error::internal("an unknown reason"))?),
                amount: row.try_get("", "total")?,
            });
        }
    }
    // what came since nobody has looked at
    let seen = last.map_or(0, |last| last.saw_seq);
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT t.category_id, t.incurred_on, CAST(SUM(t.amount) AS bigint) AS total \
             FROM spend_total t JOIN spend_import i ON i.id = t.import_id \
             WHERE i.state = 'accepted' AND i.accepted_seq > $1 AND t.pool_id = $2 \
             GROUP BY t.category_id, t.incurred_on",
            [seen.into(), pool.into()],
        ))
        .await?
    {
        found.push(Came {
            on: row.try_get("", "incurred_on")?,
            category: CostCategoryId(row.try_get("", "category_id")?),
            by: Err(Unfunded::NotYet),
            amount: row.try_get("", "total")?,
        });
    }
    Ok(found)
}

/// The reasons in sentences: first what of it is used up, then who pays instead, then what it
/// may not pay for.
fn because(
    found: &Use,
    left: Money,
    rule: Option<AttributionPolicy>,
    others: &HashMap<AwardId, String>,
    fences: &HashMap<FenceId, String>,
) -> Vec<Because> {
    let mut said = Vec::new();
    let mut say = |kind, of: Option<String>, amount: i64, sentence: String| {
        said.push(Because {
            kind,
            of,
            amount_pence: Money(amount),
            sentence,
        });
    };
    let pounds = |amount: i64| Money(amount).in_full();
    if left == Money::ZERO {
        say(
            Stop::UsedUp,
            None,
            found.pays,
            "All that was put into this pool is used.".to_owned(),
        );
        return said;
    }
    for (full, amount) in sorted(found.full.iter().copied()) {
        let fence = match full {
            Full::Fence(fence) => fences.get(&fence).cloned(),
            _ => None,
        };
        let why = match (full, &fence) {
            (Full::Fence(_), Some(name)) => format!("its limit for “{name}” is reached"),
            (Full::Fence(_), None) => "a limit inside it is reached".to_owned(),
            (Full::Year, _) => "the year that it falls in is used up, or not confirmed".to_owned(),
            (Full::Kept, _) => "what it has left is kept for other spend".to_owned(),
            (Full::Contribution | Full::All, _) => "it is used up".to_owned(),
        };
        let sentence = format!(
            "{} that it may pay for is not covered, because {why}.",
            pounds(amount)
        );
        say(Stop::PartUsedUp, fence, amount, sentence);
    }
    for (other, amount) in sorted(found.others.iter().map(|(id, sum)| (*id, *sum))) {
        let name = others.get(&other).cloned().unwrap_or_default();
        let by = match rule {
            None | Some(AttributionPolicy::InOrder) => "by the stated order",
            Some(AttributionPolicy::ProRata) => "in proportion to what each puts in",
            Some(AttributionPolicy::Shares) => "by the agreed shares",
            Some(AttributionPolicy::Manual) => "by hand",
            Some(AttributionPolicy::Optimal) => {
                "its money would be lost sooner, or is more restricted"
            }
        };
        let sentence = format!(
            "“{name}” pays for {} that it could pay for: {by}, or a pin or a certified return holds it there.",
            pounds(amount)
        );
        say(Stop::OtherPays, Some(name), amount, sentence);
    }
    for (reason, amount) in &found.open {
        let why = match reason {
            Unfunded::NotNamed => "the agreements with providers name other awards",
            Unfunded::NoShare => "the agreed shares leave it to no award that may pay",
            Unfunded::NotYet => "it came since and is not attributed yet",
            _ => "it does not fit what is left, or others were to pay it and cannot",
        };
        let sentence = format!("{} is not covered, because {why}.", pounds(*amount));
        say(Stop::NobodyMay, None, *amount, sentence);
    }
    for (why, amount) in &found.outside {
        let sentence = match why {
            Outside::Days => format!(
                "{} of the pool’s spend was received outside its dates.",
                pounds(*amount)
            ),
            Outside::Category => format!(
                "{} is in cost categories that it does not pay for.",
                pounds(*amount)
            ),
            Outside::Kind => format!(
                "{} is of the other of capital and revenue.",
                pounds(*amount)
            ),
            Outside::Suspended => {
                format!("{} was received while it was suspended.", pounds(*amount))
            }
        };
        say(Stop::MayNotPay, None, *amount, sentence);
    }
    if found.full.is_empty() && found.others.is_empty() && found.open.is_empty() {
        let sentence = match found.pays {
            0 => "No spend has come that it may pay for.".to_owned(),
            _ => "It pays for all spend that has come and that it may pay for.".to_owned(),
        };
        say(Stop::NothingMore, None, left.pence(), sentence);
    }
    said
}

/// The largest first.
fn sorted<K: Copy + Ord>(sums: impl IntoIterator<Item = (K, i64)>) -> Vec<(K, i64)> {
    let mut sums: Vec<(K, i64)> = sums.into_iter().collect();
    sums.sort_by_key(|(key, amount)| (Reverse(*amount), *key));
    sums
}
