//! Deciding on an application, sending it, and what comes of it.

use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::applications::ops;
use entity::{ApplicationId, StageKind};
use serde::Deserialize;

use super::standing;
use crate::http::{Fault, House, IfMatch, Json, Problems, tagged};
use crate::json::returns::with_receipt;
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(decide)
        .service(submit)
        .service(invite_on)
        .service(offer)
        .service(accept)
        .service(close)
        .service(feedback);
}

/// Records the decision whether to apply, for what is asked for now. A decision not to apply ends
/// the application, which cannot be undone.
#[utoipa::path(operation_id = "applications.decide", tag = "Applications",
    request_body = ops::NewDecision,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/decisions")]
async fn decide(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::NewDecision>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::decide(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// A record of sending with the receipt as a file, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct ApplicationSubmissionUpload {
    /// Which stage was sent.
    stage: StageKind,
    /// When it was sent (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    submitted_at: String,
    /// By what means: a portal, e-mail, post.
    #[schema(min_length = 1, max_length = 200)]
    how: String,
    /// To whom.
    #[schema(min_length = 1, max_length = 200)]
    to_whom: String,
    /// The funder's receipt, or what shows that it arrived.
    #[schema(min_length = 1, max_length = 2000)]
    receipt: String,
    /// The receipt as a file, at most 16 MB.
    #[schema(value_type = Option<String>, format = Binary, min_length = 1)]
    receipt_file: Vec<u8>,
}

/// Records when, how and to whom a stage was sent, with the receipt: what was sent stays as it was.
/// As JSON, or in parts where the receipt is a file.
#[utoipa::path(operation_id = "applications.submit", tag = "Applications",
    request_body(content((ops::NewSubmission = "application/json"), (ApplicationSubmissionUpload = "multipart/form-data"))),
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/submissions")]
async fn submit(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SubmitApplication)?;
    let id = id.into_inner();
    let (new, receipt) = with_receipt(&house, &request, body).await?;
    let expected = Some(expected.0);
    let stands = ops::submit(&house.db, &house.ctx, id, &new, receipt.as_ref(), expected).await?;
    Ok(standing(&stands))
}

/// When something happened.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct HappenedOn {
    /// London date.
    on: NaiveDate,
}

/// Records that the funder asks for the next stage: the application is prepared further.
#[utoipa::path(operation_id = "applications.invite-on", tag = "Applications",
    request_body = HappenedOn,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/invitations")]
async fn invite_on(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<HappenedOn>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::invite_on(&house.db, &house.ctx, id, new.on, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Records what the funder offers. Other terms take the place of those that stood.
#[utoipa::path(operation_id = "applications.offer", tag = "Applications",
    request_body = ops::NewOffer,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/offers")]
async fn offer(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::NewOffer>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::record_offer(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Accepts the offer that stands: it becomes an award, with everything carried over. This cannot be
/// undone.
#[utoipa::path(operation_id = "applications.accept", tag = "Applications",
    request_body = ops::Acceptance,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = ops::Taken, headers(("ETag" = String), ("Location" = String))), Problems))]
#[post("/applications/{id}/acceptance")]
async fn accept(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::Acceptance>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let taken = ops::accept(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    let mut reply = tagged(taken.version, &taken);
    *reply.status_mut() = actix_web::http::StatusCode::CREATED;
    let href = format!("/api/v1/awards/{}", taken.award_id);
    if let Ok(href) = actix_web::http::header::HeaderValue::from_str(&href) {
        reply
            .headers_mut()
            .insert(actix_web::http::header::LOCATION, href);
    }
    Ok(reply)
}

/// Records how an application ended without an award, with the reason. This cannot be undone.
#[utoipa::path(operation_id = "applications.outcome", tag = "Applications",
    request_body = ops::Outcome,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/outcome")]
async fn close(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::Outcome>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::close(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Records what the funder said about what it was sent.
#[utoipa::path(operation_id = "applications.feedback", tag = "Applications",
    request_body = ops::Feedback,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/feedback")]
async fn feedback(
    house: House,
    id: web::Path<ApplicationId>,
    new: Json<ops::Feedback>,
) -> Result<HttpResponse, Fault> {
    let stands = ops::feedback(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(standing(&stands))
}
