//! The append-only record: who did what, when and why. Entries commit with the change,
//! unchained; one sealer chains them in the order it sees them.

pub(crate) mod names;
mod ops;
mod post;
pub mod rules;
mod store;
pub mod view;

pub(crate) use names::names;
pub(crate) use ops::hex;
pub use ops::{Head, Sealed, Verdict, head, is_head, oldest_unsealed, seal, verify};
pub use post::tell_auditors;
pub(crate) use store::{append, append_also, canonical};
