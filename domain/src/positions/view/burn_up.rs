//! An award from its first month to its last: what it paid so far, what is promised and forecast from today, against
//! what it may pay and the day on which it ends.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, Money};
use serde::Serialize;

use super::ahead::Ahead;
use super::{When, put, too_much};
use crate::access::rules::Operation;
use crate::calendar::rules::{first_of_month, months_of};
use crate::positions::rules::ahead::{ByMonth, add, both_kinds};
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Db, Result, awards};

/// An award month by month against what it may pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardBurnUp)]
pub struct BurnUp {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// What it may pay in all, as the award stands, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// First London date that it pays for.
    pub starts_on: NaiveDate,
    /// Last London date that it pays for.
    pub ends_on: NaiveDate,
    /// London date.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Attributed until the day, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Promised to providers and not spent, as far as it can be expected to pay by the rules of its pools, in pence;
    /// null but for today.
    #[schema(value_type = Option<i64>)]
    pub outstanding_pence: Option<Money>,
    /// Forecast beyond that, in pence; null but for today.
    #[schema(value_type = Option<i64>)]
    pub not_committed_pence: Option<Money>,
    /// What it may pay less all of these: unspent at its end; negative where more is expected than it may pay. In
    /// pence.
    #[schema(value_type = i64)]
    pub rest_pence: Money,
    /// Month by month, from its first to its last, or to the last in which something is expected.
    pub months: Vec<BurnUpMonth>,
}

/// A month of it, in pence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BurnUpMonth {
    /// The month's first day.
    pub month: NaiveDate,
    /// Attributed of spend received in it, until the day.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Promised for it.
    #[schema(value_type = i64)]
    pub outstanding_pence: Money,
    /// Forecast for it beyond that.
    #[schema(value_type = i64)]
    pub not_committed_pence: Money,
    /// Attributed by its end; null for a month after the day.
    #[schema(value_type = Option<i64>)]
    pub attributed_so_far_pence: Option<Money>,
    /// Attributed and promised by its end; null for a month that is over, and but for today.
    #[schema(value_type = Option<i64>)]
    pub committed_so_far_pence: Option<Money>,
    /// Attributed, promised and forecast by its end; null for a month that is over, and but for today.
    #[schema(value_type = Option<i64>)]
    pub expected_so_far_pence: Option<Money>,
}

/// An award month by month against what it may pay.
pub async fn burn_up(db: &Db, ctx: &Ctx, id: AwardId, when: When) -> Result<BurnUp> {
    ctx.require(Operation::ReadPosition)?;
    let then = when.then(ctx)?;
    let now = when.is_now(ctx);
    let conn = db.snapshot().await?;
    let award = awards::store::one(&conn, ctx, id).await?;
    let mut attributed = ByMonth::new();
    for pool in store::pools_of(&conn, [id])
        .await?
        .remove(&id)
        .unwrap_or_default()
    {
        let mut paid = store::paid_by_month(&conn, pool, then, &Narrow::default()).await?;
        if let Some(months) = paid.remove(&id) {
            add(&mut attributed, &months).ok_or_else(too_much)?;
        }
    }
    let attributed = both_kinds(&attributed).ok_or_else(too_much)?;
    let (mut promised, mut forecast) = (BTreeMap::new(), BTreeMap::new());
    if now {
        let ahead = Ahead::read(&conn, ctx, &[id], &[]).await?;
        for part in ahead.promised_of(id) {
            put(&mut promised, first_of_month(part.on), part.amount)?;
        }
        for (month, amount) in ahead.forecast_of(id) {
            put(&mut forecast, month, amount)?;
        }
    }
    let sum =
        |flow: &BTreeMap<NaiveDate, Money>| Money::sum(flow.values().copied()).ok_or_else(too_much);
    let (all_attributed, all_promised, all_forecast) =
        (sum(&attributed)?, sum(&promised)?, sum(&forecast)?);
    let of_flows = [&attributed, &promised, &forecast];
    let known = || of_flows.iter().flat_map(|flow| flow.keys().copied());
    let first = known()
        .min()
        .map_or(award.starts_on, |on| on.min(award.starts_on));
    let last = known()
        .max()
        .map_or(award.ends_on, |on| on.max(award.ends_on));
    let this_month = first_of_month(then.on);
    let at = |flow: &BTreeMap<NaiveDate, Money>, month: NaiveDate| {
        flow.get(&month).copied().unwrap_or_default()
    };
    let mut so_far = [Money::ZERO; 3];
    let mut months = Vec::new();
    for month in months_of(first, last) {
        let of = of_flows.map(|flow| at(flow, month));
        for (sum, more) in so_far.iter_mut().zip(of) {
            *sum = sum.plus(more).ok_or_else(too_much)?;
        }
        let [paid, committed, expected] = so_far;
        let committed = paid.plus(committed).ok_or_else(too_much)?;
        let expected = committed.plus(expected).ok_or_else(too_much)?;
        let ahead = now && month >= this_month;
        let [attributed_pence, outstanding_pence, not_committed_pence] = of;
        months.push(BurnUpMonth {
            month,
            attributed_pence,
            outstanding_pence,
            not_committed_pence,
            attributed_so_far_pence: (month <= this_month).then_some(paid),
            committed_so_far_pence: ahead.then_some(committed),
            expected_so_far_pence: ahead.then_some(expected),
        });
    }
    let used = Money::sum([all_attributed, all_promised, all_forecast]);
    Ok(BurnUp {
        award_id: id,
        award: award.title,
        amount_pence: award.amount,
        starts_on: award.starts_on,
        ends_on: award.ends_on,
        as_of: then.on,
        known_at: then.known_at,
        attributed_pence: all_attributed,
        outstanding_pence: now.then_some(all_promised),
        not_committed_pence: now.then_some(all_forecast),
        rest_pence: used
            .and_then(|used| award.amount.minus(used))
            .ok_or_else(too_much)?,
        months,
    })
}
