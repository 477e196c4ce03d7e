//! Answers that are a fact of a record, not a sum.

use entity::{FieldKind, LegalBasis, Money, OrganisationKind};
use serde_json::Value;

use super::super::words;
use super::{Basis, Body, Counted, Drafted, Facts, MatchFact, Span};
use crate::calendar::rules::{due_in_words, london_date, months_in_words};
use crate::forms::rules::{Binding, Fact, Measure, Of};
use crate::forms::store::Field;

pub(super) fn draft(
    field: &Field,
    binding: &Binding,
    facts: &Facts,
    span: &Span,
) -> Option<Drafted> {
    let (value, of) = match binding.measure {
        Measure::Award => (award(field, binding.fact?, facts)?, "the award"),
        Measure::Organisation => organisation(field, binding, facts)?,
        Measure::ReturnPeriod => (
            this_return(field, binding.fact?, facts, span)?,
            "this return",
        ),
        Measure::FixedText => {
            let text = binding.text.as_deref()?;
            (in_kind(field, &[text])?, "the form’s field list")
        }
        Measure::PreviousAnswer => {
            let previous = facts.previous.as_ref()?;
            let value = previous.answers.get(&field.key)?.clone();
            return Some(Drafted {
                value,
                basis: record(
                    facts,
                    Counted::LastReturn,
                    "Copied from the last return.".to_owned(),
                ),
            });
        }
        _ => return None,
    };
    Some(Drafted {
        value,
        basis: record(
            facts,
            Counted::Record,
            format!("Copied from the record of {of}."),
        ),
    })
}

/// A fact of the n-th source of match funding.
pub(super) fn of_match(
    field: &Field,
    binding: &Binding,
    facts: &Facts,
    span: &Span,
) -> Option<Drafted> {
    let mut sources: Vec<&str> = Vec::new();
    for entry in &facts.matches {
        if !sources.contains(&entry.source.as_str()) {
            sources.push(&entry.source);
        }
    }
    let index = usize::from(binding.row?.checked_sub(1)?);
    let source = *sources.get(index)?;
    let of_source = || facts.matches.iter().filter(|entry| entry.source == source);
    let sum = |entries: &mut dyn Iterator<Item = &MatchFact>| {
        Money::sum(entries.map(|entry| entry.amount))
    };
    let value = match binding.fact? {
        Fact::Source => in_kind(field, &[source])?,
        Fact::Kind => in_kind(field, source_words(of_source().next()?.source_kind))?,
        Fact::CashOrKind => {
            let kinds = (
                of_source().any(|entry| !entry.in_kind),
                of_source().any(|entry| entry.in_kind),
            );
            match kinds {
                (true, true) => in_kind(field, &["Cash and in kind", "Both"])?,
                (true, false) => in_kind(field, &["Cash"])?,
                _ => in_kind(field, &["In kind", "In-kind"])?,
            }
        }
        Fact::Secured => yes_no(field, of_source().all(|entry| entry.secured))?,
        Fact::Agreed => Value::from(sum(&mut of_source())?.pence()),
        Fact::Spent => {
            Value::from(sum(&mut of_source().filter(|entry| entry.month <= span.to))?.pence())
        }
        Fact::Evidence => {
            let mut evidence: Vec<&str> = of_source()
                .filter_map(|entry| entry.evidence.as_deref())
                .collect();
            evidence.dedup();
            if evidence.is_empty() {
                return None;
            }
            Value::from(evidence.join("; "))
        }
        _ => return None,
    };
    let sentence = match value.as_i64().map(Money) {
        Some(amount) if binding.fact == Some(Fact::Spent) => format!(
            "{} is the match funding from {source} for the months up to {}.",
            amount.in_full(),
            crate::calendar::rules::date_without_weekday(span.to)
        ),
        Some(amount) => format!(
            "{} is all the match funding recorded from {source}.",
            amount.in_full()
        ),
        None => format!("Copied from the record of the match funding from {source}."),
    };
    let mut basis = record(facts, Counted::Match, sentence);
    words::MATCH_RULE.clone_into(&mut basis.rule);
    basis.source = Some(source.to_owned());
    basis.to = (binding.fact == Some(Fact::Spent)).then_some(span.to);
    Some(Drafted { value, basis })
}

fn record(facts: &Facts, counted: Counted, sentence: String) -> Basis {
    Basis {
        sentence,
        rule: words::RECORD_RULE.to_owned(),
        counted,
        filters: crate::forms::rules::Filters::default(),
        categories: None,
        source: None,
        from: None,
        to: None,
        seq: facts.seq,
        at: facts.at,
    }
}

fn award(field: &Field, fact: Fact, facts: &Facts) -> Option<Value> {
    let award = &facts.award;
    match fact {
        Fact::Reference => in_kind(field, &[&award.reference]),
        Fact::Title => in_kind(field, &[&award.title]),
        Fact::Programme => in_kind(field, &[&award.programme]),
        Fact::LegalBasis => in_kind(field, &[legal_basis_words(award.legal_basis)]),
        Fact::StartsOn => Some(Value::from(award.starts_on.to_string())),
        Fact::EndsOn => Some(Value::from(award.ends_on.to_string())),
        _ => None,
    }
}

