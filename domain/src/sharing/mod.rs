//! Documents of ours that are shared with a funder: those that lie beside its awards and the returns that
//! it was sent. Shared is one thing at a time: the last that was said of a document.

pub mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod view;
