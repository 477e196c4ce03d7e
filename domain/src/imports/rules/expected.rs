//! Which lines that count an extract of a period should have again.

use chrono::NaiveDate;

use crate::calendar::rules::{first_of_month, last_of_month};

/// Whether an extract of the days from one to another holds a line: by when the ledger posted it,
/// where it says so; otherwise by its ledger month, which must be wholly within; otherwise by when
/// goods or services were received.
#[must_use]
pub fn belongs(
    (from, to): (NaiveDate, NaiveDate),
    incurred_on: NaiveDate,
    posted_on: Option<NaiveDate>,
    ledger_month: Option<NaiveDate>,
) -> bool {
    let within = |on: NaiveDate| from <= on && on <= to;
    match (posted_on, ledger_month) {
        (Some(posted), _) => within(posted),
        (None, Some(month)) => within(first_of_month(month)) && within(last_of_month(month)),
        (None, None) => within(incurred_on),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_belongs_to_the_period_in_which_the_ledger_has_it() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let october = (day("2026-10-01"), day("2026-10-31"));
        let received = day("2026-09-12");
        assert!(!belongs(october, received, None, None));
        assert!(belongs(october, received, Some(day("2026-10-02")), None));
        assert!(belongs(october, received, None, Some(day("2026-10-01"))));
        // posted in November for October’s ledger: the extract goes by postings
        let posted = Some(day("2026-11-02"));
        assert!(!belongs(
            october,
            day("2026-10-30"),
            posted,
            Some(day("2026-10-01"))
        ));
        // an extract of half a month does not hold the whole month
        let half = (day("2026-10-01"), day("2026-10-15"));
        assert!(!belongs(
            half,
            day("2026-10-03"),
            None,
            Some(day("2026-10-01"))
        ));
        assert!(belongs(half, day("2026-10-03"), None, None));
    }
}
