//! What fills a field, from the facts as they were known at one moment.

mod amounts;
mod facts;
mod records;

use chrono::NaiveDate;
use entity::{FieldKind, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use facts::{
    AwardFacts, Body, Facts, FenceFacts, ForecastFact, MatchFact, Previous, Span, SpendSum,
};

use crate::forms::rules::{Binding, Filters, Measure};
use crate::forms::store::{Field, Form};

/// What a drafted answer rests on; enough to find its lines again for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Basis {
    /// The sentence that says what the answer is.
    pub sentence: String,
    /// The rule that put it there.
    pub rule: String,
    /// Which facts were counted.
    pub counted: Counted,
    /// What was counted of them.
    pub filters: Filters,
    /// The cost categories that the filters come down to; all when absent.
    #[serde(default)]
    pub categories: Option<Vec<String>>,
    /// The one source of match funding that is meant, if it is one.
    #[serde(default)]
    pub source: Option<String>,
    /// First London date.
    pub from: Option<NaiveDate>,
    /// Last London date.
    pub to: Option<NaiveDate>,
    /// The last accepted sequence that was seen.
    pub seq: i64,
    /// When the facts were read (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: chrono::DateTime<chrono::Utc>,
}

/// Which facts a drafted answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Attributed spend lines.
    Spend,
    /// Forecast entries.
    Forecast,
    /// Match funding.
    Match,
    /// Money that the funder paid, less what was paid back.
    Received,
    /// The award's agreement.
    Agreement,
    /// A record, not a sum.
    Record,
    /// The last return.
    LastReturn,
}

/// A drafted answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// Its value.
    pub value: Value,
    /// What it rests on.
    pub basis: Basis,
}

/// What fills a field; none when nothing is known that could, or when a person must answer.
pub(crate) fn draft(form: &Form, field: &Field, facts: &Facts, span: &Span) -> Option<Drafted> {
    let binding = field.binding.as_ref()?;
    match binding.measure {
        Measure::Spend
        | Measure::Forecast
        | Measure::GridQuarter
        | Measure::PreviousForecast
        | Measure::AwardAmount
        | Measure::Headroom
        | Measure::Received => amounts::draft(form, binding, facts, span),
        Measure::Match => match binding.period {
            Some(_) => None,
            None => records::of_match(field, binding, facts, span),
        },
        Measure::Award
        | Measure::Organisation
        | Measure::ReturnPeriod
        | Measure::FixedText
        | Measure::PreviousAnswer => records::draft(field, binding, facts, span),
        // What is promised is expected, and never reported as a figure; the others are written when the return is signed.
        Measure::Commitment | Measure::Certification => None,
    }
}

/// Whether a field is written when the return is signed, not before.
pub(crate) fn is_sign_off(field: &Field) -> bool {
    field
        .binding
        .as_ref()
        .is_some_and(|binding| binding.measure == Measure::Certification)
}

/// Spend of the award over some days.
pub(crate) fn spent(
    facts: &Facts,
    filters: &Filters,
    from: NaiveDate,
    to: NaiveDate,
) -> Option<Money> {
    amounts::spend_between(facts, filters, from, to)
}

/// What fills a field of money.
fn money_of(field: &Field) -> Option<&Binding> {
    field
        .binding
        .as_ref()
        .filter(|_| field.kind == FieldKind::Money)
}

/// The days over which a field counts actual spend, if that is what it counts.
pub(crate) fn actual_days(
    field: &Field,
    facts: &Facts,
    span: &Span,
) -> Option<(NaiveDate, NaiveDate)> {
    amounts::actual_days(money_of(field)?, facts, span)
}

/// The days for which a field's cell says actual spend, whether they have come or not.
pub(crate) fn says_actual(
    field: &Field,
    facts: &Facts,
    span: &Span,
) -> Option<(NaiveDate, NaiveDate)> {
    amounts::says_actual(money_of(field)?, facts, span)
}

/// The days for which a field's cell says what is expected to be spent.
pub(crate) fn says_forecast(
    field: &Field,
    facts: &Facts,
    span: &Span,
) -> Option<(NaiveDate, NaiveDate)> {
    amounts::says_forecast(money_of(field)?, facts, span)
}
