//! Forecasts: what we expect to spend, by award, category, month, capital or revenue. They are
//! superseded, never edited.

pub mod ops;
pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;
