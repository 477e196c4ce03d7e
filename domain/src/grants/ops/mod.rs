//! Bringing a file of published grants, and reading it.

mod read;
mod start;

pub use read::read_file;
pub(super) use start::twin;
pub use start::{Source, begin, start};
