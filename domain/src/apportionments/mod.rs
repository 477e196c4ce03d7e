//! Splits of spend over pools, cost categories and places, before awards pay for it: proposed by one
//! person, applied once another approved. A split line stays as the ledger has it; lines of our own take
//! it out and put its parts in, and come to nothing together.

mod apply;
pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

pub(crate) use apply::apply_due;

#[cfg(test)]
mod tests;
