//! The conditions of an award, and what happened to them.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::conditions::{ops, view};
use entity::{AwardConditionId, AwardId};
use serde::Serialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(state)
        .service(restate)
        .service(record);
}

/// The conditions of an award.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Conditions {
    /// By what needs attention: what is open, by its date; then what is settled.
    items: Vec<view::ConditionView>,
}

/// The conditions of an award, each with what it says, how it stands and what happened to it; as CSV
/// with the last thing that happened.
#[utoipa::path(operation_id = "award-conditions.list", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((Conditions = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/conditions")]
async fn list(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let items = view::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::conditions(items));
    }
    Ok(HttpResponse::Ok().json(Conditions { items }))
}

/// Records a condition of an award. One with a date is a deadline, and is chased like any other.
#[utoipa::path(operation_id = "award-conditions.state", tag = "Awards", request_body = ops::ConditionTerms,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/conditions")]
async fn state(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::ConditionTerms>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::state(&house.db, &house.ctx, id, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/conditions"),
        made,
    ))
}

/// Changes what a condition says, by a further version with its reason: the one before stays in the
/// record.
#[utoipa::path(operation_id = "award-conditions.restate", tag = "Awards",
    request_body = ops::ConditionChange,
    params(("id" = uuid::Uuid, Path),
        ("condition" = uuid::Uuid, Path, description = "The id of the condition: see `items`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/conditions/{condition}/versions")]
async fn restate(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
    change: Json<ops::ConditionChange>,
) -> Result<HttpResponse, Fault> {
    let (id, condition) = path.into_inner();
    let made = ops::restate(&house.db, &house.ctx, id, condition, &change).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/conditions"),
        made,
    ))
}

/// Records that a condition was met or waived, is open again, or was recorded by mistake.
#[utoipa::path(operation_id = "award-conditions.record", tag = "Awards",
    request_body = ops::NewConditionFact,
    params(("id" = uuid::Uuid, Path),
        ("condition" = uuid::Uuid, Path, description = "The id of the condition: see `items`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/conditions/{condition}/facts")]
async fn record(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
    new: Json<ops::NewConditionFact>,
) -> Result<HttpResponse, Fault> {
    let (id, condition) = path.into_inner();
    let made = ops::record(&house.db, &house.ctx, id, condition, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/conditions"),
        made,
    ))
}
