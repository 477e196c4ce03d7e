//! Bytes somebody gave us or we made: kept in the database in pieces, known by their hash.

pub mod checks;
mod store;

pub use store::{PIECE, Stored, load, sha256};
pub(crate) use store::{append_chunk, begin, complete, pieces, put};
