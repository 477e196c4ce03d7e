//! Commitments: contracts and grant agreements with providers, held by the holder, by month. What
//! was agreed changes by a further version; the ones before stay.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
