//! The coding map: how a ledger's cost centres, accounts and projects become pools and cost
//! categories, by date; and the lines that it cannot code.

pub mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;
