//! What awards are expected to pay from today: what is promised to providers, by the pools' own rules, and what
//! is forecast beyond that. The same sums as the position's, by day or month.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{AwardId, Money, PoolId};
use sea_orm::DatabaseTransaction;

use super::{put, too_much};
use crate::attribution::Expected;
use crate::calendar::rules::first_of_month;
use crate::positions::rules::AsOf;
use crate::positions::rules::ahead::{ByMonth, add, not_committed_by_month};
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Result, attribution, commitments};

/// What is expected of awards from today.
pub(super) struct Ahead {
    /// What is promised to providers, pool by pool.
    pub(super) promised: BTreeMap<PoolId, Promised>,
    /// What is forecast beyond that, by award.
    pub(super) forecast: HashMap<AwardId, ByMonth>,
}

/// What is promised to providers out of a pool.
pub(super) struct Promised {
    /// All of it, with the day on which it can be expected.
    pub(super) all: Vec<(NaiveDate, Money)>,
    /// Of that, what awards can be expected to pay.
    pub(super) parts: Vec<Expected>,
    /// For which no award can be expected to pay.
    pub(super) not_covered: Money,
}

/// What is promised out of a pool, and what awards can be expected to pay of it by the pool's own rules.
pub(super) async fn promised(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    pool: PoolId,
) -> Result<Promised> {
    let promised = commitments::store::promised(conn, pool, ctx.today()).await?;
    let days: Vec<(NaiveDate, Money)> = promised.iter().map(|one| (one.on, one.amount)).collect();
    let all = Money::sum(days.iter().map(|(_, amount)| *amount)).ok_or_else(too_much)?;
    let parts = attribution::expected(conn, pool, promised).await?;
    let covered = Money::sum(parts.iter().map(|one| one.amount)).ok_or_else(too_much)?;
    Ok(Promised {
        all: days,
        parts,
        not_covered: all.minus(covered).ok_or_else(too_much)?,
    })
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
            promised: BTreeMap::new(),
            forecast: HashMap::new(),
        };
        for pool in &pools {
            read.promised
                .insert(*pool, promised(conn, ctx, *pool).await?);
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
                put(&mut promised, first_of_month(part.on), part.amount)?;
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
        let all = self.promised.values().flat_map(|of| &of.parts);
        all.filter(move |part| part.award == award)
    }

    /// What is forecast for an award beyond that.
    pub(super) fn forecast_of(&self, award: AwardId) -> impl Iterator<Item = (NaiveDate, Money)> {
        let of = self.forecast.get(&award).into_iter().flatten();
        of.map(|((month, _), amount)| (*month, *amount))
    }
}
