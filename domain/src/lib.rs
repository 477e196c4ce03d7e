//! What is true: rules, operations, read models, the queue.
//!
//! Each area has the same four files, as far as it needs them: `rules` (pure), `ops` (the verbs,
//! each at most one write transaction), `store` (private queries), `view` (what a reader gets).
//! Amounts are whole pence, dates are Europe/London, instants are UTC.
#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic, clippy::as_conversions))]

pub mod access;
pub mod agreement;
pub mod applications;
pub mod apportionments;
pub mod attribution;
pub mod audit;
pub mod awards;
pub mod baselines;
pub mod beside;
pub mod calendar;
pub mod categories;
pub mod category_maps;
pub mod charges;
pub mod checks;
pub mod closures;
pub mod coding;
pub mod commitments;
pub mod conditions;
pub mod ctx;
pub mod db;
pub mod deadlines;
pub mod decisions;
mod error;
pub mod exports;
pub mod files;
pub mod forecasts;
pub mod forms;
pub mod funder_links;
pub mod grants;
pub mod health;
pub mod housekeeping;
pub mod imports;
pub mod jobs;
pub mod journals;
pub mod ledger_periods;
pub mod letters;
pub mod mail;
pub mod matching;
pub mod news;
pub mod organisations;
pub mod our_money;
pub mod owed;
pub mod paging;
pub mod payments;
pub mod pins;
pub mod pools;
pub mod positions;
pub mod programmes;
mod proportion;
pub mod proposals;
pub mod questions;
pub mod reminders;
pub mod returns;
pub mod search;
pub mod settings;
pub mod sharing;
mod slugs;
pub mod spend;
pub mod start;
pub mod suspensions;
#[cfg(test)]
mod testing;
mod text;
pub mod virements;

pub use ctx::{Actor, Clock, Ctx};
pub use db::{Command, Db, Tx};
pub use entity::Money;
pub use error::{Error, FieldError, Result};
