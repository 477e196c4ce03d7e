//! Awards and their fences.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::awards::{ops, view};
use entity::{AwardId, OrganisationId};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, IfMatch, Listing, Paging, Problems, tagged};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(add_fence);
}

/// Which awards.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Those of one funder.
    funder_id: Option<uuid::Uuid>,
    /// Those whose window holds this London date.
    running_on: Option<chrono::NaiveDate>,
}

/// Awards, oldest first: to a funder's officer, those of that funder.
#[utoipa::path(operation_id = "awards.list", tag = "Awards", params(Paging, Narrow),
    responses((status = 200, body = Listing<view::AwardSummary>), Problems))]
#[get("/awards")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(AwardId);
    let filter = view::Filter {
        funder_id: narrow.funder_id.map(OrganisationId),
        running_on: narrow.running_on,
    };
    let items = view::list(&house.db, &house.ctx, filter, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Records an award with what it may pay for and its fences, all or nothing.
#[utoipa::path(operation_id = "awards.create", tag = "Awards", request_body = ops::NewAward,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards")]
async fn create(house: House, new: web::Json<ops::NewAward>) -> Result<HttpResponse, Fault> {
    let id = ops::create(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/awards", id))
}

/// One award: what it may pay for, what is left, what it asks of us.
#[utoipa::path(operation_id = "awards.get", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::AwardView, headers(("ETag" = String))), Problems))]
#[get("/awards/{id}")]
async fn one(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let award = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(award.summary.version, &award))
}

/// Sets a further part of an award apart, while nothing is attributed to the award.
#[utoipa::path(operation_id = "fences.create", tag = "Awards", request_body = ops::NewFence,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/fences")]
async fn add_fence(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: web::Json<ops::NewFence>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let fence = ops::add_fence(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), fence))
}
