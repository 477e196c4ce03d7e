//! Findings about single answers: empty, too long, not in their list.

use std::collections::BTreeMap;

use entity::FieldKind;
use serde_json::Value;

use super::super::answers::words;
use super::super::measures::{is_sign_off, says_forecast};
use super::{Checked, Finding, Severity};
use crate::calendar::rules::months_in_words;

pub(super) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut not_forecast = BTreeMap::<_, usize>::new();
    for field in checked.form.fields.iter().filter(|f| !is_sign_off(f)) {
        let Some(answer) = checked.answer(&field.key) else {
            if let Some(days) = says_forecast(field, checked.facts, checked.span) {
                *not_forecast.entry(days).or_default() += 1;
            }
            if field.required {
                found.push(checked.about(
                    field,
                    Severity::Error,
                    "required-empty",
                    format!("“{}” has no answer.", field.label),
                    "Answer it.",
                ));
            }
            continue;
        };
        if let (Some(limit), Value::String(text)) = (field.word_limit, answer) {
            let count = words(text);
            if usize::try_from(limit).is_ok_and(|limit| count > limit) {
                found.push(checked.about(
                    field,
                    Severity::Error,
                    "word-limit",
                    format!(
                        "“{}” has {count} words; the funder takes {limit}.",
                        field.label
                    ),
                    "Shorten it.",
                ));
            }
        }
        if let (FieldKind::Choice, Value::String(text)) = (field.kind, answer)
            && !field.choices.iter().any(|choice| choice == text)
        {
            found.push(checked.about(
                field,
                Severity::Error,
                "not-in-list",
                format!("“{text}” is not one of the answers to “{}”.", field.label),
                "Choose one of the list.",
            ));
        }
    }
    for ((from, to), empty) in not_forecast {
        found.push(checked.overall(
            Severity::Warning,
            "nothing-forecast",
            format!(
                "Nobody has forecast what {} will spend in {}: {}.",
                checked.facts.award.title,
                months_in_words(from, to),
                match empty {
                    1 => "1 answer is empty".to_owned(),
                    many => format!("{many} answers are empty"),
                }
            ),
            "Enter the forecast, also where it is nothing, and the draft takes it in; or answer \
             here.",
        ));
    }
    found
}
