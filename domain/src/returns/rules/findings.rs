//! What is wrong, or worth knowing, about a return: one shape for all, errors before warnings.

mod answers;
mod money;
mod overtaken;
mod plausible;
mod terms;
mod workbook;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::measures::{Facts, Span};
use crate::forms::store::{Field, Form};
use crate::returns::workbook::CellFinding;

pub(crate) use overtaken::Overtaken;
pub(crate) use terms::{NotKept, OverCap};

/// Spend of some days in some pools that no award pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uncovered {
    /// Lines of spend.
    pub lines: i64,
    /// What of them is not covered.
    pub amount: Money,
    /// What came back, of what this award may pay for, and names no line, so that no award pays less
    /// for it; zero or negative.
    pub credits: Money,
}

/// How much a finding matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The return cannot be offered while it stands.
    Error,
    /// Somebody should look; it may be silenced with a reason.
    Warning,
    /// Good to know.
    Note,
}

/// Something found about a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The form's title and version.
    pub form: String,
    /// The sheet, if it is about one.
    pub sheet: Option<String>,
    /// The cell, if it is about one.
    pub cell: Option<String>,
    /// The key of the field, if it is about one.
    pub field: Option<String>,
    /// Stable name, in kebab case.
    pub code: String,
    /// What was found, in plain words.
    pub message: String,
    /// What to do about it.
    pub what_to_do: String,
    /// Why it may stand, if somebody said so.
    #[serde(default)]
    pub silenced: Option<String>,
}

impl Finding {
    /// Where it is, as silencing names it: `Finances!E17`, or empty.
    #[must_use]
    pub fn place(&self) -> String {
        match (&self.sheet, &self.cell) {
            (Some(sheet), Some(cell)) => format!("{sheet}!{cell}"),
            (Some(sheet), None) => sheet.clone(),
            _ => String::new(),
        }
    }

    /// Whether it stands in the way of offering the return.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.severity == Severity::Error && self.silenced.is_none()
    }

    /// Whether a person may answer it with a reason. Errors are mended, but for the form's own
    /// checks, for funders take a form whose check says "below" when somebody says why, and for
    /// months that are not agreed with the ledger, without which nothing is certified unexplained.
    #[must_use]
    pub fn may_be_silenced(&self) -> bool {
        self.severity != Severity::Error
            || ["check-failed", "months-not-agreed"].contains(&self.code.as_str())
    }
}

/// Why a finding may stand, as somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reasoned {
    /// The finding's code.
    pub code: String,
    /// Its place, as silencing names it.
    pub place: String,
    /// Its words; empty where they were not kept.
    pub found: String,
    /// Why it may stand.
    pub reason: String,
}

impl Reasoned {
    /// Whether this was said of a finding: in other words it is another.
    pub(crate) fn is_of(&self, finding: &Finding) -> bool {
        self.code == finding.code
            && self.place == finding.place()
            && (self.found.is_empty() || self.found == finding.message)
    }
}

/// Everything that the findings of a return follow from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked<'a> {
    /// The form.
    pub form: &'a Form,
    /// What is known.
    pub facts: &'a Facts,
    /// The days that the return is about.
    pub span: &'a Span,
    /// The answers that stand, by field key.
    pub answers: &'a BTreeMap<String, Value>,
    /// Today in London.
    pub today: NaiveDate,
    /// The last day to which spend is loaded.
    pub loaded_to: Option<NaiveDate>,
    /// Months of the period whose ledger is open.
    pub open_months: &'a [NaiveDate],
    /// Spend of the period in the award's pools that no award pays for.
    pub uncovered: Uncovered,
    /// Rows set aside from files of the period that have lines of the award's pools: rows and
    /// amount.
    pub set_aside: (i64, Money),
    /// Lines of the period that wait to be coded, of whatever pool: lines and amount.
    pub to_code: (i64, Money),
    /// Months of the period that are not agreed with the finance system, where months are agreed.
    pub not_agreed: &'a [NaiveDate],
    /// Variance that needs an explanation, basis points.
    pub variance_bp: Option<i32>,
    /// Variance that needs an explanation, in pence, where the award says so.
    pub variance_amount: Option<Money>,
    /// Years that ended in the period, of which spend was not kept up.
    pub not_kept: &'a [NotKept],
    /// Years that the period touches, of which more is charged for management than may be.
    pub over_caps: &'a [OverCap],
    /// What the workbook itself says.
    pub workbook: &'a [CellFinding],
    /// Why findings may stand, the newest last.
    pub silenced: &'a [Reasoned],
    /// Whether the offices have signed: until then sign-off cells are empty.
    pub signed: bool,
    /// Whether boards or offices are asked: what is to be mended must come back first.
    pub offered: bool,
    /// Answers that would be drafted otherwise today.
    pub overtaken: &'a [Overtaken],
}

/// What is found about a return; errors first, then in the order of the form; what was silenced
/// comes last.
pub(crate) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    let mut all = answers::findings(checked);
    all.extend(money::findings(checked));
    all.extend(terms::findings(checked));
    all.extend(plausible::findings(checked));
    all.extend(overtaken::findings(checked));
    workbook::add(checked, &mut all);
    for finding in &mut all {
        if finding.may_be_silenced() {
            finding.silenced = checked
                .silenced
                .iter()
                .rev()
                .find(|said| said.is_of(finding))
                .map(|said| said.reason.clone());
        }
    }
    let order: BTreeMap<&str, usize> = checked
        .form
        .fields
        .iter()
        .enumerate()
        .map(|(n, field)| (field.key.as_str(), n))
        .collect();
    all.sort_by_cached_key(|finding| {
        (
            finding.silenced.is_some(),
            finding.severity,
            finding
                .field
                .as_deref()
                .and_then(|key| order.get(key).copied())
                .unwrap_or(usize::MAX),
            finding.code.clone(),
            finding.place(),
        )
    });
    all
}

/// What was let stand when a return was offered is told as it was then, whatever is found since:
/// boards and officers agreed to it in those words. What is found in others is open.
pub(crate) fn as_offered(found: &mut Vec<Finding>, let_stand: &[Finding]) {
    for finding in found.iter_mut() {
        finding.silenced = None;
    }
    for stood in let_stand {
        let same = found.iter_mut().find(|finding| {
            finding.code == stood.code
                && finding.place() == stood.place()
                && finding.message == stood.message
        });
        match same {
            Some(same) => same.silenced.clone_from(&stood.silenced),
            None => found.push(stood.clone()),
        }
    }
    found.sort_by_key(|finding| finding.silenced.is_some());
}

impl Checked<'_> {
    fn about(
        &self,
        field: &Field,
        severity: Severity,
        code: &str,
        message: String,
        what_to_do: &str,
    ) -> Finding {
        Finding {
            sheet: Some(field.sheet.clone()),
            cell: Some(field.cell.clone()),
            field: Some(field.key.clone()),
            ..self.overall(severity, code, message, what_to_do)
        }
    }

    fn overall(
        &self,
        severity: Severity,
        code: &str,
        message: String,
        what_to_do: &str,
    ) -> Finding {
        Finding {
            severity,
            form: format!("{}, {}", self.form.name, self.form.version_label),
            sheet: None,
            cell: None,
            field: None,
            code: code.to_owned(),
            message,
            what_to_do: what_to_do.to_owned(),
            silenced: None,
        }
    }

    fn answer(&self, key: &str) -> Option<&Value> {
        self.answers.get(key).filter(|value| !value.is_null())
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
