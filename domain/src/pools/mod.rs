//! Pools: several awards' money put behind one purpose, with what each contributes.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod balance_tests;
#[cfg(test)]
mod policies_tests;
#[cfg(test)]
mod statements_tests;
#[cfg(test)]
pub(crate) mod tests;
