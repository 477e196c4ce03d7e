//! Pools, what awards contribute to them, and the closed months of their ledger.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use domain::ledger_periods;
use domain::pools::{ops, view};
use entity::PoolId;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, Whole, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(correct)
        .service(contribute)
        .service(closed)
        .service(close)
        .service(reopen);
}

/// Pools, oldest first; as CSV all at once.
#[utoipa::path(operation_id = "pools.list", tag = "Pools", params(Paging),
    responses((status = 200, content(
        (Listing<view::PoolSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    if csv::is_wanted(&request) {
        return Ok(tables::pools(
            view::list(&house.db, &house.ctx, None, csv::MOST).await?,
        ));
    }
    let after = paging.after.map(PoolId);
    let items = view::list(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Sets up a pool with its policy and contributions, all or nothing.
#[utoipa::path(operation_id = "pools.create", tag = "Pools", request_body = ops::NewPool,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools")]
async fn create(house: House, new: Json<ops::NewPool>) -> Result<HttpResponse, Fault> {
    let id = ops::create(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/pools", id))
}

/// Corrects the name and the purpose of a pool; its short name in files stays.
#[utoipa::path(operation_id = "pools.correct", tag = "Pools", request_body = ops::Correction,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag")),
    responses((status = 200, body = view::PoolView, headers(("ETag" = String))), Problems))]
#[put("/pools/{id}")]
async fn correct(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<ops::Correction>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::correct(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    let pool = view::one(&house.db, &house.ctx, id).await?;
    Ok(tagged(pool.summary.version, &pool))
}

/// One pool: whose money, for what, how much is free; month by month.
#[utoipa::path(operation_id = "pools.get", tag = "Pools", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::PoolView, headers(("ETag" = String))), Problems))]
#[get("/pools/{id}")]
async fn one(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let pool = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(pool.summary.version, &pool))
}

/// Puts an award's money behind a pool; it pays after those that are there.
#[utoipa::path(operation_id = "contributions.create", tag = "Pools",
    request_body = ops::NewContribution,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/contributions")]
async fn contribute(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<ops::NewContribution>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let part = ops::add_contribution(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/pools/{id}"), part))
}

/// The closed months of a pool's ledger, oldest first: all of them.
#[utoipa::path(operation_id = "ledger-periods.list", tag = "Pools",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<ledger_periods::view::ClosedMonth>), Problems))]
#[get("/pools/{id}/closed-months")]
async fn closed(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let months = ledger_periods::view::list(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(months))
}

/// Closes a month of a pool's ledger. Closing it twice is closing it once.
#[utoipa::path(operation_id = "ledger-periods.close", tag = "Pools",
    request_body = ledger_periods::ops::MonthToClose,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/closed-months")]
async fn close(
    house: House,
    id: web::Path<PoolId>,
    closing: Json<ledger_periods::ops::MonthToClose>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let period = ledger_periods::ops::close(&house.db, &house.ctx, id, *closing).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{id}/closed-months"),
        period,
    ))
}

/// Opens a closed month again.
#[utoipa::path(operation_id = "ledger-periods.reopen", tag = "Pools",
    params(("id" = uuid::Uuid, Path),
        ("month" = chrono::NaiveDate, Path, description = "The month's first day")),
    responses((status = 204), Problems))]
#[delete("/pools/{id}/closed-months/{month}")]
async fn reopen(
    house: House,
    path: web::Path<(PoolId, chrono::NaiveDate)>,
) -> Result<HttpResponse, Fault> {
    let (id, month) = path.into_inner();
    ledger_periods::ops::reopen(&house.db, &house.ctx, id, month).await?;
    Ok(HttpResponse::NoContent().finish())
}
