//! Programmes: the schemes of funders that awards are made under, and which took the place of which.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;
