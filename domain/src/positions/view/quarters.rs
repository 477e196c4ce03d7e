//! What was spent and is expected quarter by quarter, capital and revenue apart. The sums are the position's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use entity::{AwardId, Money, OrganisationId, PoolId, award};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;

use super::ahead::Ahead;
use super::{When, put, theirs, too_much};
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::{first_of_month, first_of_quarter, last_of_month, months_in_words};
use crate::positions::rules::ahead::{ByMonth, add, by_quarter};
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Db, Error, Result, awards, organisations, pools};

/// Which spend is told by quarter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuartersFilter {
    /// Of this pool; none: of all.
    pub pool: Option<PoolId>,
    /// Only what this award pays for.
    pub award: Option<AwardId>,
}

/// What was spent and is expected quarter by quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Quarters {
    /// Of which pool; null: of all.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// Only of this award; null: of all that the reader is told of.
    pub award_id: Option<AwardId>,
    /// London date.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Quarter by quarter of financial years from April to March.
    pub rows: Vec<QuarterRow>,
    /// All of them together.
    pub together: QuarterFigures,
    /// The awards that are told of, by name.
    pub awards: Vec<QuarterAward>,
    /// Of these awards: those whose forecast is not counted, because they pay into further pools.
    pub forecast_left_out: Vec<AwardId>,
}

/// A quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuarterRow {
    /// Its first London date.
    pub starts_on: NaiveDate,
    /// Its last London date.
    pub ends_on: NaiveDate,
    /// Its months in words.
    pub quarter: String,
    /// The financial year that it is of, and its number in it.
    pub of_year: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: QuarterFigures,
}

/// The figures of a quarter, in pence. What is expected is null but for today; what no award pays for is null
/// where one award is told of, and for a funder's officer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuarterFigures {
    /// Attributed revenue.
    #[schema(value_type = i64)]
    pub attributed_revenue_pence: Money,
    /// Attributed capital.
    #[schema(value_type = i64)]
    pub attributed_capital_pence: Money,
    /// Spend that no award pays for: of it capital and revenue are not kept apart.
    #[schema(value_type = Option<i64>)]
    pub unfunded_pence: Option<Money>,
    /// Promised to providers and not spent, as far as awards can be expected to pay. Agreements do not say what is
    /// capital.
    #[schema(value_type = Option<i64>)]
    pub outstanding_pence: Option<Money>,
    /// Promised, and no award can be expected to pay.
    #[schema(value_type = Option<i64>)]
    pub outstanding_unfunded_pence: Option<Money>,
    /// Forecast beyond that: revenue.
    #[schema(value_type = Option<i64>)]
    pub forecast_revenue_pence: Option<Money>,
    /// Forecast beyond that: capital.
    #[schema(value_type = Option<i64>)]
    pub forecast_capital_pence: Option<Money>,
    /// All of these together.
    #[schema(value_type = i64)]
    pub together_pence: Money,
}

/// An award that is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuarterAward {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// The funder's name.
    pub funder: String,
}

impl QuarterFigures {
    fn all_together(mut self) -> Option<Self> {
        let some = [
            self.unfunded_pence,
            self.outstanding_pence,
            self.outstanding_unfunded_pence,
            self.forecast_revenue_pence,
            self.forecast_capital_pence,
        ];
        self.together_pence = Money::sum(
            [self.attributed_revenue_pence, self.attributed_capital_pence]
                .into_iter()
                .chain(some.into_iter().flatten()),
        )?;
        Some(self)
    }

    fn plus(self, more: Self) -> Option<Self> {
        let both = |a: Option<Money>, b: Option<Money>| match (a, b) {
            (Some(a), Some(b)) => a.plus(b).map(Some),
            _ => Some(None),
        };
        Some(Self {
            attributed_revenue_pence: self
                .attributed_revenue_pence
                .plus(more.attributed_revenue_pence)?,
            attributed_capital_pence: self
                .attributed_capital_pence
                .plus(more.attributed_capital_pence)?,
            unfunded_pence: both(self.unfunded_pence, more.unfunded_pence)?,
            outstanding_pence: both(self.outstanding_pence, more.outstanding_pence)?,
            outstanding_unfunded_pence: both(
                self.outstanding_unfunded_pence,
                more.outstanding_unfunded_pence,
            )?,
            forecast_revenue_pence: both(self.forecast_revenue_pence, more.forecast_revenue_pence)?,
            forecast_capital_pence: both(self.forecast_capital_pence, more.forecast_capital_pence)?,
            together_pence: self.together_pence.plus(more.together_pence)?,
        })
    }
}

