//! Operations: the queue, the schedules, what failed.

use actix_web::{HttpResponse, get, post, web};
use domain::checks::{self, Report};
use domain::jobs::{self, schedule, view};
use entity::JobId;
use serde::Serialize;

use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(operations).service(retry);
}

/// The queue and the schedules.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
struct Operations {
    /// The queue in numbers, with what failed.
    queue: view::QueueView,
    /// What runs of itself, with its next time.
    schedules: Vec<schedule::ScheduleView>,
    /// What the last check of the whole database found; null: there was none yet.
    last_check: Option<Report>,
    /// Mails of the last seven days that the mail server refused, or of which it is not known whether they arrived.
    mails_not_delivered: u64,
}

/// The queue, the schedules and what failed.
#[utoipa::path(operation_id = "operations.get", tag = "Operations",
    responses((status = 200, body = Operations), Problems))]
#[get("/operations")]
async fn operations(house: House) -> Result<HttpResponse, Fault> {
    let queue = view::queue(&house.db, &house.ctx).await?;
    Ok(HttpResponse::Ok().json(Operations {
        schedules: schedule::all(house.ctx.now(), &queue.last_ticks)?,
        queue,
        last_check: checks::last(&house.db, &house.ctx).await?,
        mails_not_delivered: domain::mail::view::not_delivered(&house.db, &house.ctx).await?,
    }))
}

/// Lets a dead job try again from its first attempt.
#[utoipa::path(operation_id = "jobs.retry", tag = "Operations", params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/jobs/{id}/retry")]
async fn retry(house: House, id: web::Path<JobId>) -> Result<HttpResponse, Fault> {
    jobs::retry_dead(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
