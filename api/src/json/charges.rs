//! What may be charged for management, of an award or of a pool, and what is.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::charges::ops::{self, NewChargeCap};
use domain::charges::view::{self, Of};
use entity::{AwardId, PoolId};

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(of_award)
        .service(agree_of_award)
        .service(of_pool)
        .service(agree_of_pool);
}

async fn seen(house: &House, of: Of, request: &HttpRequest) -> Result<HttpResponse, Fault> {
    let seen = view::of(&house.db, &house.ctx, of).await?;
    if csv::is_wanted(request) {
        return Ok(tables::charges(seen.years));
    }
    Ok(HttpResponse::Ok().json(seen))
}

/// What may be charged for management of an award, what is in each of its years, with its working, and every
/// cap that was agreed; the years as CSV where that is wanted.
#[utoipa::path(operation_id = "award-charges.get", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (view::ChargesView = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/charges")]
async fn of_award(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    seen(&house, Of::Award(id.into_inner()), &request).await
}

/// Records how much may be charged for management of an award in each of its years, from a day on. It changes
/// no attribution: it says what is over.
#[utoipa::path(operation_id = "award-charges.agree", tag = "Awards", request_body = NewChargeCap,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/charge-caps")]
async fn agree_of_award(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<NewChargeCap>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let of = Of::Award(id);
    let made = ops::agree(&house.db, &house.ctx, of, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/charges"),
        made,
    ))
}

/// What may be charged for management of a pool, what is in each year since the first cap, with its working, and
/// every cap that was agreed; the years as CSV where that is wanted.
#[utoipa::path(operation_id = "pool-charges.get", tag = "Pools", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (view::ChargesView = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/charges")]
async fn of_pool(
    house: House,
    id: web::Path<PoolId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    seen(&house, Of::Pool(id.into_inner()), &request).await
}

/// Records how much may be charged for management of a pool in each year, from a day on. It changes no
/// attribution: it says what is over.
#[utoipa::path(operation_id = "pool-charges.agree", tag = "Pools", request_body = NewChargeCap,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/charge-caps")]
async fn agree_of_pool(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<NewChargeCap>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let of = Of::Pool(id);
    let made = ops::agree(&house.db, &house.ctx, of, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{id}/charges"),
        made,
    ))
}
