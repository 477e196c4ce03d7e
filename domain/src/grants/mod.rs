//! What funders publish of the grants that they gave, in the 360Giving standard, and our own
//! awards in the same form.
//!
//! A published grant is background: it tells whom a funder supports. Only one whose recipient is
//! our own charity can become an award, and only by a person's hand.

pub mod checks;
pub mod export;
pub mod ops;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod view;
