//! Counting in working days: Monday to Friday, bank holidays left out.

use chrono::{Datelike, NaiveDate};
use entity::Nation;

use super::bank_holidays::{bank_holiday_on, is_weekend};

/// Whether offices of this nation are open.
pub fn is_working_day(nation: Nation, on: NaiveDate) -> bool {
    !is_weekend(on) && bank_holiday_on(nation, on).is_none()
}

/// This day if it is a working day, otherwise the next one.
pub fn working_day_on_or_after(nation: Nation, on: NaiveDate) -> NaiveDate {
    forward(on)
        .find(|d| is_working_day(nation, *d))
        .unwrap_or(on)
}

/// This day if it is a working day, otherwise the one before.
pub fn working_day_on_or_before(nation: Nation, on: NaiveDate) -> NaiveDate {
    backward(on)
        .find(|d| is_working_day(nation, *d))
        .unwrap_or(on)
}

/// The `n`-th working day after a day, which itself does not count whether or not it is one.
/// The 0th is the day itself, unmoved.
pub fn working_days_after(nation: Nation, from: NaiveDate, n: u16) -> NaiveDate {
    nth(nation, from, n, forward(from).skip(1))
}

/// The `n`-th working day before a day, which itself does not count. The 0th is the day itself.
pub fn working_days_before(nation: Nation, from: NaiveDate, n: u16) -> NaiveDate {
    nth(nation, from, n, backward(from).skip(1))
}

/// How many working days lie after `from`, up to and including `to`; 0 if `to` is not later.
/// So a duty due on Friday is overdue by one working day on Monday, and by none on Sunday.
pub fn working_days_between(nation: Nation, from: NaiveDate, to: NaiveDate) -> u32 {
    forward(from)
        .skip(1)
        .take_while(|d| *d <= to)
        .filter(|d| is_working_day(nation, *d))
        .fold(0, |count: u32, _| count.saturating_add(1))
}

/// The `n`-th working day of a month, the first being 1. `None` if the month has fewer (each month
/// has at least 18), or there is no such month.
pub fn nth_working_day_of_month(nation: Nation, year: i32, month: u32, n: u8) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    forward(first)
        .take_while(|d| d.month() == month)
        .filter(|d| is_working_day(nation, *d))
        .nth(usize::from(n.checked_sub(1)?))
}

/// The last day of the month that a date is in.
pub fn last_of_month(on: NaiveDate) -> NaiveDate {
    (28..=31)
        .rev()
        .find_map(|day| on.with_day(day))
        .unwrap_or(on)
}

fn nth(
    nation: Nation,
    from: NaiveDate,
    n: u16,
    days: impl Iterator<Item = NaiveDate>,
) -> NaiveDate {
    let Some(index) = usize::from(n).checked_sub(1) else {
        return from;
    };
    let mut working = days.filter(|d| is_working_day(nation, *d));
    // The fallback is for dates at the far end of the calendar (the year 262142), where there is
    // no later day to give.
    working.nth(index).unwrap_or(from)
}

fn forward(from: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(from), NaiveDate::succ_opt)
}

fn backward(from: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(from), NaiveDate::pred_opt)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::bank_holidays::{NATIONS, nation_name};
    use super::*;
    use Nation::{England, NorthernIreland, Scotland};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_and_bank_holidays_are_skipped() {
        // From the Thursday before Easter 2026 the next working day is Tuesday, in Scotland Monday.
        let maundy_thursday = day("2026-04-02");
        assert_eq!(
            working_days_after(England, maundy_thursday, 1),
            day("2026-04-07")
        );
        assert_eq!(
            working_days_after(Scotland, maundy_thursday, 1),
            day("2026-04-06")
        );
        // Over Christmas 2026: Friday 25th, and Boxing Day taken on Monday 28th.
        assert_eq!(
            working_days_after(England, day("2026-12-24"), 1),
            day("2026-12-29")
        );
        assert_eq!(
            working_days_before(England, day("2026-12-29"), 1),
            day("2026-12-24")
        );
    }

    #[test]
    fn the_day_itself_does_not_count_and_zero_moves_nothing() {
        let sunday = day("2026-11-01");
        assert_eq!(working_days_after(England, sunday, 0), sunday);
        assert_eq!(working_days_after(England, sunday, 1), day("2026-11-02"));
        assert_eq!(working_days_before(England, sunday, 1), day("2026-10-30"));
    }

    #[test]
    fn moving_to_a_working_day_leaves_a_working_day_alone() {
        assert_eq!(
            working_day_on_or_after(England, day("2026-10-30")),
            day("2026-10-30")
        );
        assert_eq!(
            working_day_on_or_after(NorthernIreland, day("2026-07-11")),
            day("2026-07-14"),
            "12 July 2026 is a Sunday, so Monday 13th is taken"
        );
        assert_eq!(
            working_day_on_or_before(England, day("2027-01-01")),
            day("2026-12-31")
        );
    }

    #[test]
    fn counting_between_agrees_with_stepping() {
        for nation in NATIONS {
            let from = day("2025-12-19");
            for n in 0..300 {
                let to = working_days_after(nation, from, n);
                assert_eq!(working_days_between(nation, from, to), u32::from(n));
            }
        }
        assert_eq!(
            working_days_between(England, day("2026-10-30"), day("2026-11-01")),
            0
        );
        assert_eq!(
            working_days_between(England, day("2026-10-30"), day("2026-10-01")),
            0
        );
    }

    #[test]
    fn every_month_has_at_least_eighteen_working_days() {
        for nation in NATIONS {
            for year in 2000..=2100 {
                for month in 1..=12 {
                    assert!(
                        nth_working_day_of_month(nation, year, month, 18).is_some(),
                        "{} {year}-{month}",
                        nation_name(nation)
                    );
                }
            }
        }
        assert_eq!(nth_working_day_of_month(England, 2026, 1, 0), None);
        assert_eq!(nth_working_day_of_month(England, 2026, 1, 24), None);
        assert_eq!(nth_working_day_of_month(England, 2026, 13, 1), None);
        assert_eq!(
            nth_working_day_of_month(Scotland, 2026, 1, 1),
            Some(day("2026-01-05")),
            "2 January is a holiday in Scotland"
        );
        assert_eq!(
            nth_working_day_of_month(England, 2026, 1, 1),
            Some(day("2026-01-02"))
        );
    }

    #[test]
    fn months_end_where_they_do() {
        assert_eq!(last_of_month(day("2028-02-03")), day("2028-02-29"));
        assert_eq!(last_of_month(day("2027-02-28")), day("2027-02-28"));
        assert_eq!(last_of_month(day("2026-09-01")), day("2026-09-30"));
        assert_eq!(last_of_month(day("2026-12-31")), day("2026-12-31"));
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        assert_eq!(
            working_days_after(England, NaiveDate::MAX, 3),
            NaiveDate::MAX
        );
        assert_eq!(
            working_days_before(England, NaiveDate::MIN, 3),
            NaiveDate::MIN
        );
        assert_eq!(
            working_days_between(England, NaiveDate::MAX, NaiveDate::MAX),
            0
        );
    }
}
