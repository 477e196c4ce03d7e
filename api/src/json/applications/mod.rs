//! Applications to funders' programmes: reading them, preparing one, and what comes of it.

mod outcome;
mod prepare;
mod read;

use actix_web::HttpResponse;
use domain::applications::ops::Stands;

use crate::http::tagged;
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(read::configure)
        .configure(prepare::configure)
        .configure(outcome::configure);
}

/// Where it stands, with its version as `ETag`.
fn standing(stands: &Stands) -> HttpResponse {
    tagged(stands.version, stands)
}
