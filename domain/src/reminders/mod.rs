//! Who is told of a deadline, when, and in which words.

mod ops;
pub mod rules;
mod store;
pub mod view;

pub use ops::{Morning, send_due};
pub(crate) use store::{active_people, still_open};
