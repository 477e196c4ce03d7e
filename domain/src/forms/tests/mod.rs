//! Forms from nothing to a version in use, and how well reading them does.
#![allow(clippy::unwrap_used, clippy::float_arithmetic, clippy::as_conversions)]

mod measure;
