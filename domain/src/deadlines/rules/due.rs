//! The rules by which funders say when a return is due.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::periods::Period;
use crate::calendar::rules::{
    CalendarWarning, Nation, date_in_words, end_of_day, hours_and_minutes, instant_in_london,
    last_of_month, moment_in_words, nth_working_day_of_month, time_in_words, warning_about,
    working_day_on_or_after, working_day_on_or_before, working_days_after,
};

/// What happens to a date that is not a working day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Adjust {
    /// It stands.
    #[default]
    None,
    /// The next working day takes its place.
    NextWorkingDay,
    /// The working day before takes its place.
    PreviousWorkingDay,
}

/// How a deadline follows from the end of a period. Dates are London dates; `at` is the time of
/// day where the funder states one, otherwise the whole day counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeadlineRule {
    /// So many days after the period's last day.
    DaysAfterPeriodEnd {
        /// Calendar days, up to 731.
        #[schema(minimum = 0, maximum = 731)]
        days: u16,
        /// The time of day, `HH:MM`.
        #[serde(
            default,
            with = "hours_and_minutes",
            skip_serializing_if = "Option::is_none"
        )]
        #[schema(value_type = Option<String>, example = "17:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
        at: Option<NaiveTime>,
        /// If that is not a working day.
        #[serde(default)]
        adjust: Adjust,
    },
    /// So many working days after the period's last day.
    WorkingDaysAfterPeriodEnd {
        /// Working days, 1 to 500.
        #[schema(minimum = 1, maximum = 500)]
        working_days: u16,
        /// The time of day, `HH:MM`.
        #[serde(
            default,
            with = "hours_and_minutes",
            skip_serializing_if = "Option::is_none"
        )]
        #[schema(value_type = Option<String>, example = "17:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
        at: Option<NaiveTime>,
    },
    /// The so-manieth working day of a month after the period.
    WorkingDayOfMonthAfter {
        /// Which working day of the month, 1 to 18 (each month has so many).
        #[schema(minimum = 1, maximum = 18)]
        working_day: u8,
        /// How many months after the period's last month; 1 is the month that follows.
        #[serde(default = "the_next_month")]
        #[schema(minimum = 0, maximum = 24)]
        months_after: u8,
        /// The time of day, `HH:MM`.
        #[serde(
            default,
            with = "hours_and_minutes",
            skip_serializing_if = "Option::is_none"
        )]
        #[schema(value_type = Option<String>, example = "17:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
        at: Option<NaiveTime>,
    },
    /// A day of a month after the period.
    DayOfMonthAfter {
        /// Which day, 1 to 31; a month that has fewer ends it on its last day, so 31 is always the
        /// last day.
        #[schema(minimum = 1, maximum = 31)]
        day: u8,
        /// How many months after the period's last month; 1 is the month that follows.
        #[serde(default = "the_next_month")]
        #[schema(minimum = 0, maximum = 24)]
        months_after: u8,
        /// The time of day, `HH:MM`.
        #[serde(
            default,
            with = "hours_and_minutes",
            skip_serializing_if = "Option::is_none"
        )]
        #[schema(value_type = Option<String>, example = "17:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
        at: Option<NaiveTime>,
        /// If that is not a working day.
        #[serde(default)]
        adjust: Adjust,
    },
    /// One date that the funder names, whatever the period.
    FixedDate {
        /// The date.
        on: NaiveDate,
        /// The time of day, `HH:MM`.
        #[serde(
            default,
            with = "hours_and_minutes",
            skip_serializing_if = "Option::is_none"
        )]
        #[schema(value_type = Option<String>, example = "17:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
        at: Option<NaiveTime>,
        /// If that is not a working day.
        #[serde(default)]
        adjust: Adjust,
    },
}

fn the_next_month() -> u8 {
    1
}

