//! Mail on its way out, and what became of it. Handing it over is the worker's.
//!
//! Mail is at least once: what may have been taken is sent again with the same Message-ID. A
//! sign-in mail is a row without words; they are made when it is handed over.

mod ops;
mod store;
pub mod view;

pub use ops::{Content, Delivery, Outgoing, Taken, Written, record, take};
pub(crate) use store::{NewMail, rewrite, tell, tell_each, write};
