//! Splits of spend over pools, cost categories and places.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::apportionments::ops::{self, NewApportionment};
use domain::apportionments::view;
use entity::{ApportionmentId, SpendLineId};

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Problems, Whole, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(propose)
        .service(preview)
        .service(one)
        .service(effect)
        .service(approve)
        .service(withdraw)
        .service(end)
        .service(of_line);
}

/// Every split of spend, the newest first: all of them, as CSV a row for each part.
#[utoipa::path(operation_id = "apportionments.list", tag = "Apportionments",
    responses((status = 200, content(
        (Whole<view::ApportionmentView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/apportionments")]
async fn list(house: House, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let all = view::list(&house.db, &house.ctx).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::apportionments(all));
    }
    Ok(Whole::reply(all))
}

/// Proposes a split of spend. It splits nothing until another person approves it.
#[utoipa::path(operation_id = "apportionments.propose", tag = "Apportionments",
    request_body = NewApportionment,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/apportionments")]
async fn propose(house: House, new: Json<NewApportionment>) -> Result<HttpResponse, Fault> {
    let id = ops::propose(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/apportionments", id))
}

/// What a split would move if it were approved now: between pools and cost categories, and what each
/// award pays. Changes nothing.
#[utoipa::path(operation_id = "apportionments.preview", tag = "Apportionments",
    request_body = NewApportionment,
    responses((status = 200, body = view::ApportionmentPreview), Problems))]
#[post("/apportionment-previews")]
async fn preview(house: House, new: Json<NewApportionment>) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// One split of spend.
#[utoipa::path(operation_id = "apportionments.get", tag = "Apportionments",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ApportionmentView, headers(("ETag" = String))), Problems))]
#[get("/apportionments/{id}")]
async fn one(house: House, id: web::Path<ApportionmentId>) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(seen.version, &seen))
}

/// What a split would move of the lines that count and that it has not split: what whoever approves it
/// looks at.
#[utoipa::path(operation_id = "apportionments.effect", tag = "Apportionments",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ApportionmentPreview), Problems))]
#[get("/apportionments/{id}/effect")]
async fn effect(house: House, id: web::Path<ApportionmentId>) -> Result<HttpResponse, Fault> {
    let seen = view::preview_of(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Approves a split that somebody else proposed. It is applied within minutes, to what counts already,
/// too. No token can.
#[utoipa::path(operation_id = "apportionments.approve", tag = "Apportionments",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The split's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/apportionments/{id}/approval")]
async fn approve(
    house: House,
    id: web::Path<ApportionmentId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    ops::approve(&house.db, &house.ctx, id.into_inner(), Some(expected.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Withdraws a split that was not approved. It stays on record.
#[utoipa::path(operation_id = "apportionments.withdraw", tag = "Apportionments",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The split's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/apportionments/{id}/withdrawal")]
async fn withdraw(
    house: House,
    id: web::Path<ApportionmentId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    ops::withdraw(&house.db, &house.ctx, id.into_inner(), Some(expected.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends a split: spend received after a day is split no more. What was split stays.
#[utoipa::path(operation_id = "apportionments.end", tag = "Apportionments", request_body = ops::End,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The split's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/apportionments/{id}/end")]
async fn end(
    house: House,
    id: web::Path<ApportionmentId>,
    expected: IfMatch,
    end: Json<ops::End>,
) -> Result<HttpResponse, Fault> {
    ops::end(
        &house.db,
        &house.ctx,
        id.into_inner(),
        Some(expected.0),
        &end,
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a line was split into, or what it is a part of. Not found of a line that has nothing to do with
/// a split.
#[utoipa::path(operation_id = "apportionments.of-line", tag = "Apportionments",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::LineSplit), Problems))]
#[get("/spend-lines/{id}/split")]
async fn of_line(house: House, id: web::Path<SpendLineId>) -> Result<HttpResponse, Fault> {
    let found = view::of_line(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(found.ok_or(domain::Error::NotFound)?))
}
