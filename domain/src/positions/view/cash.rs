//! The holder's cash by month: what was received and spent, what is expected and due, and when least is held.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Months, NaiveDate, Utc};
use entity::{AwardId, Money, OrganisationId, PoolId, award};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;

use super::ahead::Ahead;
use super::{When, put, too_much};
use crate::access::rules::Operation;
use crate::attribution::Expected;
use crate::calendar::rules::first_of_month;
use crate::owed::rules::{Direction, Kind};
use crate::owed::view::{self as owing, OwedFilter, OwedItem};
use crate::payments::rules::ahead_and_owed;
use crate::positions::rules::ahead::{ByMonth, add, both_kinds};
use crate::positions::rules::cash::{CashMonth, Flow, Flows, Late, first_below, lowest, months};
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Db, Result, closures, organisations, payments, pools};

/// How many months before the one of the day are told one by one; earlier ones are in what was held before.
const BEFORE: u32 = 12;

/// The holder's cash by month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Cash {
    /// Of which pool: its spend, and the awards that pay into no other. Null: all awards and pools.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// London date.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Held before the first of the months, in pence.
    #[schema(value_type = i64)]
    pub opening_pence: Money,
    /// Held on the day: received less spent, in pence. Below nothing where the holder paid in advance.
    #[schema(value_type = i64)]
    pub held_pence: Money,
    /// Month by month, until nothing more is expected; of a day that is over, until that day.
    pub months: Vec<CashOfMonth>,
    /// First day of the month at whose end least is held, of the month of the day and later ones; null but for
    /// today.
    pub lowest_month: Option<NaiveDate>,
    /// What is held then, in pence.
    #[schema(value_type = Option<i64>)]
    pub lowest_pence: Option<Money>,
    /// What was claimed and not received, in pence. No day is known by which it comes, so that no month counts it;
    /// null but for today.
    #[schema(value_type = Option<i64>)]
    pub claimed_pence: Option<Money>,
    /// Award by award: received ahead of its spend, or owed to us.
    pub awards: Vec<CashOfAward>,
    /// The pool's awards that pay into further pools: neither what they brought nor what they paid is counted.
    pub left_out: Vec<CashLeftOut>,
}

/// A month of the holder's cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CashOfMonth {
    /// The month's first day.
    pub month: NaiveDate,
    /// Received from funders, less what was repaid, in pence.
    #[schema(value_type = i64)]
    pub received_pence: Money,
    /// Promised by payment schedules and not received, in pence. What is late, or owed of an award that is closed,
    /// is expected in the month of the day.
    #[schema(value_type = i64)]
    pub expected_pence: Money,
    /// Spent, by the day on which goods or services were received, in pence.
    #[schema(value_type = i64)]
    pub spent_pence: Money,
    /// Promised to providers and not spent; and in the month of the day what must be repaid to funders, in pence.
    #[schema(value_type = i64)]
    pub due_pence: Money,
    /// Forecast beyond that, in pence.
    #[schema(value_type = i64)]
    pub not_committed_pence: Money,
    /// Held at its end, in pence.
    #[schema(value_type = i64)]
    pub balance_pence: Money,
}

/// Where the money of an award stands against its spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CashOfAward {
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Received, less what was repaid, in pence.
    #[schema(value_type = i64)]
    pub received_pence: Money,
    /// Attributed to it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Received ahead of its spend: deferred, in pence.
    #[schema(value_type = i64)]
    pub ahead_pence: Money,
    /// Owed to us: accrued, in pence.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
    /// It is closed: nothing is ahead, and what is owed is told by how it was closed.
    pub closed: bool,
}

/// An award whose cash is not the pool's alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CashLeftOut {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
}

/// The cash of a pool, or of all awards and pools, if a funder paid late, beside what is expected now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CashProspect {
    /// Of which pool; null: all awards and pools.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// What is expected of the award, and would come later, in pence.
    #[schema(value_type = i64)]
    pub later_pence: Money,
    /// As is expected now.
    pub now: CashLowest,
    /// As it would be.
    pub then: CashLowest,
    /// From the month that runs until nothing more is expected.
    pub months: Vec<CashMonthProspect>,
}

/// When least is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CashLowest {
    /// First day of the month at whose end least is held.
    pub lowest_month: NaiveDate,
    /// What is held then, in pence.
    #[schema(value_type = i64)]
    pub lowest_pence: Money,
    /// First day of the first month at whose end less than nothing is held; null: none.
    pub below_month: Option<NaiveDate>,
}

