//! Virements: money moved between fences of one award, within the funder's tolerance or with its consent.

pub(crate) mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
pub mod view;