fn legal_basis_words(basis: LegalBasis) -> &'static str {
    match basis {
        LegalBasis::Section31 => "Section 31",
        LegalBasis::Section75 => "Section 75",
        LegalBasis::Section256 => "Section 256",
        LegalBasis::Contract => "Contract",
        LegalBasis::GrantAgreement => "Grant agreement",
        LegalBasis::Gift => "Gift",
    }
}

/// A source of match, in the words that forms offer.
fn source_words(kind: OrganisationKind) -> &'static [&'static str] {
    match kind {
        OrganisationKind::Charity => &["Charity", "Charity or foundation"],
        OrganisationKind::Foundation => &["Foundation", "Charity or foundation"],
        OrganisationKind::PoliceCommissioner => &["Police", "Police and crime commissioner"],
        OrganisationKind::HealthService => &["Health service", "NHS body"],
        OrganisationKind::Lottery => &["Lottery", "Lottery distributor"],
        OrganisationKind::Council => &["Local authority", "Council"],
        other => kind_words(other),
    }
}

fn organisation(field: &Field, binding: &Binding, facts: &Facts) -> Option<(Value, &'static str)> {
    let (body, of): (&Body, _) = match binding.of? {
        Of::AccountableBody => (&facts.accountable_body, "the accountable body"),
        Of::Lead => (facts.lead.as_ref()?, "the organisation that leads"),
        Of::Funder => (&facts.funder, "the funder"),
        Of::Holder => (&facts.holder, "the holder"),
        Of::SpendOrForecast | Of::Match => return None,
    };
    let value = match binding.fact? {
        Fact::Name => in_kind(field, &[&body.name])?,
        Fact::OrgId => in_kind(field, &[&body.org_id])?,
        Fact::Kind => in_kind(field, kind_words(body.kind))?,
        _ => return None,
    };
    Some((value, of))
}

fn kind_words(kind: OrganisationKind) -> &'static [&'static str] {
    match kind {
        OrganisationKind::Charity => &["Charity"],
        OrganisationKind::Council => &["Council", "Local authority"],
        OrganisationKind::Department => &["Department", "Government department"],
        OrganisationKind::PoliceCommissioner => &["Police and crime commissioner"],
        OrganisationKind::HealthService => &["NHS body", "Health service"],
        OrganisationKind::Lottery => &["Lottery distributor"],
        OrganisationKind::Foundation => &["Foundation"],
        OrganisationKind::Provider => &["Provider"],
        OrganisationKind::Other => &["Other"],
    }
}

fn this_return(field: &Field, fact: Fact, facts: &Facts, span: &Span) -> Option<Value> {
    match fact {
        Fact::GridStartsOn => Some(Value::from(span.grid_from.to_string())),
        Fact::PeriodFrom => Some(Value::from(span.from.to_string())),
        Fact::PeriodTo => Some(Value::from(span.to.to_string())),
        Fact::QuarterLabel => in_kind(field, &[&format!("Quarter {}", span.quarter_index()?)]),
        Fact::PeriodLabel => in_kind(field, &[&months_in_words(span.from, span.to)]),
        Fact::Submission => in_kind(
            field,
            &[if facts.sent_before {
                "Resubmission"
            } else {
                "First submission"
            }],
        ),
        Fact::DueOn => facts.due_at.map(|due_at| match field.kind {
            FieldKind::Date => Value::from(london_date(due_at).to_string()),
            _ => Value::from(due_in_words(due_at)),
        }),
        Fact::PreparerName => in_kind(field, &[&facts.preparer.as_ref()?.0]),
        Fact::PreparerEmail => in_kind(field, &[&facts.preparer.as_ref()?.1]),
        _ => None,
    }
}

/// A text as the field's kind takes it. What a list does not offer is left to a person.
fn in_kind(field: &Field, candidates: &[&str]) -> Option<Value> {
    match field.kind {
        FieldKind::Text => candidates.first().map(|text| Value::from(*text)),
        FieldKind::Choice => candidates.iter().find_map(|candidate| {
            field
                .choices
                .iter()
                .find(|choice| choice.eq_ignore_ascii_case(candidate))
                .map(|choice| Value::from(choice.as_str()))
        }),
        FieldKind::YesNo => {
            candidates
                .iter()
                .find_map(|candidate| match candidate.to_ascii_lowercase().as_str() {
                    "yes" => Some(Value::from(true)),
                    "no" => Some(Value::from(false)),
                    _ => None,
                })
        }
        FieldKind::Money | FieldKind::Number | FieldKind::Date => None,
    }
}

fn yes_no(field: &Field, truth: bool) -> Option<Value> {
    match field.kind {
        FieldKind::YesNo => Some(Value::from(truth)),
        _ => in_kind(field, &[if truth { "Yes" } else { "No" }]),
    }
}
