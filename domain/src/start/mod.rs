//! The start from nothing: what a new house needs until its first return is drafted, in which order,
//! and whose move each is. Files to try it with are made of what is recorded already.

pub mod rules;
pub mod samples;
pub mod view;

#[cfg(test)]
mod tests;