/// Sums by quarter.
type Flow = BTreeMap<NaiveDate, Money>;

/// What is known of the quarters.
#[derive(Default)]
struct Sums {
    attributed: ByMonth,
    unfunded: Option<Flow>,
    outstanding: Option<Flow>,
    outstanding_unfunded: Option<Flow>,
    forecast: Option<ByMonth>,
}

impl Sums {
    fn quarters(&self) -> BTreeSet<NaiveDate> {
        let kinds = [Some(&self.attributed), self.forecast.as_ref()];
        let plain = [
            &self.unfunded,
            &self.outstanding,
            &self.outstanding_unfunded,
        ];
        kinds
            .into_iter()
            .flatten()
            .flat_map(|of| of.keys().map(|(quarter, _)| *quarter))
            .chain(
                plain
                    .into_iter()
                    .flatten()
                    .flat_map(|of| of.keys().copied()),
            )
            .collect()
    }

    fn of(&self, quarter: NaiveDate) -> Option<QuarterFigures> {
        let kind = |of: &ByMonth, capital| of.get(&(quarter, capital)).copied().unwrap_or_default();
        let plain = |of: &Option<Flow>| {
            of.as_ref()
                .map(|of| of.get(&quarter).copied().unwrap_or_default())
        };
        QuarterFigures {
            attributed_revenue_pence: kind(&self.attributed, false),
            attributed_capital_pence: kind(&self.attributed, true),
            unfunded_pence: plain(&self.unfunded),
            outstanding_pence: plain(&self.outstanding),
            outstanding_unfunded_pence: plain(&self.outstanding_unfunded),
            forecast_revenue_pence: self.forecast.as_ref().map(|of| kind(of, false)),
            forecast_capital_pence: self.forecast.as_ref().map(|of| kind(of, true)),
            together_pence: Money::ZERO,
        }
        .all_together()
    }
}

