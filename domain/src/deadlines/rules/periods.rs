//! The periods that returns are made for.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::rules::{date_without_weekday, months_in_words};

/// How often a funder wants a return.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Frequency {
    /// Each month.
    Monthly,
    /// Each three months.
    Quarterly,
    /// Each six months.
    HalfYearly,
    /// Each year.
    Yearly,
}

impl Frequency {
    /// All of them, the most frequent first.
    pub const ALL: [Self; 4] = [
        Self::Monthly,
        Self::Quarterly,
        Self::HalfYearly,
        Self::Yearly,
    ];

    /// The length of a period in months.
    pub fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::HalfYearly => 6,
            Self::Yearly => 12,
        }
    }

    /// The frequency whose periods have this many months.
    pub fn from_months(months: i32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|f| i32::try_from(f.months()) == Ok(months))
    }
}

/// A funder's reporting year: when it starts, and how it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cycle {
    /// How often.
    pub every: Frequency,
    /// The month in which the year starts, 1 to 12: 4 for a government year, 10 for a foundation
    /// whose year runs October to September.
    pub year_starts_in: u32,
}

impl Cycle {
    /// The government year, April to March.
    pub fn government(every: Frequency) -> Self {
        Self {
            every,
            year_starts_in: 4,
        }
    }

    /// The year whose first month is this date's.
    pub fn anchored_on(first: NaiveDate, every: Frequency) -> Self {
        Self {
            every,
            year_starts_in: first.month(),
        }
    }

    /// The start of the reporting year that a date is in. `None` for a month that is none.
    pub fn year_start(&self, on: NaiveDate) -> Option<NaiveDate> {
        let this_year = NaiveDate::from_ymd_opt(on.year(), self.year_starts_in, 1)?;
        if this_year <= on {
            Some(this_year)
        } else {
            this_year.checked_sub_months(Months::new(12))
        }
    }

    /// The whole period that a date is in.
    pub fn period_of(&self, on: NaiveDate) -> Option<Period> {
        let year_start = self.year_start(on)?;
        let months = self.every.months();
        (1u8..=12)
            .map_while(|number| {
                let before = u32::from(number).checked_sub(1)?.checked_mul(months)?;
                let from = year_start.checked_add_months(Months::new(before))?;
                let next = from.checked_add_months(Months::new(months))?;
                let to = next.checked_sub_days(Days::new(1))?;
                Some(Period {
                    from,
                    to,
                    number,
                    every: self.every,
                    shortened: false,
                })
            })
            .find(|p| p.from <= on && on <= p.to)
    }
}

/// One period: what a return is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// First London date.
    pub from: NaiveDate,
    /// Last London date.
    pub to: NaiveDate,
    /// Its place in the reporting year, from 1.
    pub number: u8,
    /// How long such a period is.
    pub every: Frequency,
    /// Cut short, because the award begins or ends within it.
    pub shortened: bool,
}

impl Period {
    /// Whether it is over: from the day after its last day.
    pub fn has_ended(&self, today: NaiveDate) -> bool {
        today > self.to
    }

    /// Whether a date is in it.
    pub fn contains(&self, on: NaiveDate) -> bool {
        self.from <= on && on <= self.to
    }

    /// "July to September 2026".
    pub fn label(&self) -> String {
        months_in_words(self.from, self.to)
    }

    /// "Quarter 2, July to September 2026"; for a month or a year, its name alone.
    pub fn label_with_number(&self) -> String {
        match self.every {
            Frequency::Monthly | Frequency::Yearly => self.label(),
            Frequency::Quarterly => format!("Quarter {}, {}", self.number, self.label()),
            Frequency::HalfYearly if self.number == 1 => format!("First half, {}", self.label()),
            Frequency::HalfYearly => format!("Second half, {}", self.label()),
        }
    }

    /// "1 July 2026 to 30 September 2026", where a form asks for the dates.
    pub fn dates(&self) -> String {
        format!(
            "{} to {}",
            date_without_weekday(self.from),
            date_without_weekday(self.to)
        )
    }
}

/// Every period that has a day between `from` and `to` (both included), in order. The first and
/// the last are cut to that window, and say so, because a return reports on days of the award only.
/// A window that ends before it begins has none.
pub fn periods(cycle: Cycle, from: NaiveDate, to: NaiveDate) -> Vec<Period> {
    let mut found = Vec::new();
    let mut next = Some(from);
    while let Some(whole) = next
        .filter(|on| *on <= to)
        .and_then(|on| cycle.period_of(on))
    {
        next = whole.to.succ_opt();
        let starts = whole.from.max(from);
        let ends = whole.to.min(to);
        found.push(Period {
            from: starts,
            to: ends,
            shortened: (starts, ends) != (whole.from, whole.to),
            ..whole
        });
    }
    found
}

