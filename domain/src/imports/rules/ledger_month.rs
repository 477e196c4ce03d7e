//! The month of a ledger period, from the ledger's own words.

use chrono::{Datelike, NaiveDate};

/// The first day of the ledger month: `2026/27 P07` and `2026-27 07` are October 2026 (a council's
/// year begins in April), `2026-10` and `10/2026` are themselves; otherwise the month of posting.
pub fn ledger_month(period: Option<&str>, posted_on: Option<NaiveDate>) -> Option<NaiveDate> {
    period
        .and_then(read)
        .or_else(|| posted_on.and_then(|date| date.with_day(1)))
}

fn read(period: &str) -> Option<NaiveDate> {
    let numbers: Vec<&str> = period
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    match numbers.as_slice() {
        [year, next, number] if year.len() == 4 && next.len() <= 2 => {
            let (year, next, number) = (year.parse::<i32>().ok()?, next, number.parse().ok()?);
            if next.parse::<i32>().ok()? != (year + 1).rem_euclid(100) {
                return None;
            }
            match number {
                1..=9 => NaiveDate::from_ymd_opt(year, number + 3, 1),
                // 13 and more are year-end adjustments: they belong to March
                10..=15 => NaiveDate::from_ymd_opt(year + 1, (number - 9_u32).min(3), 1),
                _ => None,
            }
        }
        [year, month] if year.len() == 4 && month.len() == 2 => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
        }
        [month, year] if year.len() == 4 && month.len() <= 2 => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_ledgers_words_become_a_month() {
        let month = |year, month| NaiveDate::from_ymd_opt(year, month, 1);
        assert_eq!(ledger_month(Some("2026/27 P07"), None), month(2026, 10));
        assert_eq!(ledger_month(Some("2026/27 P10"), None), month(2027, 1));
        assert_eq!(ledger_month(Some("2026-27 13"), None), month(2027, 3));
        assert_eq!(ledger_month(Some("1999/00 P01"), None), month(1999, 4));
        assert_eq!(ledger_month(Some("2026-10"), None), month(2026, 10));
        assert_eq!(ledger_month(Some("10/2026"), None), month(2026, 10));
        assert_eq!(ledger_month(Some("2026/29 P07"), None), None);
        let posted = NaiveDate::from_ymd_opt(2026, 8, 17);
        assert_eq!(ledger_month(Some("period 5"), posted), month(2026, 8));
        assert_eq!(ledger_month(None, None), None);
    }
}
