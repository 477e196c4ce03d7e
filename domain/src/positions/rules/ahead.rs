//! What is expected of an award month by month, beyond what is agreed with providers. It comes to what the
//! position says: the months are another view of the same sum.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::Money;

use crate::calendar::rules::first_of_quarter;

/// Amounts by month and kind: capital, or revenue.
pub type ByMonth = BTreeMap<(NaiveDate, bool), Money>;

/// Adds what is of another to amounts by month.
#[must_use]
pub fn add(to: &mut ByMonth, more: &ByMonth) -> Option<()> {
    for (at, amount) in more {
        let sum = to.entry(*at).or_default();
        *sum = sum.plus(*amount)?;
    }
    Some(())
}

/// Both kinds together, by month.
#[must_use]
pub fn both_kinds(of: &ByMonth) -> Option<BTreeMap<NaiveDate, Money>> {
    let mut months: BTreeMap<NaiveDate, Money> = BTreeMap::new();
    for ((month, _), amount) in of {
        let sum = months.entry(*month).or_default();
        *sum = sum.plus(*amount)?;
    }
    Some(months)
}

/// The same by the first day of each quarter.
#[must_use]
pub fn by_quarter(of: &ByMonth) -> Option<ByMonth> {
    let mut quarters = ByMonth::new();
    for ((month, capital), amount) in of {
        let sum = quarters
            .entry((first_of_quarter(*month), *capital))
            .or_default();
        *sum = sum.plus(*amount)?;
    }
    Some(quarters)
}

/// Takes as much of an amount off a place as there is.
fn take(open: &mut BTreeMap<(NaiveDate, bool), i64>, at: (NaiveDate, bool), most: &mut i64) {
    if let Some(there) = open.get_mut(&at) {
        let part = (*most).min(*there).max(0);
        *there -= part;
        *most -= part;
    }
}

