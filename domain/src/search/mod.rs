//! Search: any record by any of its words, for those who may see it.

pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;
