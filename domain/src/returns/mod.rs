//! Returns: what a funder requires us to submit, for one period. Drafted from the facts,
//! completed, agreed, certified, sent; and what was certified stays as it was.

pub mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;
pub mod workbook;

#[cfg(test)]
mod tests;
