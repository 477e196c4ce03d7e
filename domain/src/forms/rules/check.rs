//! Whether a field list holds together, before anything is stored.

use std::collections::HashSet;

use entity::FieldKind;

use super::{Binding, Fact, FieldSpec, FormSpec, Measure, Of, PeriodKind};
use crate::FieldError;

/// The most fields of one form.
const MOST_FIELDS: usize = 5_000;

/// What is wrong with a field list; each with its JSON pointer. `place` says to which sheet and
/// cell a locator leads, or why it leads nowhere.
pub fn check(
    spec: &FormSpec,
    place: impl Fn(&str) -> Result<(String, String), String>,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut say = |pointer: String, code: &str, detail: String| {
        wrong.push(FieldError::new(pointer, code, detail));
    };
    if spec.name.trim().is_empty() {
        say("/name".into(), "required", "Enter the form’s title.".into());
    }
    if spec.version.trim().is_empty() {
        say(
            "/version".into(),
            "required",
            "Enter the funder’s version of the form.".into(),
        );
    }
    if spec.fields.is_empty() || spec.fields.len() > MOST_FIELDS {
        say(
            "/fields".into(),
            "number-of-fields",
            format!("A form has between 1 and {MOST_FIELDS} fields."),
        );
    }
    let sections: HashSet<&str> = spec.sections.iter().map(String::as_str).collect();
    let mut keys = HashSet::new();
    let mut cells = HashSet::new();
    for (n, field) in spec.fields.iter().enumerate() {
        let at = |name: &str| format!("/fields/{n}/{name}");
        if !is_key(&field.key) {
            say(
                at("key"),
                "not-a-key",
                format!(
                    "“{}” is not a key: use up to 80 small letters, digits, hyphens and full stops.",
                    field.key
                ),
            );
        }
        if !keys.insert(field.key.as_str()) {
            say(
                at("key"),
                "duplicate",
                format!("The key “{}” is used twice.", field.key),
            );
        }
        if field.label.trim().is_empty() {
            say(at("label"), "required", "Enter the question.".into());
        }
        if !sections.contains(field.section.as_str()) {
            say(
                at("section"),
                "unknown-section",
                format!("“{}” is not in the list of sections.", field.section),
            );
        }
        match place(&field.at) {
            Err(why) => say(
                at("at"),
                "locator-leads-nowhere",
                format!("{} ({}): {why}", field.label, field.at),
            ),
            Ok(cell) => {
                let words = format!("{}!{}", cell.0, cell.1);
                if !cells.insert(cell) {
                    say(
                        at("at"),
                        "duplicate",
                        format!("Two fields stand in {words}."),
                    );
                }
            }
        }
        for (name, code, detail) in kind_problems(field) {
            say(at(name), code, detail);
        }
        if let Some(detail) = field.binding.as_ref().and_then(|b| misfit(field.kind, b)) {
            say(at("binding"), "does-not-fit", detail);
        }
    }
    wrong
}

fn is_key(key: &str) -> bool {
    (1..=80).contains(&key.len())
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
}

fn kind_problems(field: &FieldSpec) -> Vec<(&'static str, &'static str, String)> {
    let mut wrong = Vec::new();
    let has_choices = field.choices.as_ref().is_some_and(|list| !list.is_empty());
    if field.kind == FieldKind::Choice && !has_choices {
        wrong.push((
            "choices",
            "required",
            "A choice needs its list of choices.".to_owned(),
        ));
    }
    if has_choices && !matches!(field.kind, FieldKind::Choice | FieldKind::YesNo) {
        wrong.push((
            "choices",
            "does-not-fit",
            "Only a choice has a list of choices.".to_owned(),
        ));
    }
    if field.word_limit.is_some() && field.kind != FieldKind::Text {
        wrong.push((
            "word_limit",
            "does-not-fit",
            "Only text has a word limit.".to_owned(),
        ));
    }
    if field.word_limit.is_some_and(|limit| limit < 1) {
        wrong.push((
            "word_limit",
            "out-of-range",
            "A word limit is 1 or more.".to_owned(),
        ));
    }
    if (field.unit.is_some() || field.rounding.is_some()) && field.kind != FieldKind::Money {
        wrong.push((
            "unit",
            "does-not-fit",
            "Only money has a unit and a rounding.".to_owned(),
        ));
    }
    wrong
}

