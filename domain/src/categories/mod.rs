//! Cost categories: the charity's own chart.

pub mod ops;
pub(crate) mod store;
pub mod view;

pub use crate::slugs::slug_of;

#[cfg(test)]
mod tests;
