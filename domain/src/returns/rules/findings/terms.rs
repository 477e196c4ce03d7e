//! Findings about what was agreed besides: spend that was to be kept up, and the cap of a management charge.

use entity::Money;

use super::{Checked, Finding, Severity};

/// A year that ended in the period, of which less was spent than had to be kept up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotKept {
    /// What spend that is, and whose.
    pub of_what: String,
    /// What had to be kept up, what was, and what is short, as a sentence.
    pub sentence: String,
    /// Spent in what counts.
    pub spent: Money,
    /// Of that, what the award itself paid for: it does not count.
    pub paid_by_award: Money,
}

/// A year of which more was charged for management than may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OverCap {
    /// The pool that it is of; none where it is of the award itself.
    pub pool: Option<String>,
    /// What may be charged, what is, and what is over, as a sentence.
    pub sentence: String,
}

pub(super) fn findings(checked: &Checked<'_>) -> Vec<Finding> {
    let not_kept = checked.not_kept.iter().map(|year| not_kept(checked, year));
    let over = checked.over_caps.iter().map(|year| over_cap(checked, year));
    not_kept.chain(over).collect()
}

fn over_cap(checked: &Checked<'_>, year: &OverCap) -> Finding {
    let of = match &year.pool {
        Some(pool) => format!(" of “{pool}”"),
        None => " of this award".to_owned(),
    };
    // a limit that no run keeps is kept here: nobody signs over it
    checked.overall(
        Severity::Error,
        "charge-over-cap",
        format!(
            "The management charge{of} is over its cap. {}",
            year.sentence
        ),
        "Have what is over charged back; where the funder agreed to more, record the higher cap on the award’s page.",
    )
}

fn not_kept(checked: &Checked<'_>, year: &NotKept) -> Finding {
    let of_what = match year.of_what.trim_end_matches('.') {
        "" => String::new(),
        said => format!(" ({said})"),
    };
    let working = if year.paid_by_award == Money::ZERO {
        String::new()
    } else {
        format!(
            " {} was spent in all; this award paid for {} of it, which does not count.",
            year.spent.in_full(),
            year.paid_by_award.in_full()
        )
    };
    checked.overall(
        Severity::Warning,
        "baseline-not-kept",
        format!("Spend to be kept up{of_what}: {}{working}", year.sentence),
        "Look at its working on the award’s page: load what is missing, or say here why it was not kept up.",
    )
}
