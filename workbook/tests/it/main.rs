//! The crate from outside: small packages built here, hostile files, and every real form.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod build;
mod filling;
mod hostile;
mod judged;
mod limits;
mod real;
