//! Months, each named by its first day.

use chrono::{Datelike, Months, NaiveDate};

use crate::FieldError;

/// The first day of a date's month.
pub fn first_of_month(on: NaiveDate) -> NaiveDate {
    on.with_day(1).unwrap_or(on)
}

/// Whether a date names a month.
pub fn is_first_of_month(on: NaiveDate) -> bool {
    on.day() == 1
}

/// The first day of a date's quarter: of the financial year from April to March as of the calendar's.
pub fn first_of_quarter(on: NaiveDate) -> NaiveDate {
    let into = on.month0() % 3;
    let first = first_of_month(on);
    first.checked_sub_months(Months::new(into)).unwrap_or(first)
}

/// The months that a time touches, in order.
pub fn months_of(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(first_of_month(from)), |month| {
        month.checked_add_months(Months::new(1))
    })
    .take_while(move |month| *month <= to)
}

/// Whether a date is one that an agreement of ours can hold: it keeps a slip of the pen (the
/// year 20226) out of the database.
pub fn is_plausible(on: NaiveDate) -> bool {
    (1990..=2199).contains(&on.year())
}

/// What is wrong with a date that no agreement of ours can hold.
pub fn implausible(pointer: impl Into<String>, on: NaiveDate) -> Option<FieldError> {
    (!is_plausible(on)).then(|| {
        FieldError::new(
            pointer,
            "not-plausible",
            "Enter a date between 1990 and 2199.",
        )
    })
}

/// What is wrong with the day on which something was agreed: it must have come.
#[must_use]
pub fn not_agreed_yet(on: NaiveDate, today: NaiveDate) -> Option<FieldError> {
    (!is_plausible(on) || on > today).then(|| {
        FieldError::new(
            "/agreed_on",
            "not-yet",
            "Enter the day on which it was agreed, not one to come.",
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_quarter_begins_in_january_april_july_and_october() {
        for (on, first) in [
            ("2026-04-01", "2026-04-01"),
            ("2026-06-30", "2026-04-01"),
            ("2026-12-31", "2026-10-01"),
            ("2027-03-31", "2027-01-01"),
        ] {
            let on: NaiveDate = on.parse().unwrap();
            assert_eq!(first_of_quarter(on).to_string(), first);
        }
    }

    #[test]
    fn a_time_touches_the_months_of_its_ends_and_all_between() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let months: Vec<_> = months_of(day("2026-11-30"), day("2027-02-01")).collect();
        assert_eq!(
            months,
            ["2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01"].map(day)
        );
        assert_eq!(months_of(day("2026-05-02"), day("2026-04-30")).count(), 0);
        assert!(is_first_of_month(first_of_month(day("2028-02-29"))));
        assert!(is_plausible(day("2026-01-01")));
        assert!(!is_plausible(NaiveDate::from_ymd_opt(20226, 1, 1).unwrap()));
    }
}
