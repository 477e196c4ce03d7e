//! Returns on a real database: SQLite always, PostgreSQL too when it is there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agree;
mod draft;
mod house;
mod journey;
mod sample;
mod sight;
