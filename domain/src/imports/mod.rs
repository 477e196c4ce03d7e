//! Spend arrives by file: how a ledger's export is read, checked, identified and agreed.

pub mod rules;
