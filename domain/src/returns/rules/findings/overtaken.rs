//! Figures that newer facts would make others: what goes on is what the books say today.

use entity::{FieldKind, Money};
use serde_json::Value;

use super::super::words::listed;
use super::{Checked, Finding, Severity};

/// An answer that stands as it was drafted, and would be drafted otherwise today.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Overtaken {
    /// The field's key.
    pub key: String,
    /// As it stands; null where there is none.
    pub stands: Value,
    /// As the facts say it now; null where they say nothing.
    pub now: Value,
}

/// How many are told one by one.
const TOLD: usize = 2;

/// One error for all of them: it is mended in one step.
pub(super) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    if checked.overtaken.is_empty() {
        return Vec::new();
    }
    let mut told: Vec<String> = checked
        .overtaken
        .iter()
        .take(TOLD)
        .filter_map(|one| {
            let field = checked.form.field(&one.key)?;
            let amount = |value: &Value| match (field.kind, value.as_i64()) {
                (FieldKind::Money, Some(pence)) => Some(Money(pence).in_full()),
                _ => None,
            };
            Some(match (amount(&one.stands), amount(&one.now)) {
                (Some(stands), Some(now)) => {
                    format!("“{}” says {stands} and would be {now}", field.label)
                }
                _ => format!("“{}” would be answered otherwise", field.label),
            })
        })
        .collect();
    let more = checked.overtaken.len().saturating_sub(told.len());
    if more > 0 {
        told.push(if more == 1 {
            "one more answer would be another".to_owned()
        } else {
            format!("{more} more answers would be others")
        });
    }
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    vec![checked.overall(
        Severity::Error,
        "newer-facts",
        format!(
            "Newer facts have arrived since these figures were drafted: {}.",
            listed(&told)
        ),
        if checked.offered {
            "Send it back, or take it back: then bring the figures up to date and send it on again."
        } else {
            "Bring the figures up to date, and look at what changed."
        },
    )]
}
