//! What we expect beside an award: forecasts, and somebody else's match.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::{forecasts, matching};
use entity::{AwardId, ForecastId, MatchFundingId};

use super::csv;
use crate::http::conditional::sent_tag;
use crate::http::{Fault, House, Json, Listing, Paging, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_forecasts)
        .service(enter_forecasts)
        .service(list_match)
        .service(enter_match);
}

/// An award's standing forecasts; as CSV all at once, by month.
#[utoipa::path(operation_id = "forecasts.list", tag = "Awards",
    params(("id" = uuid::Uuid, Path), Paging),
    responses((status = 200, content(
        (Listing<forecasts::view::ForecastView> = "application/json"), (String = "text/csv")),
        headers(("ETag" = String))), Problems))]
#[get("/awards/{id}/forecasts")]
async fn list_forecasts(
    house: House,
    id: web::Path<AwardId>,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let limit = paging.limit()?;
    if csv::is_wanted(&request) {
        let all = forecasts::view::all(&house.db, &house.ctx, id).await?;
        return Ok(forecasts_csv(all));
    }
    let after = paging.after.map(ForecastId);
    let items = forecasts::view::list(&house.db, &house.ctx, id, after, limit + 1).await?;
    let state = forecasts::view::state_of(&house.db, &house.ctx, id).await?;
    let page = Listing::of(items, limit, |item| item.id.into());
    Ok(with_state(page.reply(&request), &state))
}

/// A reply with the tag of the whole list.
fn with_state(mut reply: HttpResponse, state: &str) -> HttpResponse {
    if let Ok(tag) = header::HeaderValue::from_str(&format!("\"{state}\"")) {
        reply.headers_mut().insert(header::ETAG, tag);
    }
    reply
}

/// The same table for the API and for the page's download.
pub fn forecasts_csv(rows: Vec<forecasts::view::ForecastView>) -> HttpResponse {
    let heading = [
        "month",
        "category",
        "capital_or_revenue",
        "amount_pounds",
        "entered_by",
        "entered_at",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.month.to_string(),
            row.category.unwrap_or_default(),
            capital_or_revenue(row.capital),
            row.amount_pence.as_typed(),
            row.entered_by,
            row.entered_at.to_rfc3339(),
        ]
    });
    csv::reply("forecasts", &heading, rows)
}

fn capital_or_revenue(capital: bool) -> String {
    if capital { "capital" } else { "revenue" }.to_owned()
}

/// Enters forecasts for many months at once. Each takes the place of the earlier one; with the
/// list's `ETag` as `If-Match`, only if nobody entered any meanwhile.
#[utoipa::path(operation_id = "forecasts.enter", tag = "Awards",
    request_body = forecasts::ops::NewForecasts,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The list's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = forecasts::ops::Entered), Problems))]
#[post("/awards/{id}/forecasts")]
async fn enter_forecasts(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
    new: Json<forecasts::ops::NewForecasts>,
) -> Result<HttpResponse, Fault> {
    let (id, seen) = (id.into_inner(), sent_tag(&request));
    let done = forecasts::ops::enter(&house.db, &house.ctx, id, seen, &new).await?;
    Ok(HttpResponse::Created().json(done))
}

/// The match beside an award as it stands; as CSV all at once, by source.
#[utoipa::path(operation_id = "match.list", tag = "Awards",
    params(("id" = uuid::Uuid, Path), Paging),
    responses((status = 200, content(
        (Listing<matching::view::MatchView> = "application/json"), (String = "text/csv")),
        headers(("ETag" = String))), Problems))]
#[get("/awards/{id}/match")]
async fn list_match(
    house: House,
    id: web::Path<AwardId>,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let limit = paging.limit()?;
    if csv::is_wanted(&request) {
        let all = matching::view::all(&house.db, &house.ctx, id).await?;
        return Ok(match_csv(all));
    }
    let after = paging.after.map(MatchFundingId);
    let items = matching::view::list(&house.db, &house.ctx, id, after, limit + 1).await?;
    let state = matching::view::state_of(&house.db, &house.ctx, id).await?;
    let page = Listing::of(items, limit, |item| item.id.into());
    Ok(with_state(page.reply(&request), &state))
}

/// The same table for the API and for the page's download.
pub fn match_csv(rows: Vec<matching::view::MatchView>) -> HttpResponse {
    let heading = [
        "source",
        "source_kind",
        "cash_or_in_kind",
        "valued_how",
        "month",
        "capital_or_revenue",
        "amount_pounds",
        "secured",
        "evidence",
        "entered_by",
        "entered_at",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.source,
            row.source_kind.slug().to_owned(),
            if row.in_kind { "in kind" } else { "cash" }.to_owned(),
            row.valued_how.unwrap_or_default(),
            row.month.to_string(),
            capital_or_revenue(row.capital),
            row.amount_pence.as_typed(),
            if row.secured { "yes" } else { "no" }.to_owned(),
            row.evidence.unwrap_or_default(),
            row.entered_by,
            row.entered_at.to_rfc3339(),
        ]
    });
    csv::reply("match", &heading, rows)
}

/// Records match funding for many months at once. Each takes the place of the earlier one; with the
/// list's `ETag` as `If-Match`, only if nobody entered any meanwhile.
#[utoipa::path(operation_id = "match.enter", tag = "Awards",
    request_body = matching::ops::NewMatches,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The list's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = forecasts::ops::Entered), Problems))]
#[post("/awards/{id}/match")]
async fn enter_match(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
    new: Json<matching::ops::NewMatches>,
) -> Result<HttpResponse, Fault> {
    let (id, seen) = (id.into_inner(), sent_tag(&request));
    let done = matching::ops::enter_as_seen(&house.db, &house.ctx, id, seen, &new).await?;
    Ok(HttpResponse::Created().json(done))
}
