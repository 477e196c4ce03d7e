//! The holder's cash month by month, and when it is lowest. Values in, values out.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use entity::Money;

/// Amounts by month.
pub type Flow = BTreeMap<NaiveDate, Money>;

/// What comes in and goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// Received, less what was repaid.
    pub received: Flow,
    /// Promised by payment schedules and owed to us, and not received.
    pub expected: Flow,
    /// Spent.
    pub spent: Flow,
    /// Promised to providers and not spent, and to be repaid.
    pub due: Flow,
    /// Forecast beyond that.
    pub forecast: Flow,
}

/// A month of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CashMonth {
    /// Received, less what was repaid.
    pub received: Money,
    /// Expected.
    pub expected: Money,
    /// Spent.
    pub spent: Money,
    /// Due.
    pub due: Money,
    /// Forecast beyond that.
    pub forecast: Money,
    /// What is held at its end.
    pub balance: Money,
}

impl Flows {
    fn all(&self) -> [&Flow; 5] {
        [
            &self.received,
            &self.expected,
            &self.spent,
            &self.due,
            &self.forecast,
        ]
    }

    /// What is held before a month begins: of what is over nothing is expected.
    fn before(&self, month: NaiveDate) -> Option<Money> {
        let until = |flow: &Flow| Money::sum(flow.range(..month).map(|(_, amount)| *amount));
        let [received, expected, spent, due, forecast] = self.all().map(until);
        received?
            .plus(expected?)?
            .minus(spent?)?
            .minus(due?)?
            .minus(forecast?)
    }
}

/// Each month from the first one on until nothing more is expected, at least to the last one, with what is held
/// before them.
#[must_use]
pub fn months(
    flows: &Flows,
    first: NaiveDate,
    at_least: NaiveDate,
) -> Option<(Money, Vec<(NaiveDate, CashMonth)>)> {
    let last = flows
        .all()
        .into_iter()
        .filter_map(|flow| flow.keys().next_back().copied())
        .fold(at_least, NaiveDate::max);
    let opening = flows.before(first)?;
    let mut balance = opening;
    let mut months = Vec::new();
    let mut month = first;
    while month <= last {
        let [received, expected, spent, due, forecast] = flows
            .all()
            .map(|flow| flow.get(&month).copied().unwrap_or_default());
        balance = balance
            .plus(received)?
            .plus(expected)?
            .minus(spent)?
            .minus(due)?
            .minus(forecast)?;
        months.push((
            month,
            CashMonth {
                received,
                expected,
                spent,
                due,
                forecast,
                balance,
            },
        ));
        month = month.checked_add_months(Months::new(1))?;
    }
    Some((opening, months))
}

/// The month at whose end least is held, from a month on: the first of them.
#[must_use]
pub fn lowest(months: &[(NaiveDate, CashMonth)], from: NaiveDate) -> Option<(NaiveDate, Money)> {
    months
        .iter()
        .filter(|(month, _)| *month >= from)
        .map(|(month, of)| (*month, of.balance))
        .reduce(|low, next| if next.1 < low.1 { next } else { low })
}

/// The first month from a month on at whose end less than nothing is held.
#[must_use]
pub fn first_below(months: &[(NaiveDate, CashMonth)], from: NaiveDate) -> Option<NaiveDate> {
    months
        .iter()
        .find(|(month, of)| *month >= from && of.balance < Money::ZERO)
        .map(|(month, _)| *month)
}

/// How much later than now expected a funder pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// Each payment so many months later.
    Months(u32),
    /// Nothing before a London date: what is expected sooner comes on it.
    Until(NaiveDate),
}

impl Late {
    /// When what is expected on a day would come.
    #[must_use]
    pub fn comes_on(self, expected_on: NaiveDate) -> NaiveDate {
        match self {
            Self::Months(months) => expected_on
                .checked_add_months(Months::new(months))
                .unwrap_or(expected_on),
            Self::Until(first) => expected_on.max(first),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn month(at: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, at, 1).unwrap()
    }

    fn flow(of: &[(u32, i64)]) -> Flow {
        of.iter()
            .map(|(at, sum)| (month(*at), Money(*sum)))
            .collect()
    }

    #[test]
    fn what_is_held_runs_on_and_is_lowest_once() {
        let flows = Flows {
            received: flow(&[(2, 100), (5, 60)]),
            expected: flow(&[(8, 200)]),
            spent: flow(&[(3, 30), (5, 20)]),
            due: flow(&[(6, 70), (9, 10)]),
            forecast: flow(&[(7, 25)]),
        };
        let (opening, months) = months(&flows, month(4), month(5)).unwrap();
        assert_eq!(opening, Money(70));
        let balances: Vec<i64> = months.iter().map(|(_, of)| of.balance.pence()).collect();
        assert_eq!(balances, [70, 110, 40, 15, 215, 205]);
        assert_eq!(lowest(&months, month(4)), Some((month(7), Money(15))));
        assert_eq!(lowest(&months, month(8)), Some((month(9), Money(205))));
        assert_eq!(lowest(&months, month(12)), None);
        // nothing at all is still told of the month that runs
        let none = super::months(&Flows::default(), month(4), month(5)).unwrap();
        assert_eq!((none.0, none.1.len()), (Money(0), 2));
        assert_eq!(lowest(&none.1, month(4)), Some((month(4), Money(0))));
    }

    #[test]
    fn what_comes_late_moves_and_the_first_month_below_nothing_is_found() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let late = |late: Late, on: &str| late.comes_on(day(on)).to_string();
        assert_eq!(late(Late::Months(3), "2026-11-30"), "2027-02-28");
        assert_eq!(
            late(Late::Until(day("2027-01-15")), "2026-11-30"),
            "2027-01-15"
        );
        assert_eq!(
            late(Late::Until(day("2027-01-15")), "2027-03-01"),
            "2027-03-01"
        );
        let flows = Flows {
            received: flow(&[(2, 10)]),
            spent: flow(&[(3, 30)]),
            expected: flow(&[(5, 40)]),
            due: flow(&[(6, 25)]),
            ..Flows::default()
        };
        let (_, months) = months(&flows, month(2), month(7)).unwrap();
        assert_eq!(first_below(&months, month(2)), Some(month(3)));
        assert_eq!(first_below(&months, month(5)), Some(month(6)));
        assert_eq!(first_below(&months[..1], month(2)), None);
    }

    proptest! {
        /// The last month holds all that ever came and comes, less all that went and goes.
        #[test]
        fn the_last_balance_is_the_sum(
            flows in prop::collection::vec(prop::collection::btree_map(1_u32..13, -500_i64..500, 0..6), 5),
            first in 1_u32..13,
        ) {
            let by: Vec<Flow> = flows.iter()
                .map(|of| of.iter().map(|(at, sum)| (month(*at), Money(*sum))).collect()).collect();
            let flows = Flows {
                received: by[0].clone(), expected: by[1].clone(), spent: by[2].clone(),
                due: by[3].clone(), forecast: by[4].clone(),
            };
            let sum = |of: &Flow| of.values().map(|sum| sum.pence()).sum::<i64>();
            let all = sum(&by[0]) + sum(&by[1]) - sum(&by[2]) - sum(&by[3]) - sum(&by[4]);
            let (_, months) = months(&flows, month(first), month(first)).unwrap();
            prop_assert_eq!(months.last().unwrap().1.balance.pence(), all);
        }
    }
}