/// Why a rule gives no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeadlineProblem {
    /// `days` is over 731.
    #[error("Days after the period's end must be 731 or fewer.")]
    TooManyDays,
    /// `working_days` is outside its range.
    #[error("Working days after the period's end must be from 1 to 500.")]
    WorkingDaysOutOfRange,
    /// `working_day` is outside its range.
    #[error("The working day of the month must be from 1 to 18: some months have no more.")]
    WorkingDayOutOfRange,
    /// `day` is outside its range.
    #[error("The day of the month must be from 1 to 31.")]
    DayOutOfRange,
    /// `months_after` is outside its range.
    #[error("The month must be from 0 to 24 months after the period.")]
    MonthsOutOfRange,
    /// The date would be beyond what a calendar can hold.
    #[error("The date is out of range.")]
    DateOutOfRange,
}

/// When something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// London date.
    pub on: NaiveDate,
    /// London time of day, where the funder states one.
    pub at: Option<NaiveTime>,
    /// The date before it was moved to a working day.
    pub moved_from: Option<NaiveDate>,
    /// The bank holidays behind the date are not published for its year.
    pub warning: Option<CalendarWarning>,
}

impl Due {
    /// The instant after which it is late: the stated time, or the end of the day.
    pub fn instant(&self) -> DateTime<Utc> {
        match self.at {
            Some(at) => instant_in_london(self.on, at),
            None => end_of_day(self.on),
        }
    }

    /// Whether it is late. At the stated minute itself it is not yet.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        now > self.instant()
    }

    /// "Friday 30 October 2026, 5pm".
    pub fn in_words(&self) -> String {
        moment_in_words(self.on, self.at)
    }
}

impl DeadlineRule {
    /// The time of day that the rule states.
    pub fn at(&self) -> Option<NaiveTime> {
        match self {
            Self::DaysAfterPeriodEnd { at, .. }
            | Self::WorkingDaysAfterPeriodEnd { at, .. }
            | Self::WorkingDayOfMonthAfter { at, .. }
            | Self::DayOfMonthAfter { at, .. }
            | Self::FixedDate { at, .. } => *at,
        }
    }

    fn adjust(&self) -> Adjust {
        match self {
            Self::DaysAfterPeriodEnd { adjust, .. }
            | Self::DayOfMonthAfter { adjust, .. }
            | Self::FixedDate { adjust, .. } => *adjust,
            // Counted in working days: always on one.
            Self::WorkingDaysAfterPeriodEnd { .. } | Self::WorkingDayOfMonthAfter { .. } => {
                Adjust::None
            }
        }
    }

    /// Whether the rule can be used; asked when it is recorded.
    pub fn check(&self) -> Result<(), DeadlineProblem> {
        let months_in_range = |months: u8| {
            if months <= 24 {
                Ok(())
            } else {
                Err(DeadlineProblem::MonthsOutOfRange)
            }
        };
        match *self {
            Self::DaysAfterPeriodEnd { days, .. } if days > 731 => {
                Err(DeadlineProblem::TooManyDays)
            }
            Self::WorkingDaysAfterPeriodEnd { working_days, .. }
                if !(1..=500).contains(&working_days) =>
            {
                Err(DeadlineProblem::WorkingDaysOutOfRange)
            }
            Self::WorkingDayOfMonthAfter { working_day, .. }
                if !(1..=18).contains(&working_day) =>
            {
                Err(DeadlineProblem::WorkingDayOutOfRange)
            }
            Self::DayOfMonthAfter { day, .. } if !(1..=31).contains(&day) => {
                Err(DeadlineProblem::DayOutOfRange)
            }
            Self::WorkingDayOfMonthAfter { months_after, .. }
            | Self::DayOfMonthAfter { months_after, .. } => months_in_range(months_after),
            _ => Ok(()),
        }
    }

    /// When the return for this period is due, by the bank holidays of this nation.
    pub fn due(&self, period: &Period, nation: Nation) -> Result<Due, DeadlineProblem> {
        self.due_after(period.to, nation)
    }

