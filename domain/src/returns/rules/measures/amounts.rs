//! Sums: spend, forecast, match, what the agreement sets.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use entity::Money;
use serde_json::Value;

use super::super::words;
use super::{Basis, Counted, Drafted, Facts, Span};
use crate::calendar::rules::months_of;
use crate::forms::rules::{Binding, Filters, Measure, Of, PeriodKind, When};
use crate::forms::store::Form;

pub(super) fn draft(form: &Form, binding: &Binding, facts: &Facts, span: &Span) -> Option<Drafted> {
    match binding.measure {
        Measure::Spend => {
            let (from, to) = days(binding, facts, span)?;
            spend(&binding.filters, facts, from, to)
        }
        Measure::Forecast => {
            let (from, to) = days(binding, facts, span)?;
            forecast(&binding.filters, facts, from, to)
        }
        Measure::GridQuarter => grid_quarter(binding, facts, span),
        Measure::PreviousForecast => previous_forecast(form, &binding.filters, facts, span),
        Measure::Received => received(binding, facts, span),
        Measure::AwardAmount => agreed(&binding.filters, facts),
        Measure::Headroom => headroom(&binding.filters, facts, span),
        _ => None,
    }
}

/// The days that a period stands for.
fn days(binding: &Binding, facts: &Facts, span: &Span) -> Option<(NaiveDate, NaiveDate)> {
    let period = binding.period?;
    match period.kind {
        PeriodKind::This => Some((span.from, span.to)),
        PeriodKind::YearToDate => Some((span.year_from()?, span.to)),
        PeriodKind::Cumulative => Some((facts.award.starts_on.min(span.from), span.to)),
        PeriodKind::ToEnd => Some((span.to.succ_opt()?, facts.award.ends_on)),
        PeriodKind::Quarter => span.quarter(period.index?),
    }
}

/// The days over which a binding counts actual spend, if it does.
pub(super) fn actual_days(
    binding: &Binding,
    facts: &Facts,
    span: &Span,
) -> Option<(NaiveDate, NaiveDate)> {
    match (binding.measure, binding.of) {
        (Measure::Spend, _) => days(binding, facts, span),
        (Measure::GridQuarter, Some(Of::SpendOrForecast)) if binding.when != When::Forecast => {
            days(binding, facts, span).filter(|(_, to)| *to <= span.to)
        }
        _ => None,
    }
}

/// The days for which a cell says actual spend, whether they have come or not.
pub(super) fn says_actual(
    binding: &Binding,
    facts: &Facts,
    span: &Span,
) -> Option<(NaiveDate, NaiveDate)> {
    match (binding.measure, binding.of, binding.when) {
        (Measure::Spend, ..) | (Measure::GridQuarter, Some(Of::SpendOrForecast), When::Actual) => {
            days(binding, facts, span)
        }
        _ => None,
    }
}

/// The days for which a cell says what is expected.
pub(super) fn says_forecast(
    binding: &Binding,
    facts: &Facts,
    span: &Span,
) -> Option<(NaiveDate, NaiveDate)> {
    match (binding.measure, binding.of) {
        (Measure::Forecast, _) => days(binding, facts, span),
        (Measure::GridQuarter, Some(Of::SpendOrForecast)) if binding.when != When::Actual => {
            days(binding, facts, span).filter(|(_, to)| *to > span.to)
        }
        _ => None,
    }
}

fn grid_quarter(binding: &Binding, facts: &Facts, span: &Span) -> Option<Drafted> {
    let (from, to) = days(binding, facts, span)?;
    let ended = to <= span.to;
    match (binding.when, ended) {
        (When::Actual, false) | (When::Forecast, true) => return None,
        _ => {}
    }
    match (binding.of?, ended) {
        (Of::SpendOrForecast, true) => spend(&binding.filters, facts, from, to),
        (Of::SpendOrForecast, false) => forecast(&binding.filters, facts, from, to),
        (Of::Match, _) => match_between(&binding.filters, facts, from, to, ended),
        _ => None,
    }
}

