//! What funders' officers ask about figures that they are shown, and what they are answered.

pub mod checks;
mod figures;
pub mod ops;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod view;