/// A month of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CashMonthProspect {
    /// The month's first day.
    pub month: NaiveDate,
    /// Expected to come in it, in pence.
    #[schema(value_type = i64)]
    pub expected_pence: Money,
    /// What would come in it, in pence.
    #[schema(value_type = i64)]
    pub expected_then_pence: Money,
    /// Held at its end, in pence.
    #[schema(value_type = i64)]
    pub balance_pence: Money,
    /// What would be held, in pence.
    #[schema(value_type = i64)]
    pub balance_then_pence: Money,
    /// Held at its end: then less now, in pence.
    #[schema(value_type = i64)]
    pub more_pence: Money,
}

/// What is counted.
struct Counted {
    pools: Vec<PoolId>,
    awards: Vec<award::Model>,
    /// Awards of the pools that are not counted.
    left_out: BTreeSet<AwardId>,
}

/// What is read of the cash.
struct Read {
    name: Option<String>,
    counted: Counted,
    left_out: Vec<CashLeftOut>,
    received: HashMap<AwardId, BTreeMap<NaiveDate, Money>>,
    paid: HashMap<AwardId, ByMonth>,
    /// All but what is expected to come.
    flows: Flows,
    /// What is expected to come, by award and day.
    expected: Vec<(AwardId, NaiveDate, Money)>,
    claimed: Option<Money>,
}

impl Read {
    async fn of(
        db: &Db,
        conn: &DatabaseTransaction,
        ctx: &Ctx,
        pool: Option<PoolId>,
        when: When,
    ) -> Result<Self> {
        let then = when.then(ctx)?;
        let (name, pools) = match pool {
            Some(id) => (Some(pools::store::one(conn, ctx, id).await?.name), vec![id]),
            None => {
                let all = pools::store::seen(ctx).all(conn).await?;
                (None, all.into_iter().map(|pool| pool.id).collect())
            }
        };
        let (counted, left_out) = counted(conn, ctx, pool, pools).await?;
        let ids: Vec<AwardId> = counted.awards.iter().map(|award| award.id).collect();
        let received = store::received_by_month(conn, &ids, then).await?;
        let mut paid: HashMap<AwardId, ByMonth> = HashMap::new();
        let mut flows = Flows::default();
        for months in received.values() {
            plus(&mut flows.received, months)?;
        }
        for id in &counted.pools {
            plus(
                &mut flows.spent,
                &store::spent_by_month(conn, *id, then).await?,
            )?;
            let of_pool = store::paid_by_month(conn, *id, then, &Narrow::default()).await?;
            for (award, months) in of_pool {
                if counted.left_out.contains(&award) {
                    let months = both_kinds(&months).ok_or_else(too_much)?;
                    minus(&mut flows.spent, &months)?;
                } else {
                    add(paid.entry(award).or_default(), &months).ok_or_else(too_much)?;
                }
            }
        }
        let (mut expected, mut claimed) = (Vec::new(), None);
        if when.is_now(ctx) {
            let (all, sum) = look_ahead(db, conn, ctx, &counted, &mut flows).await?;
            (expected, claimed) = (all, Some(sum));
        }
        Ok(Self {
            name,
            counted,
            left_out,
            received,
            paid,
            flows,
            expected,
            claimed,
        })
    }

    /// What comes and goes, with what is expected when `comes_on` says.
    fn flows(&self, comes_on: impl Fn(AwardId, NaiveDate) -> NaiveDate) -> Result<Flows> {
        let mut flows = self.flows.clone();
        for (award, on, amount) in &self.expected {
            let month = first_of_month(comes_on(*award, *on));
            put(&mut flows.expected, month, *amount)?;
        }
        Ok(flows)
    }
}

/// The cash of a pool, or of all awards and pools.
pub async fn cash(db: &Db, ctx: &Ctx, pool: Option<PoolId>, when: When) -> Result<Cash> {
    ctx.require(Operation::ReadMoney)?;
    let then = when.then(ctx)?;
    let now = when.is_now(ctx);
    let conn = db.snapshot().await?;
    let read = Read::of(db, &conn, ctx, pool, when).await?;
    let flows = read.flows(|_, on| on)?;
    let held = sum(&flows.received)?
        .minus(sum(&flows.spent)?)
        .ok_or_else(too_much)?;
    let this_month = first_of_month(then.on);
    let first = this_month
        .checked_sub_months(Months::new(BEFORE))
        .unwrap_or(this_month);
    let earliest = [&flows.received, &flows.spent]
        .into_iter()
        .filter_map(|flow| flow.keys().next().copied())
        .min()
        .unwrap_or(this_month);
    let first = first.max(earliest).min(this_month);
    let (opening, all) = months(&flows, first, this_month).ok_or_else(too_much)?;
    let low = lowest(&all, this_month).filter(|_| now);
    let mut cash = Cash {
        pool_id: pool,
        pool: read.name,
        as_of: then.on,
        known_at: then.known_at,
        opening_pence: opening,
        held_pence: held,
        months: all
            .into_iter()
            .map(|(month, of)| CashOfMonth {
                month,
                received_pence: of.received,
                expected_pence: of.expected,
                spent_pence: of.spent,
                due_pence: of.due,
                not_committed_pence: of.forecast,
                balance_pence: of.balance,
            })
            .collect(),
        lowest_month: low.map(|(month, _)| month),
        lowest_pence: low.map(|(_, amount)| amount),
        claimed_pence: read.claimed,
        awards: Vec::new(),
        left_out: read.left_out,
    };
    let (received, paid) = (&read.received, &read.paid);
    cash.awards = by_award(db, &conn, ctx, now, read.counted.awards, received, paid).await?;
    Ok(cash)
}

