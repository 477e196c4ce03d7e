//! Cost categories.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::categories::{ops, view};
use entity::CostCategoryId;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, Json, Listing, Paging, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(one);
}

/// Cost categories, oldest first.
#[utoipa::path(operation_id = "categories.list", tag = "Cost categories", params(Paging),
    responses((status = 200, body = Listing<view::CategoryView>), Problems))]
#[get("/cost-categories")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(CostCategoryId);
    let items = view::list(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Adds a cost category.
#[utoipa::path(operation_id = "categories.create", tag = "Cost categories",
    request_body = ops::NewCategory,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/cost-categories")]
async fn create(house: House, new: Json<ops::NewCategory>) -> Result<HttpResponse, Fault> {
    let id = ops::create(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/cost-categories", id))
}

/// One cost category.
#[utoipa::path(operation_id = "categories.get", tag = "Cost categories",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::CategoryView), Problems))]
#[get("/cost-categories/{id}")]
async fn one(house: House, id: web::Path<CostCategoryId>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::one(&house.db, &house.ctx, id.into_inner()).await?))
}
