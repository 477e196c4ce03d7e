//! A spreadsheet as bytes: open it within bounds, fill it in place, compute what depends on the
//! answers, and write a neutral table. Knows nothing of grants.

pub mod address;
pub mod calc;
pub mod fill;
pub mod formula;
pub mod open;
