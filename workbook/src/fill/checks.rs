//! The form's own check cells: formulas that say in words, or by TRUE and FALSE, or by a
//! difference that ought to be nothing, whether the answers agree.
//!
//! Noise is a defect, so a formula counts as a check only where it says so itself: by a text
//! written out in it that speaks of an error, or by a label beside it that calls it a check.

use super::answer::{Findings, Severity};
use crate::address::Cell;
use crate::calc::engine::{Engine, World};
use crate::calc::model::Model;
use crate::calc::value::{Value, general};
use crate::formula::{Binary, Formula, Node};

/// A formula's value before and after.
#[derive(Debug)]
pub struct Recomputed {
    /// The formula.
    pub id: u32,
    /// On the untouched form, where it is known.
    pub before: Option<Value>,
    /// With the answers in place.
    pub after: Value,
}

/// Reports checks that fail, and formulas that have become errors.
pub fn report(
    engine: &mut Engine<'_>,
    model: &Model<'_>,
    results: &[Recomputed],
    findings: &mut Findings,
) {
    for result in results {
        let Some((sheet, _, _, cell)) = model.record(result.id) else {
            continue;
        };
        let Some(formula) = model.formula(result.id) else {
            continue;
        };
        let Some(said) = failure(engine, sheet, cell.at, &formula, &result.after) else {
            continue;
        };
        let before = result
            .before
            .as_ref()
            .and_then(|v| failure(engine, sheet, cell.at, &formula, v));
        // What failed before anything was filled in, and still says the same, is a warning.
        let still = before.is_some_and(|before| before == said);
        let severity = if still {
            Severity::Warning
        } else {
            Severity::Error
        };
        let message = in_words(engine, sheet, cell.at, &said, still);
        let name = &model.book.sheets[sheet].name;
        findings.at(severity, name, cell.at, "check-failed", message);
    }
    errors(model, results, findings);
}

/// A failed check for somebody who does not have the form open: "CHECK" alone says nothing, so the
/// row's own name goes before it, and what the form says beside it after.
fn in_words(engine: &mut Engine<'_>, sheet: usize, at: Cell, said: &str, still: bool) -> String {
    let still = if still { "still " } else { "" };
    let name = if said.split_whitespace().count() <= 2 {
        row_name(engine, sheet, at)
    } else {
        None
    };
    let mut message = match name {
        Some(name) => format!("“{name}”: the form’s own check {still}says {said}"),
        None => format!("The form’s own check {still}says: {said}"),
    };
    if !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
    if let Some(next) = right(engine, sheet, at) {
        message.push(' ');
        message.push_str(&next);
    }
    message
}

/// What a check says, if it is one and fails.
fn failure(
    engine: &mut Engine<'_>,
    sheet: usize,
    at: Cell,
    formula: &Formula,
    value: &Value,
) -> Option<String> {
    match value {
        Value::Text(text) => {
            let said = text.trim();
            if !(speaks_of_error(said) && says_itself(&formula.root, said)) {
                return None;
            }
            Some(said.to_owned())
        }
        Value::Bool(false) => {
            if !is_test(&formula.root) {
                return None;
            }
            let label = label(engine, sheet, at)?;
            Some(format!("\"{label}\" is FALSE"))
        }
        Value::Number(n) if *n != 0.0 && n.abs() >= 0.005 => {
            if !is_difference(&formula.root) {
                return None;
            }
            let label = label(engine, sheet, at)?;
            Some(format!("\"{label}\" is {} and not 0", general(*n)))
        }
        _ => None,
    }
}

/// Whether a text speaks of an error, as forms do.
fn speaks_of_error(text: &str) -> bool {
    let lower = text.to_lowercase();
    const STARTS: [&str; 12] = [
        "error",
        "err:",
        "check ",
        "check:",
        "check!",
        "invalid",
        "fail",
        "incorrect",
        "mismatch",
        "wrong",
        "not ok",
        "warning",
    ];
    const INSIDE: [&str; 19] = [
        " error",
        "exceeds",
        "exceeded",
        "does not match",
        "do not match",
        "doesn't match",
        "does not equal",
        "do not equal",
        "does not agree",
        "do not agree",
        "does not balance",
        "do not balance",
        "out of balance",
        "does not reconcile",
        "do not reconcile",
        "overspen",
        "over budget",
        "over allocat",
        "not valid",
    ];
    const DENIALS: [&str; 5] = [
        "no error",
        "error free",
        "error-free",
        "0 error",
        "without error",
    ];
    lower == "check"
        || (STARTS.iter().any(|s| lower.starts_with(s)) || INSIDE.iter().any(|s| lower.contains(s)))
            && !DENIALS.iter().any(|s| lower.contains(s))
}

/// Whether the formula itself holds the words, rather than showing somebody's answer.
fn says_itself(node: &Node, said: &str) -> bool {
    let mut found = false;
    walk(node, &mut |node| {
        if let Node::Text(text) = node {
            let text = text.trim();
            found |= text.len() >= 4 && said.contains(text) && speaks_of_error(text);
        }
    });
    found
}

