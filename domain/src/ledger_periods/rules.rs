//! Which months may be closed.

use chrono::NaiveDate;

use crate::FieldError;
use crate::calendar::rules::{first_of_month, is_first_of_month, is_plausible};

/// What is in the way of closing a month, seen from today.
#[must_use]
pub fn check(month: NaiveDate, today: NaiveDate) -> Option<FieldError> {
    if !is_first_of_month(month) || !is_plausible(month) {
        return Some(FieldError::new(
            "/month",
            "not-a-month",
            "Name a month by its first day, such as 2026-09-01.",
        ));
    }
    (month >= first_of_month(today)).then(|| {
        FieldError::new(
            "/month",
            "not-over",
            "A month can be closed once it is over.",
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_month_that_is_over_is_closed() {
        let code = |month: &str| {
            check(month.parse().unwrap(), "2026-10-01".parse().unwrap()).map(|wrong| wrong.code)
        };
        assert_eq!(code("2026-09-01"), None);
        assert_eq!(code("2026-10-01").as_deref(), Some("not-over"));
        assert_eq!(code("2026-09-02").as_deref(), Some("not-a-month"));
        assert_eq!(code("0026-09-01").as_deref(), Some("not-a-month"));
    }
}
