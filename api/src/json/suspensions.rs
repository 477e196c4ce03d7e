//! Suspending an award, and that it goes on.

use actix_web::{HttpResponse, post, web};
use domain::suspensions::{ops, view};
use entity::{AwardId, AwardSuspensionId};

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(suspend).service(preview).service(resume);
}

/// Suspends an award. Spend incurred from that day on is not paid for by it, unless it was agreed that it
/// is.
#[utoipa::path(operation_id = "awards.suspend", tag = "Awards", request_body = ops::NewSuspension,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/suspensions")]
async fn suspend(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<ops::NewSuspension>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::suspend(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), made))
}

/// What a suspension would do to attribution. Changes nothing.
#[utoipa::path(operation_id = "awards.preview-suspension", tag = "Awards",
    request_body = ops::NewSuspension, params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::SuspensionPreview), Problems))]
#[post("/awards/{id}/suspension-previews")]
async fn preview(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewSuspension>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Records that a suspended award goes on from a day.
#[utoipa::path(operation_id = "awards.resume", tag = "Awards", request_body = ops::NewResumption,
    params(("id" = uuid::Uuid, Path),
        ("suspension" = uuid::Uuid, Path, description = "The id of the suspension: see the award's `suspensions`"),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/suspensions/{suspension}/resumption")]
async fn resume(
    house: House,
    path: web::Path<(AwardId, AwardSuspensionId)>,
    expected: IfMatch,
    new: Json<ops::NewResumption>,
) -> Result<HttpResponse, Fault> {
    let (id, suspension) = path.into_inner();
    let expected = Some(expected.0);
    let made = ops::resume(&house.db, &house.ctx, id, suspension, expected, &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), made))
}
