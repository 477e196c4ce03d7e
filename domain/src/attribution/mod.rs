//! Which award pays for which part of which spend line: runs of appended differences.

pub mod checks;
pub mod ops;
pub mod rules;
mod store;
mod totals;
pub mod view;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod years_tests;
