//! What an answer may be, what is written into its cell, and the hash that binds them all.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::FieldKind;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::FieldError;
use crate::forms::rules::{Rounding, Unit};
use crate::forms::store::Field;
use crate::returns::workbook::CellValue;

/// The most that a spreadsheet keeps in one cell.
const LONGEST_TEXT: usize = 32_767;

/// The largest amount that is taken: ten thousand million pounds.
const LARGEST_PENCE: u64 = 1_000_000_000_000;

/// The value to keep, or what is wrong with it. Only a value of another kind is refused here; what
/// a funder would not take (too many words, not in the list) is a finding.
pub fn check_value(kind: FieldKind, value: &Value) -> Result<Value, FieldError> {
    let wrong = |detail: &str| Err(FieldError::new("/value", "wrong-kind", detail));
    match (kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (FieldKind::Money, Value::Number(number)) => match whole(number) {
            Some(pence) if pence.unsigned_abs() <= LARGEST_PENCE => Ok(Value::from(pence)),
            _ => wrong("Enter an amount in whole pence, below ten thousand million pounds."),
        },
        (FieldKind::Money, _) => {
            wrong("Enter an amount in whole pence, as a number: 125000 is £1,250.")
        }
        (FieldKind::Number, Value::Number(number)) if is_plain(&number.to_string()) => {
            Ok(value.clone())
        }
        (FieldKind::Number, _) => {
            wrong("Enter a number of at most 15 digits, with at most 6 after the point.")
        }
        (FieldKind::Date, Value::String(text)) => match text.parse::<NaiveDate>() {
            Ok(date) => Ok(Value::from(date.to_string())),
            Err(_) => wrong("Enter a date, such as 2026-06-30."),
        },
        (FieldKind::Date, _) => wrong("Enter a date, such as 2026-06-30."),
        (FieldKind::YesNo, Value::Bool(_)) => Ok(value.clone()),
        (FieldKind::YesNo, _) => wrong("Choose yes or no."),
        (FieldKind::Text | FieldKind::Choice, Value::String(text)) => {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            if text.chars().count() > LONGEST_TEXT {
                return wrong("A cell of a spreadsheet holds at most 32,767 characters.");
            }
            if text
                .chars()
                .any(|c| c.is_control() && c != '\n' && c != '\t')
            {
                return wrong("Remove the characters that cannot be printed.");
            }
            Ok(if text.trim().is_empty() {
                Value::Null
            } else {
                Value::from(text)
            })
        }
        (FieldKind::Text, _) => wrong("Enter text."),
        (FieldKind::Choice, _) => wrong("Choose one of the list."),
    }
}

/// A whole number, however it was written: some languages know no other numbers than `125000.0`.
fn whole(number: &serde_json::Number) -> Option<i64> {
    number
        .as_i64()
        .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
}

/// Digits with at most one point, as both people and spreadsheets write a number.
fn is_plain(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    (1..=15).contains(&whole.len())
        && (1..=6).contains(&part.len())
        && [whole, part]
            .iter()
            .all(|half| half.chars().all(|c| c.is_ascii_digit()))
}

