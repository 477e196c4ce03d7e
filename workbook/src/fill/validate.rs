//! Whether an answer fits its cell's data validation.
//!
//! A validation whose box "show an error" is not ticked counts as one that is: what the form's
//! author wrote down is what is asked for.

use super::answer::{Findings, Severity};
use crate::address::Cell;
use crate::calc::engine::Engine;
use crate::calc::value::{Value, general, parse_number, same_number, same_text};
use crate::calc::{Answer, Operand, Stop};
use crate::formula::{self, Node};
use crate::open::validations::{Operator, Style, Validation, Wanted};

/// The longest text that a cell holds.
pub const MAX_TEXT: usize = 32_767;

/// Checks one answer, as it stands in its cell with all others in theirs.
pub fn check(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    value: &Value,
    validations: &[Validation],
    findings: &mut Findings,
) {
    let book = engine.model.book;
    let name = &book.sheets[sheet].name;
    for validation in validations {
        let Some(base) = validation.areas.first().map(|a| a.start) else {
            continue;
        };
        if !validation.areas.iter().any(|a| a.contains(at)) {
            continue;
        }
        if value.is_blank() {
            if !validation.allow_blank && validation.wanted != Wanted::Any {
                findings.at(
                    Severity::Warning,
                    name,
                    at,
                    "left-empty",
                    "the form does not allow this cell to be empty".into(),
                );
            }
            continue;
        }
        let mut bases = vec![base];
        // With several areas Excel counts relative references from the first; some writers count
        // from the top left of all. Only what fails both ways is a finding.
        let corner = validation.areas.iter().fold(base, |c, a| {
            Cell::new(c.row.min(a.start.row), c.col.min(a.start.col))
        });
        if corner != base {
            bases.push(corner);
        }
        let mut outcome = Ok(None);
        for base in bases {
            outcome = misfit(engine, sheet, at, base, value, validation);
            if matches!(outcome, Ok(None)) {
                break;
            }
        }
        match outcome {
            Ok(None) => {}
            Ok(Some((code, message))) => {
                let severity = match validation.style {
                    Style::Stop => Severity::Error,
                    Style::Warning | Style::Information => Severity::Warning,
                };
                let said = validation.message.trim();
                let message = if said.is_empty() {
                    message
                } else {
                    format!("{message}; the form says: {said}")
                };
                findings.at(severity, name, at, code, message);
            }
            Err(_) => findings.at(
                Severity::Note,
                name,
                at,
                "not-checked",
                "the form's rule for this cell is beyond the calculator, so the answer was not checked against it"
                    .into(),
            ),
        }
    }
}

