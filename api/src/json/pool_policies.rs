//! By which rules awards pay for a pool's spend, and what a further one would move.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::pools::ops::policies::{self, NewPolicy};
use domain::pools::view::policies::{self as view, PolicyPreview, PolicyView};
use entity::PoolId;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Problems, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(agree).service(preview);
}

/// The rules by which awards pay for a pool's spend, the newest first: all of them, as CSV a row for
/// each award that a rule names.
#[utoipa::path(operation_id = "pool-policies.list", tag = "Pools",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Whole<PolicyView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/policies")]
async fn list(
    house: House,
    id: web::Path<PoolId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let rules = view::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::policies(rules));
    }
    Ok(Whole::reply(rules))
}

/// Records by which rule awards pay, from a day on. What was received before stays with the rule of
/// its day; a rule that reaches back before today says so, and none reaches into a closed month.
#[utoipa::path(operation_id = "pool-policies.agree", tag = "Pools", request_body = NewPolicy,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/policies")]
async fn agree(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<NewPolicy>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = policies::agree(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{id}/policies"),
        made,
    ))
}

/// What a rule would move, in pounds and from whom to whom. Changes nothing.
#[utoipa::path(operation_id = "pool-policies.preview", tag = "Pools", request_body = NewPolicy,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PolicyPreview), Problems))]
#[post("/pools/{id}/policy-previews")]
async fn preview(
    house: House,
    id: web::Path<PoolId>,
    new: Json<NewPolicy>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}
