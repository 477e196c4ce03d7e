//! The program as processes of their own: several on PostgreSQL, and what they do when the database
//! restarts, is busy, or has no room left.

mod database_faults;
mod process;
mod several;
