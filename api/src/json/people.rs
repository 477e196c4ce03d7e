//! People and their roles.

use actix_web::{HttpResponse, delete, get, post, web};
use domain::access::{invitations, second_factor, view};
use entity::{MembershipId, PersonId};
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(invite)
        .service(revoke)
        .service(reset_second_factor);
}

/// Everybody with their roles, by name.
#[utoipa::path(operation_id = "people.list", tag = "People",
    responses((status = 200, body = Vec<view::PersonView>), Problems))]
#[get("/people")]
async fn list(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::people(&house.db, &house.ctx).await?))
}

/// Invites a person with a role; the link goes by mail.
#[utoipa::path(operation_id = "people.invite", tag = "People",
    request_body = invitations::Invitation,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/people")]
async fn invite(
    house: House,
    invitation: web::Json<invitations::Invitation>,
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
