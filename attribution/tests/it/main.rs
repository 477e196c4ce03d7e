//! The optimal policy from outside: small ledgers against every attribution that there is, what the
//! check refuses, the rules in plain examples, and the command's files.
#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod again;
mod brute;
mod examples;
mod files;
mod kept;
mod ledger;
mod tampering;
