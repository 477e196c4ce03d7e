//! The optimal policy from outside: small ledgers against every attribution that there is, what the
//! check refuses, the rules in plain examples, and the command's files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod brute;
mod examples;
mod files;
mod ledger;
mod tampering;
