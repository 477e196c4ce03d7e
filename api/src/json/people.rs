//! People and their roles.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use domain::access::{invitations, second_factor, view};
use entity::{MembershipId, PersonId};
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, Json, Listing, Paging, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(invite)
        .service(one)
        .service(revoke)
        .service(reset_second_factor);
}

/// People with their roles, past ones too; the oldest first.
#[utoipa::path(operation_id = "people.list", tag = "People", params(Paging),
    responses((status = 200, body = Listing<view::PersonView>), Problems))]
#[get("/people")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(PersonId);
    let items = view::people_page(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// One person with their roles.
#[utoipa::path(operation_id = "people.get", tag = "People", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::PersonView), Problems))]
#[get("/people/{id}")]
async fn one(house: House, id: web::Path<PersonId>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::person(&house.db, &house.ctx, id.into_inner()).await?))
}

/// Invites a person with a role; the link goes by mail.
#[utoipa::path(operation_id = "people.invite", tag = "People",
    request_body = invitations::Invitation,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/people")]
async fn invite(
    house: House,
    invitation: Json<invitations::Invitation>,
) -> Result<HttpResponse, Fault> {
    let invited = invitations::invite(&house.db, &house.ctx, &invitation).await?;
    Ok(Created::reply("/api/v1/people", invited.person_id))
}

/// Takes a role away at once.
#[utoipa::path(operation_id = "memberships.revoke", tag = "People", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), Problems))]
#[delete("/memberships/{id}")]
async fn revoke(house: House, id: web::Path<MembershipId>) -> Result<HttpResponse, Fault> {
    invitations::revoke(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a person's second factor away, because its device is lost. Ends their sessions; they set
/// up a new one when they next sign in. Another administrator does it for an administrator.
#[utoipa::path(operation_id = "second-factor.reset", tag = "People", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), Problems))]
#[delete("/people/{id}/second-factor")]
async fn reset_second_factor(house: House, id: web::Path<PersonId>) -> Result<HttpResponse, Fault> {
    second_factor::reset(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
