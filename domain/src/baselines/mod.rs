//! Spend that must be kept up beside an award: how much there was, and how much is to come.

pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;
