//! When a file may load.
//!
//! Every row that is not blank and not skipped is in exactly one state: good (as read, or
//! corrected), good but not coded yet, known (already loaded, the same in every field, by an earlier
//! file), waiting, or set aside by name with a reason. The file loads whole, or waits, until
//! - no row waits;
//! - a control total was stated;
//! - what loads, what is known, what is set aside and what is not coded yet add up to it.
//!
//! The amount of a faulty row may be unreadable. It is then unknown, and the difference with it,
//! until the row is corrected, or set aside with its amount stated by whoever sets it aside. Where
//! the amount was readable, it counts as read, and stating another one is refused.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::money_text::plain_pounds;
use entity::Money;

/// The state of one row of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// Will load, with this amount in pence.
    Good(i64),
    /// Already loaded by an earlier import, the same in every field; this amount in pence.
    Known(i64),
    /// Faulty, and nobody has decided; the amount in pence if it could be read.
    Waiting(Option<i64>),
    /// Set aside by name, with this amount in pence.
    SetAside(i64),
    /// Good, and no row of the coding map is for it; this amount in pence.
    Uncoded(i64),
    /// Taken out by a skip rule.
    Skipped,
}

/// Somebody's decision to leave one row out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetAside {
    /// The row's number in the file, from 1.
    pub row: u32,
    /// Why, in the person's words.
    pub reason: String,
    /// The row's amount in pence: needed where the file's own could not be read.
    #[serde(default)]
    pub amount_pence: Option<i64>,
}

/// Why a row cannot be set aside as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetAsideError {
    /// No reason was given.
    #[error("Say why row {0} is set aside.")]
    NoReason(u32),
    /// The amount is unknown and was not stated.
    #[error(
        "The amount of row {0} could not be read. State it, so that the file still adds up to its \
         control total."
    )]
    AmountUnknown(u32),
    /// The amount was read and another one was stated.
    #[error("Row {row} reads {} in the file; another amount cannot be stated.", plain_pounds(*.read_pence))]
    AmountDiffers {
        /// The row's number in the file.
        row: u32,
        /// What the file has, in pence.
        read_pence: i64,
    },
}

/// The state that a decision to set a row aside gives it. `read_pence` is the amount as read.
pub fn check_set_aside(
    decision: &SetAside,
    read_pence: Option<i64>,
) -> Result<RowState, SetAsideError> {
    if decision.reason.trim().is_empty() {
        return Err(SetAsideError::NoReason(decision.row));
    }
    match (read_pence, decision.amount_pence) {
        (Some(read), Some(stated)) if read != stated => Err(SetAsideError::AmountDiffers {
            row: decision.row,
            read_pence: read,
        }),
        (Some(amount), _) | (None, Some(amount)) => Ok(RowState::SetAside(amount)),
        (None, None) => Err(SetAsideError::AmountUnknown(decision.row)),
    }
}

/// The sums of a file. Amounts in pence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Reconciliation {
    /// Rows that are not blank: those that load, are known, are set aside, wait or were skipped.
    pub rows_read: u64,
    /// Rows that load.
    pub rows_loaded: u64,
    /// Rows already loaded by an earlier import.
    pub rows_known: u64,
    /// Rows set aside by name.
    pub rows_set_aside: u64,
    /// Rows that wait for a decision.
    pub rows_waiting: u64,
    /// Of those, rows whose amount could not be read.
    pub rows_amount_unknown: u64,
    /// Rows that load once they are coded: no row of the coding map is for them.
    pub rows_uncoded: u64,
    /// Rows taken out by a skip rule.
    pub rows_skipped: u64,
    /// The sum of what loads.
    pub sum_loaded: i64,
    /// The sum of what an earlier import loaded.
    pub sum_known: i64,
    /// The sum of what is set aside.
    pub sum_set_aside: i64,
    /// The sum of what waits, as far as it could be read.
    pub sum_waiting: i64,
    /// The sum of what loads once it is coded.
    pub sum_uncoded: i64,
    /// What the finance system says the file adds up to.
    pub control_total: Option<i64>,
    /// Control total less loaded, known, set aside, uncoded and waiting; absent while any amount is unknown.
    pub difference: Option<i64>,
}

