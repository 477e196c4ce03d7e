//! Journals of our own: one person prepares lines that move or correct spend, another makes them
//! count.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
mod store;
pub mod view;

#[cfg(test)]
mod tests;
