//! Category maps: a funder's own budget lines of an award, each made of cost categories of ours, so that what we count
//! can be said in the funder's words.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
