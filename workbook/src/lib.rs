//! A spreadsheet as bytes: open it within bounds, fill it in place, compute what depends on the
//! answers, and write a neutral table. Knows nothing of grants.
//!
//! - [`open`]: the bounded archive, the package, the index of a sheet's cells. No part is ever
//!   turned into a model and written back; edits are made between bytes.
//! - [`formula`] and [`mod@calc`]: the calculator, which evaluates chosen cells only and says
//!   where it cannot.
//! - [`mod@fill`]: where an answer goes, whether it fits, which formulas depend on it, the edits.
//! - [`child`]: the same in a child process with limits; [`cli`]: the command.
//! - [`read`]: cells, names and rules of a workbook, and the difference of two.
//! - [`survey`]: where a form's answers stand, what they are called, what they must be.
//! - [`sheet`]: a table written as CSV or as a workbook.

pub mod address;
pub mod calc;
pub mod child;
pub mod cli;
pub mod fill;
pub mod formula;
pub mod open;
pub mod read;
pub mod sheet;
pub mod survey;
