//! People and their roles.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use domain::access::erasure::{self, Erasure, ErasurePreview};
use domain::access::{invitations, second_factor, view};
use domain::housekeeping;
use entity::{MembershipId, PersonId};

use super::Created;
use crate::http::{Fault, House, Json, Listing, Paging, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(invite)
        .service(one)
        .service(revoke)
        .service(reset_second_factor)
        .service(preview_erasure)
        .service(erase)
        .service(retention);
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

/// What erasing a person would do, without doing it.
#[utoipa::path(operation_id = "people.preview-erasure", tag = "People", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ErasurePreview), Problems))]
#[get("/people/{id}/erasure")]
async fn preview_erasure(house: House, id: web::Path<PersonId>) -> Result<HttpResponse, Fault> {
    let told = erasure::preview(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(told))
}

/// Erases a person who has left: their name, address and second check, the addresses and texts of
/// mail to them, the personal values beside the audit log. What they did for the record of money
/// stays, as done by somebody who left. It cannot be undone. No token may.
#[utoipa::path(operation_id = "people.erase", tag = "People", request_body = Erasure,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/people/{id}/erasure")]
async fn erase(
    house: House,
    id: web::Path<PersonId>,
    why: Json<Erasure>,
) -> Result<HttpResponse, Fault> {
    erasure::erase(&house.db, &house.ctx, id.into_inner(), &why).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is kept for how long: a dry run of what would be removed now, and of who should be erased.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Retention {
    /// What is removed by itself.
    removed: Vec<housekeeping::Kept>,
    /// Years after their last role after which people should be erased.
    years_after_last_role: u32,
    /// Those who should be erased now.
    people: Vec<ErasurePreview>,
}

/// What is kept for how long: a dry run, which removes nothing and erases nobody.
#[utoipa::path(operation_id = "retention.get", tag = "People",
    responses((status = 200, body = Retention), Problems))]
#[get("/retention")]
async fn retention(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(Retention {
        removed: housekeeping::due(&house.db, &house.ctx).await?,
        years_after_last_role: erasure::YEARS,
        people: erasure::due(&house.db, &house.ctx).await?,
    }))
}
