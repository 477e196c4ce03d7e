//! Runs that a person is asked about before they take effect.

pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
