//! What may be recorded as match.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::Money;

use crate::FieldError;
use crate::forecasts::rules::{Bounds, check_month};

/// Most entries at once.
pub const MOST_ENTRIES: usize = 2_400;

/// One entry as its rules see it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Whose money.
    pub source: &'a str,
    /// Given in kind.
    pub in_kind: bool,
    /// How something in kind is valued.
    pub valued_how: Option<&'a str>,
    /// The month's first day.
    pub month: NaiveDate,
    /// Capital, or revenue.
    pub capital: bool,
    /// How much; none takes the earlier entry back.
    pub amount: Option<Money>,
    /// Promised in writing.
    pub secured: bool,
    /// What shows it.
    pub evidence: Option<&'a str>,
}

/// What is wrong with match for an award. Whether the award itself pays for capital does not
/// matter: match is somebody else's money.
#[must_use]
pub fn check(bounds: &Bounds, entries: &[Entry<'_>]) -> Vec<FieldError> {
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        return vec![FieldError::new(
            "/entries",
            "out-of-range",
            format!("Send between 1 and {MOST_ENTRIES} entries."),
        )];
    }
    let bounds = Bounds {
        pays_for: entity::PaysFor::Both,
        ..bounds.clone()
    };
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = format!("/entries/{index}");
        wrong.extend(check_month(
            &bounds,
            entry.month,
            entry.capital,
            entry.amount,
            &at,
        ));
        let said = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        if entry.source.trim().is_empty() || entry.source.chars().count() > 200 {
            wrong.push(FieldError::new(
                format!("{at}/source"),
                "length",
                "Say whose money it is, in at most 200 characters.",
            ));
        }
        for (field, text) in [
            ("valued_how", entry.valued_how),
            ("evidence", entry.evidence),
        ] {
            if text.is_some_and(|text| text.chars().count() > 500) {
                wrong.push(FieldError::new(
                    format!("{at}/{field}"),
                    "length",
                    "Use at most 500 characters.",
                ));
            }
        }
        if entry.amount.is_some() && entry.in_kind && !said(entry.valued_how) {
            wrong.push(FieldError::new(
                format!("{at}/valued_how"),
                "missing",
                "Say how what is given in kind was valued.",
            ));
        }
        if entry.amount.is_some() && entry.secured && !said(entry.evidence) {
            wrong.push(FieldError::new(
                format!("{at}/evidence"),
                "missing",
                "Say what shows that it is secured, such as a letter or a minute.",
            ));
        }
        if !seen.insert((
            entry.source.trim(),
            entry.in_kind,
            entry.month,
            entry.capital,
        )) {
            wrong.push(FieldError::new(
                at,
                "twice",
                "Enter each source, month and kind once.",
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use entity::PaysFor;

    use super::*;

    #[test]
    fn match_says_whose_it_is_how_it_is_valued_and_what_shows_it() {
        let bounds = Bounds {
            starts_on: "2026-04-01".parse().unwrap(),
            ends_on: "2027-03-31".parse().unwrap(),
            pays_for: PaysFor::Revenue,
            categories: BTreeSet::new(),
        };
        let good = Entry {
            source: "Northmoor Outreach volunteers",
            in_kind: true,
            valued_how: Some("The county’s volunteer rate"),
            month: "2026-05-01".parse().unwrap(),
            capital: true,
            amount: Some(Money(420_000)),
            secured: true,
            evidence: Some("Timesheets"),
        };
        let wrong = |entries: &[Entry<'_>]| -> Vec<String> {
            check(&bounds, entries)
                .into_iter()
                .map(|found| format!("{} {}", found.pointer, found.code))
                .collect()
        };
        let nothing: Vec<String> = Vec::new();
        assert_eq!(wrong(std::slice::from_ref(&good)), nothing);
        let poor = Entry {
            source: " ",
            valued_how: None,
            evidence: Some("  "),
            month: "2028-05-01".parse().unwrap(),
            amount: Some(Money(-1)),
            ..good.clone()
        };
        assert_eq!(
            wrong(&[good.clone(), poor, good.clone()]),
            [
                "/entries/1/month outside-the-award",
                "/entries/1/amount_pence out-of-range",
                "/entries/1/source length",
                "/entries/1/valued_how missing",
                "/entries/1/evidence missing",
                "/entries/2 twice",
            ]
        );
        // taking an entry back needs no evidence
        let back = Entry {
            amount: None,
            valued_how: None,
            evidence: None,
            ..good
        };
        assert_eq!(wrong(&[back]), nothing);
    }
}