    /// When a return is due whose period ends on this date.
    pub fn due_after(&self, ended_on: NaiveDate, nation: Nation) -> Result<Due, DeadlineProblem> {
        self.check()?;
        let out_of_range = DeadlineProblem::DateOutOfRange;
        let stated = match *self {
            Self::DaysAfterPeriodEnd { days, .. } => ended_on
                .checked_add_days(Days::new(u64::from(days)))
                .ok_or(out_of_range)?,
            Self::WorkingDaysAfterPeriodEnd { working_days, .. } => {
                working_days_after(nation, ended_on, working_days)
            }
            Self::WorkingDayOfMonthAfter {
                working_day,
                months_after,
                ..
            } => {
                let month = month_after(ended_on, months_after).ok_or(out_of_range)?;
                nth_working_day_of_month(nation, month.year(), month.month(), working_day)
                    .ok_or(out_of_range)?
            }
            Self::DayOfMonthAfter {
                day, months_after, ..
            } => {
                let month = month_after(ended_on, months_after).ok_or(out_of_range)?;
                month
                    .with_day(u32::from(day))
                    .unwrap_or_else(|| last_of_month(month))
            }
            Self::FixedDate { on, .. } => on,
        };
        let on = match self.adjust() {
            Adjust::None => stated,
            Adjust::NextWorkingDay => working_day_on_or_after(nation, stated),
            Adjust::PreviousWorkingDay => working_day_on_or_before(nation, stated),
        };
        let rests_on_bank_holidays = !matches!(
            self,
            Self::DaysAfterPeriodEnd {
                adjust: Adjust::None,
                ..
            } | Self::DayOfMonthAfter {
                adjust: Adjust::None,
                ..
            } | Self::FixedDate {
                adjust: Adjust::None,
                ..
            }
        );
        Ok(Due {
            on,
            at: self.at(),
            moved_from: (on != stated).then_some(stated),
            warning: warning_about(on).filter(|_| rests_on_bank_holidays),
        })
    }

    /// The rule as a sentence, for the page where it is chosen and the award's page.
    pub fn in_words(&self) -> String {
        let when = match self {
            Self::DaysAfterPeriodEnd { days: 0, .. } => "On the last day of the period".to_owned(),
            Self::DaysAfterPeriodEnd { days, .. } => {
                format!("{} after the period ends", counted(*days, "day"))
            }
            Self::WorkingDaysAfterPeriodEnd { working_days, .. } => format!(
                "{} after the period ends",
                counted(*working_days, "working day")
            ),
            Self::WorkingDayOfMonthAfter {
                working_day,
                months_after,
                ..
            } => format!(
                "On the {} working day of {}",
                ordinal(*working_day),
                month_in_words(*months_after)
            ),
            Self::DayOfMonthAfter {
                day: 31,
                months_after,
                ..
            } => format!("On the last day of {}", month_in_words(*months_after)),
            Self::DayOfMonthAfter {
                day, months_after, ..
            } => format!(
                "On the {} of {}",
                ordinal(*day),
                month_in_words(*months_after)
            ),
            Self::FixedDate { on, .. } => format!("On {}", date_in_words(*on)),
        };
        let time = self
            .at()
            .map(|at| format!(", by {}", time_in_words(at)))
            .unwrap_or_default();
        let moved = match self.adjust() {
            Adjust::None => "",
            Adjust::NextWorkingDay => "; if that is not a working day, on the next one",
            Adjust::PreviousWorkingDay => "; if that is not a working day, on the one before",
        };
        format!("{when}{time}{moved}.")
    }
}

/// The first day of the month that is so many months after the one a date is in.
fn month_after(ended_on: NaiveDate, months: u8) -> Option<NaiveDate> {
    ended_on
        .with_day(1)?
        .checked_add_months(Months::new(u32::from(months)))
}

fn counted(n: u16, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn ordinal(n: u8) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

fn month_in_words(months_after: u8) -> String {
    match months_after {
        0 => "the period’s last month".to_owned(),
        1 => "the month after the period".to_owned(),
        n => format!("the {} month after the period", ordinal(n)),
    }
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
