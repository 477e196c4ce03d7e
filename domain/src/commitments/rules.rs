//! What must hold of an agreement with a provider, what its months come to, and which spend counts
//! against it. Values in, values out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use entity::{CommitmentId, CostCategoryId, Money, Nation, PoolId};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{
    first_of_month, implausible, is_first_of_month, months_of, working_day_on_or_before,
};

/// Most months of one agreement.
pub const MOST_MONTHS: usize = 240;

/// What an agreement says of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub month: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// An amount spread equally over the months of a time: what does not divide goes to the first
/// months, a penny each, so that the sum is exact.
#[must_use]
pub fn spread(amount: Money, from: NaiveDate, to: NaiveDate) -> Vec<Month> {
    let months: Vec<NaiveDate> = months_of(from, to).take(MOST_MONTHS + 1).collect();
    let Ok(count) = i64::try_from(months.len()) else {
        return Vec::new();
    };
    if count == 0 {
        return Vec::new();
    }
    let (each, rest) = (
        amount.pence().div_euclid(count),
        amount.pence().rem_euclid(count),
    );
    months
        .into_iter()
        .zip(0_i64..)
        .map(|(month, n)| Month {
            month,
            amount: Money(each + i64::from(n < rest)),
        })
        .collect()
}

/// What is wrong with an agreement's time and months.
#[must_use]
pub fn check(starts_on: NaiveDate, ends_on: NaiveDate, months: &[Month]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    for (pointer, on) in [("/starts_on", starts_on), ("/ends_on", ends_on)] {
        wrong.extend(implausible(pointer, on));
    }
    if ends_on < starts_on {
        wrong.push(FieldError::new(
            "/ends_on",
            "before-the-start",
            "It ends before it starts. Enter the later date here.",
        ));
    }
    if months.is_empty() || months.len() > MOST_MONTHS {
        wrong.push(FieldError::new(
            "/months",
            "count",
            "Say how much for each month: at least one month, and at most 240.",
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, one) in months.iter().enumerate() {
        let at = format!("/months/{index}");
        if !is_first_of_month(one.month) {
            wrong.push(FieldError::new(
                format!("{at}/month"),
                "not-a-month",
                "Name a month by its first day.",
            ));
        } else if one.month < first_of_month(starts_on) || one.month > ends_on {
            wrong.push(FieldError::new(
                format!("{at}/month"),
                "outside",
                format!(
                    "{} is outside the time of the agreement.",
                    one.month.format("%B %Y")
                ),
            ));
        } else if !seen.insert(one.month) {
            wrong.push(FieldError::new(
                format!("{at}/month"),
                "twice",
                format!("{} is there twice.", one.month.format("%B %Y")),
            ));
        }
        if !is_amount(one.amount) {
            wrong.push(FieldError::new(
                format!("{at}/amount_pence"),
                "out-of-range",
                "Enter an amount of nothing or more.",
            ));
        }
    }
    if total(months).is_none_or(|total| !is_amount(total) || total == Money::ZERO) {
        wrong.push(FieldError::new(
            "/months",
            "out-of-range",
            "Together it must come to more than nothing.",
        ));
    }
    wrong
}

/// What the months come to.
#[must_use]
pub fn total(months: &[Month]) -> Option<Money> {
    Money::sum(months.iter().map(|one| one.amount))
}

/// The last working day on which the provider can be told whether the agreement goes on; its last
/// day where no notice was agreed.
#[must_use]
pub fn notice_by(ends_on: NaiveDate, notice_days: Option<i32>, nation: Nation) -> NaiveDate {
    let days = notice_days.and_then(|days| u64::try_from(days).ok());
    let on = days
        .and_then(|days| ends_on.checked_sub_days(Days::new(days)))
        .unwrap_or(ends_on);
    working_day_on_or_before(nation, on)
}

/// An agreement, as far as spend is matched to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The agreement.
    pub id: CommitmentId,
    /// How the finance system names the provider, in small letters.
    pub supplier: String,
    /// In which pool.
    pub pool: PoolId,
    /// Of which cost category, where one is said.
    pub category: Option<CostCategoryId>,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// What it comes to.
    pub total: Money,
}

/// Spend of one supplier on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The supplier, in small letters.
    pub supplier: String,
    /// In which pool.
    pub pool: PoolId,
    /// Of which cost category.
    pub category: CostCategoryId,
    /// When goods or services were received.
    pub incurred_on: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// What was spent against each agreement. Spend of a provider in a pool, received within the time of
/// an agreement with it there, counts against that agreement, once: where several would take it,
/// against one that names its cost category before one that names none, then the one that ends
/// first, then the one that was recorded first.
#[must_use]
pub fn spent_against(
    agreements: &[Against],
    spend: &[Spent],
) -> Option<BTreeMap<CommitmentId, Money>> {
    let mut sums: BTreeMap<CommitmentId, Money> = BTreeMap::new();
    for line in spend {
        let takes = |one: &&Against| {
            one.supplier == line.supplier
                && one.pool == line.pool
                && one
                    .category
                    .is_none_or(|category| category == line.category)
                && (one.starts_on..=one.ends_on).contains(&line.incurred_on)
        };
        let first = agreements
            .iter()
            .filter(takes)
            .min_by_key(|one| (one.category.is_none(), one.ends_on, one.id));
        if let Some(one) = first {
            let sum = sums.entry(one.id).or_default();
            *sum = sum.plus(line.amount)?;
        }
    }
    Some(sums)
}

/// What is promised and not spent; nothing where more was spent than agreed.
#[must_use]
pub fn outstanding(total: Money, spent: Money) -> Option<Money> {
    Some(total.minus(spent)?.max(Money::ZERO))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_equal_spread_is_exact() {
        let months = spread(Money(100_01), day("2026-04-15"), day("2026-07-01"));
        let amounts: Vec<i64> = months.iter().map(|one| one.amount.pence()).collect();
        assert_eq!(amounts, [2501, 2500, 2500, 2500]);
        assert_eq!(months[0].month, day("2026-04-01"));
        assert!(check(day("2026-04-15"), day("2026-07-01"), &months).is_empty());
    }

    #[test]
    fn months_are_within_and_once() {
        let one = |month: &str, pence| Month {
            month: day(month),
            amount: Money(pence),
        };
        let wrong = check(
            day("2026-04-01"),
            day("2026-06-30"),
            &[
                one("2026-04-01", 1),
                one("2026-04-01", 1),
                one("2026-07-01", 1),
                one("2026-05-02", 1),
                one("2026-06-01", -1),
            ],
        );
        let codes: Vec<String> = wrong
            .iter()
            .map(|found| format!("{} {}", found.pointer, found.code))
            .collect();
        assert_eq!(
            codes,
            [
                "/months/1/month twice",
                "/months/2/month outside",
                "/months/3/month not-a-month",
                "/months/4/amount_pence out-of-range",
            ]
        );
        assert_eq!(
            check(day("2026-04-01"), day("2026-03-01"), &[])[0].pointer,
            "/ends_on"
        );
    }

    #[test]
    fn notice_is_given_on_a_working_day() {
        // 31 March less 90 days is Thursday 31 December; less 91, Wednesday; 1 January is a holiday
        for (ends, days, by) in [
            ("2027-03-31", Some(90), "2026-12-31"),
            ("2027-03-31", Some(89), "2026-12-31"),
            ("2027-03-31", None, "2027-03-31"),
            ("2027-01-31", Some(0), "2027-01-29"),
        ] {
            assert_eq!(
                notice_by(day(ends), days, Nation::England),
                day(by),
                "{ends} {days:?}"
            );
        }
    }

    fn against(category: Option<CostCategoryId>, pool: PoolId, ends: &str) -> Against {
        Against {
            id: CommitmentId::new(),
            supplier: "rowan".to_owned(),
            pool,
            category,
            starts_on: day("2026-04-01"),
            ends_on: day(ends),
            total: Money(100),
        }
    }

    #[test]
    fn spend_counts_once_against_what_fits_best() {
        let (pool, other, beds) = (PoolId::new(), PoolId::new(), CostCategoryId::new());
        let whole = against(None, pool, "2027-03-31");
        let of_beds = against(Some(beds), pool, "2027-09-30");
        let spent = |category, pool, on: &str, pence| Spent {
            supplier: "rowan".to_owned(),
            pool,
            category,
            incurred_on: day(on),
            amount: Money(pence),
        };
        let found = spent_against(
            &[whole.clone(), of_beds.clone()],
            &[
                spent(beds, pool, "2026-05-01", 10),
                spent(CostCategoryId::new(), pool, "2026-05-01", 7),
                spent(beds, other, "2026-05-01", 5),
                spent(beds, pool, "2028-05-01", 3),
                spent(beds, pool, "2026-06-01", -2),
            ],
        )
        .unwrap();
        assert_eq!(found.get(&of_beds.id), Some(&Money(8)));
        assert_eq!(found.get(&whole.id), Some(&Money(7)));
        assert_eq!(outstanding(Money(100), Money(130)), Some(Money::ZERO));
    }

    proptest! {
        #[test]
        fn a_spread_is_always_the_whole(pence in 1..1_000_000_000_i64, months in 0..120_u32) {
            let from = day("2026-04-01");
            let to = from + chrono::Months::new(months);
            let spread = spread(Money(pence), from, to);
            prop_assert_eq!(total(&spread), Some(Money(pence)));
            let amounts = spread.iter().map(|one| one.amount.pence());
            prop_assert!(amounts.clone().max().unwrap() - amounts.min().unwrap() <= 1);
        }
    }
}