/// The categories that the filters come down to: a fence stands for the lines that fit it.
pub(super) fn categories(filters: &Filters, facts: &Facts) -> Option<Option<Vec<String>>> {
    let fence = match &filters.fence {
        // A fence that the award does not have: nothing can be said.
        Some(slug) => Some(&facts.fences.iter().find(|f| f.slug == *slug)?.categories),
        None => None,
    };
    Some(match (fence, &filters.category) {
        (None, None) => None,
        (Some(list), None) => Some(list.clone()),
        (None, Some(list)) => Some(list.clone()),
        (Some(fence), Some(list)) => Some(
            list.iter()
                .filter(|slug| fence.contains(slug))
                .cloned()
                .collect(),
        ),
    })
}

pub(super) fn spend_between(
    facts: &Facts,
    filters: &Filters,
    from: NaiveDate,
    to: NaiveDate,
) -> Option<Money> {
    let categories = categories(filters, facts)?;
    Money::sum(
        facts
            .spend
            .iter()
            .filter(|sum| from <= sum.on && sum.on <= to)
            .filter(|sum| filters.capital.is_none_or(|capital| capital == sum.capital))
            .filter(|sum| {
                categories
                    .as_ref()
                    .is_none_or(|list| list.contains(&sum.category))
            })
            .filter(|sum| filters.place.is_none() || filters.place == sum.place)
            .filter(|sum| filters.group.is_none() || filters.group == sum.group)
            .map(|sum| sum.amount),
    )
}

fn spend(filters: &Filters, facts: &Facts, from: NaiveDate, to: NaiveDate) -> Option<Drafted> {
    let amount = spend_between(facts, filters, from, to)?;
    let sentence = words::spend(amount, filters, facts, from, to);
    basis(
        facts,
        filters,
        Counted::Spend,
        Some((from, to)),
        sentence,
        words::SPEND_RULE,
    )
    .map(|basis| money(amount, basis))
}

/// What was forecast: nothing can be said where nobody forecast anything for those months, though
/// in a month for which something was, a category that was left out is expected to cost nothing.
fn forecast(filters: &Filters, facts: &Facts, from: NaiveDate, to: NaiveDate) -> Option<Drafted> {
    let unsaid = unsaid_months(facts, from, to)?;
    let categories = categories(filters, facts)?;
    let amount = Money::sum(
        facts
            .forecasts
            .iter()
            .filter(|entry| in_months(entry.month, from, to))
            .filter(|entry| {
                filters
                    .capital
                    .is_none_or(|capital| capital == entry.capital)
            })
            .filter(|entry| match (&categories, &entry.category) {
                (None, _) => true,
                (Some(list), Some(category)) => list.contains(category),
                (Some(_), None) => false,
            })
            .map(|entry| entry.amount),
    )?;
    let sentence = words::forecast(amount, filters, facts, (from, to), &unsaid);
    basis(
        facts,
        filters,
        Counted::Forecast,
        Some((from, to)),
        sentence,
        words::FORECAST_RULE,
    )
    .map(|basis| money(amount, basis))
}

/// The months of the award in these days for which nobody forecast anything; nothing when that is
/// all of them. An award that does not run then needs no forecast.
fn unsaid_months(facts: &Facts, from: NaiveDate, to: NaiveDate) -> Option<Vec<NaiveDate>> {
    let (first, last) = (from.max(facts.award.starts_on), to.min(facts.award.ends_on));
    let months: Vec<NaiveDate> = months_of(first, last).collect();
    let unsaid: Vec<NaiveDate> = months
        .iter()
        .filter(|month| !facts.forecasts.iter().any(|entry| entry.month == **month))
        .copied()
        .collect();
    (months.is_empty() || unsaid.len() < months.len()).then_some(unsaid)
}

