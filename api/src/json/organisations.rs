//! Organisations.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::organisations::{ops, view};
use entity::OrganisationId;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, Json, Listing, Paging, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(one);
}

/// Organisations, oldest first.
#[utoipa::path(operation_id = "organisations.list", tag = "Organisations", params(Paging),
    responses((status = 200, body = Listing<view::OrganisationView>), Problems))]
#[get("/organisations")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(OrganisationId);
    let items = view::list(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Adds an organisation.
#[utoipa::path(operation_id = "organisations.create", tag = "Organisations",
    request_body = ops::NewOrganisation,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/organisations")]
async fn create(house: House, new: Json<ops::NewOrganisation>) -> Result<HttpResponse, Fault> {
    let id = ops::create(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/organisations", id))
}

/// One organisation.
#[utoipa::path(operation_id = "organisations.get", tag = "Organisations",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::OrganisationView), Problems))]
#[get("/organisations/{id}")]
async fn one(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::one(&house.db, &house.ctx, id.into_inner()).await?))
}
