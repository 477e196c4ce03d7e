//! Letters of awards: the terms of an award beside the funder's own words.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub(crate) mod terms;
#[cfg(test)]
mod tests;
pub mod view;
