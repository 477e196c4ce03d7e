//! Pools: several awards' money put behind one purpose, with what each contributes.

pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;
