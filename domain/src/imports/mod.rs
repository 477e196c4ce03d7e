//! Spend arrives by file: how a ledger's export is read, checked, identified and agreed.

pub mod checks;
pub mod child;
pub mod ops;
pub mod rules;
mod source;
mod store;
pub mod view;

#[cfg(test)]
mod tests;

pub use source::Reader;
pub(crate) use store::last_accepted;
