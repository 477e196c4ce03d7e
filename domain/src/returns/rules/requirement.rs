//! What an award asks to be reported.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::FieldError;
use crate::forms::rules::{Fact, Measure};
use crate::forms::store::Form;

/// An office that signs, with the funder's exact words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The office, such as "Section 151 officer".
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub office: String,
    /// What it states, in the funder's exact words.
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S")]
    pub words: String,
    /// Its place in the order of signing, from 1.
    #[schema(minimum = 0, maximum = 65_535)]
    #[serde(default)]
    pub order: u16,
}

/// What keeps a form's sign-off from being filled by these signatures: a cell that must be filled
/// and that no office would fill, or an office that the form's list does not have. A form that
/// wants two signatures is not signed by one.
#[must_use]
pub(crate) fn sign_off_gaps(form: &Form, signatures: &[Signature]) -> Vec<FieldError> {
    let cells = || {
        form.fields.iter().filter_map(|field| {
            let binding = field.binding.as_ref()?;
            (binding.measure == Measure::Certification && binding.fact != Some(Fact::Confirmed))
                .then(|| (field, usize::from(binding.row.unwrap_or(1)), binding.fact))
        })
    };
    let mut gaps = Vec::new();
    let unfilled = cells()
        .filter(|(field, row, _)| field.required && *row > signatures.len())
        .max_by_key(|(_, row, _)| *row);
    if let Some((field, row, _)) = unfilled {
        gaps.push(FieldError::new(
            "/signatures",
            "too-few-for-the-form",
            format!(
                "The form wants {row} signatures: nobody would fill “{}” ({}, cell {}). Name {row} \
                 offices, in the form’s order.",
                field.label, field.sheet, field.cell
            ),
        ));
    }
    for (n, signature) in signatures.iter().enumerate() {
        let list = cells().find(|(field, row, fact)| {
            *fact == Some(Fact::Office)
                && *row == n.saturating_add(1)
                && !field.choices.is_empty()
                && !field.choices.contains(&signature.office)
        });
        if let Some((field, ..)) = list {
            gaps.push(FieldError::new(
                format!("/signatures/{n}/office"),
                "not-in-the-forms-list",
                format!(
                    "“{}” is not in the form’s list for “{}”. It has: {}.",
                    signature.office,
                    field.label,
                    field.choices.join("; ")
                ),
            ));
        }
    }
    gaps
}
