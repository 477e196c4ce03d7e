//! Money moved between fences of an award.

use actix_web::{HttpResponse, get, post, web};
use domain::virements::{ops, view};
use entity::{AwardId, AwardVirementId};
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(record)
        .service(preview)
        .service(settle);
}

/// What was moved between fences of an award, what waits for the funder's consent, and what may be moved
/// without asking.
#[utoipa::path(operation_id = "virements.list", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::VirementsView), Problems))]
#[get("/awards/{id}/virements")]
async fn list(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Moves money between fences of an award. Within the tolerance it takes effect at once, and spend is
/// attributed again; above it it has no effect until the funder consents.
#[utoipa::path(operation_id = "virements.record", tag = "Awards", request_body = ops::NewVirement,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/virements")]
async fn record(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<ops::NewVirement>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::record(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/virements"),
        made,
    ))
}

/// What a virement would do to the fences and to attribution, and whether the funder must consent. Changes
/// nothing.
#[utoipa::path(operation_id = "virements.preview", tag = "Awards", request_body = ops::NewVirement,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::VirementPreview), Problems))]
#[post("/awards/{id}/virement-previews")]
async fn preview(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewVirement>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Records that the funder was asked for consent, what it answered, or that the virement is no longer
/// wanted. With consent it takes effect.
#[utoipa::path(operation_id = "virements.settle", tag = "Awards", request_body = ops::NewVirementFact,
    params(("id" = uuid::Uuid, Path),
        ("virement" = uuid::Uuid, Path, description = "The id of the virement: see `items`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/virements/{virement}/facts")]
async fn settle(
    house: House,
    path: web::Path<(AwardId, AwardVirementId)>,
    new: Json<ops::NewVirementFact>,
) -> Result<HttpResponse, Fault> {
    let (id, virement) = path.into_inner();
    let made = ops::settle(&house.db, &house.ctx, id, virement, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/virements"),
        made,
    ))
}
