//! Everything that was entered, in full: a table for each thing that has a meaning, the files as
//! they came, and a description of every column. So a start from here is also a way out.

mod columns;
pub mod ledger;
pub mod ops;
mod pack;
pub mod person;
mod tables;
#[cfg(test)]
mod tests;

pub use pack::{Part, archive, into_folder, into_zip};
