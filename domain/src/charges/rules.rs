//! How much may be charged for management in a year, and whether more is.

use chrono::{Days, Months, NaiveDate};
use entity::{ChargeBasis as Basis, Money};

use crate::FieldError;
use crate::calendar::rules::date_without_weekday;
use crate::pools::rules::policies::percent;

/// Most years that are looked at.
const MOST: u32 = 30;

/// A year for which a cap holds: its first and its last London date.
pub type Year = (NaiveDate, NaiveDate);

/// What a cap says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// First London date on which it applies.
    pub starts_on: NaiveDate,
    /// What it is a share of, or that it is an amount; or that nothing caps it any more.
    pub basis: Basis,
    /// The share, in basis points.
    pub share_bp: i64,
    /// The amount for each year.
    pub amount: Money,
}

/// What was spent in a year: the charge, and all that is not the charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The charge.
    pub charged: Money,
    /// All other spend.
    pub other: Money,
}

/// Where a charge stands in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The spend that the cap is a share of; none where it is an amount.
    pub share_of: Option<Money>,
    /// How much may be charged.
    pub allowed: Money,
    /// How much is charged beyond that.
    pub over: Money,
    /// How much more may be charged.
    pub left: Money,
}

/// The years of a pool's agreement: twelve months each, from the day of its first cap, as far as they have
/// begun. An award has years of its own.
#[must_use]
pub fn years_of_pool(first: NaiveDate, today: NaiveDate) -> Vec<Year> {
    (0..MOST)
        .map_while(|n| {
            // each from the first day, so that a leap day is not lost on the way
            let from = first.checked_add_months(Months::new(n * 12))?;
            let next = first.checked_add_months(Months::new((n + 1) * 12))?;
            let to = next.checked_sub_days(Days::new(1))?;
            (from <= today).then_some((from, to))
        })
        .collect()
}

/// Which of these caps, in the order in which they were agreed, holds for a year: the one that is in force on
/// its first day; where none is, the first that begins in it. So each year has one cap, for all of it.
#[must_use]
pub fn cap_of(caps: &[Cap], (from, to): Year) -> Option<usize> {
    let in_force = |cap: &&(usize, &Cap)| cap.1.starts_on <= from;
    // of several from one day the one agreed last holds
    let latest = caps
        .iter()
        .enumerate()
        .collect::<Vec<_>>()
        .iter()
        .filter(in_force)
        .max_by_key(|(at, cap)| (cap.starts_on, *at))
        .map(|(at, _)| *at);
    let first = || {
        let within = caps.iter().map(|cap| cap.starts_on);
        let first = within.filter(|on| (from..=to).contains(on)).min()?;
        caps.iter().rposition(|cap| cap.starts_on == first)
    };
    latest
        .or_else(first)
        .filter(|at| caps.get(*at).is_some_and(|cap| cap.basis != Basis::None))
}

/// Where a charge stands against a cap; none where a sum fits no number. A share is cut to the whole penny: a
/// cap is not passed by rounding.
#[must_use]
pub fn position(cap: &Cap, spent: Spent) -> Option<Position> {
    let share_of = match cap.basis {
        Basis::Spend => Some(spent.other.plus(spent.charged)?),
        Basis::OtherSpend => Some(spent.other),
        Basis::Amount | Basis::None => None,
    };
    let allowed = match share_of {
        Some(of) => {
            let share = i128::from(of.pence().max(0)) * i128::from(cap.share_bp) / 10_000;
            Money(i64::try_from(share).ok()?)
        }
        None => cap.amount,
    };
    let over = spent.charged.minus(allowed)?;
    Some(Position {
        share_of,
        allowed,
        over: over.max(Money::ZERO),
        left: allowed.minus(spent.charged)?.max(Money::ZERO),
    })
}

/// What a cap says, in words: "5% of all spend of the year".
#[must_use]
pub fn in_words(cap: &Cap) -> String {
    let share = percent(cap.share_bp);
    match cap.basis {
        Basis::Spend => format!("{share}% of all spend of the year"),
        Basis::OtherSpend => format!("{share}% of the year’s spend besides the charge"),
        Basis::Amount => format!("{} a year", cap.amount.in_full()),
        Basis::None => "no cap any more".to_owned(),
    }
}

