//! Awards: the agreement with a funder, what it may pay for, and what it sets apart.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
