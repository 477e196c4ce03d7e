//! Applications: our requests to funders' programmes, from first interest to outcome, and how one
//! that succeeds becomes an award with nothing retyped.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;

#[cfg(test)]
mod tests;
