//! Findings about money: over the award, outside its window, not loaded, not explained.

use chrono::NaiveDate;
use entity::{FieldKind, Money};
use serde_json::Value;

use super::super::measures::{actual_days, says_actual, spent};
use super::super::words::{listed, of_filters};
use super::{Checked, Finding, Severity, Uncovered};
use crate::calendar::rules::{date_without_weekday, months_in_words};
use crate::forms::rules::{Filters, Measure, PeriodKind};
use crate::forms::store::Field;

pub(super) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    over_the_award(checked, &mut found);
    outside(checked, &mut found);
    not_settled(checked, &mut found);
    differs_from_last(checked, &mut found);
    variance(checked, &mut found);
    match_short(checked, &mut found);
    if !checked.form.current {
        found.push(checked.overall(
            Severity::Warning,
            "form-not-current",
            "The funder has replaced this form by a newer version.".to_owned(),
            "Ask the funder which version to use for this period.",
        ));
    }
    found
}

fn all_time(checked: &Checked<'_>, filters: &Filters) -> Option<Money> {
    spent(checked.facts, filters, NaiveDate::MIN, NaiveDate::MAX)
}

fn over_the_award(checked: &Checked<'_>, found: &mut Vec<Finding>) {
    let award = &checked.facts.award;
    let over = |spent: Option<Money>, most: Money| {
        spent
            .and_then(|spent| spent.minus(most))
            .filter(|over| *over > Money::ZERO)
    };
    if let Some(over) = over(all_time(checked, &Filters::default()), award.amount) {
        found.push(checked.overall(
            Severity::Error,
            "over-award",
            format!(
                "The spend attributed to {} is {} more than its amount of {}.",
                award.title,
                over.in_full(),
                award.amount.in_full()
            ),
            "Correct the award’s amount, or attribute the spend again.",
        ));
    }
    for fence in &checked.facts.fences {
        let Some(limit) = fence.limit else { continue };
        let inside = Filters {
            fence: Some(fence.slug.clone()),
            ..Filters::default()
        };
        if let Some(over) = over(all_time(checked, &inside), limit) {
            found.push(checked.overall(
                Severity::Error,
                "over-fence",
                format!(
                    "The spend inside “{}” is {} more than its limit of {}.",
                    fence.name,
                    over.in_full(),
                    limit.in_full()
                ),
                "Ask the funder, or attribute the spend again.",
            ));
        }
    }
}

fn outside(checked: &Checked<'_>, found: &mut Vec<Finding>) {
    let award = &checked.facts.award;
    // A line and its correction on different days both stand outside: whether there is any is
    // asked of each day, not of the sum.
    let mut sums = [None, None];
    for sum in &checked.facts.spend {
        let outside = sum.on < award.starts_on || sum.on > award.ends_on;
        let future = sum.on > checked.today;
        for (total, counts) in sums.iter_mut().zip([outside, future]) {
            if counts && sum.amount != Money::ZERO {
                let so_far = total.unwrap_or(Money::ZERO);
                *total = Some(sum.amount.plus(so_far).unwrap_or(so_far));
            }
        }
    }
    let [outside, future] = sums;
    if let Some(outside) = outside {
        found.push(checked.overall(
            Severity::Error,
            "outside-window",
            format!(
                "Spend that comes to {} is outside the award’s time, {} to {}.",
                outside.in_full(),
                date_without_weekday(award.starts_on),
                date_without_weekday(award.ends_on)
            ),
            "Attribute the spend again, or correct the award’s dates.",
        ));
    }
    if let Some(future) = future {
        found.push(checked.overall(
            Severity::Error,
            "actual-in-future",
            format!(
                "Spend that comes to {} is dated after today, {}.",
                future.in_full(),
                date_without_weekday(checked.today)
            ),
            "Correct the dates in the ledger and load it again.",
        ));
    }
    // A figure typed into a cell of actual spend whose time has not begun.
    for field in &checked.form.fields {
        let Some((from, to)) = says_actual(field, checked.facts, checked.span) else {
            continue;
        };
        let said = checked.answer(&field.key).and_then(Value::as_i64);
        if from > checked.today && said.is_some_and(|pence| pence != 0) {
            found.push(checked.about(
                field,
                Severity::Error,
                "actual-in-future",
                format!(
                    "“{}” says {} of actual spend for {}, which has not begun.",
                    field.label,
                    Money(said.unwrap_or_default()).in_full(),
                    months_in_words(from, to)
                ),
                "Empty it; what is expected goes into the forecast.",
            ));
        }
    }
}

