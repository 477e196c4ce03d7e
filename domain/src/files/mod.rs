//! Bytes somebody gave us or we made: kept in the database in pieces, known by their hash.

pub mod checks;
mod store;

pub use store::{PIECE, Stored, load, sha256};
pub(crate) use store::{append_all, append_chunk, begin, complete, pieces, put};

use crate::{Error, Result, text};

/// The largest document that people put beside a record, in bytes.
pub const LARGEST_DOCUMENT: usize = 16 << 20;

/// What a document is called: what somebody says that it is, or else its file’s name.
pub(crate) fn title<'t>(said: &'t str, file: &'t str) -> Result<&'t str> {
    let title = match said.trim() {
        "" => file.trim(),
        said => said,
    };
    if title.is_empty() || title.chars().count() > 200 || text::one_line(title).is_err() {
        return Err(Error::invalid(
            "/title",
            "required",
            "Say what it is, on one line of at most 200 characters.",
        ));
    }
    Ok(title)
}
