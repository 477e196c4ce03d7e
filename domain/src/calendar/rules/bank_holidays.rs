//! Bank holidays of the four nations.
//!
//! The regular days are computed from the Banking and Financial Dealings Act 1971 (schedule 1), as
//! since amended, and from the proclamations that are made in the same words each year. Days that
//! were added or moved once are tables, each row with its source. The list agrees with the one
//! that GOV.UK publishes, but for days proclaimed since our copy of it; a test compares them day by
//! day.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use entity::Nation;
use serde::Serialize;
use utoipa::ToSchema;

/// The first year for which the computed list is the list as it was: earlier one-off days are not
/// in the tables, and Scotland had no St Andrew's Day.
pub const KNOWN_FROM: i32 = 2008;

/// The last year that has been published. Later years are computed by the same rules, and
/// [`warning_about`] says so, because a one-off day may be added to them.
pub const KNOWN_UNTIL: i32 = 2027;

/// The four nations. An award to the whole United Kingdom counts England's days.
pub const NATIONS: [Nation; 4] = [
    Nation::England,
    Nation::Wales,
    Nation::Scotland,
    Nation::NorthernIreland,
];

/// The nation's name, for people.
#[must_use]
pub fn nation_name(nation: Nation) -> &'static str {
    match nation {
        Nation::England => "England",
        Nation::Wales => "Wales",
        Nation::Scotland => "Scotland",
        Nation::NorthernIreland => "Northern Ireland",
    }
}

/// A day on which offices of a nation are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BankHoliday {
    /// The day that is taken off.
    pub on: NaiveDate,
    /// What it is called, in the published words.
    pub name: &'static str,
    /// Taken instead of the day itself, which falls on a weekend.
    pub substitute: bool,
    /// For a day added or moved once: who said so.
    pub source: Option<&'static str>,
}

/// What a reader must know about the bank holidays behind a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CalendarWarning {
    /// The year's bank holidays are computed, not published.
    NotYetPublished {
        /// The year of the date.
        year: i32,
    },
    /// The year is before the list begins.
    BeforeTheList {
        /// The year of the date.
        year: i32,
    },
}

impl fmt::Display for CalendarWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetPublished { year } => write!(
                f,
                "Bank holidays are published up to {KNOWN_UNTIL}. Those of {year} are worked out, \
                 so a day added for one year only may be missing."
            ),
            Self::BeforeTheList { year } => write!(
                f,
                "Bank holidays are known from {KNOWN_FROM}. Those of {year} are worked out, so a \
                 day added for one year only may be missing."
            ),
        }
    }
}

/// Whether the bank holidays of this date's year are published, and if not, the warning to show.
pub fn warning_about(on: NaiveDate) -> Option<CalendarWarning> {
    let year = on.year();
    if year > KNOWN_UNTIL {
        Some(CalendarWarning::NotYetPublished { year })
    } else if year < KNOWN_FROM {
        Some(CalendarWarning::BeforeTheList { year })
    } else {
        None
    }
}

const NEW_YEAR: &str = "New Year’s Day";
const EARLY_MAY: &str = "Early May bank holiday";
const SPRING: &str = "Spring bank holiday";

/// A regular day that was held on another date in one year, in all four nations.
struct Moved {
    year: i32,
    regular: &'static str,
    month: u32,
    day: u32,
    source: &'static str,
}

/// Days moved once. Add a row, never a condition elsewhere.
const MOVED: &[Moved] = &[
    Moved {
        year: 2012,
        regular: SPRING,
        month: 6,
        day: 4,
        source: "Royal proclamation for the Diamond Jubilee; GOV.UK bank holidays, 2012",
    },
    Moved {
        year: 2020,
        regular: EARLY_MAY,
        month: 5,
        day: 8,
        source: "Moved for the 75th anniversary of VE Day; GOV.UK bank holidays, 2020",
    },
    Moved {
        year: 2022,
        regular: SPRING,
        month: 6,
        day: 2,
        source: "Royal proclamation for the Platinum Jubilee; GOV.UK bank holidays, 2022",
    },
];

/// A day added in one year.
struct OneOff {
    year: i32,
    month: u32,
    day: u32,
    name: &'static str,
    nations: &'static [Nation],
    source: &'static str,
}

/// Days added once, as published. Add a row when a proclamation is made; raise [`KNOWN_UNTIL`]
/// when another year is published.
const ONE_OFF: &[OneOff] = &[
    OneOff {
        year: 2011,
        month: 4,
        day: 29,
        name: "Royal wedding bank holiday",
        nations: &NATIONS,
        source: "Royal proclamation; GOV.UK bank holidays, 2011",
    },
    OneOff {
        year: 2012,
        month: 6,
        day: 5,
        name: "Diamond Jubilee bank holiday",
        nations: &NATIONS,
        source: "Royal proclamation; GOV.UK bank holidays, 2012",
    },
    OneOff {
        year: 2022,
        month: 6,
        day: 3,
        name: "Platinum Jubilee bank holiday",
        nations: &NATIONS,
        source: "Royal proclamation; GOV.UK bank holidays, 2022",
    },
    OneOff {
        year: 2022,
        month: 9,
        day: 19,
        name: "Bank Holiday for the State Funeral of Queen Elizabeth II",
        nations: &NATIONS,
        source: "Royal proclamation of September 2022; GOV.UK bank holidays, 2022",
    },
    OneOff {
        year: 2023,
        month: 5,
        day: 8,
        name: "Bank holiday for the coronation of King Charles III",
        nations: &NATIONS,
        source: "Royal proclamation; GOV.UK bank holidays, 2023",
    },
    OneOff {
        year: 2026,
        month: 6,
        day: 15,
        name: "World Cup bank holiday",
        nations: &[Nation::Scotland],
        source: "Royal proclamation of 4 February 2026, for the men’s football World Cup; Scottish \
                 Government, “World Cup bank holiday confirmed”",
    },
];

