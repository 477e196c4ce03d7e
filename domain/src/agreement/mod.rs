//! Agreement with the finance system: what counts here beside what the ledger itself says, by cost
//! centre and month, with every difference named.

pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
