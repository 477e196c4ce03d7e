//! Which award pays for which part of which spend line: runs of appended differences.

pub mod checks;
pub mod ops;
pub mod rules;
mod store;
mod totals;
pub mod view;
mod what_if;

pub(crate) use what_if::{Effect, what_if, what_if_fences};

#[cfg(test)]
mod amended_tests;
#[cfg(test)]
mod moved_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod years_tests;
