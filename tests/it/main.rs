//! The whole system from outside: one binary, real parts, each test on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by failing"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the tests stand outside the program: they read their own settings and start their own servers"
)]

mod access;
mod applications;
mod architecture;
mod award_baseline;
mod award_ending;
mod award_record;
mod awards;
mod budget_lines;
mod charges;
mod commitments;
mod crawl;
mod decisions;
mod documents;
mod exports;
mod funders;
mod grants;
mod jobs;
mod letters;
mod lists;
mod mail;
mod pools;
mod positions;
mod programs;
mod record;
mod returns;
mod spend;
mod spend_pages;
mod start;
mod support;
