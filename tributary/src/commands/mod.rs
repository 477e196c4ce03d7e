//! One file for each command.

pub mod attribute;
pub mod audit;
pub mod backup;
pub mod check;
pub mod config;
pub mod export;
pub mod fill;
pub mod import;
pub mod invite;
pub mod migrate;
pub mod openapi;
pub mod restore;
pub mod serve;
