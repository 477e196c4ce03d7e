//! Whether the program lives, and whether it is ready for work.

use actix_web::{HttpResponse, get, web};
use domain::health::{self, Readiness};

use crate::Shared;
use crate::http::Fault;
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(live).service(ready);
}

/// The process answers.
#[utoipa::path(operation_id = "health.live", tag = "Health", security(()),
    responses((status = 204, description = "It lives")))]
#[get("/live")]
async fn live() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Whether it is ready for work: not on low disk, with an overdue queue or an unsealed audit log.
#[utoipa::path(operation_id = "health.ready", tag = "Health", security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
#[get("/ready")]
async fn ready(shared: web::Data<Shared>) -> Result<HttpResponse, Fault> {
    let readiness = health::readiness(&shared.db, &shared.clock, shared.config.disk_reserve).await;
    Ok(if readiness.ready {
        HttpResponse::Ok().json(readiness)
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header(("x-page", "1"))
            .json(readiness)
    })
}
