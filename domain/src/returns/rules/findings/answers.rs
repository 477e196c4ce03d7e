//! Findings about single answers: empty, too long, not in their list.

use entity::FieldKind;
use serde_json::Value;

use super::super::answers::words;
use super::super::measures::is_sign_off;
use super::{Checked, Finding, Severity};

pub(super) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in checked.form.fields.iter().filter(|f| !is_sign_off(f)) {
        let Some(answer) = checked.answer(&field.key) else {
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
    found
}
