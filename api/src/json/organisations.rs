//! Organisations.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use domain::organisations::contacts::{self, ContactView, NewContact};
use domain::organisations::{ops, view};
use entity::{ContactId, OrganisationId};

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, Whole, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(correct)
        .service(contact_list)
        .service(add_contact)
        .service(change_contact)
        .service(remove_contact);
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
    responses((status = 200, body = view::OrganisationView, headers(("ETag" = String))), Problems))]
#[get("/organisations/{id}")]
async fn one(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    let body = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(body.version, &body))
}

/// Corrects what is written down of an organisation. What was certified stays as it was certified.
#[utoipa::path(operation_id = "organisations.correct", tag = "Organisations",
    request_body = ops::Correction,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The organisation's ETag")),
    responses((status = 200, body = view::OrganisationView, headers(("ETag" = String))), Problems))]
#[put("/organisations/{id}")]
async fn correct(
    house: House,
    id: web::Path<OrganisationId>,
    expected: IfMatch,
    new: Json<ops::Correction>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::correct(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    let body = view::one(&house.db, &house.ctx, id).await?;
    Ok(tagged(body.version, &body))
}

/// Whom to ask at an organisation, by name.
#[utoipa::path(operation_id = "contacts.list", tag = "Organisations",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<ContactView>), Problems))]
#[get("/organisations/{id}/contacts")]
async fn contact_list(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    Ok(Whole::reply(
        contacts::list(&house.db, &house.ctx, id.into_inner()).await?,
    ))
}

/// Adds somebody to ask at an organisation, at most a hundred.
#[utoipa::path(operation_id = "contacts.add", tag = "Organisations", request_body = NewContact,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/organisations/{id}/contacts")]
async fn add_contact(
    house: House,
    id: web::Path<OrganisationId>,
    new: Json<NewContact>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let contact = contacts::add(&house.db, &house.ctx, id, &new).await?;
    let whole = format!("/api/v1/organisations/{id}/contacts");
    Ok(Created::inside(&whole, contact))
}

/// Says anew what somebody to ask is called, where they are reached and what they are asked about.
#[utoipa::path(operation_id = "contacts.change", tag = "Organisations", request_body = NewContact,
    params(("id" = uuid::Uuid, Path),
        ("contact_id" = uuid::Uuid, Path, description = "The contact"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/organisations/{id}/contacts/{contact_id}/correction")]
async fn change_contact(
    house: House,
    path: web::Path<(OrganisationId, ContactId)>,
    new: Json<NewContact>,
) -> Result<HttpResponse, Fault> {
    let (id, contact) = path.into_inner();
    contacts::change(&house.db, &house.ctx, id, contact, &new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes somebody out of whom to ask: nothing of the person is kept.
#[utoipa::path(operation_id = "contacts.remove", tag = "Organisations",
    params(("id" = uuid::Uuid, Path),
        ("contact_id" = uuid::Uuid, Path, description = "The contact")),
    responses((status = 204), Problems))]
#[delete("/organisations/{id}/contacts/{contact_id}")]
async fn remove_contact(
    house: House,
    path: web::Path<(OrganisationId, ContactId)>,
) -> Result<HttpResponse, Fault> {
    let (id, contact) = path.into_inner();
    contacts::remove(&house.db, &house.ctx, id, contact).await?;
    Ok(HttpResponse::NoContent().finish())
}
