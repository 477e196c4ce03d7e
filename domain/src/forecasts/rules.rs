//! What may be forecast.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{CostCategoryId, Money, PaysFor};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{first_of_month, is_first_of_month};

/// Most entries at once: a grid of twenty lines over ten years.
pub const MOST_ENTRIES: usize = 2_400;

/// What an award allows to be forecast.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Capital, revenue or both.
    pub pays_for: PaysFor,
    /// The categories that it may pay for; none means all.
    pub categories: BTreeSet<CostCategoryId>,
}

/// One place of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The month's first day.
    pub month: NaiveDate,
    /// The cost category, if any.
    pub category: Option<CostCategoryId>,
    /// Capital, or revenue.
    pub capital: bool,
}

impl Bounds {
    /// Whether a month is one of the award's.
    #[must_use]
    pub fn holds(&self, month: NaiveDate) -> bool {
        first_of_month(self.starts_on) <= month && month <= self.ends_on
    }

    /// Whether capital, or revenue, is paid for.
    #[must_use]
    pub const fn pays(&self, capital: bool) -> bool {
        self.pays_for.pays(capital)
    }
}

/// What is wrong with a month and the kind of spend in it. `at` is the entry's pointer.
#[must_use]
pub fn check_month(
    bounds: &Bounds,
    month: NaiveDate,
    capital: bool,
    amount: Option<Money>,
    at: &str,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if !is_first_of_month(month) {
        wrong.push(FieldError::new(
            format!("{at}/month"),
            "not-a-month",
            "Name a month by its first day, such as 2026-09-01.",
        ));
    } else if !bounds.holds(month) {
        wrong.push(FieldError::new(
            format!("{at}/month"),
            "outside-the-award",
            "The award does not run in this month.",
        ));
    }
    if !bounds.pays(capital) {
        wrong.push(FieldError::new(
            format!("{at}/capital"),
            "not-paid-for",
            if capital {
                "The award does not pay for capital."
            } else {
                "The award does not pay for revenue."
            },
        ));
    }
    if amount.is_some_and(|amount| !is_amount(amount)) {
        wrong.push(FieldError::new(
            format!("{at}/amount_pence"),
            "out-of-range",
            "Enter an amount of at least nothing and at most a trillion pounds.",
        ));
    }
    wrong
}

/// What is wrong with forecasts for an award. An entry without amount takes one back.
#[must_use]
pub fn check(bounds: &Bounds, entries: &[(Place, Option<Money>)]) -> Vec<FieldError> {
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        return vec![FieldError::new(
            "/entries",
            "out-of-range",
            format!("Send between 1 and {MOST_ENTRIES} entries."),
        )];
    }
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, (place, amount)) in entries.iter().enumerate() {
        let at = format!("/entries/{index}");
        wrong.extend(check_month(
            bounds,
            place.month,
            place.capital,
            *amount,
            &at,
        ));
        if let Some(category) = place.category
            && !bounds.categories.is_empty()
            && !bounds.categories.contains(&category)
        {
            wrong.push(FieldError::new(
                format!("{at}/category_id"),
                "not-paid-for",
                "The award does not pay for this cost category.",
            ));
        }
        if !seen.insert(*place) {
            wrong.push(FieldError::new(
                at,
                "twice",
                "Enter each month, category and kind once.",
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn forecasts_stay_inside_their_award() {
        let (own, strange) = (CostCategoryId::new(), CostCategoryId::new());
        let bounds = Bounds {
            starts_on: day("2026-04-15"),
            ends_on: day("2026-06-10"),
            pays_for: PaysFor::Revenue,
            categories: BTreeSet::from([own]),
        };
        let codes = |month: &str, category, capital, amount: i64| -> Vec<String> {
            let place = Place {
                month: day(month),
                category,
                capital,
            };
            check(&bounds, &[(place, Some(Money(amount)))])
                .into_iter()
                .map(|wrong| wrong.code)
                .collect()
        };
        let nothing: Vec<String> = Vec::new();
        assert_eq!(codes("2026-04-01", Some(own), false, 0), nothing);
        assert_eq!(codes("2026-06-01", None, false, 1), nothing);
        assert_eq!(codes("2026-03-01", None, false, 1), ["outside-the-award"]);
        assert_eq!(codes("2026-07-01", None, false, 1), ["outside-the-award"]);
        assert_eq!(codes("2026-06-02", None, false, 1), ["not-a-month"]);
        assert_eq!(codes("2026-06-01", None, true, 1), ["not-paid-for"]);
        assert_eq!(
            codes("2026-06-01", Some(strange), false, 1),
            ["not-paid-for"]
        );
        assert_eq!(codes("2026-06-01", None, false, -1), ["out-of-range"]);
    }

    #[test]
    fn each_place_is_entered_once() {
        let bounds = Bounds {
            starts_on: day("2026-04-01"),
            ends_on: day("2027-03-31"),
            pays_for: PaysFor::Both,
            categories: BTreeSet::new(),
        };
        let place = Place {
            month: day("2026-04-01"),
            category: None,
            capital: false,
        };
        let other = Place {
            capital: true,
            ..place
        };
        assert!(check(&bounds, &[(place, None), (other, None)]).is_empty());
        let wrong = check(&bounds, &[(place, None), (other, None), (place, None)]);
        assert_eq!(wrong.len(), 1);
        assert_eq!(
            (wrong[0].pointer.as_str(), wrong[0].code.as_str()),
            ("/entries/2", "twice")
        );
        assert_eq!(check(&bounds, &[]).len(), 1);
    }
}
