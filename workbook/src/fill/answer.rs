//! What is to be filled in, and what is found on the way.

use serde::{Deserialize, Serialize};

use crate::address::Cell;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written, unless told to write anyway.
    Error,
    /// To be looked at.
    Warning,
    /// To be known.
    Note,
}

/// Something found while filling a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The sheet, empty where none is meant.
    pub sheet: String,
    /// The cell, empty where none is meant; the locator where it leads nowhere.
    pub cell: String,
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// A value to be filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Filling {
    /// Empties the cell.
    Nothing(()),
    /// TRUE or FALSE.
    Truth(bool),
    /// A number.
    Number(f64),
    /// A text; never a formula.
    Text(String),
    /// A day, or a day and a time: `2026-09-30`, `2026-09-30T17:00`.
    Date {
        /// In ISO 8601.
        date: String,
    },
    /// Something else, which is refused with a finding.
    Other(serde_json::Value),
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Where: see [`super::locate`].
    pub at: String,
    /// What.
    pub value: Filling,
}

/// The answers to a form, as `ANSWERS.json` holds them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The answers.
    pub answers: Vec<Answer>,
}

/// How to fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Write what can be written even where errors were found.
    #[serde(default)]
    pub write_anyway: bool,
    /// Do not calculate: every formula that depends on an answer loses its stored value.
    #[serde(default)]
    pub no_compute: bool,
}

/// Findings as they are collected.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds one.
    pub fn add(
        &mut self,
        severity: Severity,
        sheet: &str,
        cell: &str,
        code: &str,
        message: String,
    ) {
        self.0.push(Finding {
            severity,
            sheet: sheet.into(),
            cell: cell.into(),
            code: code.into(),
            message,
        });
    }

    /// Adds one about a cell.
    pub fn at(&mut self, severity: Severity, sheet: &str, cell: Cell, code: &str, message: String) {
        self.add(severity, sheet, &cell.to_string(), code, message);
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|f| f.severity == Severity::Error)
    }
}
