//! The pure rules of an import. Bytes and an [`ImportProfile`] in; rows, faults and sums out.
//! No database, no clock, no files.
//!
//! The way of a file: [`peek`] its first rows and [`suggest`] a profile; a person completes it and
//! [`check_profile`] explains what is wrong; [`read`] runs in a child process with limits and
//! writes one [`protocol`] line for each row; faulty rows are corrected ([`RowParser::correct`])
//! or set aside by name; [`Reconciliation`] says when the whole may load.
//!
//! Units: money is integers in pence, spend positive and credits negative, whatever signs the file
//! uses. Dates are calendar dates in London. Row numbers are 1-based, as a spreadsheet shows them.

mod columns;
mod compare;
mod date_text;
mod delimited;
mod expected;
mod fault_text;
mod identity;
pub mod labels;
mod ledger_month;
mod money_text;
mod parse;
mod profile;
pub mod protocol;
mod read;
mod reading;
mod reconcile;
mod row;
mod sheet;
mod suggest;
mod validate;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use columns::letters as column_letters;
pub use compare::{Comparison, FieldChange, compare};
pub use expected::belongs;
pub use identity::{Identities, ledger_key, nth_key};
pub use ledger_month::ledger_month;
pub use money_text::{MoneyFault, parse_money, plain_pounds};
pub use parse::{CorrectionError, Layout, Parsed, RowParser};
pub use profile::*;
pub use read::{Limits, PeekedRow, ReadOptions, SourceInfo, Summary, peek, read};
pub use reconcile::{
    Reconciliation, RowState, SetAside, SetAsideError, WaitReason, check_set_aside,
};
pub use row::*;
pub use suggest::{find_header, suggest};
pub use validate::{ProfileProblem, check_profile};
pub use vocabulary::Vocabulary;