/// The periods of an award's window that are over: each of them has a return, drafted or to be
/// drafted. Asked on any later day the answer only grows, so a day missed loses none.
pub fn periods_ended(
    cycle: Cycle,
    from: NaiveDate,
    to: NaiveDate,
    today: NaiveDate,
) -> Vec<Period> {
    periods(cycle, from, to)
        .into_iter()
        .filter(|p| p.has_ended(today))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn labels(cycle: Cycle, from: &str, to: &str) -> Vec<String> {
        periods(cycle, day(from), day(to))
            .iter()
            .map(Period::label_with_number)
            .collect()
    }

    #[test]
    fn a_government_year_has_four_quarters() {
        assert_eq!(
            labels(
                Cycle::government(Frequency::Quarterly),
                "2026-04-01",
                "2027-03-31"
            ),
            [
                "Quarter 1, April to June 2026",
                "Quarter 2, July to September 2026",
                "Quarter 3, October to December 2026",
                "Quarter 4, January to March 2027",
            ]
        );
    }

    #[test]
    fn a_foundation_has_its_own_year() {
        let october = |every| Cycle {
            every,
            year_starts_in: 10,
        };
        assert_eq!(
            labels(october(Frequency::HalfYearly), "2025-10-01", "2026-09-30"),
            [
                "First half, October 2025 to March 2026",
                "Second half, April to September 2026",
            ]
        );
        assert_eq!(
            labels(october(Frequency::Yearly), "2025-10-01", "2027-09-30"),
            [
                "October 2025 to September 2026",
                "October 2026 to September 2027",
            ]
        );
        assert_eq!(
            labels(october(Frequency::Quarterly), "2026-07-01", "2026-12-31"),
            [
                "Quarter 4, July to September 2026",
                "Quarter 1, October to December 2026",
            ]
        );
    }

    #[test]
    fn months_have_their_own_names() {
        assert_eq!(
            labels(
                Cycle::government(Frequency::Monthly),
                "2027-12-01",
                "2028-02-29"
            ),
            ["December 2027", "January 2028", "February 2028"]
        );
    }

    #[test]
    fn the_first_and_last_periods_are_cut_to_the_award() {
        let found = periods(
            Cycle::government(Frequency::Quarterly),
            day("2026-05-15"),
            day("2026-10-10"),
        );
        let told: Vec<_> = found
            .iter()
            .map(|p| (p.label_with_number(), p.shortened))
            .collect();
        assert_eq!(
            told,
            [
                ("Quarter 1, 15 May to 30 June 2026".to_owned(), true),
                ("Quarter 2, July to September 2026".to_owned(), false),
                ("Quarter 3, 1 October to 10 October 2026".to_owned(), true),
            ]
        );
    }

    #[test]
    fn a_period_has_ended_on_the_day_after() {
        let cycle = Cycle::government(Frequency::Quarterly);
        let ended =
            |today| periods_ended(cycle, day("2026-04-01"), day("2027-03-31"), day(today)).len();
        assert_eq!(ended("2026-06-30"), 0);
        assert_eq!(ended("2026-07-01"), 1);
        assert_eq!(ended("2027-03-31"), 3);
        assert_eq!(ended("2030-01-01"), 4);
    }

    #[test]
    fn an_impossible_window_or_year_has_no_periods() {
        let cycle = Cycle::government(Frequency::Quarterly);
        assert!(periods(cycle, day("2026-04-02"), day("2026-04-01")).is_empty());
        let no_month = Cycle {
            every: Frequency::Quarterly,
            year_starts_in: 13,
        };
        assert!(periods(no_month, day("2026-04-01"), day("2027-03-31")).is_empty());
        assert_eq!(Frequency::from_months(6), Some(Frequency::HalfYearly));
        assert_eq!(Frequency::from_months(5), None);
    }

    proptest! {
        /// Each day of the window is in exactly one period, whatever the year and the cut.
        #[test]
        fn periods_cover_the_window_once(
            start in 0u64..12_000, length in 0u64..3_000, month in 1u32..=12, cut in 0usize..4,
        ) {
            let from = day("2000-01-01") + Days::new(start);
            let to = from + Days::new(length);
            let cycle = Cycle { every: Frequency::ALL[cut], year_starts_in: month };
            let found = periods(cycle, from, to);
            prop_assert_eq!(found.first().unwrap().from, from);
            prop_assert_eq!(found.last().unwrap().to, to);
            for pair in found.windows(2) {
                prop_assert_eq!(pair[0].to.succ_opt().unwrap(), pair[1].from);
                let in_year = u8::try_from(12 / cycle.every.months()).unwrap();
                prop_assert_eq!(pair[1].number, pair[0].number % in_year + 1);
            }
            for inner in found.iter().skip(1).rev().skip(1) {
                prop_assert!(!inner.shortened);
            }
        }
    }
}
