//! Who is told of a deadline, when, and in which words.

pub mod rules;
