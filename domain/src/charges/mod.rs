//! The management charge of whoever holds the money, and its cap: how much may be charged of an award or of a
//! pool, and how much is.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
mod store;
pub mod view;

#[cfg(test)]
mod tests;
