//! In which years spend must be kept up, and whether it is. What counts is all spend of the pools and cost
//! categories that are named, but for what the award itself pays for: the grant must not pay for what was
//! there before it.

use chrono::{Days, Months, NaiveDate};
use entity::Money;
use serde::Serialize;

use crate::calendar::rules::date_without_weekday;

/// Most years that are looked at.
const MOST: u32 = 30;

/// A year in which spend must be kept up: its first and its last London date.
pub type Year = (NaiveDate, NaiveDate);

/// The years from a day on, each of twelve months, as long as they begin while the award runs.
#[must_use]
pub fn years(from_on: NaiveDate, award_ends_on: NaiveDate) -> Vec<Year> {
    (0..MOST)
        .map_while(|n| {
            // each from the first day, so that a leap day is not lost on the way
            let from = from_on.checked_add_months(Months::new(n * 12))?;
            let next = from_on.checked_add_months(Months::new((n + 1) * 12))?;
            let to = next.checked_sub_days(Days::new(1))?;
            (from <= award_ends_on).then_some((from, to))
        })
        .collect()
}

/// How it stands with the spend that must be kept up in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = BaselineState)]
pub enum State {
    /// The year is to come.
    ToCome,
    /// There was as much as was agreed.
    Kept,
    /// There is not as much yet, and with what is forecast there would be.
    OnCourse,
    /// There is not as much yet, and with what is forecast there would not be.
    Behind,
    /// The year is over, and there was not as much.
    Short,
}

/// Where the spend that must be kept up in a year stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How it stands.
    pub state: State,
    /// What counts and what is forecast.
    pub expected: Money,
    /// What is short of what was agreed: of a year that runs, with what is forecast.
    pub short: Money,
}

/// Where it stands on a day: what must be kept up, what counts so far, and what is forecast for the months
/// to come.
#[must_use]
pub fn position(
    required: Money,
    counted: Money,
    forecast: Money,
    (from, to): Year,
    today: NaiveDate,
) -> Position {
    let expected = Money(counted.pence().saturating_add(forecast.pence()));
    let short = |of: Money| Money(required.pence().saturating_sub(of.pence()).max(0));
    let (state, short) = if from > today {
        (State::ToCome, short(expected))
    } else if counted >= required {
        (State::Kept, Money::ZERO)
    } else if to < today {
        (State::Short, short(counted))
    } else if expected >= required {
        (State::OnCourse, Money::ZERO)
    } else {
        (State::Behind, short(expected))
    };
    Position {
        state,
        expected,
        short,
    }
}

/// The same as a sentence.
#[must_use]
pub fn sentence(
    required: Money,
    counted: Money,
    forecast: Money,
    (from, to): Year,
    position: &Position,
) -> String {
    let between = format!(
        "from {} to {}",
        date_without_weekday(from),
        date_without_weekday(to)
    );
    let (required, spent) = (required.in_full(), counted.in_full());
    let with = if forecast == Money::ZERO {
        "nothing more is forecast".to_owned()
    } else {
        format!(
            "with {} that is forecast it comes to {}",
            forecast.in_full(),
            position.expected.in_full()
        )
    };
    let short = position.short.in_full();
    match position.state {
        State::ToCome => format!("{required} must be kept up {between}."),
        State::Kept => {
            format!("{required} must be kept up {between}, and {spent} was spent: it is kept.")
        }
        State::OnCourse => format!(
            "{required} must be kept up {between}. {spent} is spent so far, and {with}: it would be \
             kept."
        ),
        State::Behind => format!(
            "{required} must be kept up {between}. {spent} is spent so far, and {with}: {short} short."
        ),
        State::Short => {
            format!("{required} had to be kept up {between}, and {spent} was spent: {short} short.")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn day(year: i32, month: u32, on: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, on).unwrap()
    }

    #[test]
    fn years_follow_each_other_while_the_award_runs() {
        assert_eq!(
            years(day(2025, 4, 1), day(2026, 4, 1)),
            [
                (day(2025, 4, 1), day(2026, 3, 31)),
                (day(2026, 4, 1), day(2027, 3, 31)),
            ]
        );
        assert_eq!(years(day(2025, 4, 1), day(2025, 3, 31)), []);
        let leap = years(day(2024, 2, 29), day(2028, 12, 31));
        assert_eq!(leap.last(), Some(&(day(2028, 2, 29), day(2029, 2, 27))));
        // none is left out, none counts twice
        assert!(
            leap.windows(2)
                .all(|two| two[0].1.succ_opt() == Some(two[1].0))
        );
    }

    #[test]
    fn it_is_kept_on_course_behind_or_short() {
        let year = (day(2026, 4, 1), day(2027, 3, 31));
        let at = |counted: i64, forecast: i64, today: NaiveDate| {
            let (required, counted, forecast) = (Money(10_000), Money(counted), Money(forecast));
            let found = position(required, counted, forecast, year, today);
            (
                found.state,
                found.short.pence(),
                sentence(required, counted, forecast, year, &found),
            )
        };
        let (state, short, said) = at(4_000, 6_000, day(2026, 11, 8));
        assert_eq!((state, short), (State::OnCourse, 0));
        assert_eq!(
            said,
            "£100.00 must be kept up from 1 April 2026 to 31 March 2027. £40.00 is spent so far, and \
             with £60.00 that is forecast it comes to £100.00: it would be kept."
        );
        let (state, short, said) = at(4_000, 0, day(2027, 3, 31));
        assert_eq!((state, short), (State::Behind, 6_000));
        assert!(
            said.ends_with("£40.00 is spent so far, and nothing more is forecast: £60.00 short."),
            "{said}"
        );
        let (state, short, said) = at(9_999, 0, day(2027, 4, 1));
        assert_eq!((state, short), (State::Short, 1));
        assert!(
            said.ends_with("and £99.99 was spent: £0.01 short."),
            "{said}"
        );
        assert_eq!(at(10_000, 0, day(2026, 4, 1)).0, State::Kept);
        assert_eq!(at(10_000, 0, day(2027, 4, 1)).0, State::Kept);
        assert_eq!(at(0, 0, day(2026, 3, 31)).0, State::ToCome);
    }
}