/// What is forecast and not committed, by month and kind, from the month that runs. `spent` is what it spent in
/// that month: capital, and revenue. What is expected to be paid for agreements takes off what is forecast of its own
/// month first, then of the months after it, then of those before. Agreements do not say what is capital, so it takes
/// off revenue before capital.
#[must_use]
pub fn not_committed_by_month(
    forecast: &ByMonth,
    month: NaiveDate,
    (spent_capital, spent_revenue): (Money, Money),
    expected: &BTreeMap<NaiveDate, Money>,
) -> Option<ByMonth> {
    let of_month = |capital| {
        let of = forecast.get(&(month, capital)).copied();
        of.unwrap_or_default()
    };
    let rest = |capital, spent: Money| -> Option<i64> {
        Some(of_month(capital).minus(spent)?.max(Money::ZERO).pence())
    };
    let (mut capital, mut revenue) = (rest(true, spent_capital)?, rest(false, spent_revenue)?);
    // one kind that spent more than its forecast leaves the month as much less of the other
    let both = of_month(true)
        .plus(of_month(false))?
        .minus(spent_capital.plus(spent_revenue)?)?
        .max(Money::ZERO);
    let mut over = capital
        .checked_add(revenue)?
        .checked_sub(both.pence())?
        .max(0);
    let off = over.min(revenue);
    revenue -= off;
    over -= off;
    capital -= over.min(capital);
    let mut open: BTreeMap<(NaiveDate, bool), i64> = forecast
        .iter()
        .filter(|((on, _), _)| *on > month)
        .map(|(at, amount)| (*at, amount.pence()))
        .collect();
    open.insert((month, true), capital);
    open.insert((month, false), revenue);
    let mut left: Vec<(NaiveDate, i64)> = Vec::with_capacity(expected.len());
    for (on, amount) in expected {
        let mut most = amount.pence();
        take(&mut open, (*on, false), &mut most);
        take(&mut open, (*on, true), &mut most);
        left.push((*on, most));
    }
    let places: Vec<(NaiveDate, bool)> = open.keys().copied().collect();
    for capital in [false, true] {
        for (on, most) in &mut left {
            let of_kind = || places.iter().filter(|(_, kind)| *kind == capital);
            let after = of_kind().filter(|(month, _)| month > on);
            let before = of_kind().rev().filter(|(month, _)| month < on);
            for at in after.chain(before) {
                take(&mut open, *at, most);
            }
        }
    }
    Some(
        open.into_iter()
            .filter(|(_, amount)| *amount != 0)
            .map(|(at, amount)| (at, Money(amount)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::super::not_committed;
    use super::*;

    fn month(at: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, at, 1).unwrap()
    }

    #[test]
    fn agreements_take_off_their_own_month_first_and_then_those_after() {
        let forecast: ByMonth = [
            ((month(9), false), Money(900)),
            ((month(10), false), Money(100)),
            ((month(10), true), Money(40)),
            ((month(11), false), Money(200)),
            ((month(12), true), Money(50)),
        ]
        .into();
        let of = |spent: (i64, i64), expected: &[(u32, i64)]| -> Vec<(u32, bool, i64)> {
            use chrono::Datelike;
            let expected = expected.iter().map(|(at, sum)| (month(*at), Money(*sum)));
            not_committed_by_month(
                &forecast,
                month(10),
                (Money(spent.0), Money(spent.1)),
                &expected.collect(),
            )
            .unwrap()
            .into_iter()
            .map(|((on, capital), sum)| (on.month(), capital, sum.pence()))
            .collect()
        };
        let all = [
            (10, false, 100),
            (10, true, 40),
            (11, false, 200),
            (12, true, 50),
        ];
        assert_eq!(of((0, 0), &[]), all);
        // what October spent, of each kind; capital beyond its forecast leaves less revenue
        assert_eq!(of((10, 30), &[])[..2], [(10, false, 70), (10, true, 30)]);
        assert_eq!(of((60, 30), &[])[..2], [(10, false, 50), (11, false, 200)]);
        // 250 agreed for November: 200 there, and 50 of October
        assert_eq!(
            of((0, 0), &[(11, 250)]),
            [(10, false, 50), (10, true, 40), (12, true, 50)]
        );
        // 160 agreed for October: 140 there, and 20 of November
        assert_eq!(of((0, 0), &[(10, 160)]), [(11, false, 180), (12, true, 50)]);
        assert_eq!(of((0, 0), &[(11, 999)]), []);
    }

    proptest! {
        /// The months come to what the position says.
        #[test]
        fn months_come_to_the_sum(
            forecast in prop::collection::btree_map((8_u32..13, any::<bool>()), 0_i64..500, 0..9),
            spent in (-50_i64..500, -50_i64..500),
            expected in prop::collection::btree_map(10_u32..13, 0_i64..700, 0..3),
        ) {
            let by_month: ByMonth = forecast.iter()
                .map(|((at, capital), sum)| ((month(*at), *capital), Money(*sum))).collect();
            let mut plain: BTreeMap<NaiveDate, Money> = BTreeMap::new();
            for ((on, _), sum) in &by_month {
                let known = plain.entry(*on).or_default();
                *known = known.plus(*sum).unwrap();
            }
            let expected: BTreeMap<NaiveDate, Money> =
                expected.iter().map(|(at, sum)| (month(*at), Money(*sum))).collect();
            let whole = not_committed(
                &plain, month(10), Money(spent.0 + spent.1), Money::sum(expected.values().copied()).unwrap(),
            ).unwrap();
            let seen = not_committed_by_month(
                &by_month, month(10), (Money(spent.0), Money(spent.1)), &expected,
            ).unwrap();
            prop_assert!(seen.iter().all(|((on, _), sum)| *on >= month(10) && *sum > Money::ZERO));
            prop_assert_eq!(Money::sum(seen.into_values()).unwrap(), whole);
        }
    }
}
