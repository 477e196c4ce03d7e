//! Payments: what a funder has promised to pay and when, and what was received, claimed and repaid.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;
