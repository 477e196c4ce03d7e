//! What a published grant is, how files of them are read, and how grants are written. Pure.

mod grant;
mod money;
mod package;
mod read;
pub(crate) mod schema;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use grant::{Body, Grant};
pub use money::pounds;
pub use read::{Row, format_of, read};
pub use schema::Fault;
pub use write::Writer;
