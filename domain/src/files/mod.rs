//! Bytes somebody gave us or we made: kept in the database in pieces, known by their hash.

mod store;

pub use store::{Stored, load, sha256};
pub(crate) use store::{append_chunk, begin, complete, put};
