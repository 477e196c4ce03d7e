//! Mail on its way out, and what became of it. Handing it over is the worker's.
//!
//! Mail is at least once: what may have been taken is sent again with the same Message-ID. A
//! sign-in mail is a row without words; they are made when it is handed over, and so are those of a link
//! for somebody at a funder.

mod ops;
mod store;
pub mod view;

pub use ops::{Content, Delivery, Outgoing, Taken, Written, record, take};
pub(crate) use store::{NewMail, forget, rewrite, tell, tell_each, write};