/// Where a charge stands, as a sentence with its working.
#[must_use]
pub fn sentence(cap: &Cap, spent: Spent, (from, to): Year, stands: &Position) -> String {
    let between = format!(
        "From {} to {}",
        date_without_weekday(from),
        date_without_weekday(to)
    );
    let allowed = stands.allowed.in_full();
    let may = match stands.share_of {
        Some(of) => format!(
            "{between}, at most {} may be charged: of {} that is {allowed}.",
            in_words(cap),
            of.in_full()
        ),
        None => format!("{between}, at most {allowed} may be charged."),
    };
    let charged = spent.charged.in_full();
    if stands.over > Money::ZERO {
        format!(
            "{may} {charged} is charged: {} over.",
            stands.over.in_full()
        )
    } else {
        format!(
            "{may} {charged} is charged, so {} is left.",
            stands.left.in_full()
        )
    }
}

/// What is wrong with a cap as it is to be recorded: what it is a share of, and what it caps.
#[must_use]
pub fn check(
    basis: Basis,
    share_bp: Option<i32>,
    amount: Option<Money>,
    categories: usize,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let is_share = matches!(basis, Basis::Spend | Basis::OtherSpend);
    let mut say = |pointer: &str, code: &str, detail: &str| {
        wrong.push(FieldError::new(pointer, code, detail));
    };
    match (is_share, share_bp) {
        (true, None) => say(
            "/share_bp",
            "required",
            "Enter the share in per cent, such as 5 or 7.5.",
        ),
        (true, Some(share)) if !(0..=10_000).contains(&share) => {
            say(
                "/share_bp",
                "out-of-range",
                "Enter a share from 0 to 100 per cent.",
            );
        }
        (false, Some(_)) => say(
            "/share_bp",
            "not-wanted",
            "Leave the share empty, or say what it is a share of.",
        ),
        _ => {}
    }
    match (basis == Basis::Amount, amount) {
        (true, None) => say(
            "/amount_pence",
            "required",
            "Enter the amount for each year.",
        ),
        (true, Some(amount)) if !(Money::ZERO..=crate::awards::rules::MOST).contains(&amount) => {
            say(
                "/amount_pence",
                "out-of-range",
                "Enter an amount of nothing or more.",
            )
        }
        (false, Some(_)) => say(
            "/amount_pence",
            "not-wanted",
            "Leave the amount empty, or say that the cap is an amount.",
        ),
        _ => {}
    }
    match (basis == Basis::None, categories) {
        (false, 0) => say(
            "/category_ids",
            "required",
            "Choose the cost category whose spend is the charge.",
        ),
        (true, 1..) => say(
            "/category_ids",
            "not-wanted",
            "Choose no cost category where nothing is capped any more.",
        ),
        _ => {}
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, on: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, on).unwrap()
    }

    fn cap(starts_on: NaiveDate, basis: Basis, value: i64) -> Cap {
        let is_share = matches!(basis, Basis::Spend | Basis::OtherSpend);
        Cap {
            starts_on,
            basis,
            share_bp: if is_share { value } else { 0 },
            amount: Money(if basis == Basis::Amount { value } else { 0 }),
        }
    }

    fn spent(charged: i64, other: i64) -> Spent {
        Spent {
            charged: Money(charged),
            other: Money(other),
        }
    }

    #[test]
    fn a_share_is_of_all_spend_or_of_the_rest_and_an_amount_is_of_neither() {
        let from = day(2026, 4, 1);
        let at = |basis, value, spent| {
            let found = position(&cap(from, basis, value), spent).unwrap();
            (
                found.allowed.pence(),
                found.over.pence(),
                found.left.pence(),
            )
        };
        assert_eq!(at(Basis::Spend, 500, spent(600, 9_400)), (500, 100, 0));
        assert_eq!(at(Basis::OtherSpend, 500, spent(600, 9_400)), (470, 130, 0));
        assert_eq!(at(Basis::Amount, 700, spent(600, 9_400)), (700, 0, 100));
        // exactly the cap is not over it, and rounding does not pass it
        assert_eq!(at(Basis::OtherSpend, 500, spent(470, 9_400)), (470, 0, 0));
        assert_eq!(at(Basis::OtherSpend, 500, spent(470, 9_399)), (469, 1, 0));
        // what came back allows nothing
        assert_eq!(at(Basis::OtherSpend, 500, spent(10, -9_400)), (0, 10, 0));
        assert_eq!(
            position(&cap(from, Basis::Spend, 500), spent(i64::MAX, 1)),
            None
        );
    }

    #[test]
    fn a_year_has_one_cap_for_all_of_it() {
        let year = (day(2026, 4, 1), day(2027, 3, 31));
        let caps = [
            cap(day(2025, 4, 1), Basis::Spend, 500),
            cap(day(2026, 9, 1), Basis::Spend, 700),
            cap(day(2027, 4, 1), Basis::None, 0),
        ];
        assert_eq!(
            cap_of(&caps, year),
            Some(0),
            "the next counts from the next year"
        );
        assert_eq!(
            cap_of(&caps[1..], year),
            Some(0),
            "the first begins with its year"
        );
        assert_eq!(
            cap_of(&caps, (day(2027, 4, 1), day(2028, 3, 31))),
            None,
            "ended"
        );
        assert_eq!(
            cap_of(&caps, (day(2024, 4, 1), day(2025, 3, 31))),
            None,
            "before"
        );
        let twice = [caps[0], cap(day(2025, 4, 1), Basis::Amount, 900)];
        assert_eq!(cap_of(&twice, year), Some(1), "the one agreed last");
        assert_eq!(cap_of(&[], year), None);
    }

    #[test]
    fn a_pools_years_begin_with_its_first_cap() {
        assert_eq!(
            years_of_pool(day(2025, 4, 1), day(2026, 4, 1)),
            [
                (day(2025, 4, 1), day(2026, 3, 31)),
                (day(2026, 4, 1), day(2027, 3, 31)),
            ]
        );
        assert_eq!(years_of_pool(day(2026, 4, 1), day(2026, 3, 31)), []);
    }

    #[test]
    fn it_says_its_working() {
        let year = (day(2026, 4, 1), day(2027, 3, 31));
        let say =
            |cap: Cap, spent: Spent| sentence(&cap, spent, year, &position(&cap, spent).unwrap());
        assert_eq!(
            say(cap(year.0, Basis::OtherSpend, 750), spent(800, 10_000)),
            "From 1 April 2026 to 31 March 2027, at most 7.5% of the year’s spend besides the charge may be \
             charged: of £100.00 that is £7.50. £8.00 is charged: £0.50 over."
        );
        assert_eq!(
            say(cap(year.0, Basis::Amount, 900), spent(800, 10_000)),
            "From 1 April 2026 to 31 March 2027, at most £9.00 may be charged. £8.00 is charged, so £1.00 is \
             left."
        );
    }

    #[test]
    fn a_cap_says_what_it_is_and_what_it_caps() {
        let codes = |basis, share, amount: Option<i64>, categories| {
            check(basis, share, amount.map(Money), categories)
                .into_iter()
                .map(|wrong| wrong.pointer)
                .collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(codes(Basis::Spend, Some(500), None, 1), none);
        assert_eq!(codes(Basis::Amount, None, Some(0), 2), none);
        assert_eq!(codes(Basis::None, None, None, 0), none);
        assert_eq!(
            codes(Basis::Spend, None, Some(5), 0),
            ["/share_bp", "/amount_pence", "/category_ids"]
        );
        assert_eq!(codes(Basis::Spend, Some(10_001), None, 1), ["/share_bp"]);
        assert_eq!(codes(Basis::Amount, None, Some(-1), 1), ["/amount_pence"]);
        assert_eq!(codes(Basis::None, None, None, 1), ["/category_ids"]);
    }

    proptest! {
        #[test]
        fn what_is_charged_is_what_may_be_and_what_is_over_less_what_is_left(
            basis in prop::sample::select(vec![Basis::Spend, Basis::OtherSpend, Basis::Amount]),
            value in 0_i64..=10_000,
            charged in -1_000_000_i64..1_000_000,
            other in -1_000_000_i64..1_000_000,
        ) {
            let spent = spent(charged, other);
            let found = position(&cap(day(2026, 4, 1), basis, value), spent).unwrap();
            prop_assert_eq!(charged, found.allowed.pence() + found.over.pence() - found.left.pence());
            prop_assert!(found.over == Money::ZERO || found.left == Money::ZERO);
            prop_assert!(found.allowed >= Money::ZERO);
        }
    }
}
