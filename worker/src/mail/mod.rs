//! Mail: composing it, and handing it to a mail server.

mod layout;
mod postman;

pub use postman::{Encryption, MailServer};

pub(crate) use postman::{Handed, Letter, Postman};
