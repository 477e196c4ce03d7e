//! Returns on a real database: SQLite always, PostgreSQL too when it is there.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads where its databases and files are"
)]

mod again;
mod agree;
mod calendar;
mod changed;
mod draft;
mod funder_says;
mod house;
mod independence;
mod journey;
mod let_stand;
mod locks;
mod offices;
mod overtaken;
mod sample;
mod sent_back;
mod sight;
mod terms;