fn not_settled(checked: &Checked<'_>, found: &mut Vec<Finding>) {
    let span = checked.span;
    if checked.loaded_to.is_none_or(|on| on < span.to) {
        let message = checked.loaded_to.map_or_else(
            || "No spend is loaded for the award’s pools.".to_owned(),
            |on| {
                format!(
                    "Spend is loaded to {}; the period ends on {}.",
                    date_without_weekday(on),
                    date_without_weekday(span.to)
                )
            },
        );
        found.push(checked.overall(
            Severity::Warning,
            "spend-not-loaded",
            message,
            "Load the rest of the period’s spend, then refresh the draft.",
        ));
    }
    if !checked.open_months.is_empty() {
        let names: Vec<String> = checked
            .open_months
            .iter()
            .map(|month| month.format("%B %Y").to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        found.push(checked.overall(
            Severity::Warning,
            "ledger-open",
            format!("The ledger is not closed for {}.", listed(&names)),
            "Agree the months with the finance system and close them.",
        ));
    }
    let (rows, set_aside) = checked.set_aside;
    if rows != 0 {
        found.push(checked.overall(
            Severity::Warning,
            "not-agreed-to-ledger",
            format!(
                "{} of the files for this period, in {rows} {}, was set aside: what is loaded is \
                 not all that the finance system says.",
                set_aside.in_full(),
                if rows == 1 { "row" } else { "rows" }
            ),
            "Look at what was set aside in the imports: load it corrected, or say why it does not \
             count.",
        ));
    }
    let (lines, amount) = checked.to_code;
    if lines != 0 {
        found.push(checked.overall(
            Severity::Warning,
            "lines-to-code",
            format!(
                "{lines} {} of the period, {} in all, {} to be coded: no pool has them yet.",
                if lines == 1 { "line" } else { "lines" },
                amount.in_full(),
                if lines == 1 { "waits" } else { "wait" }
            ),
            "Code the lines that wait, then refresh the draft.",
        ));
    }
    if !checked.not_agreed.is_empty() {
        let names: Vec<String> = checked
            .not_agreed
            .iter()
            .map(|month| month.format("%B %Y").to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        found.push(checked.overall(
            Severity::Error,
            "months-not-agreed",
            format!(
                "The finance system and Tributary are not agreed for {}.",
                listed(&names)
            ),
            "Agree the months by cost centre, or say here why the return can go without.",
        ));
    }
    let Uncovered {
        lines,
        amount,
        credits,
    } = checked.uncovered;
    if credits < Money::ZERO {
        // No award pays less for it, so the awards of the pool claim more together than was spent.
        found.push(checked.overall(
            Severity::Warning,
            "credits-without-a-line",
            format!(
                "{} came back in the period, of what this award may pay for, without saying for which \
                 line: what awards pay for is not lowered by it.",
                Money(credits.pence().saturating_abs()).in_full()
            ),
            "Have the finance system name the line that each credit takes back, or say here whose it is.",
        ));
    }
    if lines != 0 && amount > Money::ZERO {
        found.push(checked.overall(
            Severity::Warning,
            "unattributed-spend",
            format!(
                "{} of the period’s spend, in {lines} {}, is not covered by any award.",
                amount.in_full(),
                if lines == 1 { "line" } else { "lines" }
            ),
            "Look at the spend that is not covered: some of it may belong to this award.",
        ));
    }
}

/// Figures of time that the last return already closed, compared with what it said.
fn differs_from_last(checked: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(last) = checked.facts.previous.as_ref().filter(|last| last.sent) else {
        return;
    };
    for field in &checked.form.fields {
        let Some(said) = last.answers.get(&field.key).and_then(Value::as_i64) else {
            continue;
        };
        let said = Money(said);
        let Some((now, from, to)) = closed_by_last(checked, field, last.to) else {
            continue;
        };
        if now != said {
            let difference = now.minus(said).unwrap_or_default();
            found.push(checked.about(
                field,
                Severity::Warning,
                "differs-from-last-return",
                format!(
                    "The last return said {} for {}; now it is {}, {} {}.",
                    said.in_full(),
                    months_in_words(from, to),
                    now.in_full(),
                    Money(difference.pence().saturating_abs()).in_full(),
                    if difference > Money::ZERO {
                        "more"
                    } else {
                        "less"
                    }
                ),
                "Tell the funder what changed since, as the form asks.",
            ));
        }
    }
}

/// What a field would say now about the time that the last return closed.
fn closed_by_last(
    checked: &Checked<'_>,
    field: &Field,
    last_to: NaiveDate,
) -> Option<(Money, NaiveDate, NaiveDate)> {
    let binding = field.binding.as_ref()?;
    let (from, to) = actual_days(field, checked.facts, checked.span)?;
    let to = match (binding.measure, binding.period?.kind) {
        (Measure::Spend, PeriodKind::Cumulative) => last_to,
        (Measure::GridQuarter, _) | (Measure::Spend, PeriodKind::Quarter) if to <= last_to => to,
        _ => return None,
    };
    let now = spent(checked.facts, &binding.filters, from, to)?;
    Some((now, from, to))
}

/// Spend against what was expected, over the funder's threshold and without an explanation: for each amount that the
/// form says was expected, of the spend that it counts.
fn variance(checked: &Checked<'_>, found: &mut Vec<Finding>) {
    for field in &checked.form.fields {
        if let Some(filters) = field
            .binding
            .as_ref()
            .filter(|binding| binding.measure == Measure::PreviousForecast)
            .map(|binding| &binding.filters)
        {
            found.extend(against(checked, field, filters));
        }
    }
}

/// What was spent against what a field says was expected.
fn against(checked: &Checked<'_>, field: &Field, filters: &Filters) -> Option<Finding> {
    let expected = Money(checked.answer(&field.key)?.as_i64()?);
    let span = checked.span;
    let actual = spent(checked.facts, filters, span.from, span.to)?;
    let difference = actual.minus(expected)?;
    // |difference| ÷ |expected| over the threshold, without dividing.
    let size = i128::from(difference.pence()).abs();
    let over_share = checked
        .variance_bp
        .filter(|bp| *bp >= 0)
        .is_some_and(|share| {
            let most = i128::from(expected.pence())
                .abs()
                .saturating_mul(i128::from(share));
            size.saturating_mul(10_000) > most
        });
    let over_amount = checked
        .variance_amount
        .is_some_and(|amount| size > i128::from(amount.pence()));
    if !over_share && !over_amount {
        return None;
    }
    let message = format!(
        "Spend in {}{} was {}; {} was expected: {} {}.",
        months_in_words(span.from, span.to),
        of_filters(filters, checked.facts),
        actual.in_full(),
        expected.in_full(),
        Money(difference.pence().saturating_abs()).in_full(),
        if difference > Money::ZERO {
            "more"
        } else {
            "less"
        }
    );
    match explanation(checked, field) {
        Some(place) if checked.answer(&place.key).is_none() => Some(checked.about(
            place,
            Severity::Error,
            "variance-unexplained",
            message,
            "Explain the difference: it is over the funder’s threshold.",
        )),
        Some(_) => None,
        None => Some(checked.about(
            field,
            Severity::Warning,
            "variance-unexplained",
            message,
            "The form has no place for an explanation: tell the funder otherwise.",
        )),
    }
}

/// Where a difference from what a field says was expected is explained: the text whose key is the field's with
/// “-explanation” after it, or else the text of the same section whose key ends in “explanation”.
fn explanation<'c>(checked: &Checked<'c>, field: &Field) -> Option<&'c Field> {
    let texts = || {
        checked
            .form
            .fields
            .iter()
            .filter(|other| other.kind == FieldKind::Text)
    };
    let own = format!("{}-explanation", field.key);
    texts().find(|other| other.key == own).or_else(|| {
        texts().find(|other| other.section == field.section && other.key.ends_with("explanation"))
    })
}

fn match_short(checked: &Checked<'_>, found: &mut Vec<Finding>) {
    let short = Money::sum(
        checked
            .facts
            .matches
            .iter()
            .filter(|entry| entry.month <= checked.span.to && !entry.secured)
            .map(|entry| entry.amount),
    );
    if let Some(short) = short.filter(|short| *short > Money::ZERO) {
        found.push(checked.overall(
            Severity::Warning,
            "match-short",
            format!(
                "{} of the match funding to {} is not promised in writing.",
                short.in_full(),
                date_without_weekday(checked.span.to)
            ),
            "Ask for it in writing, or record that it did not come.",
        ));
    }
}
