//! Pins: part of a spend line is paid for by an award on a person's word, before any rule of the pool.

pub mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod view;
