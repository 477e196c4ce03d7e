//! Cost categories.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use domain::categories::{ops, view};
use entity::CostCategoryId;

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(rename);
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
    responses((status = 200, body = view::CategoryView, headers(("ETag" = String))), Problems))]
#[get("/cost-categories/{id}")]
async fn one(house: House, id: web::Path<CostCategoryId>) -> Result<HttpResponse, Fault> {
    let category = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(category.version, &category))
}

/// Renames a cost category. Its short name stays: files and forms speak of it.
#[utoipa::path(operation_id = "categories.rename", tag = "Cost categories",
    request_body = ops::Renaming,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The category's ETag")),
    responses((status = 200, body = view::CategoryView, headers(("ETag" = String))), Problems))]
#[put("/cost-categories/{id}/name")]
async fn rename(
    house: House,
    id: web::Path<CostCategoryId>,
    expected: IfMatch,
    new: Json<ops::Renaming>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::rename(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    let category = view::one(&house.db, &house.ctx, id).await?;
    Ok(tagged(category.version, &category))
}
