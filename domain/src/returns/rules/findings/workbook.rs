//! What the funder's workbook says of itself: its validations and its own check cells.

use std::collections::BTreeSet;

use super::super::measures::is_sign_off;
use super::{Checked, Finding, Severity};

/// Adds the workbook's findings, without repeating what is said already.
pub(super) fn add(checked: &Checked<'_>, all: &mut Vec<Finding>) {
    let sign_off: BTreeSet<&str> = checked
        .form
        .fields
        .iter()
        .filter(|field| is_sign_off(field))
        .map(|field| field.sheet.as_str())
        .collect();
    let mut not_computed = 0_usize;
    for found in checked.workbook {
        if found.code == "not-computed" {
            not_computed = not_computed.saturating_add(1);
            continue;
        }
        let field = checked.form.fields.iter().find(|field| {
            Some(field.sheet.as_str()) == found.sheet.as_deref()
                && Some(field.cell.as_str()) == found.cell.as_deref()
        });
        // One fault of an answer is said once, also where the form and we call it differently.
        let said = all.iter().any(|other| {
            other.sheet == found.sheet
                && other.cell == found.cell
                && (other.code == found.code
                    || (field.is_some()
                        && other.severity == Severity::Error
                        && found.code != "check-failed"))
        });
        if said {
            continue;
        }
        let mut severity = match found.severity.as_str() {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => Severity::Note,
        };
        let mut what_to_do = advice(&found.code);
        let unsigned = found.code == "check-failed"
            && !checked.signed
            && found
                .sheet
                .as_deref()
                .is_some_and(|sheet| sign_off.contains(sheet));
        if unsigned {
            severity = Severity::Note;
            what_to_do = "Nothing yet: these cells are written when the return is signed.";
        }
        // What the workbook says of an answer's cell names no question: its reader has no cell.
        let message = match field {
            Some(field) if !found.message.contains(&field.label) => {
                as_sentence(&format!("“{}”: {}", field.label, found.message))
            }
            _ => as_sentence(&found.message),
        };
        all.push(Finding {
            sheet: found.sheet.clone(),
            cell: found.cell.clone(),
            field: field.map(|field| field.key.clone()),
            ..checked.overall(severity, &found.code, message, what_to_do)
        });
    }
    if not_computed > 0 {
        all.push(checked.overall(
            Severity::Note,
            "not-computed",
            format!(
                "{not_computed} {} of the form could not be computed here and {} left empty.",
                if not_computed == 1 { "cell" } else { "cells" },
                if not_computed == 1 { "is" } else { "are" },
            ),
            "Nothing: a spreadsheet program computes them when the workbook is opened.",
        ));
    }
}

/// What the workbook says, as a sentence: it is followed by what to do.
fn as_sentence(message: &str) -> String {
    let message = message.trim();
    let mut letters = message.chars();
    let begun: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if begun.ends_with(['.', '!', '?', '”']) {
        begun
    } else {
        format!("{begun}.")
    }
}

fn advice(code: &str) -> &'static str {
    match code {
        "check-failed" => "Correct the answers behind it, or say why it may stand.",
        "not-in-list" => "Choose one of the form’s list.",
        "out-of-range" => "Enter a value that the form allows.",
        "too-long" => "Shorten it: the form limits its length.",
        "formula-cell" => "The form computes this cell: correct the field’s place.",
        "locked-cell" => "The form locks this cell: check the field’s place.",
        "no-such-sheet" | "no-such-name" | "no-such-marker" => {
            "The form has changed: correct the field’s place."
        }
        _ => "Look at the cell in the workbook.",
    }
}