/// The same months if all that is expected of an award came late, beside what is expected now: of all awards and
/// pools, and of its pool where it pays into one alone.
pub(super) async fn if_late(
    db: &Db,
    ctx: &Ctx,
    award: AwardId,
    late: Late,
) -> Result<Vec<CashProspect>> {
    ctx.require(Operation::ReadMoney)?;
    let conn = db.snapshot().await?;
    let award = crate::awards::store::one(&conn, ctx, award).await?.id;
    let into = store::pools_of(&conn, [award]).await?;
    let mut asked = vec![None];
    asked.extend(
        into.get(&award)
            .filter(|pools| pools.len() == 1)
            .into_iter()
            .flatten()
            .copied()
            .map(Some),
    );
    let mut found = Vec::with_capacity(asked.len());
    for pool in asked {
        let read = Read::of(db, &conn, ctx, pool, When::default()).await?;
        found.push(prospect(ctx, pool, &read, award, late)?);
    }
    Ok(found)
}

fn prospect(
    ctx: &Ctx,
    pool: Option<PoolId>,
    read: &Read,
    award: AwardId,
    late: Late,
) -> Result<CashProspect> {
    let now = read.flows(|_, on| on)?;
    let then = read.flows(|of, on| match of == award {
        true => late.comes_on(on),
        false => on,
    })?;
    let first = first_of_month(ctx.today());
    // both to the month in which the last of either comes
    let (_, then) = months(&then, first, first).ok_or_else(too_much)?;
    let last = then.last().map_or(first, |(month, _)| *month);
    let (_, now) = months(&now, first, last).ok_or_else(too_much)?;
    let low = |all: &[(NaiveDate, CashMonth)]| {
        let (lowest_month, lowest_pence) = lowest(all, first)?;
        Some(CashLowest {
            lowest_month,
            lowest_pence,
            below_month: first_below(all, first),
        })
    };
    let none = || crate::Error::internal("cash without the month that runs");
    let later = read
        .expected
        .iter()
        .filter(|(of, on, _)| *of == award && late.comes_on(*on) > *on)
        .map(|(_, _, amount)| *amount);
    Ok(CashProspect {
        pool_id: pool,
        pool: read.name.clone(),
        later_pence: Money::sum(later).ok_or_else(too_much)?,
        now: low(&now).ok_or_else(none)?,
        then: low(&then).ok_or_else(none)?,
        months: now
            .iter()
            .zip(&then)
            .map(|((month, now), (_, then))| {
                Ok(CashMonthProspect {
                    month: *month,
                    expected_pence: now.expected,
                    expected_then_pence: then.expected,
                    balance_pence: now.balance,
                    balance_then_pence: then.balance,
                    more_pence: then.balance.minus(now.balance).ok_or_else(too_much)?,
                })
            })
            .collect::<Result<_>>()?,
    })
}

fn plus(to: &mut Flow, more: &Flow) -> Result<()> {
    for (month, amount) in more {
        put(to, *month, *amount)?;
    }
    Ok(())
}

fn minus(from: &mut Flow, less: &Flow) -> Result<()> {
    for (month, amount) in less {
        let sum = from.entry(*month).or_default();
        *sum = sum.minus(*amount).ok_or_else(too_much)?;
    }
    Ok(())
}

fn sum(of: &Flow) -> Result<Money> {
    Money::sum(of.values().copied()).ok_or_else(too_much)
}

/// Of all pools every award counts. Of one pool those that pay into no other: what was received of the others is
/// not the pool's alone.
async fn counted(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    pool: Option<PoolId>,
    pools: Vec<PoolId>,
) -> Result<(Counted, Vec<CashLeftOut>)> {
    let Some(pool) = pool else {
        let awards = crate::awards::store::seen(ctx).all(conn).await?;
        let counted = Counted {
            pools,
            awards,
            left_out: BTreeSet::new(),
        };
        return Ok((counted, Vec::new()));
    };
    let given = pools::store::contributions(conn, &[pool]).await?;
    let into = store::pools_of(conn, given.iter().map(|row| row.award_id)).await?;
    let all = award::Entity::find()
        .filter(award::Column::Id.is_in(given.iter().map(|row| row.award_id)))
        .all(conn)
        .await?;
    let (awards, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|award| into.get(&award.id).is_some_and(|pools| pools.len() == 1));
    let mut left_out: Vec<CashLeftOut> = others
        .iter()
        .map(|award| CashLeftOut {
            award_id: award.id,
            award: award.title.clone(),
        })
        .collect();
    left_out.sort_by(|a, b| a.award.cmp(&b.award));
    let counted = Counted {
        pools,
        awards,
        left_out: others.into_iter().map(|award| award.id).collect(),
    };
    Ok((counted, left_out))
}

