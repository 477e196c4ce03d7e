//! What changed between two versions of a return's answers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::forms::store::{Field, Form};

/// An answer that is another one now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed<'a> {
    /// The question.
    pub field: &'a Field,
    /// As it was; null where there was none.
    pub before: Value,
    /// As it is; null where there is none.
    pub after: Value,
}

/// The answers that differ, in the order of the form. An emptied answer and a missing one are the
/// same.
pub(crate) fn changed<'a>(
    form: &'a Form,
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
) -> Vec<Changed<'a>> {
    let said = |answers: &BTreeMap<String, Value>, field: &Field| {
        answers.get(&field.key).cloned().unwrap_or(Value::Null)
    };
    form.fields
        .iter()
        .map(|field| Changed {
            field,
            before: said(before, field),
            after: said(after, field),
        })
        .filter(|one| one.before != one.after)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use entity::{FieldKind, FileId, FormFieldId, OrganisationId, ReturnFormId};
    use serde_json::json;

    use super::*;
    use crate::forms::rules::{Rounding, Unit};

    fn form(keys: &[&str]) -> Form {
        Form {
            id: ReturnFormId::new(),
            name: String::new(),
            version_label: String::new(),
            current: true,
            funder_id: OrganisationId::new(),
            file_id: FileId::new(),
            file_name: String::new(),
            file_sha256: String::new(),
            media_type: String::new(),
            fields: keys
                .iter()
                .map(|key| Field {
                    id: FormFieldId::new(),
                    key: (*key).to_owned(),
                    section: String::new(),
                    label: String::new(),
                    kind: FieldKind::Text,
                    locator: String::new(),
                    sheet: String::new(),
                    cell: String::new(),
                    required: false,
                    guidance: String::new(),
                    word_limit: None,
                    choices: Vec::new(),
                    unit: Unit::Pounds,
                    rounding: Rounding::Pence,
                    binding: None,
                })
                .collect(),
        }
    }

    fn answers(list: &[(&str, Value)]) -> BTreeMap<String, Value> {
        list.iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect()
    }

    #[test]
    fn what_differs_is_told_in_the_forms_order_with_both_values() {
        let form = form(&["z.same", "b.typed", "a.new", "c.emptied", "d.null"]);
        let before = answers(&[
            ("z.same", json!(1)),
            ("b.typed", json!("then")),
            ("c.emptied", json!(5)),
            ("d.null", Value::Null),
            ("of another form", json!(1)),
        ]);
        let after = answers(&[
            ("z.same", json!(1)),
            ("b.typed", json!("now")),
            ("a.new", json!(true)),
            ("c.emptied", Value::Null),
        ]);
        let told: Vec<_> = changed(&form, &before, &after)
            .into_iter()
            .map(|one| (one.field.key.clone(), one.before, one.after))
            .collect();
        assert_eq!(
            told,
            [
                ("b.typed".to_owned(), json!("then"), json!("now")),
                ("a.new".to_owned(), Value::Null, json!(true)),
                ("c.emptied".to_owned(), json!(5), Value::Null),
            ]
        );
    }
}
