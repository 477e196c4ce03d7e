//! The caller's own account: roles, sessions, tokens.

use actix_web::{HttpResponse, delete, get, post, web};
use domain::access::{feeds, ops, tokens, view};
use entity::{ApiTokenId, CalendarFeedId, SessionId};

use crate::http::{Fault, House, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(account)
        .service(change_name)
        .service(create_token)
        .service(revoke_token)
        .service(make_calendar)
        .service(revoke_calendar)
        .service(end_session)
        .service(end_sessions);
}

/// The caller's own account.
#[utoipa::path(operation_id = "account.get", tag = "Account",
    responses((status = 200, body = view::Account), Problems))]
#[get("/account")]
async fn account(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::account(&house.db, &house.ctx).await?))
}

/// Changes the name by which the caller is shown, everywhere and at once. Only from a browser: no token may.
#[utoipa::path(operation_id = "account.name", tag = "Account", request_body = ops::OwnName,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/account/name")]
async fn change_name(house: House, new: Json<ops::OwnName>) -> Result<HttpResponse, Fault> {
    ops::change_own_name(&house.db, &house.ctx, &new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes an API token; its secret is shown this once. No token can make another. A repeat under the
/// same Idempotency-Key makes no second token, and cannot show the secret again: 409.
#[utoipa::path(operation_id = "tokens.create", tag = "Account", request_body = tokens::NewToken,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = tokens::MadeToken), Problems))]
#[post("/account/tokens")]
async fn create_token(house: House, new: Json<tokens::NewToken>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Created().json(tokens::create(&house.db, &house.ctx, &new).await?))
}

/// Takes one of the caller's tokens back.
#[utoipa::path(operation_id = "tokens.revoke", tag = "Account", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), Problems))]
#[delete("/account/tokens/{id}")]
async fn revoke_token(house: House, id: web::Path<ApiTokenId>) -> Result<HttpResponse, Fault> {
    tokens::revoke(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes an address at which a calendar program reads returns and their deadlines: `GET
/// /calendar/returns.ics?key=…` of this site, with the secret that is shown this once. Whoever has it reads
/// the calendar, and nothing else. A funder's officer gets the returns of their funder. A repeat under the
/// same Idempotency-Key makes no second one, and cannot show the secret again: 409.
#[utoipa::path(operation_id = "calendar-feeds.create", tag = "Account", request_body = feeds::NewFeed,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = feeds::MadeFeed), Problems))]
#[post("/account/calendars")]
async fn make_calendar(house: House, new: Json<feeds::NewFeed>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Created().json(feeds::create(&house.db, &house.ctx, *new).await?))
}

/// Takes one of the caller's calendar addresses back: it tells nothing any more.
#[utoipa::path(operation_id = "calendar-feeds.revoke", tag = "Account",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), Problems))]
#[delete("/account/calendars/{id}")]
async fn revoke_calendar(
    house: House,
    id: web::Path<CalendarFeedId>,
) -> Result<HttpResponse, Fault> {
    feeds::revoke(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs one of the caller's browsers out. Only from a browser: no token may.
#[utoipa::path(operation_id = "sessions.end", tag = "Account", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), Problems))]
#[delete("/account/sessions/{id}")]
async fn end_session(house: House, id: web::Path<SessionId>) -> Result<HttpResponse, Fault> {
    let session_id = id.into_inner();
    ops::end_session(&house.db, &house.ctx, ops::EndSession { session_id }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs every browser of the caller out, this one too. Only from a browser: no token may.
#[utoipa::path(operation_id = "sessions.end-all", tag = "Account",
    responses((status = 204), Problems))]
#[delete("/account/sessions")]
async fn end_sessions(house: House) -> Result<HttpResponse, Fault> {
    ops::sign_out(&house.db, &house.ctx, ops::SignOut::Everywhere).await?;
    Ok(HttpResponse::NoContent().finish())
}
