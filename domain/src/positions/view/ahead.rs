//! What awards are expected to pay from today: what is promised to providers, by the pools' own rules, and what
//! is forecast beyond that. The same sums as the position's, by day or month.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{AwardId, Money, PoolId};
use sea_orm::DatabaseTransaction;

use super::too_much;
use crate::attribution::Expected;
use crate::calendar::rules::first_of_month;
use crate::positions::rules::AsOf;
use crate::positions::rules::ahead::{ByMonth, add, not_committed_by_month};
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Result, attribution, commitments};

/// What is expected of awards from today.
pub(super) struct Ahead {
    /// All that is promised to providers, pool by pool, with the day on which it can be expected.
    pub(super) all_promised: BTreeMap<PoolId, Vec<(NaiveDate, Money)>>,
    /// Of that, what awards can be expected to pay.
    pub(super) promised: BTreeMap<PoolId, Vec<Expected>>,
    /// What is promised for which no award can be expected to pay, pool by pool.
    pub(super) not_covered: BTreeMap<PoolId, Money>,
    /// What is forecast beyond that, by award.
    pub(super) forecast: HashMap<AwardId, ByMonth>,
}

/// What each award paid in these pools of the month that runs, capital and revenue apart.
pub(super) async fn in_month(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    pools: impl IntoIterator<Item = &PoolId>,
) -> Result<HashMap<AwardId, ByMonth>> {
    let narrow = Narrow {
        from: Some(first_of_month(ctx.today())),
        ..Narrow::default()
    };
    let then = AsOf {
        on: ctx.today(),
        known_at: None,
    };
    let mut month: HashMap<AwardId, ByMonth> = HashMap::new();
    for pool in pools {
        for (award, paid) in store::paid_by_month(conn, *pool, then, &narrow).await? {
            add(month.entry(award).or_default(), &paid).ok_or_else(too_much)?;
        }
    }
    Ok(month)
}

impl Ahead {
    /// Of these awards, in every pool that they pay into, and of these pools.
    pub(super) async fn read(
        conn: &DatabaseTransaction,
        ctx: &Ctx,
        awards: &[AwardId],
        pools: &[PoolId],
    ) -> Result<Self> {
        let into = store::pools_of(conn, awards.iter().copied()).await?;
        let pools: BTreeSet<PoolId> = into
            .into_values()
            .flatten()
            .chain(pools.iter().copied())
            .collect();
        let mut read = Self {
            all_promised: BTreeMap::new(),
            promised: BTreeMap::new(),
            not_covered: BTreeMap::new(),
            forecast: HashMap::new(),
        };
        for pool in &pools {
            let promised = commitments::store::promised(conn, *pool, ctx.today()).await?;
            let all = Money::sum(promised.iter().map(|one| one.amount)).ok_or_else(too_much)?;
            let days = promised.iter().map(|one| (one.on, one.amount)).collect();
            read.all_promised.insert(*pool, days);
            let parts = attribution::expected(conn, *pool, promised).await?;
            let covered = Money::sum(parts.iter().map(|one| one.amount)).ok_or_else(too_much)?;
            let rest = all.minus(covered).ok_or_else(too_much)?;
            read.not_covered.insert(*pool, rest);
            read.promised.insert(*pool, parts);
        }
        let month = in_month(conn, ctx, &pools).await?;
        let forecasts = store::forecasts(conn, awards).await?;
        let nothing = ByMonth::new();
        let this_month = first_of_month(ctx.today());
        for award in awards {
            let spent = month.get(award).unwrap_or(&nothing);
            let of_kind = |capital| spent.get(&(this_month, capital)).copied();
            let mut promised: BTreeMap<NaiveDate, Money> = BTreeMap::new();
            for part in read.promised_of(*award) {
                let sum = promised.entry(first_of_month(part.on)).or_default();
                *sum = sum.plus(part.amount).ok_or_else(too_much)?;
            }
            let beyond = not_committed_by_month(
                forecasts.get(award).unwrap_or(&nothing),
                this_month,
                (
                    of_kind(true).unwrap_or_default(),
                    of_kind(false).unwrap_or_default(),
                ),
                &promised,
            );
            read.forecast.insert(*award, beyond.ok_or_else(too_much)?);
        }
        Ok(read)
    }

    /// What is promised that an award can be expected to pay, in all pools.
    pub(super) fn promised_of(&self, award: AwardId) -> impl Iterator<Item = &Expected> {
        let all = self.promised.values().flatten();
        all.filter(move |part| part.award == award)
    }

    /// What is forecast for an award beyond that.
    pub(super) fn forecast_of(&self, award: AwardId) -> impl Iterator<Item = (NaiveDate, Money)> {
        let of = self.forecast.get(&award).into_iter().flatten();
        of.map(|((month, _), amount)| (*month, *amount))
    }
}
