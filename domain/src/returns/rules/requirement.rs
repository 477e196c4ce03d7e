//! What an award asks to be reported.

use chrono::NaiveDate;
use entity::PersonId;
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
    /// Who holds the office, and alone signs in it; absent where any certifier of the accountable
    /// body may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Since which London date that person is named. Kept here: what is sent is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
}

/// Who signs next, as far as people are named for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The office that signs next; none where every office has signed.
    pub office: Option<String>,
    /// Who is named for it.
    pub person: Option<PersonId>,
    /// Those who do not sign in it: they signed in another office, or are named for one.
    pub not_these: Vec<PersonId>,
}

/// Whose turn it is: the first office without a signature. Where nobody is named for an office,
/// whoever certifies the return in general is asked, unless they sign in another office: an office
/// is never asked of somebody who has signed already.
#[must_use]
pub fn turn(
    signatures: &[Signature],
    certifier: Option<PersonId>,
    signed: &[(String, Option<PersonId>)],
) -> Turn {
    let next = signatures
        .iter()
        .find(|signature| !signed.iter().any(|(office, _)| *office == signature.office));
    let Some(next) = next else {
        return Turn {
            // a requirement that names no office is certified all the same
            person: certifier.filter(|_| signatures.is_empty()),
            ..Turn::default()
        };
    };
    let mut not_these: Vec<PersonId> = signed.iter().filter_map(|(_, by)| *by).collect();
    not_these.extend(
        signatures
            .iter()
            .filter(|other| other.office != next.office)
            .filter_map(|other| other.person_id),
    );
    let person = next
        .person_id
        .or_else(|| certifier.filter(|id| !not_these.contains(id)));
    Turn {
        office: Some(next.office.clone()),
        person,
        not_these,
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    fn office(office: &str, person_id: Option<PersonId>) -> Signature {
        Signature {
            office: office.to_owned(),
            words: "It is true.".to_owned(),
            order: 1,
            person_id,
            since: None,
        }
    }

    #[test]
    fn each_office_waits_for_whoever_holds_it() {
        let (ruth, grace) = (person(1), person(2));
        let both = [office("Treasurer", Some(ruth)), office("Head", Some(grace))];
        let first = turn(&both, None, &[]);
        assert_eq!(first.office.as_deref(), Some("Treasurer"));
        assert_eq!((first.person, first.not_these), (Some(ruth), vec![grace]));
        let second = turn(&both, None, &[("Treasurer".to_owned(), Some(ruth))]);
        assert_eq!(second.office.as_deref(), Some("Head"));
        assert_eq!(second.person, Some(grace));
        let done = [
            ("Treasurer".to_owned(), Some(ruth)),
            // signed on paper: the record does not say by whom of those known here
            ("Head".to_owned(), None),
        ];
        assert_eq!(turn(&both, Some(ruth), &done), Turn::default());
        assert_eq!(turn(&[], Some(ruth), &[]).person, Some(ruth));
    }

    #[test]
    fn whoever_has_signed_is_not_asked_again() {
        let (ruth, grace) = (person(1), person(2));
        let nobody = [office("Treasurer", None), office("Head", None)];
        assert_eq!(turn(&nobody, Some(ruth), &[]).person, Some(ruth));
        let second = turn(&nobody, Some(ruth), &[("Treasurer".to_owned(), Some(ruth))]);
        assert_eq!((second.person, second.not_these), (None, vec![ruth]));
        // nor whoever is named for the other office
        let half = [office("Treasurer", None), office("Head", Some(grace))];
        assert_eq!(turn(&half, Some(grace), &[]).person, None);
    }
}
