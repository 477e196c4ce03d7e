//! Suspensions: an award is stopped for a while, and goes on.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;
