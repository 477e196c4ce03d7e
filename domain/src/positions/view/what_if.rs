//! What happens to us if…? A funder withdraws, a year comes to another amount, a new award arrives: what awards
//! would pay then of all that came and of what is promised, beside what they pay now. A funder pays late: what the
//! holder would hold month by month. The books stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearId, ContributionId, CostCategoryId, Money, OrganisationId, PaysFor, PoolId,
    YearStanding,
};
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};

use super::cash::{self, CashProspect};
use super::{put, too_much};
use crate::access::rules::Operation;
use crate::attribution::rules::Award;
use crate::attribution::{self, Comes};
use crate::awards::rules::years::YearFacts;
use crate::calendar::rules::implausible;
use crate::positions::rules::cash::Late;
use crate::{Ctx, Db, Error, FieldError, Result, awards, categories, organisations, pools};

/// What would be otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "scenario", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scenario {
    /// A funder withdraws an award: it pays for nothing that is received from a day on.
    Withdraws {
        /// Which award.
        award_id: AwardId,
        /// London date from which it pays for nothing.
        from_on: NaiveDate,
    },
    /// A year of an award is confirmed at an amount: more, less or nothing.
    YearComesTo {
        /// Which award.
        award_id: AwardId,
        /// Which of its years.
        year_id: AwardYearId,
        /// Pence.
        #[schema(value_type = i64, minimum = 0, maximum = 100_000_000_000_000_i64)]
        amount_pence: Money,
    },
    /// A funder pays late: all that is expected of an award comes some months later.
    PaysLater {
        /// Which award.
        award_id: AwardId,
        /// How many months later.
        #[schema(minimum = 1, maximum = 36)]
        months: u32,
    },
    /// A funder pays late: nothing that is expected of an award comes before a day.
    PaysNothingUntil {
        /// Which award.
        award_id: AwardId,
        /// London date on which the first of it comes.
        from_on: NaiveDate,
    },
    /// A new award arrives behind a pool, after those that are behind it.
    Arrives {
        /// Which pool.
        pool_id: PoolId,
        /// Pence.
        #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
        amount_pence: Money,
        /// First London date that it pays for.
        starts_on: NaiveDate,
        /// Last London date that it pays for.
        ends_on: NaiveDate,
        /// The cost categories that it may pay for; none: all.
        #[serde(default)]
        #[schema(max_items = 200)]
        category_ids: Vec<CostCategoryId>,
    },
}

/// What would become of the pools that it touches; of each, what the others use of its awards stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Prospect {
    /// By name. None where a funder pays late: awards pay for the same spend then.
    pub pools: Vec<PoolProspect>,
    /// The holder's cash by month where a funder pays late: of all awards and pools first, then of the award's pool,
    /// where it pays into one alone.
    pub cash: Vec<CashProspect>,
}

/// What would become of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PoolProspect {
    /// Which.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// As things are.
    pub now: ProspectSums,
    /// As they would be.
    pub then: ProspectSums,
    /// Award by award: those whose part would be another first, by how much.
    pub awards: Vec<AwardProspect>,
    /// Cost categories for which more or less would be covered, by how much.
    pub categories: Vec<CategoryProspect>,
}

/// What a pool comes to, in pence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProspectSums {
    /// Spend that came and that awards pay for.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Spend that came and that no award pays for.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// Promised to providers, and expected to be paid for.
    #[schema(value_type = i64)]
    pub outstanding_pence: Money,
    /// Promised to providers, with no award that can be expected to pay.
    #[schema(value_type = i64)]
    pub outstanding_unfunded_pence: Money,
}

/// An award's part, in pence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardProspect {
    /// Which; null: the one that would arrive.
    pub award_id: Option<AwardId>,
    /// What people call it.
    pub award: String,
    /// Who gives it; empty of the one that would arrive.
    pub funder: String,
    /// What it pays of spend that came.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// What it would pay.
    #[schema(value_type = i64)]
    pub attributed_then_pence: Money,
    /// What it can be expected to pay of what is promised.
    #[schema(value_type = i64)]
    pub outstanding_pence: Money,
    /// What it could be expected to pay then.
    #[schema(value_type = i64)]
    pub outstanding_then_pence: Money,
    /// Both together: then less now.
    #[schema(value_type = i64)]
    pub more_pence: Money,
}

