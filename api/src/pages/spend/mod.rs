//! Spend, as people see it: files that come in, how they are laid out, and the lines.

mod counts;
mod import;
mod import_row;
mod imports;
mod lines;
pub(super) mod parts;
mod pins;
mod profiles;
mod written;

pub(super) use parts::{count, grouped, state as state_of};

use actix_web::web;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .configure(profiles::configure)
        .configure(imports::configure)
        .configure(import::configure)
        .configure(import_row::configure)
        .configure(lines::configure)
        .configure(pins::configure);
}
