//! The optimal policy: which award pays for which penny of a pool's spend, and the proof of it.
//!
//! Values in, values out: no database, no clock. `docs/attribution.md` says in numbers what each
//! aim means. The way through: [`read`] makes [`facts::Facts`] of the files; [`contradictions`]
//! refuses what cannot be true together; `nets` takes reversals and locks into account; `classes`
//! bundles lines that the same awards may pay for in the same way; `solve` finds the totals of each
//! class with `flow`; `deal` gives them back to the lines; [`check`] rebuilds every bound by its
//! own means and refuses what the certificate does not prove.
#![deny(missing_docs, clippy::as_conversions, clippy::float_arithmetic)]

pub mod check;
mod classes;
pub mod command;
pub mod contradictions;
mod deal;
pub mod facts;
mod nets;
mod outcome;
mod proof;
pub mod read;
mod solve;

pub use outcome::{
    AwardTotal, Certificate, ClassTotals, CrossingLimit, FencePrice, Objective, Outcome, Paid,
    Summary, Wanted,
};
pub use proof::{ClassProof, PlaceProof, Proof};
pub use solve::solve;

/// At most so many contradictions are told at once.
const MOST_TOLD: usize = 20;

/// Why there is no attribution.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A file cannot be read; what is wrong, and where.
    #[error("{}", .0.join("\n"))]
    Unreadable(Vec<String>),
    /// Facts contradict each other; each with both its sides.
    #[error("{}", .0.join("\n"))]
    Contradiction(Vec<String>),
    /// The sums do not fit, or our own proof did not hold: nothing that a person did wrong.
    #[error("{0}")]
    Internal(String),
}

impl Refusal {
    pub(crate) fn unreadable(what: impl Into<String>) -> Self {
        Self::Unreadable(vec![what.into()])
    }

    pub(crate) fn contradicts(mut found: Vec<String>) -> Result<(), Self> {
        if found.is_empty() {
            return Ok(());
        }
        let more = found.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            found.truncate(MOST_TOLD);
            found.push(format!("There are {more} more such contradictions."));
        }
        Err(Self::Contradiction(found))
    }
}

impl From<flow::Error> for Refusal {
    fn from(error: flow::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
