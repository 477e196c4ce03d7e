//! What is stored: one file per table, typed ids, [`Money`], and the closed enums of the house.
//!
//! Nothing here decides anything. Instants are UTC, truncated to microseconds before they are
//! written; dates are Europe/London; money is whole pence.
#![warn(missing_docs)]
#![deny(clippy::float_arithmetic, clippy::as_conversions)]

mod ids;
mod kinds;
mod money;

pub use ids::*;
pub use kinds::*;
pub use money::Money;

pub mod allocation;
pub mod api_token;
pub mod application;
pub mod application_answer;
pub mod application_decision;
pub mod application_document;
pub mod application_event;
pub mod application_line;
pub mod application_offer;
pub mod application_offer_year;
pub mod application_question;
pub mod application_stage;
pub mod application_submission;
pub mod application_task;
pub mod attribution;
pub mod attribution_run;
pub mod attribution_total;
pub mod audit_entry;
pub mod audit_personal;
pub mod award;
pub mod award_category;
pub mod award_year;
pub mod award_year_event;
pub mod balance;
pub mod board_approval;
pub mod board_decision;
pub mod board_quorum;
pub mod certification;
pub mod coding_map_row;
pub mod contribution;
pub mod cost_category;
pub mod counter;
pub mod deadline;
pub mod drafting_problem;
pub mod fence;
pub mod fence_category;
pub mod file;
pub mod file_chunk;
pub mod forecast;
pub mod form_draft;
pub mod form_draft_field;
pub mod form_field;
pub mod grant_import;
pub mod grant_import_fault;
pub mod grant_return;
pub mod idempotency;
pub mod import_fault;
pub mod import_profile;
pub mod job;
pub mod ledger_balance;
pub mod ledger_period;
pub mod ledger_total;
pub mod mail;
pub mod match_funding;
pub mod membership;
pub mod organisation;
pub mod paper;
pub mod paper_version;
pub mod person;
pub mod pool;
pub mod programme;
pub mod programme_predecessor;
pub mod published_grant;
pub mod reminder;
pub mod requirement;
pub mod return_answer;
pub mod return_event;
pub mod return_form;
pub mod return_revision;
pub mod schedule_tick;
pub mod sending;
pub mod session;
pub mod setting;
pub mod sign_in_link;
pub mod silenced_finding;
pub mod spend_import;
pub mod spend_line;
pub mod spend_total;
pub mod unfunded_line;
pub mod unfunded_total;
pub mod visit;
pub mod vote;
pub mod waiting_line;