fn match_between(
    filters: &Filters,
    facts: &Facts,
    from: NaiveDate,
    to: NaiveDate,
    ended: bool,
) -> Option<Drafted> {
    let amount = Money::sum(
        facts
            .matches
            .iter()
            .filter(|entry| in_months(entry.month, from, to))
            .filter(|entry| {
                filters
                    .capital
                    .is_none_or(|capital| capital == entry.capital)
            })
            .map(|entry| entry.amount),
    )?;
    let sentence = words::match_funding(amount, filters, facts, from, to, ended);
    basis(
        facts,
        filters,
        Counted::Match,
        Some((from, to)),
        sentence,
        words::MATCH_RULE,
    )
    .map(|basis| money(amount, basis))
}

/// Whether an entry for a month counts: the month's first day decides, or the first day of the
/// time if that begins within the month.
pub(super) fn in_months(month: NaiveDate, from: NaiveDate, to: NaiveDate) -> bool {
    let first = from.with_day(1).unwrap_or(from);
    first <= month && month <= to
}

fn agreed_amount(filters: &Filters, facts: &Facts) -> Option<(Money, String)> {
    match &filters.fence {
        None => Some((facts.award.amount, "the whole award".to_owned())),
        Some(slug) => {
            let fence = facts.fences.iter().find(|fence| fence.slug == *slug)?;
            let amount = fence.limit.or(fence.reserved)?;
            Some((amount, format!("the part “{}”", fence.name)))
        }
    }
}

fn agreed(filters: &Filters, facts: &Facts) -> Option<Drafted> {
    let (amount, what) = agreed_amount(filters, facts)?;
    let sentence = format!(
        "{} is what the agreement for {} sets for {what}.",
        amount.in_full(),
        facts.award.title
    );
    basis(
        facts,
        filters,
        Counted::Agreement,
        None,
        sentence,
        words::AGREEMENT_RULE,
    )
    .map(|basis| money(amount, basis))
}

fn headroom(filters: &Filters, facts: &Facts, span: &Span) -> Option<Drafted> {
    let (amount, what) = agreed_amount(filters, facts)?;
    let from = facts.award.starts_on.min(span.from);
    let left = amount.minus(spend_between(facts, filters, from, span.to)?)?;
    let sentence = format!(
        "{} is left to use of {what} of {}: {} less what was spent to {}.",
        left.in_full(),
        facts.award.title,
        amount.in_full(),
        crate::calendar::rules::date_without_weekday(span.to)
    );
    basis(
        facts,
        filters,
        Counted::Agreement,
        Some((from, span.to)),
        sentence,
        words::AGREEMENT_RULE,
    )
    .map(|basis| money(left, basis))
}

/// What the funder has paid, less what was paid back. It is paid for the whole award: of a part of it nothing can be said.
fn received(binding: &Binding, facts: &Facts, span: &Span) -> Option<Drafted> {
    if binding.filters != Filters::default() {
        return None;
    }
    // told without a period, it is all that came until the period's end
    let (from, to) = match binding.period {
        Some(_) => days(binding, facts, span)?,
        None => (facts.award.starts_on.min(span.from), span.to),
    };
    let begins = matches!(
        binding.period.map(|period| period.kind),
        None | Some(PeriodKind::Cumulative)
    );
    // what came before the award began is part of all that came
    let counted = |on: NaiveDate| (begins || from <= on) && on <= to;
    let rows = facts.received.iter().filter(|(on, _)| counted(*on));
    let amount = Money::sum(rows.map(|(_, amount)| *amount))?;
    let time = match begins {
        true => format!("to {}", crate::calendar::rules::date_without_weekday(to)),
        false => format!("in {}", crate::calendar::rules::months_in_words(from, to)),
    };
    let sentence = format!(
        "{} is what {} has paid for {} {time}, less what was paid back.",
        amount.in_full(),
        facts.funder.name,
        facts.award.title,
    );
    basis(
        facts,
        &Filters::default(),
        Counted::Received,
        Some((from, to)),
        sentence,
        words::RECEIVED_RULE,
    )
    .map(|basis| money(amount, basis))
}

