//! What an award puts into a pool, stated anew by award year.

use actix_web::{HttpResponse, get, post, web};
use domain::pools::ops::statements::{self, NewStatement};
use domain::pools::view::statements::{self as view, StatementPreview, StatementView};
use entity::{ContributionId, PoolId};

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Problems, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(state).service(preview);
}

/// What was stated of a contribution by award year, the newest first: all of it.
#[utoipa::path(operation_id = "contribution-statements.list", tag = "Pools",
    params(("id" = uuid::Uuid, Path),
        ("contribution" = uuid::Uuid, Path, description = "The id of the contribution: see the pool")),
    responses((status = 200, body = Whole<StatementView>), Problems))]
#[get("/pools/{id}/contributions/{contribution}/statements")]
async fn list(
    house: House,
    path: web::Path<(PoolId, ContributionId)>,
) -> Result<HttpResponse, Fault> {
    let (pool, id) = path.into_inner();
    let said = view::of_contribution(&house.db, &house.ctx, pool, id).await?;
    Ok(Whole::reply(said))
}

/// States anew what an award puts into a pool: an amount for every year of the award, agreed or
/// pledged. What is pledged pays for nothing yet. Spend is attributed again.
#[utoipa::path(operation_id = "contribution-statements.state", tag = "Pools",
    request_body = NewStatement,
    params(("id" = uuid::Uuid, Path),
        ("contribution" = uuid::Uuid, Path, description = "The id of the contribution: see the pool"),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/contributions/{contribution}/statements")]
async fn state(
    house: House,
    path: web::Path<(PoolId, ContributionId)>,
    expected: IfMatch,
    new: Json<NewStatement>,
) -> Result<HttpResponse, Fault> {
    let (pool, id) = path.into_inner();
    let (db, ctx) = (&house.db, &house.ctx);
    let made = statements::state(db, ctx, pool, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{pool}/contributions/{id}/statements"),
        made,
    ))
}

/// What stating a contribution anew would do, in pounds and by award. Changes nothing.
#[utoipa::path(operation_id = "contribution-statements.preview", tag = "Pools",
    request_body = NewStatement,
    params(("id" = uuid::Uuid, Path),
        ("contribution" = uuid::Uuid, Path, description = "The id of the contribution: see the pool")),
    responses((status = 200, body = StatementPreview), Problems))]
#[post("/pools/{id}/contributions/{contribution}/statement-previews")]
async fn preview(
    house: House,
    path: web::Path<(PoolId, ContributionId)>,
    new: Json<NewStatement>,
) -> Result<HttpResponse, Fault> {
    let (pool, id) = path.into_inner();
    let seen = view::preview(&house.db, &house.ctx, pool, id, &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}