type Misfit = Option<(&'static str, String)>;

fn misfit(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    value: &Value,
    validation: &Validation,
) -> Answer<Misfit> {
    match validation.wanted {
        Wanted::Any => Ok(None),
        Wanted::List => list(engine, sheet, at, base, value, validation),
        Wanted::Custom => custom(engine, sheet, at, base, value, validation),
        Wanted::TextLength => {
            let text = value.show();
            let length = text.encode_utf16().count() as f64;
            let limits = limits(engine, sheet, at, base, validation)?;
            let Some((low, high)) = limits else {
                return Ok(None);
            };
            if holds(validation.operator, length, low, high) {
                return Ok(None);
            }
            let most = match validation.operator {
                Operator::Between => high,
                _ => low,
            };
            let over = length > most
                || matches!(validation.operator, Operator::Less | Operator::LessOrEqual);
            Ok(Some(if over {
                (
                    "too-long",
                    format!(
                        "the text has {length} characters; {}",
                        range_in_words(validation.operator, low, high)
                    ),
                )
            } else {
                (
                    "too-short",
                    format!(
                        "the text has {length} characters; {}",
                        range_in_words(validation.operator, low, high)
                    ),
                )
            }))
        }
        Wanted::Whole | Wanted::Decimal | Wanted::Date | Wanted::Time => {
            let kind = match validation.wanted {
                Wanted::Whole => "a whole number",
                Wanted::Decimal => "a number",
                Wanted::Date => "a date",
                _ => "a time",
            };
            let Value::Number(n) = value else {
                return Ok(Some((
                    "out-of-range",
                    format!(
                        "the form wants {kind} here, not \"{}\"",
                        shorten(&value.show())
                    ),
                )));
            };
            if validation.wanted == Wanted::Whole && n.fract() != 0.0 {
                return Ok(Some((
                    "out-of-range",
                    format!("the form wants a whole number here, not {}", general(*n)),
                )));
            }
            let Some((low, high)) = limits(engine, sheet, at, base, validation)? else {
                return Ok(None);
            };
            if holds(validation.operator, *n, low, high) {
                return Ok(None);
            }
            let dated = validation.wanted == Wanted::Date;
            let show = |n: f64| match crate::calc::time::to_date(n, engine.date1904()) {
                Some((y, m, d)) if dated => format!("{y:04}-{m:02}-{d:02}"),
                _ => general(n),
            };
            Ok(Some((
                "out-of-range",
                format!(
                    "{} is outside what the form allows: {}",
                    show(*n),
                    words(validation.operator, &show(low), &show(high))
                ),
            )))
        }
    }
}

fn evaluate(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    text: &str,
) -> Answer<(Operand, Node)> {
    let Some(root) = formula::parse(text, engine.model.book) else {
        return Err(Stop::Unsupported("a rule that cannot be read".into()));
    };
    Ok((engine.expression(&root, sheet, base, at)?, root))
}

/// The values of an operand of an expression that stands in no cell.
fn items(engine: &mut Engine<'_>, operand: Operand) -> Answer<Vec<Value>> {
    match operand {
        Operand::One(value) => Ok(vec![value]),
        Operand::Many(array) => Ok(array.items.clone()),
        Operand::Area(sheet, rect) => {
            let mut found = Vec::new();
            let world = crate::calc::engine::World::Filled;
            loop {
                found.clear();
                let seen = engine.visit(world, sheet, rect, |_, v| {
                    found.push(v);
                    Ok(())
                });
                match seen {
                    Err(Stop::Deep(id)) => {
                        engine.settle_formula(world, id)?;
                    }
                    Err(other) => return Err(other),
                    Ok(()) => return Ok(found),
                }
            }
        }
        Operand::Areas(_) => Err(Stop::Unsupported("a list of several areas".into())),
    }
}

fn limits(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    validation: &Validation,
) -> Answer<Option<(f64, f64)>> {
    let mut numbers = [0.0, 0.0];
    for (text, slot) in [&validation.formula1, &validation.formula2]
        .into_iter()
        .zip(&mut numbers)
    {
        if text.trim().is_empty() {
            continue;
        }
        let (operand, _) = evaluate(engine, sheet, at, base, text)?;
        let first = items(engine, operand)?
            .into_iter()
            .next()
            .unwrap_or(Value::Empty);
        match first.to_number() {
            Ok(n) => *slot = n,
            // Excel does not hold a cell to a limit that is an error.
            Err(_) => return Ok(None),
        }
    }
    if validation.formula1.trim().is_empty() {
        return Ok(None);
    }
    Ok(Some((numbers[0], numbers[1])))
}

fn holds(operator: Operator, n: f64, low: f64, high: f64) -> bool {
    let same = same_number(n, low);
    match operator {
        Operator::Between => (n >= low || same) && (n <= high || same_number(n, high)),
        Operator::NotBetween => n < low || n > high,
        Operator::Equal => same,
        Operator::NotEqual => !same,
        Operator::Less => n < low && !same,
        Operator::LessOrEqual => n < low || same,
        Operator::Greater => n > low && !same,
        Operator::GreaterOrEqual => n > low || same,
    }
}

fn range_in_words(operator: Operator, low: f64, high: f64) -> String {
    format!(
        "the form allows {}",
        words(operator, &general(low), &general(high))
    )
}

fn words(operator: Operator, low: &str, high: &str) -> String {
    match operator {
        Operator::Between => format!("from {low} to {high}"),
        Operator::NotBetween => format!("anything but {low} to {high}"),
        Operator::Equal => format!("only {low}"),
        Operator::NotEqual => format!("anything but {low}"),
        Operator::Less => format!("less than {low}"),
        Operator::LessOrEqual => format!("at most {low}"),
        Operator::Greater => format!("more than {low}"),
        Operator::GreaterOrEqual => format!("at least {low}"),
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    let start: String = text.chars().take(57).collect();
    format!("{start}…")
}

/// The list that a validation offers at a cell, as the form now stands; nothing where the
/// calculator cannot tell.
pub(crate) fn offered(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    validation: &Validation,
) -> Option<Vec<String>> {
    let base = validation.areas.first()?.start;
    let choices = choices(engine, sheet, at, base, validation).ok()?;
    Some(
        choices
            .iter()
            .map(|choice| choice.show().trim().to_owned())
            .collect(),
    )
}

fn is_literal(formula: &str) -> bool {
    let text = formula.trim();
    text.len() > 1 && text.starts_with('"') && text.ends_with('"')
}

/// What can be chosen; a list that is an error (an INDIRECT of a cell not chosen yet) offers
/// nothing.
fn choices(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    validation: &Validation,
) -> Answer<Vec<Value>> {
    let text = validation.formula1.trim();
    let literal = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let choices: Vec<Value> = match literal {
        Some(inside) => inside
            .replace("\"\"", "\"")
            .split(',')
            .map(|t| Value::text(t.trim()))
            .collect(),
        None => {
            let (operand, _) = evaluate(engine, sheet, at, base, text)?;
            items(engine, operand)?
        }
    };
    Ok(choices
        .into_iter()
        .filter(|c| !c.is_blank() && !matches!(c, Value::Fault(_)))
        .collect())
}

fn list(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    value: &Value,
    validation: &Validation,
) -> Answer<Misfit> {
    let literal = is_literal(&validation.formula1);
    let choices = choices(engine, sheet, at, base, validation)?;
    let fits = choices.iter().any(|choice| match (choice, value) {
        (Value::Number(a), Value::Number(b)) => same_number(*a, *b),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        // Excel tells capitals apart in a list written out, not in one that is in cells.
        (Value::Text(a), Value::Text(b)) if literal => a.trim() == b.trim(),
        (Value::Text(a), Value::Text(b)) => a == b || same_text(a.trim(), b.trim()),
        (Value::Text(a), Value::Number(b)) => parse_number(a).is_some_and(|a| same_number(a, *b)),
        (Value::Number(a), Value::Text(b)) => parse_number(b).is_some_and(|b| same_number(*a, b)),
        (Value::Text(a), Value::Bool(b)) => {
            a.eq_ignore_ascii_case(if *b { "TRUE" } else { "FALSE" })
        }
        _ => false,
    });
    if fits {
        return Ok(None);
    }
    let shown: Vec<String> = choices
        .iter()
        .take(6)
        .map(|c| format!("\"{}\"", shorten(&c.show())))
        .collect();
    let more = choices.len().saturating_sub(shown.len());
    let offer = match (shown.len(), more) {
        (0, _) => "which is empty as the form now stands".to_owned(),
        (_, 0) => format!("which is {}", shown.join(", ")),
        (_, more) => format!("which begins {} and has {more} more", shown.join(", ")),
    };
    Ok(Some((
        "not-in-list",
        format!(
            "\"{}\" is not in the form's list, {offer}",
            shorten(&value.show())
        ),
    )))
}

fn custom(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    value: &Value,
    validation: &Validation,
) -> Answer<Misfit> {
    let (operand, root) = evaluate(engine, sheet, at, base, &validation.formula1)?;
    let result = items(engine, operand)?
        .into_iter()
        .next()
        .unwrap_or(Value::Empty);
    if result.to_bool() == Ok(true) {
        return Ok(None);
    }
    // With "ignore blank", a rule that looks at an empty cell holds nobody to anything.
    if validation.allow_blank && looks_at_blank(engine, sheet, at, base, &root)? {
        return Ok(None);
    }
    Ok(Some((
        "rule-not-met",
        format!(
            "\"{}\" does not meet the form's rule for this cell",
            shorten(&value.show())
        ),
    )))
}

fn looks_at_blank(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    base: Cell,
    root: &Node,
) -> Answer<bool> {
    let mut used = formula::Uses::default();
    let formula = formula::Formula {
        root: root.clone(),
        base,
    };
    formula::uses(&formula, engine.model.book, sheet, at, &mut used);
    for (on, rect) in used.rects {
        if rect.is_one() && (on, rect.start) != (sheet, at) {
            let world = crate::calc::engine::World::Filled;
            if engine.cell(world, on, rect.start)?.is_blank() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
