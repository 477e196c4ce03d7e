//! Bytes somebody gave us or we made: kept in the database in pieces, known by their hash.

pub mod checks;
mod store;

pub(crate) use store::{PIECE, append_chunk, begin, complete, put};
pub use store::{Stored, load, sha256};
