//! Findings about answers that are of the right kind and hardly true: a year smaller than its
//! quarter, a telephone number of five digits, a figure with two noughts too many.

use entity::{FieldKind, Money};
use serde_json::Value;

use super::super::measures::{actual_days, says_forecast, spent};
use super::{Checked, Finding, Severity};
use crate::forms::store::Field;

/// The shortest number that reaches somebody from anywhere in the country.
const FEWEST_DIGITS: usize = 10;

/// A figure so many times the last one is more likely a slip than news.
const TIMES: u64 = 100;

/// Below this a hundredfold is nothing to ask about: a thousand pounds, in pence.
const SMALL: u64 = 1_000_00;

pub(super) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in &checked.form.fields {
        match checked.answer(&field.key) {
            Some(Value::Number(number)) if field.kind == FieldKind::Money => {
                if let Some(pence) = number.as_i64() {
                    below_its_part(checked, field, Money(pence), &mut found);
                    below_nothing(checked, field, Money(pence), &mut found);
                    far_from_the_last(checked, field, Money(pence), &mut found);
                }
            }
            // An account of something has a word limit; where to reach somebody has none.
            Some(Value::String(text))
                if field.kind == FieldKind::Text && field.word_limit.is_none() =>
            {
                reaches_nobody(checked, field, text, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// A figure of some time is smaller than one of a part of that time. Where the ledger itself says
/// so, because of a credit, there is nothing to ask.
fn below_its_part(checked: &Checked<'_>, field: &Field, whole: Money, found: &mut Vec<Finding>) {
    let days = |field: &Field| actual_days(field, checked.facts, checked.span);
    let (Some(binding), Some((from, to))) = (&field.binding, days(field)) else {
        return;
    };
    let parts = checked.form.fields.iter().filter_map(|part| {
        let bound = part.binding.as_ref()?;
        let (starts, ends) = days(part)?;
        let inside = from <= starts && ends <= to && (from, to) != (starts, ends);
        let amount = Money(checked.answer(&part.key)?.as_i64()?);
        let ledger = |from, to| spent(checked.facts, &binding.filters, from, to);
        let step = Money(field.rounding.step().max(part.rounding.step()));
        let explained = ledger(from, to) < ledger(starts, ends);
        (inside && bound.filters == binding.filters && !explained && whole.plus(step)? < amount)
            .then_some((part, amount))
    });
    if let Some((part, amount)) = parts.max_by_key(|(_, amount)| *amount) {
        found.push(checked.about(
            field,
            Severity::Warning,
            "below-its-part",
            format!(
                "“{}” says {}, less than the {} of “{}” ({}, cell {}), which is a part of it.",
                field.label,
                whole.in_full(),
                amount.in_full(),
                part.label,
                part.sheet,
                part.cell
            ),
            "Correct one of the two, or say why the whole is smaller than its part.",
        ));
    }
}

fn below_nothing(checked: &Checked<'_>, field: &Field, said: Money, found: &mut Vec<Finding>) {
    if said < Money::ZERO && says_forecast(field, checked.facts, checked.span).is_some() {
        found.push(checked.about(
            field,
            Severity::Warning,
            "negative-forecast",
            format!(
                "“{}” expects {}: less than nothing will be spent.",
                field.label,
                said.in_full()
            ),
            "Enter what will be spent, or say which credit is expected.",
        ));
    }
}

fn far_from_the_last(checked: &Checked<'_>, field: &Field, said: Money, found: &mut Vec<Finding>) {
    let last = checked.facts.previous.as_ref().filter(|last| last.sent);
    let Some(then) = last.and_then(|last| last.answers.get(&field.key)?.as_i64()) else {
        return;
    };
    let (now, before) = (said.pence().unsigned_abs(), then.unsigned_abs());
    if before == 0 || now < SMALL || now <= before.saturating_mul(TIMES) {
        return;
    }
    found.push(checked.about(
        field,
        Severity::Warning,
        "far-from-last-return",
        format!(
            "“{}” says {}, more than {TIMES} times the {} of the last return.",
            field.label,
            said.in_full(),
            Money(then).in_full()
        ),
        "Look whether it is in the right unit, pounds or pence; if it is right, say why.",
    ));
}

/// What a label asks for, where it asks how to reach somebody.
fn asks(label: &str) -> (bool, bool) {
    let label = label.to_lowercase().replace("e-mail", "email");
    let words: Vec<&str> = label
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    // "How did the telephone line help people?" asks for a story.
    let short = words.len() <= 3;
    let telephone = has(&["telephone", "phone", "tel", "mobile"])
        && (short && !has(&["line", "calls", "support"]) || has(&["number", "no"]))
        && !has(&["of", "how"]);
    let email = has(&["email", "emails"])
        && (short || has(&["address", "contact"]))
        && !has(&["of", "how"]);
    (telephone, email)
}

fn reaches_nobody(checked: &Checked<'_>, field: &Field, text: &str, found: &mut Vec<Finding>) {
    let (telephone, email) = asks(&field.label);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if telephone && digits < FEWEST_DIGITS {
        found.push(checked.about(
            field,
            Severity::Warning,
            "no-telephone-number",
            format!(
                "“{}” has {digits} {}; a telephone number has at least {FEWEST_DIGITS}.",
                field.label,
                if digits == 1 { "digit" } else { "digits" }
            ),
            "Enter the whole number, with its area code.",
        ));
    }
    if email && !text.split([' ', '\n', '\t', ';', ',']).any(is_an_address) {
        found.push(checked.about(
            field,
            Severity::Warning,
            "no-email-address",
            format!("“{}” has no e-mail address.", field.label),
            "Enter the whole address, such as name@example.org.",
        ));
    }
}

/// Whether a word may be an e-mail address: something, an at sign, a name with a point in it.
fn is_an_address(word: &str) -> bool {
    let word = word
        .trim_matches(['<', '>', '(', ')'])
        .trim_end_matches('.');
    word.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.contains('@')
            && host.contains('.')
            && host.split('.').all(|part| !part.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_asks_how_to_reach_somebody_or_it_does_not() {
        for label in ["Telephone number", "Contact phone no.", "Tel", "Telephone"] {
            assert_eq!(asks(label), (true, false), "{label}");
        }
        for label in ["E-mail", "Email address", "Contact e-mail address"] {
            assert_eq!(asks(label), (false, true), "{label}");
        }
        assert_eq!(asks("Telephone number and email address"), (true, true));
        for label in [
            "Number of telephone calls answered",
            "How did the telephone line help?",
            "Telephone support",
            "How many emails were sent",
            "Telling people",
        ] {
            assert_eq!(asks(label), (false, false), "{label}");
        }
    }

    #[test]
    fn an_address_has_a_name_and_a_host() {
        for good in ["a@b.org", "<priya.nair@example.org>"] {
            assert!(is_an_address(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.org", "a@@b.org", "a@b..org", "a@."] {
            assert!(!is_an_address(bad), "{bad}");
        }
    }
}