/// What is due from today. Gives back what is expected to come, and what was claimed, which has no day.
async fn look_ahead(
    db: &Db,
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    counted: &Counted,
    flows: &mut Flows,
) -> Result<(Vec<(AwardId, NaiveDate, Money)>, Money)> {
    let ids: Vec<AwardId> = counted.awards.iter().map(|award| award.id).collect();
    let this_month = first_of_month(ctx.today());
    let mut expected = payments::view::to_come(db, ctx, &ids).await?;
    let mine: HashSet<AwardId> = ids.iter().copied().collect();
    let owed = owing::list(db, ctx, OwedFilter::default()).await?;
    let owed: Vec<OwedItem> = owed
        .items
        .into_iter()
        .filter(|item| mine.contains(&item.award_id))
        .collect();
    let mut claimed = Money::ZERO;
    for item in owed {
        match (item.direction, item.kind) {
            (Direction::OwedToUs, Kind::Claimed) => {
                claimed = claimed.plus(item.amount_pence).ok_or_else(too_much)?;
            }
            // what is late can come any day
            (Direction::OwedToUs, _) => {
                expected.push((item.award_id, ctx.today(), item.amount_pence));
            }
            (Direction::WeOwe, _) => put(&mut flows.due, this_month, item.amount_pence)?,
        }
    }
    let ahead = Ahead::read(conn, ctx, &ids, &counted.pools).await?;
    for pool in &counted.pools {
        let Some(promised) = ahead.promised.get(pool) else {
            continue;
        };
        for (on, amount) in &promised.all {
            put(&mut flows.due, first_of_month(*on), *amount)?;
        }
        let mut theirs: BTreeMap<NaiveDate, Money> = BTreeMap::new();
        let of_others = |part: &&Expected| counted.left_out.contains(&part.award);
        for part in promised.parts.iter().filter(of_others) {
            put(&mut theirs, first_of_month(part.on), part.amount)?;
        }
        minus(&mut flows.due, &theirs)?;
    }
    for id in &ids {
        for (month, amount) in ahead.forecast_of(*id) {
            put(&mut flows.forecast, month, amount)?;
        }
    }
    Ok((expected, claimed))
}

async fn by_award(
    db: &Db,
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    now: bool,
    awards: Vec<award::Model>,
    received: &HashMap<AwardId, BTreeMap<NaiveDate, Money>>,
    paid: &HashMap<AwardId, ByMonth>,
) -> Result<Vec<CashOfAward>> {
    let funders = organisations::view::names(db, awards.iter().map(|row| row.funder_id)).await?;
    let ids: Vec<AwardId> = awards.iter().map(|award| award.id).collect();
    let closed = closures::store::closed(conn, &ids).await?;
    let mut rows = Vec::with_capacity(awards.len());
    for award in awards {
        let held = match received.get(&award.id) {
            Some(months) => sum(months)?,
            None => Money::ZERO,
        };
        let attributed = match paid.get(&award.id) {
            Some(months) => Money::sum(months.values().copied()).ok_or_else(too_much)?,
            None => Money::ZERO,
        };
        // what was owed of an award that was closed since is told as if it ran
        let settled = now && closed.contains_key(&award.id);
        let (ahead, owed_to_us) = match settled {
            true => {
                let owed = closures::view::owed(db, ctx, &award).await?;
                (
                    Money::ZERO,
                    owed.map_or(Money::ZERO, |owed| owed.owed_to_us_pence),
                )
            }
            false => ahead_and_owed(held, attributed),
        };
        rows.push(CashOfAward {
            funder_id: award.funder_id,
            funder: funders.get(&award.funder_id).cloned().unwrap_or_default(),
            award_id: award.id,
            award: award.title,
            received_pence: held,
            attributed_pence: attributed,
            ahead_pence: ahead,
            owed_to_us_pence: owed_to_us,
            closed: settled,
        });
    }
    // what is owed to us comes first, then what is ahead
    rows.sort_by(|a, b| {
        (b.owed_to_us_pence, b.ahead_pence)
            .cmp(&(a.owed_to_us_pence, a.ahead_pence))
            .then_with(|| (&a.award, a.award_id).cmp(&(&b.award, b.award_id)))
    });
    Ok(rows)
}
