//! Mail: composing it, and handing it to a mail server.

mod compose;
mod layout;
mod postman;

pub use postman::{Encryption, MailServer};

pub(crate) use compose::{digest, funder_link, notice, sign_in};
pub(crate) use postman::{Handed, Letter, Postman};