/// What no award would pay for of a cost category, in pence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CategoryProspect {
    /// Which; null: what was promised without one.
    pub category_id: Option<CostCategoryId>,
    /// What people call it.
    pub category: String,
    /// Spend that came and what is promised, for which nobody pays now.
    #[schema(value_type = i64)]
    pub not_covered_pence: Money,
    /// For which nobody would pay.
    #[schema(value_type = i64)]
    pub not_covered_then_pence: Money,
    /// Then less now.
    #[schema(value_type = i64)]
    pub more_pence: Money,
}

/// An award that something can happen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Which.
    pub id: AwardId,
    /// What people call it.
    pub title: String,
    /// Who gives it.
    pub funder: String,
    /// Its years that are not over.
    pub years: Vec<YearFacts>,
}

/// The awards behind pools that are not over, by title.
pub async fn affected(db: &Db, ctx: &Ctx) -> Result<Vec<Affected>> {
    ctx.require(Operation::AskWhatIf)?;
    let today = ctx.today();
    let conn = db.snapshot().await?;
    let ids: Vec<PoolId> = pools::store::seen(ctx)
        .all(&conn)
        .await?
        .into_iter()
        .map(|pool| pool.id)
        .collect();
    let given = pools::store::contributions(&conn, &ids).await?;
    let mut years = {
        let ids: Vec<AwardId> = given.iter().map(|row| row.award_id).collect();
        awards::store::years(&conn, &ids).await?
    };
    conn.rollback().await?;
    let titles = awards::view::titles(db, given.iter().map(|row| row.award_id)).await?;
    let funders = organisations::view::names(db, titles.values().map(|row| row.funder_id)).await?;
    let mut all: Vec<Affected> = titles
        .into_values()
        .filter(|award| award.ends_on >= today)
        .map(|award| Affected {
            years: years
                .remove(&award.id)
                .unwrap_or_default()
                .into_iter()
                .filter(|year| year.ends_on >= today)
                .collect(),
            funder: funders.get(&award.funder_id).cloned().unwrap_or_default(),
            id: award.id,
            title: award.title,
        })
        .collect();
    all.sort_by(|a, b| (&a.title, a.id).cmp(&(&b.title, b.id)));
    Ok(all)
}

/// How awards of a pool would be others.
type Change = Box<dyn Fn(&mut Vec<Award>) + Send + Sync>;

/// What would become of us.
pub async fn what_if(db: &Db, ctx: &Ctx, scenario: &Scenario) -> Result<Prospect> {
    ctx.require(Operation::AskWhatIf)?;
    check(scenario)?;
    let cash = match late(scenario) {
        Some((award, late)) => cash::if_late(db, ctx, award, late).await?,
        None => Vec::new(),
    };
    let conn = db.snapshot().await?;
    let (pools, change) = change(&conn, ctx, scenario).await?;
    conn.rollback().await?;
    let mut found = Vec::with_capacity(pools.len());
    for pool in pools {
        let (now, then) = attribution::outlook(db, pool.id, ctx.today(), &*change).await?;
        found.push(prospect(db, pool, &now, &then).await?);
    }
    found.sort_by(|a, b| (&a.pool, a.pool_id).cmp(&(&b.pool, b.pool_id)));
    Ok(Prospect { pools: found, cash })
}

/// How late which award's money comes.
fn late(scenario: &Scenario) -> Option<(AwardId, Late)> {
    match scenario {
        Scenario::PaysLater { award_id, months } => Some((*award_id, Late::Months(*months))),
        Scenario::PaysNothingUntil { award_id, from_on } => {
            Some((*award_id, Late::Until(*from_on)))
        }
        Scenario::Withdraws { .. } | Scenario::YearComesTo { .. } | Scenario::Arrives { .. } => {
            None
        }
    }
}

/// Most months that a funder can be asked about to pay late.
const MOST_MONTHS: u32 = 36;