/// What was spent and is expected quarter by quarter, of a pool, or of all. A funder's officer is told of a pool that
/// their awards pay into, and there of their own awards: a quarter more would be what another paid in it.
pub async fn quarters(db: &Db, ctx: &Ctx, filter: QuartersFilter, when: When) -> Result<Quarters> {
    ctx.require(match filter.pool {
        Some(_) => Operation::ReadPosition,
        None => Operation::ReadFundingGrid,
    })?;
    let then = when.then(ctx)?;
    let now = when.is_now(ctx);
    let conn = db.snapshot().await?;
    let mine = match sight(&ctx.actor) {
        Sight::All => None,
        Sight::Funders(mine) => Some(mine),
        Sight::Nothing => return Err(Error::NotFound),
    };
    let (name, pools) = match (filter.pool, &mine) {
        (Some(id), Some(mine)) => (Some(theirs(&conn, mine, id).await?.name), vec![id]),
        (Some(id), None) => (
            Some(pools::store::one(&conn, ctx, id).await?.name),
            vec![id],
        ),
        (None, _) => {
            let all = pools::store::seen(ctx).all(&conn).await?;
            (None, all.into_iter().map(|pool| pool.id).collect())
        }
    };
    let given = pools::store::contributions(&conn, &pools).await?;
    let mut told = awards::store::seen(ctx)
        .filter(award::Column::Id.is_in(given.iter().map(|row| row.award_id)))
        .all(&conn)
        .await?;
    told.sort_by(|a, b| (&a.title, a.id).cmp(&(&b.title, b.id)));
    if filter
        .award
        .is_some_and(|id| told.iter().all(|one| one.id != id))
    {
        return Err(Error::NotFound);
    }
    let ids: Vec<AwardId> = told
        .iter()
        .map(|award| award.id)
        .filter(|id| filter.award.is_none_or(|only| only == *id))
        .collect();
    let chosen: BTreeSet<AwardId> = ids.iter().copied().collect();
    let everything = filter.award.is_none() && mine.is_none();
    let mut sums = Sums::default();
    let mut unfunded = Flow::new();
    for pool in &pools {
        for (award, months) in store::paid_by_month(&conn, *pool, then, &Narrow::default()).await? {
            for ((month, _), amount) in &months {
                put(
                    &mut unfunded,
                    first_of_quarter(*month),
                    Money::ZERO.minus(*amount).ok_or_else(too_much)?,
                )?;
            }
            if chosen.contains(&award) {
                let quarters = by_quarter(&months).ok_or_else(too_much)?;
                add(&mut sums.attributed, &quarters).ok_or_else(too_much)?;
            }
        }
        for (month, amount) in store::spent_by_month(&conn, *pool, then).await? {
            put(&mut unfunded, first_of_quarter(month), amount)?;
        }
    }
    sums.unfunded = everything.then_some(unfunded);
    let mut forecast_left_out = Vec::new();
    if now {
        let into = store::pools_of(&conn, ids.iter().copied()).await?;
        let here = if everything { pools.as_slice() } else { &[] };
        let ahead = Ahead::read(&conn, ctx, &ids, here).await?;
        let mut outstanding = Flow::new();
        let mut nobody = Flow::new();
        for pool in &pools {
            let Some(promised) = ahead.promised.get(pool) else {
                continue;
            };
            for (on, amount) in &promised.all {
                put(&mut nobody, first_of_quarter(*on), *amount)?;
            }
            for part in &promised.parts {
                put(
                    &mut nobody,
                    first_of_quarter(part.on),
                    Money::ZERO.minus(part.amount).ok_or_else(too_much)?,
                )?;
                if chosen.contains(&part.award) {
                    put(&mut outstanding, first_of_quarter(part.on), part.amount)?;
                }
            }
        }
        let mut forecast = ByMonth::new();
        for id in &ids {
            let whole = filter.pool.is_none() || into.get(id).is_some_and(|pools| pools.len() == 1);
            match (whole, ahead.forecast.get(id)) {
                (true, Some(months)) => {
                    let quarters = by_quarter(months).ok_or_else(too_much)?;
                    add(&mut forecast, &quarters).ok_or_else(too_much)?;
                }
                (true, None) => {}
                (false, _) => forecast_left_out.push(*id),
            }
        }
        sums.outstanding = Some(outstanding);
        sums.outstanding_unfunded = everything.then_some(nobody);
        sums.forecast = Some(forecast);
    }
    let quarters = sums.quarters();
    let mut rows = Vec::new();
    let mut together = sums.of(NaiveDate::MIN).ok_or_else(too_much)?;
    if let (Some(first), Some(last)) = (quarters.first(), quarters.last()) {
        let mut quarter = *first;
        while quarter <= *last {
            let figures = sums.of(quarter).ok_or_else(too_much)?;
            together = together.plus(figures).ok_or_else(too_much)?;
            rows.push(row(quarter, figures));
            quarter = next(quarter, 3);
        }
    }
    let funders = organisations::view::names(db, told.iter().map(|row| row.funder_id)).await?;
    let funder = |id: OrganisationId| funders.get(&id).cloned().unwrap_or_default();
    Ok(Quarters {
        pool_id: filter.pool,
        pool: name,
        award_id: filter.award,
        as_of: then.on,
        known_at: then.known_at,
        rows,
        together,
        awards: told
            .into_iter()
            .map(|award| QuarterAward {
                award_id: award.id,
                funder: funder(award.funder_id),
                award: award.title,
            })
            .collect(),
        forecast_left_out,
    })
}

fn next(month: NaiveDate, months: u32) -> NaiveDate {
    month
        .checked_add_months(Months::new(months))
        .unwrap_or(NaiveDate::MAX)
}

fn row(starts_on: NaiveDate, figures: QuarterFigures) -> QuarterRow {
    let ends_on = last_of_month(first_of_month(next(starts_on, 2)));
    let (year, number) = match starts_on.month() {
        1 => (starts_on.year() - 1, 4),
        4 => (starts_on.year(), 1),
        7 => (starts_on.year(), 2),
        _ => (starts_on.year(), 3),
    };
    QuarterRow {
        starts_on,
        ends_on,
        quarter: months_in_words(starts_on, ends_on),
        of_year: format!(
            "quarter {number} of {year}-{:02}",
            (year + 1).rem_euclid(100)
        ),
        figures,
    }
}
