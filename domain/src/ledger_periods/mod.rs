//! Ledger periods: which months of a pool's ledger are closed.

pub mod ops;
pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;
