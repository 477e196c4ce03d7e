//! Rules of returns. Values in, a decision or findings out: no database, no clock, no I/O.

pub mod answers;
pub mod changes;
pub mod findings;
pub mod independence;
pub mod life;
pub mod measures;
pub mod plain;
pub mod requirement;
mod suppliers;
pub mod words;

pub use answers::{check_value, content_hash};
pub use findings::{Finding, Severity};
pub use life::{Event, Life, fold, state_in_words};
pub use measures::{Basis, Counted};
pub use plain::in_plain_words;
pub(crate) use requirement::sign_off_gaps;
pub use requirement::{Signature, Turn, turn};
pub(crate) use suppliers::Suppliers;