/// Words as word limits count them.
#[must_use]
pub fn words(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

/// What is written into a field's cell. Money is rounded here, and only here.
pub(crate) fn cell_value(field: &Field, value: &Value) -> CellValue {
    match (field.kind, value) {
        (_, Value::Null) => CellValue::Nothing,
        (FieldKind::Money, Value::Number(number)) => number.as_i64().map_or_else(
            || CellValue::Nothing,
            |pence| CellValue::Number(money_digits(pence, field.unit, field.rounding)),
        ),
        (_, Value::Number(number)) => CellValue::Number(number.to_string()),
        (FieldKind::YesNo, Value::Bool(truth)) => {
            let word = field.choices.get(usize::from(!*truth)).map(String::as_str);
            CellValue::Text(word.unwrap_or(if *truth { "Yes" } else { "No" }).to_owned())
        }
        (_, Value::Bool(truth)) => CellValue::Truth(*truth),
        (FieldKind::Date, Value::String(text)) => text
            .parse()
            .map_or_else(|_| CellValue::Text(text.clone()), CellValue::Date),
        (_, Value::String(text)) => CellValue::Text(text.clone()),
        (_, other) => CellValue::Text(other.to_string()),
    }
}

/// An amount as its cell shows it: rounded, halves away from nothing, then in its unit.
fn money_digits(pence: i64, unit: Unit, rounding: Rounding) -> String {
    let step = rounding.step().unsigned_abs();
    let size = pence.unsigned_abs();
    let rounded = size.saturating_add(step / 2) / step * step;
    let sign = if pence < 0 && rounded > 0 { "-" } else { "" };
    let (scale, places) = match unit {
        Unit::Pounds => (100, 2),
        Unit::Thousands => (100_000, 5),
    };
    let (whole, part) = (rounded / scale, rounded % scale);
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:0places$}");
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// The hash that boards agree to and officers sign: the form and every answer. An emptied answer
/// and a missing one are the same.
#[must_use]
pub fn content_hash(form_sha256: &str, answers: &BTreeMap<String, Value>) -> String {
    let mut hash = Sha256::new();
    hash.update(form_sha256.as_bytes());
    hash.update(b"\n");
    for (key, value) in answers.iter().filter(|(_, value)| !value.is_null()) {
        // Keys hold no tab or line feed, and JSON escapes those of a text.
        hash.update(key.as_bytes());
        hash.update(b"\t");
        hash.update(value.to_string().as_bytes());
        hash.update(b"\n");
    }
    crate::audit::hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_of_another_kind_is_refused_with_its_pointer() {
        let refused = [
            (FieldKind::Money, json!("12")),
            (FieldKind::Money, json!(12.5)),
            (FieldKind::Money, json!(9_000_000_000_000_i64)),
            (FieldKind::Number, json!("12")),
            (FieldKind::Number, json!(1e30)),
            (FieldKind::Date, json!("30/06/2026")),
            (FieldKind::YesNo, json!("yes")),
            (FieldKind::Text, json!(1)),
            (FieldKind::Text, json!("a\u{0}b")),
            (FieldKind::Choice, json!(true)),
        ];
        for (kind, value) in refused {
            let error = check_value(kind, &value).unwrap_err();
            assert_eq!(error.pointer, "/value", "{kind:?} {value}");
        }
        assert_eq!(
            check_value(FieldKind::Text, &json!("a\r\nb")).unwrap(),
            json!("a\nb")
        );
        assert_eq!(
            check_value(FieldKind::Text, &json!("  ")).unwrap(),
            Value::Null
        );
        assert_eq!(
            check_value(FieldKind::Number, &json!(12.5)).unwrap(),
            json!(12.5)
        );
    }

    #[test]
    fn money_is_rounded_in_its_cell() {
        let digits = |pence, unit, rounding| money_digits(pence, unit, rounding);
        assert_eq!(
            digits(12_345_678, Unit::Pounds, Rounding::Pence),
            "123456.78"
        );
        assert_eq!(digits(12_345_650, Unit::Pounds, Rounding::Pounds), "123457");
        assert_eq!(
            digits(-12_345_650, Unit::Pounds, Rounding::Pounds),
            "-123457"
        );
        assert_eq!(
            digits(12_345_650, Unit::Thousands, Rounding::Pounds),
            "123.457"
        );
        assert_eq!(
            digits(12_345_650, Unit::Thousands, Rounding::Thousands),
            "123"
        );
        assert_eq!(digits(-49, Unit::Pounds, Rounding::Pounds), "0");
        assert_eq!(digits(-5, Unit::Pounds, Rounding::Pence), "-0.05");
    }

    #[test]
    fn the_hash_binds_the_form_and_every_answer() {
        let answers = |list: &[(&str, Value)]| -> BTreeMap<String, Value> {
            list.iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect()
        };
        let one = content_hash("aa", &answers(&[("a", json!(1)), ("b", json!("x\ty\n"))]));
        assert_eq!(one.len(), 64);
        let same = answers(&[("b", json!("x\ty\n")), ("a", json!(1)), ("c", Value::Null)]);
        assert_eq!(one, content_hash("aa", &same));
        let other = answers(&[("a", json!(2)), ("b", json!("x\ty\n"))]);
        assert_ne!(one, content_hash("aa", &other));
        assert_ne!(one, content_hash("ab", &same));
    }

    #[test]
    fn words_are_counted_as_people_count_them() {
        assert_eq!(words("One, two – three\nfour-five  "), 4);
    }
}
