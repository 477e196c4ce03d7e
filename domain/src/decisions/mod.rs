//! What both boards decide: papers in numbered versions, each member's vote, each board's decision,
//! and the allocation that comes of both. Neither board stands in for the other.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
