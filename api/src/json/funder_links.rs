//! Links that are sent to somebody at a funder.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use domain::funder_links::ops::{self, MadeLink, NewLink};
use domain::funder_links::view::{self, LinkView};
use entity::{FunderLinkId, MailState, OrganisationId};

use super::csv;
use crate::http::{Fault, House, Json, Ordered, Problems, Sorted};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(make).service(revoke);
}

/// The links that were made for somebody at a funder, the newest first: for whom, until when, how often each
/// was opened. As CSV all at once.
#[utoipa::path(operation_id = "funder-links.list", tag = "Funder links",
    params(("id" = uuid::Uuid, Path, description = "The funder"), Sorted),
    responses((status = 200, content(
        (Ordered<LinkView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/organisations/{id}/links")]
async fn list(
    house: House,
    id: web::Path<OrganisationId>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let funder = id.into_inner();
    if csv::is_wanted(&request) {
        return as_csv(&house, funder).await;
    }
    let found = view::list(&house.db, &house.ctx, funder, after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// The table, for the API and for the page's download.
pub(crate) async fn as_csv(house: &House, funder: OrganisationId) -> Result<HttpResponse, Fault> {
    let rows = view::list(&house.db, &house.ctx, funder, None, csv::MOST).await?;
    let heading = [
        "number",
        "for_whom",
        "state",
        "ends_on",
        "mail",
        "made_by",
        "made_at",
        "openings",
        "last_opened_at",
        "taken_back_by",
        "taken_back_at",
        "id",
    ];
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(String::new, |at| at.to_rfc3339())
    };
    let rows = rows.items.into_iter().map(|row| {
        vec![
            row.number.to_string(),
            row.for_whom.unwrap_or_default(),
            row.state.slug().to_owned(),
            row.ends_on.to_string(),
            row.mail_state.map_or("", MailState::slug).to_owned(),
            row.made_by.unwrap_or_default(),
            row.made_at.to_rfc3339(),
            row.openings.to_string(),
            at(row.last_opened_at),
            row.revoked_by.unwrap_or_default(),
            at(row.revoked_at),
            row.id.to_string(),
        ]
    });
    Ok(csv::reply("funder-links", &heading, rows))
}

/// Makes a link that shows somebody at a funder what is that funder's, to read and nothing else, for at most
/// ninety days. It goes to a contact by mail, or its secret is shown this once. No token may.
#[utoipa::path(operation_id = "funder-links.make", tag = "Funder links", request_body = NewLink,
    params(("id" = uuid::Uuid, Path, description = "The funder"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = MadeLink), Problems))]
#[post("/organisations/{id}/links")]
async fn make(
    house: House,
    id: web::Path<OrganisationId>,
    new: Json<NewLink>,
) -> Result<HttpResponse, Fault> {
    let made = ops::make(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Takes a link back, whoever made it. Whoever has it open sees nothing more. No token may.
#[utoipa::path(operation_id = "funder-links.revoke", tag = "Funder links",
    params(("id" = uuid::Uuid, Path, description = "The funder"),
        ("link_id" = uuid::Uuid, Path, description = "The link")),
    responses((status = 204), Problems))]
#[delete("/organisations/{id}/links/{link_id}")]
async fn revoke(
    house: House,
    path: web::Path<(OrganisationId, FunderLinkId)>,
) -> Result<HttpResponse, Fault> {
    let (funder, id) = path.into_inner();
    ops::revoke(&house.db, &house.ctx, funder, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
