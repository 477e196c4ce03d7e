//! Days as numbers (ECMA-376 part 1, 18.17.4): from 1 January 1900, with a 29 February 1900 that
//! never was, or from 1 January 1904.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::value::{Fault, Value};
use super::{Answer, unsupported};

fn epoch(date1904: bool) -> Option<NaiveDate> {
    if date1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)
    } else {
        NaiveDate::from_ymd_opt(1899, 12, 31)
    }
}

/// The number of a day; `None` before the first.
pub fn from_date(date: NaiveDate, date1904: bool) -> Option<f64> {
    let days = date.signed_duration_since(epoch(date1904)?).num_days();
    let days = if !date1904 && days >= 60 {
        days + 1
    } else {
        days
    };
    (days >= i64::from(!date1904)).then_some(days as f64)
}

/// The number of an instant.
pub fn from_date_time(at: NaiveDateTime, date1904: bool) -> Option<f64> {
    let day = from_date(at.date(), date1904)?;
    Some(day + f64::from(at.num_seconds_from_midnight()) / 86_400.0)
}

/// The day of a number: year, month, day. Day 60 is 29 February 1900, day 0 is 0 January 1900.
pub fn to_date(serial: f64, date1904: bool) -> Option<(i32, u32, u32)> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let mut days = serial.floor() as i64;
    if !date1904 {
        match days {
            0 => return Some((1900, 1, 0)),
            60 => return Some((1900, 2, 29)),
            d if d > 60 => days -= 1,
            _ => {}
        }
    }
    let date = epoch(date1904)?.checked_add_signed(chrono::Duration::days(days))?;
    Some((date.year(), date.month(), date.day()))
}

/// The real day of a number.
pub fn to_naive(serial: f64, date1904: bool) -> Option<NaiveDate> {
    let (y, m, d) = to_date(serial, date1904)?;
    NaiveDate::from_ymd_opt(y, m, d)
}

/// Hours, minutes and seconds of a number, to the nearest second.
pub fn to_time(serial: f64) -> (u32, u32, u32) {
    let seconds = ((serial - serial.floor()) * 86_400.0).round() as u32 % 86_400;
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Reads `2026-09-30`, or `2026-09-30T14:05` with or without seconds.
pub fn parse_iso(text: &str, date1904: bool) -> Option<f64> {
    let text = text.trim().trim_end_matches('Z');
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return from_date(date, date1904);
    }
    for form in [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S%.f",
    ] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return from_date_time(at, date1904);
        }
    }
    None
}

/// A text read as a date or a time, where no country is needed to read it. A text that is a date
/// somewhere stops the evaluation; one that is none anywhere is `#VALUE!`.
pub fn read_text(text: &str, date1904: bool) -> Answer<Value> {
    let text = text.trim();
    if let Some(n) = parse_iso(text, date1904) {
        return Ok(Value::Number(n));
    }
    for form in ["%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%B-%Y", "%d-%b-%y"] {
        if let Ok(date) = NaiveDate::parse_from_str(text, form) {
            return Ok(from_date(date, date1904).map_or(Fault::Value.into(), Value::Number));
        }
    }
    for form in ["%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p"] {
        if let Ok(time) = NaiveTime::parse_from_str(text, form) {
            return Ok(Value::Number(
                f64::from(time.num_seconds_from_midnight()) / 86_400.0,
            ));
        }
    }
    if may_be_date(text) {
        return unsupported("a date in words, whose reading depends on the country");
    }
    Ok(Fault::Value.into())
}

/// Whether a text may be a date or a time to Excel in some country: numbers of one, two or four
/// digits and names of months, with `/`, `-` or `:` between them or a month's name among them.
pub fn may_be_date(text: &str) -> bool {
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
    let text = text.trim();
    if !(3..40).contains(&text.len()) || !text.is_ascii() {
        return false;
    }
    let (mut numbers, mut small, mut words, mut all) = (0, 0, 0, 0);
    let lower = text.to_ascii_lowercase();
    for part in lower.split([' ', '/', '-', ':', ',']) {
        if part.is_empty() {
            continue;
        }
        all += 1;
        if part.bytes().all(|b| b.is_ascii_digit()) {
            if !matches!(part.len(), 1 | 2 | 4) {
                return false;
            }
            numbers += 1;
            small += usize::from(part.parse::<u32>().is_ok_and(|n| (1..=12).contains(&n)));
        } else if part.len() >= 3 && MONTHS.iter().any(|m| m.starts_with(part)) {
            words += 1;
        } else if !matches!(part, "am" | "pm" | "a" | "p") {
            return false;
        }
    }
    let timed = lower.contains(':');
    let dated = lower.contains(['/', '-']) && (small > 0 || numbers > 3);
    numbers > 0 && (2..8).contains(&all) && (timed || words == 1 || dated && words == 0)
}

/// A year, month and day with months and days running over, as DATE takes them.
pub fn date(year: i64, month: i64, day: i64, date1904: bool) -> Option<f64> {
    let year = if (0..1900).contains(&year) {
        year + 1900
    } else {
        year
    };
    let months = year.checked_mul(12)?.checked_add(month - 1)?;
    let (y, m) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let first = NaiveDate::from_ymd_opt(i32::try_from(y).ok()?, u32::try_from(m).ok()?, 1)?;
    let serial = from_date(first, date1904)? + (day - 1) as f64;
    (0.0..2_958_466.0).contains(&serial).then_some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_dates_somewhere_are_told_from_others() {
        for text in [
            "1/2/2026",
            "30 Sep 2026",
            "May 1",
            "12:30",
            "9:05 pm",
            "1-2",
            "2026-09-30",
            "Sept 2026",
        ] {
            assert!(may_be_date(text), "{text}");
        }
        for text in [
            "Area 1",
            "PF-ROT-001",
            "2023-24",
            "020 7946 0000",
            "1.2.3",
            "12",
            "a/b",
            "Q1 2026",
            "1 of 2",
            "",
            "é 1/2",
        ] {
            assert!(!may_be_date(text), "{text}");
        }
    }

    #[test]
    fn days_are_numbered_as_excel_numbers_them() {
        for (iso, n) in [
            ("1900-01-01", 1.0),
            ("1900-02-28", 59.0),
            ("1900-03-01", 61.0),
            ("2026-09-30", 46_295.0),
        ] {
            assert_eq!(parse_iso(iso, false), Some(n), "{iso}");
        }
        assert_eq!(parse_iso("1904-01-01", true), Some(0.0));
        assert_eq!(parse_iso("2026-09-30", true), Some(46_295.0 - 1462.0));
        assert_eq!(parse_iso("1899-12-31", false), None);
        assert_eq!(parse_iso("2026-09-30T12:00", false), Some(46_295.5));
        assert_eq!(to_date(60.0, false), Some((1900, 2, 29)));
        assert_eq!(to_date(61.0, false), Some((1900, 3, 1)));
        assert_eq!(
            date(2026, 14, 31, false),
            from_date(
                NaiveDate::from_ymd_opt(2027, 3, 3).unwrap_or_default(),
                false
            )
        );
    }
}