fn check(scenario: &Scenario) -> Result<()> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut amount = |amount: Money, least: Money| {
        if !(least..=awards::rules::MOST).contains(&amount) {
            let told = if least == Money::ZERO {
                "Enter an amount of £0 or more, and not more than £1,000,000,000,000."
            } else {
                "Enter an amount of a penny or more, and not more than £1,000,000,000,000."
            };
            wrong.push(FieldError::new("/amount_pence", "range", told));
        }
    };
    match scenario {
        Scenario::Withdraws { from_on, .. } | Scenario::PaysNothingUntil { from_on, .. } => {
            wrong.extend(implausible("/from_on", *from_on));
        }
        Scenario::PaysLater { months, .. } if !(1..=MOST_MONTHS).contains(months) => {
            wrong.push(FieldError::new(
                "/months",
                "range",
                "Enter a number of months from 1 to 36.",
            ));
        }
        Scenario::PaysLater { .. } => {}
        Scenario::YearComesTo { amount_pence, .. } => amount(*amount_pence, Money::ZERO),
        Scenario::Arrives {
            amount_pence,
            starts_on,
            ends_on,
            category_ids,
            ..
        } => {
            amount(*amount_pence, Money(1));
            wrong.extend(implausible("/starts_on", *starts_on));
            wrong.extend(implausible("/ends_on", *ends_on));
            if ends_on < starts_on {
                wrong.push(FieldError::new(
                    "/ends_on",
                    "before-start",
                    "Enter a last day that is not before the first.",
                ));
            }
            if category_ids.len() > 200 {
                wrong.push(FieldError::new(
                    "/category_ids",
                    "count",
                    "Choose at most 200 cost categories.",
                ));
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

async fn change(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    scenario: &Scenario,
) -> Result<(Vec<entity::pool::Model>, Change)> {
    Ok(match scenario {
        // awards pay for the same spend, whenever their money comes
        Scenario::PaysLater { .. } | Scenario::PaysNothingUntil { .. } => {
            (Vec::new(), Box::new(|_: &mut Vec<Award>| {}))
        }
        Scenario::Withdraws { award_id, from_on } => {
            let (award, from) = (awards::store::one(conn, ctx, *award_id).await?.id, *from_on);
            let change = move |awards: &mut Vec<Award>| {
                for one in awards.iter_mut().filter(|one| one.id == award) {
                    one.stopped.push((from, None));
                }
            };
            (of_award(conn, ctx, award).await?, Box::new(change))
        }
        Scenario::YearComesTo {
            award_id,
            year_id,
            amount_pence,
        } => {
            let award = awards::store::one(conn, ctx, *award_id).await?.id;
            let mut years = awards::store::years(conn, &[award])
                .await?
                .remove(&award)
                .unwrap_or_default();
            let more = comes_to(&mut years, *year_id, *amount_pence).ok_or_else(|| {
                Error::invalid("/year_id", "unknown", "Choose a year of this award.")
            })?;
            let change = move |awards: &mut Vec<Award>| {
                for one in awards.iter_mut().filter(|one| one.id == award) {
                    one.amount = one.amount.saturating_add(more.pence());
                    attribution::with_years(one, &years);
                }
            };
            (of_award(conn, ctx, award).await?, Box::new(change))
        }
        Scenario::Arrives {
            pool_id,
            amount_pence,
            starts_on,
            ends_on,
            category_ids,
        } => {
            let pool = pools::store::one(conn, ctx, *pool_id).await?;
            let named: BTreeSet<CostCategoryId> = category_ids.iter().copied().collect();
            let known = categories::store::names(conn, named.iter().copied()).await?;
            if known.len() < named.len() {
                return Err(Error::invalid(
                    "/category_ids",
                    "unknown",
                    "Choose cost categories that there are.",
                ));
            }
            let new = Award {
                id: ARRIVING,
                contribution: ContributionId::new(),
                agreed: amount_pence.pence(),
                amount: amount_pence.pence(),
                starts_on: *starts_on,
                ends_on: *ends_on,
                pays_for: PaysFor::Both,
                lost_if_unspent: false,
                categories: named,
                places: BTreeSet::new(),
                groups: BTreeSet::new(),
                fences: Vec::new(),
                used_elsewhere: 0,
                years: Vec::new(),
                stopped: Vec::new(),
                closed: None,
                kept: BTreeMap::new(),
                known: Vec::new(),
                pins: BTreeMap::new(),
            };
            (
                vec![pool],
                Box::new(move |awards: &mut Vec<Award>| awards.push(new.clone())),
            )
        }
    })
}

/// Who the award is that would arrive: no award has this id.
const ARRIVING: AwardId = AwardId(uuid::Uuid::nil());

/// Confirms one of these years at an amount: how much more that is than it was; nothing where it is none of
/// them.
fn comes_to(years: &mut [YearFacts], id: AwardYearId, amount: Money) -> Option<Money> {
    let year = years.iter_mut().find(|year| year.id == id)?;
    let more = amount.minus(year.amount)?;
    year.amount = amount;
    year.standing = YearStanding::Confirmed;
    Some(more)
}

/// The pools that an award is behind, of those that the reader sees.
async fn of_award(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    award: AwardId,
) -> Result<Vec<entity::pool::Model>> {
    let into = super::store::pools_of(conn, [award]).await?;
    let mut found = Vec::new();
    for id in into.get(&award).into_iter().flatten() {
        found.push(pools::store::one(conn, ctx, *id).await?);
    }
    Ok(found)
}

fn sums(comes: &Comes) -> Result<ProspectSums> {
    fn sum<K>(of: &BTreeMap<K, Money>) -> Result<Money> {
        Money::sum(of.values().copied()).ok_or_else(too_much)
    }
    Ok(ProspectSums {
        attributed_pence: sum(&comes.paid)?,
        unfunded_pence: sum(&comes.not_covered)?,
        outstanding_pence: sum(&comes.expected)?,
        outstanding_unfunded_pence: sum(&comes.nobody)?,
    })
}

/// What no award pays for, by cost category: of spend that came, and of what is promised.
fn gaps(comes: &Comes) -> Result<BTreeMap<Option<CostCategoryId>, Money>> {
    let mut gaps = comes.nobody.clone();
    for (category, amount) in &comes.not_covered {
        put(&mut gaps, Some(*category), *amount)?;
    }
    Ok(gaps)
}

async fn prospect(
    db: &Db,
    pool: entity::pool::Model,
    now: &Comes,
    then: &Comes,
) -> Result<PoolProspect> {
    let of = |comes: &BTreeMap<AwardId, Money>, id| comes.get(&id).copied().unwrap_or_default();
    let ids: BTreeSet<AwardId> = [&now.paid, &now.expected, &then.paid, &then.expected]
        .into_iter()
        .flat_map(BTreeMap::keys)
        .copied()
        .collect();
    let titles = awards::view::titles(db, ids.iter().copied()).await?;
    let funders: Vec<OrganisationId> = titles.values().map(|row| row.funder_id).collect();
    let funders = organisations::view::names(db, funders).await?;
    let mut awards = Vec::with_capacity(ids.len());
    for id in ids {
        let known = titles.get(&id);
        let (paid, paid_then) = (of(&now.paid, id), of(&then.paid, id));
        let (expected, expected_then) = (of(&now.expected, id), of(&then.expected, id));
        let more = paid_then
            .minus(paid)
            .and_then(|more| more.plus(expected_then.minus(expected)?))
            .ok_or_else(too_much)?;
        awards.push(AwardProspect {
            award_id: (id != ARRIVING).then_some(id),
            award: known.map_or_else(|| "The new award".to_owned(), |row| row.title.clone()),
            funder: known
                .and_then(|row| funders.get(&row.funder_id).cloned())
                .unwrap_or_default(),
            attributed_pence: paid,
            attributed_then_pence: paid_then,
            outstanding_pence: expected,
            outstanding_then_pence: expected_then,
            more_pence: more,
        });
    }
    awards.sort_by(|a, b| {
        let most = |one: &AwardProspect| one.more_pence.pence().unsigned_abs();
        most(b)
            .cmp(&most(a))
            .then_with(|| (&a.award, a.award_id).cmp(&(&b.award, b.award_id)))
    });
    let (gaps_now, gaps_then) = (gaps(now)?, gaps(then)?);
    let named: BTreeSet<Option<CostCategoryId>> =
        gaps_now.keys().chain(gaps_then.keys()).copied().collect();
    let names = categories::store::names(db.read(), named.iter().copied().flatten()).await?;
    let mut categories = Vec::new();
    for category in named {
        let of = |gaps: &BTreeMap<_, Money>| gaps.get(&category).copied().unwrap_or_default();
        let (before, after) = (of(&gaps_now), of(&gaps_then));
        let more = after.minus(before).ok_or_else(too_much)?;
        if more != Money::ZERO {
            categories.push(CategoryProspect {
                category_id: category,
                category: category.map_or_else(
                    || "Promised without a cost category".to_owned(),
                    |id| names.get(&id).cloned().unwrap_or_default(),
                ),
                not_covered_pence: before,
                not_covered_then_pence: after,
                more_pence: more,
            });
        }
    }
    categories.sort_by(|a, b| {
        let most = |one: &CategoryProspect| one.more_pence.pence().unsigned_abs();
        most(b)
            .cmp(&most(a))
            .then_with(|| a.category.cmp(&b.category))
    });
    Ok(PoolProspect {
        pool_id: pool.id,
        pool: pool.name,
        now: sums(now)?,
        then: sums(then)?,
        awards,
        categories,
    })
}