/// Whether all that these filters count, the others count too.
fn within(narrow: &Filters, wide: &Filters) -> bool {
    let same = |narrow: &Option<String>, wide: &Option<String>| wide.is_none() || narrow == wide;
    let categories = match (&narrow.category, &wide.category) {
        (_, None) => true,
        (Some(narrow), Some(wide)) => narrow.iter().all(|slug| wide.contains(slug)),
        (None, Some(_)) => false,
    };
    categories
        && (wide.capital.is_none() || narrow.capital == wide.capital)
        && same(&narrow.fence, &wide.fence)
        && same(&narrow.place, &wide.place)
        && same(&narrow.group, &wide.group)
}

/// Whether nothing counts under both. Fences may be inside each other: two of them are not said to be apart.
fn apart(a: &Filters, b: &Filters) -> bool {
    let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    let categories = match (&a.category, &b.category) {
        (Some(a), Some(b)) => !a.iter().any(|slug| b.contains(slug)),
        _ => false,
    };
    let kinds = a.capital.is_some() && b.capital.is_some() && a.capital != b.capital;
    kinds || categories || differ(&a.place, &b.place) || differ(&a.group, &b.group)
}

/// What the last return said would be spent in the quarters of this period, of what the filters count; the first time,
/// what is forecast for them. Where the grid has a cell for just that, it is that cell; otherwise the cells for parts of
/// it, where no pound is in two of them; otherwise nothing can be said.
fn previous_forecast(
    form: &Form,
    filters: &Filters,
    facts: &Facts,
    span: &Span,
) -> Option<Drafted> {
    let Some(previous) = facts.previous.as_ref() else {
        return forecast(filters, facts, span.from, span.to);
    };
    let mut quarters: BTreeMap<(NaiveDate, NaiveDate), Vec<(&Filters, Money)>> = BTreeMap::new();
    for field in &form.fields {
        let Some(binding) = field.binding.as_ref().filter(|binding| {
            binding.measure == Measure::GridQuarter && binding.of == Some(Of::SpendOrForecast)
        }) else {
            continue;
        };
        let (from, to) = days(binding, facts, span)?;
        if from < span.from || to > span.to || !within(&binding.filters, filters) {
            continue;
        }
        if let Some(pence) = previous.answers.get(&field.key).and_then(Value::as_i64) {
            let cells = quarters.entry((from, to)).or_default();
            cells.push((&binding.filters, Money(pence)));
        }
    }
    let mut total = Money::ZERO;
    for cells in quarters.values() {
        let said = match cells.iter().find(|(of, _)| *of == filters) {
            Some((_, amount)) => *amount,
            None => {
                let twice = |(n, (a, _)): (usize, &(&Filters, Money))| {
                    cells.iter().skip(n).skip(1).any(|(b, _)| !apart(a, b))
                };
                if cells.iter().enumerate().any(twice) {
                    return None;
                }
                Money::sum(cells.iter().map(|(_, amount)| *amount))?
            }
        };
        total = total.plus(said)?;
    }
    if quarters.is_empty() {
        return None;
    }
    let sentence = format!(
        "{} is what the last return, for {}, said would be spent in {}{}.",
        total.in_full(),
        crate::calendar::rules::months_in_words(previous.from, previous.to),
        crate::calendar::rules::months_in_words(span.from, span.to),
        words::of_filters(filters, facts),
    );
    basis(
        facts,
        filters,
        Counted::LastReturn,
        Some((span.from, span.to)),
        sentence,
        words::LAST_RETURN_RULE,
    )
    .map(|basis| money(total, basis))
}

fn money(amount: Money, basis: Basis) -> Drafted {
    Drafted {
        value: Value::from(amount.pence()),
        basis,
    }
}

fn basis(
    facts: &Facts,
    filters: &Filters,
    counted: Counted,
    days: Option<(NaiveDate, NaiveDate)>,
    sentence: String,
    rule: &str,
) -> Option<Basis> {
    Some(Basis {
        sentence,
        rule: rule.to_owned(),
        counted,
        filters: filters.clone(),
        categories: categories(filters, facts)?,
        source: None,
        from: days.map(|(from, _)| from),
        to: days.map(|(_, to)| to),
        seq: facts.seq,
        at: facts.at,
    })
}
