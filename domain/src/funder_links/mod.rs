//! Links that we send to somebody at a funder: they show what is that funder's, to read and nothing else,
//! until a date. Whoever opens one is nobody that we know, with the sight of that funder's officer.

pub mod checks;
pub mod ops;
pub mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod view;