/// Why a file waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// This many faulty rows are neither corrected nor set aside.
    FaultyRows(u64),
    /// No control total was stated.
    NoControlTotal,
    /// The sums differ from the control total by this many pence.
    Difference(i64),
    /// A sum is beyond what can be counted.
    TooLarge,
}

impl WaitReason {
    /// The reason as a sentence, with what to do.
    pub fn sentence(&self) -> String {
        match self {
            WaitReason::FaultyRows(1) => {
                "1 row is faulty. Correct it, or set it aside by name.".to_owned()
            }
            WaitReason::FaultyRows(rows) => {
                format!("{rows} rows are faulty. Correct each, or set it aside by name.")
            }
            WaitReason::NoControlTotal => {
                "State the control total: what the finance system says the file adds up to."
                    .to_owned()
            }
            WaitReason::Difference(pence) if *pence > 0 => format!(
                "The file is {} short of its control total. Check that it is complete, or correct \
                 the total if it was mistyped.",
                Money(*pence).in_full()
            ),
            WaitReason::Difference(pence) => format!(
                "The file adds up to {} more than its control total. Check for rows listed twice, \
                 or a total row that should be skipped, or correct the total if it was mistyped.",
                Money(pence.saturating_neg()).in_full()
            ),
            WaitReason::TooLarge => {
                "The amounts add up to more than can be counted. Check the amounts.".to_owned()
            }
        }
    }
}

impl Reconciliation {
    /// Adds up a file's rows against the control total that was stated, in pence.
    pub fn of(rows: impl IntoIterator<Item = RowState>, control_total: Option<i64>) -> Self {
        let mut sums = Reconciliation {
            control_total,
            ..Reconciliation::default()
        };
        let mut overflowed = false;
        for state in rows {
            sums.rows_read += 1;
            let (rows, sum, amount) = match state {
                RowState::Good(amount) => (&mut sums.rows_loaded, &mut sums.sum_loaded, amount),
                RowState::Known(amount) => (&mut sums.rows_known, &mut sums.sum_known, amount),
                RowState::SetAside(amount) => {
                    (&mut sums.rows_set_aside, &mut sums.sum_set_aside, amount)
                }
                RowState::Uncoded(amount) => {
                    (&mut sums.rows_uncoded, &mut sums.sum_uncoded, amount)
                }
                RowState::Waiting(amount) => {
                    if amount.is_none() {
                        sums.rows_amount_unknown += 1;
                    }
                    (
                        &mut sums.rows_waiting,
                        &mut sums.sum_waiting,
                        amount.unwrap_or(0),
                    )
                }
                RowState::Skipped => {
                    sums.rows_skipped += 1;
                    continue;
                }
            };
            *rows += 1;
            match sum.checked_add(amount) {
                Some(total) => *sum = total,
                None => overflowed = true,
            }
        }
        if sums.rows_amount_unknown == 0 && !overflowed {
            sums.difference = control_total.and_then(|total| {
                total
                    .checked_sub(sums.sum_loaded)?
                    .checked_sub(sums.sum_known)?
                    .checked_sub(sums.sum_set_aside)?
                    .checked_sub(sums.sum_uncoded)?
                    .checked_sub(sums.sum_waiting)
            });
        }
        sums
    }

    /// Why the file waits; empty when it may load.
    pub fn waits_for(&self) -> Vec<WaitReason> {
        let mut reasons = Vec::new();
        if self.rows_waiting > 0 {
            reasons.push(WaitReason::FaultyRows(self.rows_waiting));
        }
        match (self.control_total, self.difference) {
            (None, _) => reasons.push(WaitReason::NoControlTotal),
            (Some(_), Some(0)) => {}
            (Some(_), Some(pence)) => reasons.push(WaitReason::Difference(pence)),
            (Some(_), None) if self.rows_amount_unknown > 0 => {}
            (Some(_), None) => reasons.push(WaitReason::TooLarge),
        }
        reasons
    }

    /// Whether the file may load: nothing waits, and loaded + known + set aside + not coded yet =
    /// control total.
    pub fn may_load(&self) -> bool {
        self.waits_for().is_empty()
    }
}
