//! Conditions of an award: what the funder's letter asks of us, whether it is met, and by when it must
//! be.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
