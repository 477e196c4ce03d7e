//! Closing an award, and opening it again.

use actix_web::{HttpResponse, post, web};
use domain::closures::{ops, view};
use entity::{AwardClosureId, AwardId};

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(close).service(preview).service(reopen);
}

/// Closes an award. It pays for nothing new, what it pays for stays, and nothing of it is due any more. What
/// stands in the way is refused; some of it can be overridden with the reason (`despite`).
#[utoipa::path(operation_id = "awards.close", tag = "Awards", request_body = ops::NewClosure,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/closures")]
async fn close(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<ops::NewClosure>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::close(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), made))
}

/// What a closure would do: what is final, what is owed, what stands in the way. Changes nothing.
#[utoipa::path(operation_id = "awards.preview-closure", tag = "Awards",
    request_body = ops::NewClosure, params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ClosurePreview), Problems))]
#[post("/awards/{id}/closure-previews")]
async fn preview(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewClosure>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Opens a closed award again from a day.
#[utoipa::path(operation_id = "awards.reopen", tag = "Awards", request_body = ops::NewReopening,
    params(("id" = uuid::Uuid, Path),
        ("closure" = uuid::Uuid, Path, description = "The id of the closure: see the award's `closures`"),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/closures/{closure}/reopening")]
async fn reopen(
    house: House,
    path: web::Path<(AwardId, AwardClosureId)>,
    expected: IfMatch,
    new: Json<ops::NewReopening>,
) -> Result<HttpResponse, Fault> {
    let (id, closure) = path.into_inner();
    let expected = Some(expected.0);
    let made = ops::reopen(&house.db, &house.ctx, id, closure, expected, &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), made))
}
