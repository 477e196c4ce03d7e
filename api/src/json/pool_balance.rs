//! What becomes of what a pool overspends, and of what it leaves.

use actix_web::{HttpResponse, get, post, web};
use domain::pools::ops::balance::{self, NewBalanceRule};
use domain::pools::view::balance::{self as view, BalanceView};
use entity::PoolId;

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(one).service(agree);
}

/// What was agreed of what a pool overspends and leaves, and its working on how the pool stands now.
#[utoipa::path(operation_id = "pool-balance.get", tag = "Pools",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = BalanceView), Problems))]
#[get("/pools/{id}/balance")]
async fn one(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let seen = view::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Records what becomes of what a pool overspends, and of what it leaves, from a day on. It changes no
/// attribution: it says who bears what no award pays for, and who has what is left.
#[utoipa::path(operation_id = "pool-balance.agree", tag = "Pools", request_body = NewBalanceRule,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/balance-rules")]
async fn agree(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<NewBalanceRule>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = balance::agree(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{id}/balance"),
        made,
    ))
}
