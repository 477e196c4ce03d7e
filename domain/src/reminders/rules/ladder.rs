//! The ladder: on which mornings a deadline is spoken of.
//!
//! 28, 14, 7 and 1 days before; the day; then every 2 working days; after 10 working days overdue
//! weekly. A rung before the day that falls on a weekend or bank holiday moves to the working day
//! before it, so that nobody first hears on a Monday holiday of something due on Tuesday; a weekly
//! rung moves to the next working day. The day itself stays, because it is the day.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use entity::Nation;

use crate::calendar::rules::{
    instant_in_london, london_date, working_day_on_or_after, working_day_on_or_before,
    working_days_after, working_days_between,
};

/// After so many working days overdue, reminders are weekly and go to the lead also.
pub const LONG_OVERDUE: u16 = 10;

const DAYS_BEFORE: [u16; 4] = [28, 14, 7, 1];
const EVERY_WORKING_DAYS: u16 = 2;

/// A step of the ladder. What is stored is its [slug](Rung::slug).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rung {
    /// So many days before: 28, 14, 7 or 1.
    DaysBefore(u16),
    /// The day itself.
    TheDay,
    /// So many working days overdue: 2, 4, 6, 8 or 10.
    WorkingDaysOverdue(u16),
    /// So many weeks after the tenth working day overdue, from 1.
    WeeksOn(u16),
}

impl Rung {
    /// The name under which it is stored: `28-days-before`, `the-day`, `2-working-days-overdue`,
    /// `1-weeks-on`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::DaysBefore(days) => format!("{days}-days-before"),
            Self::TheDay => "the-day".to_owned(),
            Self::WorkingDaysOverdue(days) => format!("{days}-working-days-overdue"),
            Self::WeeksOn(weeks) => format!("{weeks}-weeks-on"),
        }
    }

    /// The rung of a stored name; `None` for what is not on the ladder.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        let rung = if slug == "the-day" {
            Self::TheDay
        } else {
            let (count, kind) = slug.split_once('-')?;
            let count = count.parse().ok()?;
            match kind {
                "days-before" if DAYS_BEFORE.contains(&count) => Self::DaysBefore(count),
                "working-days-overdue"
                    if (EVERY_WORKING_DAYS..=LONG_OVERDUE).contains(&count)
                        && count.is_multiple_of(EVERY_WORKING_DAYS) =>
                {
                    Self::WorkingDaysOverdue(count)
                }
                "weeks-on" if count > 0 => Self::WeeksOn(count),
                _ => return None,
            }
        };
        // One rung has one name: "+1" and "01" are none.
        (rung.slug() == slug).then_some(rung)
    }

    /// The morning of this rung for a deadline. `None` only beyond the end of the calendar.
    #[must_use]
    pub fn morning(self, due_on: NaiveDate, nation: Nation) -> Option<NaiveDate> {
        match self {
            Self::DaysBefore(days) => due_on
                .checked_sub_days(Days::new(u64::from(days)))
                .map(|on| working_day_on_or_before(nation, on)),
            Self::TheDay => Some(due_on),
            Self::WorkingDaysOverdue(days) => Some(working_days_after(nation, due_on, days)),
            Self::WeeksOn(weeks) => working_days_after(nation, due_on, LONG_OVERDUE)
                .checked_add_days(Days::new(u64::from(weeks).saturating_mul(7)))
                .map(|on| working_day_on_or_after(nation, on)),
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DaysBefore(1) => f.write_str("1 day before"),
            Self::DaysBefore(days) => write!(f, "{days} days before"),
            Self::TheDay => f.write_str("on the day"),
            Self::WorkingDaysOverdue(days) => write!(f, "{days} working days overdue"),
            Self::WeeksOn(1) => f.write_str("1 week further on"),
            Self::WeeksOn(weeks) => write!(f, "{weeks} weeks further on"),
        }
    }
}

/// The rungs of a deadline with their mornings, in order and without end (a duty is chased until
/// it is settled).
pub fn ladder(
    due_on: NaiveDate,
    nation: Nation,
) -> impl Iterator<Item = (Rung, NaiveDate)> + use<> {
    DAYS_BEFORE
        .into_iter()
        .map(Rung::DaysBefore)
        .chain(std::iter::once(Rung::TheDay))
        .chain(
            (1..=LONG_OVERDUE)
                .filter(|n| n.is_multiple_of(EVERY_WORKING_DAYS))
                .map(Rung::WorkingDaysOverdue),
        )
        .chain((1..=u16::MAX).map(Rung::WeeksOn))
        .map_while(move |rung| Some((rung, rung.morning(due_on, nation)?)))
}

/// The rungs whose morning has come by this date, in order.
pub fn rungs_reached(due_on: NaiveDate, nation: Nation, today: NaiveDate) -> Vec<Rung> {
    ladder(due_on, nation)
        .take_while(|(_, morning)| *morning <= today)
        .map(|(rung, _)| rung)
        .collect()
}

/// What to send, and what that stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The rung to send now: the latest that has been reached.
    pub rung: Rung,
    /// Earlier rungs that were never sent, because nothing ran on their mornings or the deadline
    /// was not yet known. They are recorded as merged into this one, and never sent.
    pub merged: Vec<Rung>,
}

/// Which rung of this deadline to send now, if any.
///
/// `recorded` holds the rungs already recorded, sent or merged, for this deadline as it is dated
/// now and for one person. (It is asked per person: somebody for whom a return newly waits has been
/// told nothing yet. A deadline that is put off begins its ladder anew.)
///
/// It depends on nothing but what has been reached and what is recorded. So days on which nothing
/// ran lose no rung and end in one message; a clock put back finds the rung recorded and stays
/// silent until it reaches a rung that is not.
#[must_use]
pub fn rungs_due(
    due_on: NaiveDate,
    nation: Nation,
    today: NaiveDate,
    recorded: &[Rung],
) -> Option<Chosen> {
    let mut reached = rungs_reached(due_on, nation, today);
    let latest = reached.pop().filter(|rung| !recorded.contains(rung))?;
    reached.retain(|rung| !recorded.contains(rung));
    Some(Chosen {
        rung: latest,
        merged: reached,
    })
}

/// The London date whose morning's mail is written now. From midnight on it is the coming
/// morning's: what is due by then is written at once, and leaves at nine. One mail per person
/// carries this date, so that the same morning never writes twice.
#[must_use]
pub fn morning_of(now: DateTime<Utc>) -> NaiveDate {
    london_date(now)
}

/// When a morning's mail leaves, at the earliest: at nine by London's clocks. Mail that is late
/// leaves until midnight; in the night none does, and what is due then goes with the next morning's.
#[must_use]
pub fn leaves_at(morning: NaiveDate) -> DateTime<Utc> {
    instant_in_london(morning, NINE)
}

/// Nine in the morning.
const NINE: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(nine) => nine,
    None => NaiveTime::MIN,
};

/// How many working days overdue it is on this date; 0 on the day itself and before.
#[must_use]
pub fn working_days_overdue(due_on: NaiveDate, nation: Nation, today: NaiveDate) -> u32 {
    working_days_between(nation, due_on, today)
}

/// Whether 10 working days have gone by since it was due, so that the lead is told also. The rung
/// on the tenth working day is the first that the lead gets.
#[must_use]
pub fn is_long_overdue(due_on: NaiveDate, nation: Nation, today: NaiveDate) -> bool {
    working_days_overdue(due_on, nation, today) >= u32::from(LONG_OVERDUE)
}

#[cfg(test)]
#[path = "ladder_tests.rs"]
mod tests;
