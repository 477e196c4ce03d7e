//! What people put beside a record of the house: documents and comments. One way for every kind of
//! record; who may see the record sees what is beside it, if they are inside.

pub mod ops;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod view;
