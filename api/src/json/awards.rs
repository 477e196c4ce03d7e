//! Awards and their fences.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use domain::awards::{ops, view};
use entity::{AwardId, AwardYearId, OrganisationId};
use serde::Deserialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Ordered, Problems, Sorted, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(correct)
        .service(add_fence)
        .service(record_year)
        .service(amend)
        .service(preview);
}

/// Which awards.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Those of one funder.
    funder_id: Option<uuid::Uuid>,
    /// Those whose window holds this London date.
    running_on: Option<chrono::NaiveDate>,
    /// In which order: `recorded` (the oldest first) unless told, `ends_on` (the earliest first) or
    /// `-ends_on`.
    #[serde(default)]
    #[param(value_type = Option<view::AwardOrder>)]
    sort: view::AwardOrder,
}

/// Awards, in an order: to a funder's officer, those of that funder; as CSV all at once.
#[utoipa::path(operation_id = "awards.list", tag = "Awards", params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<view::AwardSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let filter = view::Filter {
        funder_id: narrow.funder_id.map(OrganisationId),
        running_on: narrow.running_on,
        order: narrow.sort,
    };
    if csv::is_wanted(&request) {
        let all = view::list(&house.db, &house.ctx, filter, None, csv::MOST).await?;
        return Ok(tables::awards(all.items));
    }
    let page = view::list(&house.db, &house.ctx, filter, after, limit).await?;
    Ok(Ordered::reply(page, &request))
}

/// Records an award with what it may pay for and its fences, all or nothing.
#[utoipa::path(operation_id = "awards.create", tag = "Awards", request_body = ops::NewAward,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards")]
async fn create(house: House, new: Json<ops::NewAward>) -> Result<HttpResponse, Fault> {
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

/// Corrects the title and the reference of an award. What was agreed is amended instead; what was certified
/// stays as it was certified.
#[utoipa::path(operation_id = "awards.correct", tag = "Awards", request_body = ops::Correction,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag")),
    responses((status = 200, body = view::AwardView, headers(("ETag" = String))), Problems))]
#[put("/awards/{id}")]
async fn correct(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<ops::Correction>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::correct(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    let award = view::one(&house.db, &house.ctx, id).await?;
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
    new: Json<ops::NewFence>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let fence = ops::add_fence(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), fence))
}

/// Records what was agreed of an award year: that it is confirmed, that money was asked to be carried
/// forward and what the funder said, or what may be spent at risk. It stays in the record.
#[utoipa::path(operation_id = "award-years.record", tag = "Awards", request_body = ops::NewYearEvent,
    params(("id" = uuid::Uuid, Path),
        ("year" = uuid::Uuid, Path, description = "The id of the award year: see the award's `years`"),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/years/{year}/events")]
async fn record_year(
    house: House,
    path: web::Path<(AwardId, AwardYearId)>,
    expected: IfMatch,
    new: Json<ops::NewYearEvent>,
) -> Result<HttpResponse, Fault> {
    let (id, year) = path.into_inner();
    let event = ops::record_year(&house.db, &house.ctx, id, year, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), event))
}

/// Records an amendment of an award: a dated change of its years, what it may pay for, or who has
/// which part. It takes effect at once, or on its day; it may cut below what is attributed.
#[utoipa::path(operation_id = "awards.amend", tag = "Awards", request_body = ops::NewAmendment,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/amendments")]
async fn amend(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<ops::NewAmendment>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::amend(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}"), made))
}

/// What an amendment would do to attribution, deadlines and returns. Changes nothing.
#[utoipa::path(operation_id = "awards.preview-amendment", tag = "Awards", request_body = ops::NewAmendment,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::AmendmentPreview), Problems))]
#[post("/awards/{id}/amendment-previews")]
async fn preview(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewAmendment>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}
