//! What these pages share: the shapes of their templates, and words.

use chrono::{Datelike, NaiveDate};
use domain::Money;
use domain::imports::rules::{AmountRules, parse_money};
use domain::imports::view::ImportView;
use entity::ImportState;

/// One of several to choose from.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub value: String,
    pub text: String,
    pub hint: String,
    pub selected: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, text: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self {
            selected: value == chosen,
            value,
            text: text.into(),
            hint: String::new(),
        }
    }
}

/// Where to go on in a long list.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    pub sentence: String,
    pub previous_href: String,
    pub next_href: String,
}

/// Something that happened.
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub what: String,
    pub who: String,
    pub when: String,
    pub why: String,
}

/// A state in words, and its shape.
pub fn state(import: &ImportView) -> (&'static str, &'static str) {
    match import.state {
        ImportState::Reading => ("Being read", "doing"),
        ImportState::Waiting => ("Waiting for decisions", "waiting"),
        ImportState::Ready if import.waits_for.is_empty() => ("Ready to accept", "todo"),
        ImportState::Ready => ("Does not agree", "late"),
        ImportState::Accepted => ("Accepted", "done"),
        ImportState::Abandoned => ("Given up", "off"),
        ImportState::Failed => ("Cannot be read", "wrong"),
    }
}

/// `October 2026`, or both dates where it is not one month.
pub fn period(from: NaiveDate, to: NaiveDate) -> String {
    let whole = from.day() == 1
        && to.succ_opt().is_some_and(|next| next.day() == 1)
        && (from.year(), from.month()) == (to.year(), to.month());
    if whole {
        from.format("%B %Y").to_string()
    } else {
        format!("{} to {}", short(from), short(to))
    }
}

/// `3 October 2026`.
pub fn short(on: NaiveDate) -> String {
    on.format("%-d %B %Y").to_string()
}

/// Months that somebody typed: `September 2026`, `Sep 2026`, `2026-09`, `09/2026`; also several,
/// `July to September 2026`.
pub fn months(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let Some((first, last)) = text.split_once(" to ") else {
        return month(text);
    };
    let (_, to) = month(last)?;
    // "July to September 2026" leaves the year out at first.
    let (from, _) = month(first).or_else(|| month(&format!("{} {}", first.trim(), to.year())))?;
    (from <= to).then_some((from, to))
}

fn month(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let text = text.trim();
    let first = ["%d %B %Y", "%d %b %Y", "%d %Y-%m", "%d %m/%Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(&format!("1 {text}"), form).ok())?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    Some((first, next.pred_opt()?))
}

/// Pounds that somebody typed, in pence.
pub fn pounds(text: &str) -> Option<i64> {
    parse_money(text, &AmountRules::default()).ok()
}

pub fn money(pence: i64) -> String {
    Money(pence).in_full()
}

/// `1 row`, `2,417 rows`.
pub fn count(number: i64, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", grouped(number))
    }
}

/// `2,417`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_as_people_type_them() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d);
        for text in ["September 2026", "sep 2026", "2026-09", "09/2026"] {
            assert_eq!(months(text).map(|both| both.0), day(9, 1), "{text}");
            assert_eq!(months(text).map(|both| both.1), day(9, 30), "{text}");
        }
        assert_eq!(months("soon"), None);
        let quarter = day(7, 1).zip(day(9, 30));
        for text in [
            "July to September 2026",
            "2026-07 to 2026-09",
            "Jul 2026 to Sep 2026",
        ] {
            assert_eq!(months(text), quarter, "{text}");
        }
        assert_eq!(months("September to July 2026"), None);
        assert_eq!(pounds("£1,234.5"), Some(123_450));
    }
}
