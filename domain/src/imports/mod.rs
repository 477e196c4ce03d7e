//! Spend arrives by file: how a ledger's export is read, checked, identified and agreed.

pub mod checks;
pub mod child;
pub(crate) mod coded;
pub mod gone;
pub(crate) mod made;
pub mod ops;
pub mod rules;
mod set_aside;
mod source;
mod store;
pub mod view;

#[cfg(test)]
mod tests;

pub(crate) use set_aside::set_aside_by_centre;
pub use source::Reader;
pub(crate) use store::{accepted, last_accepted, not_taken_back, reversal};
