//! Return forms: one version of a funder's template, its file kept byte for byte, its fields,
//! where they stand in the workbook, and what fills them.

pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