fn walk(node: &Node, f: &mut impl FnMut(&Node)) {
    f(node);
    match node {
        Node::Binary(_, a, b) | Node::Range(a, b) | Node::Intersection(a, b) => {
            walk(a, f);
            walk(b, f);
        }
        Node::Unary(_, a) | Node::Single(a) | Node::Spill(a) => walk(a, f),
        Node::Call(_, all) | Node::Unknown(_, all) | Node::Union(all) | Node::Array(_, all) => {
            all.iter().for_each(|n| walk(n, f));
        }
        _ => {}
    }
}

/// Whether the formula compares.
fn is_test(node: &Node) -> bool {
    match node {
        Node::Binary(op, _, _) => matches!(
            op,
            Binary::Equal
                | Binary::NotEqual
                | Binary::Less
                | Binary::LessOrEqual
                | Binary::Greater
                | Binary::GreaterOrEqual
        ),
        Node::Call(f, args) => match f.name {
            "AND" | "OR" | "NOT" | "EXACT" | "XOR" => true,
            "IF" => args[1..]
                .iter()
                .any(|a| matches!(a, Node::Bool(_)) || is_test(a)),
            "IFERROR" | "IFNA" => is_test(&args[0]),
            _ => false,
        },
        _ => false,
    }
}

/// Whether the formula is a difference, perhaps rounded.
fn is_difference(node: &Node) -> bool {
    match node {
        Node::Binary(Binary::Subtract, _, _) => true,
        Node::Call(f, args) => {
            matches!(f.name, "ROUND" | "ABS" | "INT" | "IFERROR") && is_difference(&args[0])
        }
        _ => false,
    }
}

/// The label that calls a cell a check: the nearest text to the left in its row, or the nearest
/// above in its column.
fn label(engine: &mut Engine<'_>, sheet: usize, at: Cell) -> Option<String> {
    let above = (1..at.row)
        .rev()
        .take(30)
        .find_map(|r| text(engine, sheet, Cell::new(r, at.col)));
    [left(engine, sheet, at), above]
        .into_iter()
        .flatten()
        .find(|text| {
            let lower = text.to_lowercase();
            let words = lower.split(|c: char| !c.is_alphanumeric());
            let named = words.into_iter().any(|w| {
                matches!(
                    w,
                    "check"
                        | "checks"
                        | "validation"
                        | "reconciliation"
                        | "reconciles"
                        | "balances"
                )
            });
            text.chars().count() <= 120
                && (named
                    || [
                        "should be 0",
                        "should be zero",
                        "should be nil",
                        "must be zero",
                        "must equal",
                    ]
                    .iter()
                    .any(|s| lower.contains(s)))
        })
}

/// What a row is called: its first text, but for the marks that forms find their own rows by.
fn row_name(engine: &mut Engine<'_>, sheet: usize, at: Cell) -> Option<String> {
    (1..at.col)
        .rev()
        .take(20)
        .filter_map(|c| text(engine, sheet, Cell::new(at.row, c)))
        .filter(|text| {
            !text.ends_with("-START") && !text.ends_with("-END") && text.chars().count() <= 120
        })
        .last()
}

/// What a form says beside its check: a sentence to the right in its row.
fn right(engine: &mut Engine<'_>, sheet: usize, at: Cell) -> Option<String> {
    (at.col.saturating_add(1)..=at.col.saturating_add(3))
        .find_map(|c| text(engine, sheet, Cell::new(at.row, c)))
        .filter(|text| {
            text.split_whitespace().count() >= 3
                && text.ends_with('.')
                && text.chars().count() <= 250
        })
}

/// The nearest text to the left in a cell's row.
fn left(engine: &mut Engine<'_>, sheet: usize, at: Cell) -> Option<String> {
    (1..at.col)
        .rev()
        .take(6)
        .find_map(|c| text(engine, sheet, Cell::new(at.row, c)))
}

/// The text of a cell on the untouched form, if it holds any.
fn text(engine: &mut Engine<'_>, sheet: usize, at: Cell) -> Option<String> {
    match engine.cell(World::Form, sheet, at) {
        Ok(Value::Text(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// Formulas that have become errors: the first of each chain, not all that pass it on.
fn errors(model: &Model<'_>, results: &[Recomputed], findings: &mut Findings) {
    let fresh: Vec<&Recomputed> = results
        .iter()
        .filter(|r| matches!(r.after, Value::Fault(_)))
        .filter(|r| !matches!(r.before, Some(Value::Fault(_))))
        .collect();
    let mut at: std::collections::HashSet<(usize, Cell)> = std::collections::HashSet::new();
    for result in &fresh {
        if let Some((sheet, _, _, cell)) = model.record(result.id) {
            at.insert((sheet, cell.at));
        }
    }
    for result in fresh {
        let (Some((sheet, _, _, cell)), Some(formula)) =
            (model.record(result.id), model.formula(result.id))
        else {
            continue;
        };
        let mut used = crate::formula::Uses::default();
        crate::formula::uses(&formula, model.book, sheet, cell.at, &mut used);
        let passed_on = used.rects.iter().any(|(on, rect)| {
            if rect.is_one() {
                at.contains(&(*on, rect.start))
            } else {
                at.iter().any(|(s, c)| s == on && rect.contains(*c))
            }
        });
        if !passed_on {
            findings.at(
                Severity::Warning,
                &model.book.sheets[sheet].name,
                cell.at,
                "formula-error",
                format!("this formula now gives {}", result.after.show()),
            );
        }
    }
}