/// Easter Sunday of a year of the Gregorian calendar (the anonymous algorithm of 1876).
/// `None` only where the calendar itself cannot say (a year beyond its range).
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let century = year.div_euclid(100);
    let of_century = year.rem_euclid(100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15).rem_euclid(30);
    let to_sunday =
        (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let n = epact + to_sunday - 7 * late + 114;
    let month = u32::try_from(n / 31).ok()?;
    let day = u32::try_from(n % 31 + 1).ok()?;
    NaiveDate::from_ymd_opt(year, month, day)
}

fn first_monday(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, 1)
}

fn last_monday(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, 5)
        .or_else(|| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, 4))
}

pub(super) fn is_weekend(on: NaiveDate) -> bool {
    matches!(on.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The bank holidays of a nation in a calendar year, in order of date.
///
/// A fixed day that falls on a weekend is taken on the next weekday that is not itself a bank
/// holiday; a fixed day that falls on a weekday keeps it. (So when Christmas Day is a Sunday,
/// Boxing Day stays on the Monday and Christmas Day is taken on the Tuesday.)
pub fn bank_holidays(nation: Nation, year: i32) -> Vec<BankHoliday> {
    let scotland = nation == Nation::Scotland;
    let northern_ireland = nation == Nation::NorthernIreland;
    let easter = easter_sunday(year);

    let floating = [
        (
            "Good Friday",
            easter.and_then(|e| e.checked_sub_days(Days::new(2))),
        ),
        (
            "Easter Monday",
            easter
                .and_then(|e| e.checked_add_days(Days::new(1)))
                .filter(|_| !scotland),
        ),
        (EARLY_MAY, first_monday(year, 5)),
        (SPRING, last_monday(year, 5)),
        (
            "Summer bank holiday",
            if scotland {
                first_monday(year, 8)
            } else {
                last_monday(year, 8)
            },
        ),
    ];
    let mut days: Vec<BankHoliday> = floating
        .into_iter()
        .filter_map(|(name, on)| {
            let moved = MOVED.iter().find(|m| m.year == year && m.regular == name);
            Some(BankHoliday {
                on: match moved {
                    Some(m) => NaiveDate::from_ymd_opt(year, m.month, m.day)?,
                    None => on?,
                },
                name,
                substitute: false,
                source: moved.map(|m| m.source),
            })
        })
        .collect();

    days.extend(
        ONE_OFF
            .iter()
            .filter(|o| o.year == year && o.nations.contains(&nation))
            .filter_map(|o| {
                Some(BankHoliday {
                    on: NaiveDate::from_ymd_opt(year, o.month, o.day)?,
                    name: o.name,
                    substitute: false,
                    source: Some(o.source),
                })
            }),
    );

    let fixed: Vec<(&'static str, NaiveDate)> = [
        (true, NEW_YEAR, 1, 1),
        (scotland, "2nd January", 1, 2),
        (northern_ireland, "St Patrick’s Day", 3, 17),
        (
            northern_ireland,
            "Battle of the Boyne (Orangemen’s Day)",
            7,
            12,
        ),
        (scotland, "St Andrew’s Day", 11, 30),
        (true, "Christmas Day", 12, 25),
        (true, "Boxing Day", 12, 26),
    ]
    .into_iter()
    .filter(|(kept, ..)| *kept)
    .filter_map(|(_, name, month, day)| Some((name, NaiveDate::from_ymd_opt(year, month, day)?)))
    .collect();
    let (at_weekends, on_weekdays): (Vec<_>, Vec<_>) =
        fixed.into_iter().partition(|(_, on)| is_weekend(*on));
    days.extend(on_weekdays.into_iter().map(|(name, on)| BankHoliday {
        on,
        name,
        substitute: false,
        source: None,
    }));
    for (name, fallen_on) in at_weekends {
        let free = fallen_on
            .iter_days()
            .find(|day| !is_weekend(*day) && !days.iter().any(|taken| taken.on == *day));
        if let Some(on) = free {
            days.push(BankHoliday {
                on,
                name,
                substitute: true,
                source: None,
            });
        }
    }
    days.sort_by_key(|d| d.on);
    days
}

/// The bank holiday of a nation on a date, if it is one.
pub fn bank_holiday_on(nation: Nation, on: NaiveDate) -> Option<BankHoliday> {
    // No substitute is taken in another calendar year than its day: the last fixed day is Boxing
    // Day, taken on 28 December at the latest.
    bank_holidays(nation, on.year())
        .into_iter()
        .find(|d| d.on == on)
}

#[cfg(test)]
#[path = "bank_holidays_tests.rs"]
mod tests;
