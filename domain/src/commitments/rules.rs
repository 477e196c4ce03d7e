//! What must hold of an agreement with a provider, what its months come to, and which spend counts
//! against it. Values in, values out.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use entity::{AwardId, CommitmentId, CostCategoryId, Money, Nation};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{
    first_of_month, implausible, is_first_of_month, last_of_month, months_of,
    working_day_on_or_before,
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
    /// The holder's reference, as [`plain`] writes it.
    pub reference: String,
    /// How the finance system names the provider, as [`plain`] writes it.
    pub supplier: String,
    /// Of which cost category, where one is said.
    pub category: Option<CostCategoryId>,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// The awards that it names to pay for it; none: any award of its pool.
    pub payers: Option<Payers>,
}

/// The only awards that may pay.
pub type Payers = Arc<BTreeSet<AwardId>>;

/// A name as it is compared: capitals and the space around it do not matter.
#[must_use]
pub fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// By what a line of spend meets an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetBy {
    /// It names the agreement's reference.
    Reference,
    /// It was paid to the agreement's provider within its time.
    Supplier,
}

/// A line of spend, as far as it is matched to agreements.
#[derive(Clone, Copy, Debug)]
pub struct Spent<'l> {
    /// The contract or order that it names.
    pub reference: Option<&'l str>,
    /// Who was paid.
    pub supplier: Option<&'l str>,
    /// Of which cost category.
    pub category: CostCategoryId,
    /// When goods or services were received.
    pub incurred_on: NaiveDate,
}

/// The agreements of one pool, found by what lines of spend name.
#[derive(Clone, Debug, Default)]
pub struct Agreements {
    all: Vec<Against>,
    by_reference: HashMap<String, Vec<usize>>,
    by_supplier: HashMap<String, Vec<usize>>,
}

impl Agreements {
    /// Those of one pool.
    #[must_use]
    pub fn new(mut all: Vec<Against>) -> Self {
        all.sort_unstable_by_key(|one| one.id);
        let mut found = Self::default();
        for (at, one) in all.iter().enumerate() {
            let of = found.by_reference.entry(one.reference.clone());
            of.or_default().push(at);
            let of = found.by_supplier.entry(one.supplier.clone());
            of.or_default().push(at);
        }
        found.all = all;
        found
    }

    /// Whether the pool has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every one, by id.
    #[must_use]
    pub fn all(&self) -> &[Against] {
        &self.all
    }

    /// What decides which agreement a line meets and who pays for it, as one short text; empty where
    /// there is none.
    #[must_use]
    pub fn facts(&self) -> String {
        if self.all.is_empty() {
            String::new()
        } else {
            crate::files::sha256(format!("{:?}", self.all).as_bytes())
        }
    }

    fn under<'a>(
        &'a self,
        names: &'a HashMap<String, Vec<usize>>,
        name: Option<&str>,
    ) -> impl Iterator<Item = &'a Against> {
        let found = name.and_then(|name| names.get(&plain(name)));
        found
            .into_iter()
            .flatten()
            .filter_map(|at| self.all.get(*at))
    }

    /// The agreement that a line counts against, once: the one whose reference it names, whenever it
    /// was received; otherwise one with its supplier, within whose time it was received. Where
    /// several would take it, one that names its cost category goes before one that names none, then
    /// the one that ends first, then the one that was recorded first.
    #[must_use]
    pub fn of(&self, line: &Spent<'_>) -> Option<(&Against, MetBy)> {
        if self.all.is_empty() {
            return None;
        }
        let within = |one: &Against| (one.starts_on..=one.ends_on).contains(&line.incurred_on);
        let other = |one: &Against| one.category.is_some_and(|id| id != line.category);
        let key = |one: &Against| {
            let unlike = (!within(one), other(one), one.category.is_none());
            (unlike, one.ends_on, one.id)
        };
        if let Some(one) = self
            .under(&self.by_reference, line.reference)
            .min_by_key(|one| key(one))
        {
            return Some((one, MetBy::Reference));
        }
        self.under(&self.by_supplier, line.supplier)
            .filter(|one| within(one) && !other(one))
            .min_by_key(|one| key(one))
            .map(|one| (one, MetBy::Supplier))
    }
}

/// What is left of an agreement's months once so much was spent against it, the earliest first: each with
/// the London date on which it can be expected. What months that are over left can come any day.
#[must_use]
pub fn left(months: &[Month], spent: Money, today: NaiveDate, ends_on: NaiveDate) -> Vec<Month> {
    let mut spent = spent.pence().max(0);
    let mut left = Vec::new();
    for one in months {
        let used = spent.min(one.amount.pence());
        spent -= used;
        let rest = one.amount.pence() - used;
        if rest > 0 {
            let last = last_of_month(one.month).min(ends_on);
            left.push(Month {
                month: last.max(today),
                amount: Money(rest),
            });
        }
    }
    left
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

    #[test]
    fn what_was_spent_comes_off_the_earliest_months() {
        let months = spread(Money(400), day("2026-08-10"), day("2026-11-20"));
        let of = |spent| {
            left(&months, Money(spent), day("2026-10-01"), day("2026-11-20"))
                .into_iter()
                .map(|one| (one.month.to_string(), one.amount.pence()))
                .collect::<Vec<_>>()
        };
        // August and September are over: what they left can come any day
        let (now, october, end) = ("2026-10-01", "2026-10-31", "2026-11-20");
        assert_eq!(
            of(150),
            [(now, 50), (october, 100), (end, 100)].map(|(on, sum)| (on.to_owned(), sum))
        );
        assert_eq!(of(-20).len(), 4);
        assert_eq!(of(400), []);
        assert_eq!(of(999), []);
    }

    fn against(reference: &str, category: Option<CostCategoryId>, ends: &str) -> Against {
        Against {
            id: CommitmentId::new(),
            reference: reference.to_owned(),
            supplier: "rowan".to_owned(),
            category,
            starts_on: day("2026-04-01"),
            ends_on: day(ends),
            payers: None,
        }
    }

    #[test]
    fn spend_counts_once_against_what_fits_best() {
        let beds = CostCategoryId::new();
        let whole = against("c-1", None, "2027-03-31");
        let of_beds = against("c-2", Some(beds), "2027-09-30");
        let all = Agreements::new(vec![whole.clone(), of_beds.clone()]);
        let met = |reference, supplier, category, on: &str| {
            let line = Spent {
                reference,
                supplier,
                category,
                incurred_on: day(on),
            };
            all.of(&line).map(|(one, by)| (one.id, by))
        };
        let (other, rowan) = (CostCategoryId::new(), Some("ROWAN "));
        let (by_name, by_ref) = (MetBy::Supplier, MetBy::Reference);
        // by its supplier, within its time
        assert_eq!(
            met(None, rowan, beds, "2026-05-01"),
            Some((of_beds.id, by_name))
        );
        assert_eq!(
            met(None, rowan, other, "2026-05-01"),
            Some((whole.id, by_name))
        );
        assert_eq!(met(None, rowan, beds, "2028-05-01"), None);
        assert_eq!(met(None, Some("Else"), beds, "2026-05-01"), None);
        // what names a reference counts there, whoever was paid, whenever and for what
        assert_eq!(
            met(Some(" C-1"), rowan, beds, "2026-05-01"),
            Some((whole.id, by_ref))
        );
        assert_eq!(
            met(Some("c-2"), None, other, "2028-05-01"),
            Some((of_beds.id, by_ref))
        );
        // a number that is no agreement's says nothing
        assert_eq!(
            met(Some("PO-7"), rowan, other, "2026-05-01"),
            Some((whole.id, by_name))
        );
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
