//! Dates as a file writes them, into calendar dates in London.

use chrono::{DateTime, Days, NaiveDate};
use chrono_tz::Europe::London;

use super::profile::{DateFormat, DateRules};

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateFault {
    /// None of the profile's forms fits.
    NotADate,
    /// It looks like a date and there is no such day (`31/02/2026`).
    NoSuchDay,
    /// Two-digit years are not allowed by the profile.
    TwoDigitYear,
    /// Outside the profile's range.
    OutOfRange,
}

const EARLIEST_YEAR: i32 = 1980;
const LATEST_YEAR: i32 = 2099;
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads a date by the first of the profile's forms that fits.
pub(super) fn parse_date(
    text: &str,
    rules: &DateRules,
    epoch_1904: bool,
) -> Result<NaiveDate, DateFault> {
    let text = text.trim();
    // An instant: the day that it was in London then.
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return in_range(instant.with_timezone(&London).date_naive(), rules);
    }
    let text = without_time(text);
    let mut worst = DateFault::NotADate;
    for format in &rules.formats {
        match by_format(text, *format, rules, epoch_1904) {
            Ok(date) => return in_range(date, rules),
            Err(DateFault::NotADate) => {}
            Err(fault) => worst = fault,
        }
    }
    Err(worst)
}

/// Refuses a date outside the profile's range, or outside any that a grant could have.
pub(super) fn in_range(date: NaiveDate, rules: &DateRules) -> Result<NaiveDate, DateFault> {
    use chrono::Datelike;
    let plausible = (EARLIEST_YEAR..=LATEST_YEAR).contains(&date.year());
    let late = rules.latest.is_some_and(|latest| date > latest);
    let early = rules.earliest.is_some_and(|earliest| date < earliest);
    if plausible && !late && !early {
        Ok(date)
    } else {
        Err(DateFault::OutOfRange)
    }
}

/// Cuts off a time of day (`01/04/2026 00:00:00`, `2026-04-01T09:30`).
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else {
        return text;
    };
    let before = text.get(..colon).unwrap_or(text);
    match before.rfind([' ', 'T']) {
        Some(gap) => before.get(..gap).unwrap_or(text).trim_end(),
        None => text,
    }
}

fn by_format(
    text: &str,
    format: DateFormat,
    rules: &DateRules,
    epoch_1904: bool,
) -> Result<NaiveDate, DateFault> {
    match format {
        DateFormat::Compact => {
            if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(DateFault::NotADate);
            }
            let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
            calendar(number(part(0, 4), 4)?, number(part(4, 6), 2)?, part(6, 8))
        }
        DateFormat::ExcelSerial => serial(text, epoch_1904),
        DateFormat::DayMonthYear | DateFormat::MonthDayYear => {
            let [first, second, year] = three_parts(text)?;
            let (day, month) = if format == DateFormat::DayMonthYear {
                (first, second)
            } else {
                (second, first)
            };
            number(day, 2)?;
            let month = number(month, 2)?;
            calendar(full_year(year, rules)?, month, day)
        }
        DateFormat::YearMonthDay => {
            let [year, month, day] = three_parts(text)?;
            if year.len() != 4 {
                return Err(DateFault::NotADate);
            }
            calendar(number(year, 4)?, number(month, 2)?, day)
        }
        DateFormat::DayNameYear => {
            let [day, month, year] = three_parts(text)?;
            number(day, 2)?;
            let month = month_named(month)?;
            calendar(full_year(year, rules)?, month, day)
        }
    }
}

/// Splits at the separators that dates are written with; spaces count once.
fn three_parts(text: &str) -> Result<[&str; 3], DateFault> {
    let mut parts = text
        .split(['/', '-', '.', ' ', ','])
        .filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(a), Some(b), Some(c), None) => Ok([a, b, c]),
        _ => Err(DateFault::NotADate),
    }
}

fn number(text: &str, most_digits: usize) -> Result<u32, DateFault> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || text.len() > most_digits {
        return Err(DateFault::NotADate);
    }
    text.bytes()
        .try_fold(0_u32, |value, byte| Ok(value * 10 + u32::from(byte - b'0')))
}

fn full_year(text: &str, rules: &DateRules) -> Result<u32, DateFault> {
    let year = number(text, 4)?;
    match (text.len(), rules.two_digit_years_to) {
        (4, _) => Ok(year),
        (2, Some(last)) if year <= u32::from(last) => Ok(2000 + year),
        (2, Some(_)) => Ok(1900 + year),
        (2, None) => Err(DateFault::TwoDigitYear),
        _ => Err(DateFault::NotADate),
    }
}

fn month_named(text: &str) -> Result<u32, DateFault> {
    let name = text.to_ascii_lowercase();
    if name.len() < 3 {
        return Err(DateFault::NotADate);
    }
    (1_u32..)
        .zip(MONTHS)
        .find(|(_, month)| {
            month.starts_with(name.as_str()) || name == "sept" && *month == "september"
        })
        .map(|(number, _)| number)
        .ok_or(DateFault::NotADate)
}

fn calendar(year: u32, month: u32, day: &str) -> Result<NaiveDate, DateFault> {
    let day = number(day, 2)?;
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or(DateFault::NoSuchDay)
}

/// A spreadsheet's day number; a fraction is the time of day. Day 60 of the 1900 system never was
/// (29 February 1900), and nothing before it can matter here.
fn serial(text: &str, epoch_1904: bool) -> Result<NaiveDate, DateFault> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateFault::NotADate);
    }
    let days = number(whole, 6)?;
    let epoch = if epoch_1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)
    } else if days > 60 {
        NaiveDate::from_ymd_opt(1899, 12, 30)
    } else {
        None
    };
    epoch
        .and_then(|epoch| epoch.checked_add_days(Days::new(u64::from(days))))
        .ok_or(DateFault::OutOfRange)
}