/// Why a binding cannot fill a field of this kind.
pub(crate) fn misfit(kind: FieldKind, binding: &Binding) -> Option<String> {
    let needs_period = |kinds: &[PeriodKind]| match binding.period {
        Some(period) if kinds.contains(&period.kind) => match (period.kind, period.index) {
            (PeriodKind::Quarter, None | Some(0)) => {
                Some("A quarter of the grid needs its number, from 1.".to_owned())
            }
            _ => None,
        },
        _ => Some("This measure needs another period.".to_owned()),
    };
    let is = |wanted: FieldKind| {
        (kind != wanted)
            .then(|| "This measure does not give the kind of answer that the field takes.".into())
    };
    let one_of_facts = |facts: &[Fact]| match binding.fact {
        Some(fact) if facts.contains(&fact) => None,
        _ => Some("This measure needs the name of one of its facts.".to_owned()),
    };
    match binding.measure {
        Measure::Spend => is(FieldKind::Money).or_else(|| {
            needs_period(&[
                PeriodKind::This,
                PeriodKind::YearToDate,
                PeriodKind::Cumulative,
                PeriodKind::Quarter,
            ])
        }),
        Measure::Forecast => is(FieldKind::Money)
            .or_else(|| needs_period(&[PeriodKind::This, PeriodKind::ToEnd, PeriodKind::Quarter])),
        Measure::GridQuarter => is(FieldKind::Money)
            .or_else(|| needs_period(&[PeriodKind::Quarter]))
            .or_else(|| match binding.of {
                Some(Of::SpendOrForecast | Of::Match) => None,
                _ => Some("A grid’s quarter holds spend-or-forecast, or match.".to_owned()),
            }),
        Measure::PreviousForecast
        | Measure::AwardAmount
        | Measure::Headroom
        | Measure::Received
        | Measure::Commitment => is(FieldKind::Money),
        Measure::Match => one_of_facts(&[
            Fact::Source,
            Fact::Kind,
            Fact::CashOrKind,
            Fact::Secured,
            Fact::Agreed,
            Fact::Spent,
            Fact::Evidence,
        ])
        .or_else(|| {
            binding
                .row
                .is_none_or(|row| row == 0)
                .then(|| "Match needs the number of its row, from 1.".to_owned())
        })
        .or_else(|| match binding.fact {
            Some(Fact::Agreed | Fact::Spent) => is(FieldKind::Money),
            _ => None,
        }),
        Measure::Award => one_of_facts(&[
            Fact::Reference,
            Fact::Title,
            Fact::Programme,
            Fact::StartsOn,
            Fact::EndsOn,
            Fact::LegalBasis,
        ])
        .or_else(|| match binding.fact {
            Some(Fact::StartsOn | Fact::EndsOn) => is(FieldKind::Date),
            _ => None,
        }),
        Measure::Organisation => match binding.of {
            Some(Of::AccountableBody | Of::Lead | Of::Funder | Of::Holder) => {
                one_of_facts(&[Fact::Name, Fact::OrgId, Fact::Kind, Fact::Address])
            }
            _ => Some("Say whose fact: accountable-body, lead, funder or holder.".to_owned()),
        },
        Measure::ReturnPeriod => one_of_facts(&[
            Fact::GridStartsOn,
            Fact::QuarterLabel,
            Fact::PeriodLabel,
            Fact::PeriodFrom,
            Fact::PeriodTo,
            Fact::DueOn,
            Fact::Submission,
            Fact::PreparerName,
            Fact::PreparerEmail,
            Fact::PreparerTelephone,
        ])
        .or_else(|| match binding.fact {
            Some(Fact::GridStartsOn | Fact::PeriodFrom | Fact::PeriodTo) => is(FieldKind::Date),
            Some(Fact::DueOn) if kind != FieldKind::Text => is(FieldKind::Date),
            _ => None,
        }),
        Measure::FixedText => binding
            .text
            .is_none()
            .then(|| "A fixed text needs its words.".to_owned()),
        Measure::PreviousAnswer => None,
        Measure::Certification => one_of_facts(&[
            Fact::Name,
            Fact::Office,
            Fact::Email,
            Fact::Date,
            Fact::Reference,
            Fact::Confirmed,
        ])
        .or_else(|| match binding.fact {
            Some(Fact::Date) => is(FieldKind::Date),
            _ => None,
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn form(fields: &str) -> FormSpec {
        serde_json::from_str(&format!(
            r#"{{"name":"Return","version":"1","sections":["Finances"],"fields":{fields}}}"#
        ))
        .unwrap()
    }

    fn codes(fields: &str) -> Vec<(String, String)> {
        check(&form(fields), |at| match at.split_once('!') {
            Some((sheet, cell)) => Ok((sheet.to_owned(), cell.to_owned())),
            None => Err("there is no such cell".to_owned()),
        })
        .into_iter()
        .map(|error| (error.pointer, error.code))
        .collect()
    }

    #[test]
    fn a_plain_field_is_fine() {
        assert!(
            codes(
                r#"[{"key":"finances.spent","section":"Finances","label":"Spent","kind":"money","at":"A!B2",
                     "binding":{"measure":"spend","period":{"kind":"this"}}}]"#
            )
            .is_empty()
        );
    }

    #[test]
    fn what_does_not_hold_together_is_named_with_its_place() {
        let found = codes(
            r#"[{"key":"a","section":"Finances","label":"Spent","kind":"text","at":"A!B2",
                 "binding":{"measure":"spend","period":{"kind":"this"}}},
                {"key":"a","section":"Elsewhere","label":"","kind":"choice","at":"A!B2","word_limit":3},
                {"key":"b","section":"Finances","label":"L","kind":"money","at":"nowhere",
                 "binding":{"measure":"grid-quarter","of":"match","period":{"kind":"quarter"}}}]"#,
        );
        let expected = [
            ("/fields/0/binding", "does-not-fit"),
            ("/fields/1/key", "duplicate"),
            ("/fields/1/label", "required"),
            ("/fields/1/section", "unknown-section"),
            ("/fields/1/at", "duplicate"),
            ("/fields/1/choices", "required"),
            ("/fields/1/word_limit", "does-not-fit"),
            ("/fields/2/at", "locator-leads-nowhere"),
            ("/fields/2/binding", "does-not-fit"),
        ]
        .map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn an_unknown_word_in_a_binding_is_refused() {
        let read = serde_json::from_str::<Binding>(r#"{"measure":"spend","formula":"=1+1"}"#);
        assert!(read.is_err());
    }
}
