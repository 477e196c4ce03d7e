//! Journals of our own: prepared by one person, approved by another.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::Money;
use domain::journals::view::{JournalFilter, JournalSummary};
use domain::journals::{ops, view};
use entity::{JournalId, JournalState};
use serde::Deserialize;

use super::{Created, csv};
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(prepare)
        .service(one)
        .service(change)
        .service(approve)
        .service(send_back)
        .service(withdraw);
}

/// Which journals.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those that stand here.
    state: Option<JournalState>,
}

/// Journals, the newest first; as CSV all at once.
#[utoipa::path(operation_id = "journals.list", tag = "Journals", params(Paging, Narrow),
    responses((status = 200, content(
        (Listing<JournalSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/journals")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let filter = JournalFilter {
        state: narrow.state,
    };
    if csv::is_wanted(&request) {
        return as_csv(&house, filter).await;
    }
    let after = paging.after.map(JournalId);
    let items = view::list(&house.db, &house.ctx, filter, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// The table of a filter, for the API and for the page's download.
pub(crate) async fn as_csv(house: &House, filter: JournalFilter) -> Result<HttpResponse, Fault> {
    let rows = view::list(&house.db, &house.ctx, filter, None, csv::MOST).await?;
    let heading = [
        "number",
        "state",
        "reason",
        "lines",
        "total_pounds",
        "prepared_by",
        "prepared_at",
        "approved_by",
        "approved_at",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.number.to_string(),
            row.state.slug().to_owned(),
            row.reason,
            row.lines.to_string(),
            Money::as_typed(row.total_pence),
            row.prepared_by.unwrap_or_default(),
            row.prepared_at.to_rfc3339(),
            row.approved_by.unwrap_or_default(),
            row.approved_at
                .map(|at| at.to_rfc3339())
                .unwrap_or_default(),
            row.id.to_string(),
        ]
    });
    Ok(csv::reply("journals", &heading, rows))
}

/// Prepares a journal: lines that come to the total that it states, often nothing. It counts once
/// somebody else approves it. With `reverses_id` and no lines it takes that journal back, whole.
#[utoipa::path(operation_id = "journals.prepare", tag = "Journals", request_body = ops::NewJournal,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/journals")]
async fn prepare(house: House, new: Json<ops::NewJournal>) -> Result<HttpResponse, Fault> {
    let id = ops::prepare(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/journals", id))
}

/// One journal with its lines, and what happened to it.
#[utoipa::path(operation_id = "journals.get", tag = "Journals", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::JournalView, headers(("ETag" = String))), Problems))]
#[get("/journals/{id}")]
async fn one(house: House, id: web::Path<JournalId>) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(seen.summary.version, &seen))
}

/// Writes a journal that does not count yet anew: it waits to be approved again.
#[utoipa::path(operation_id = "journals.change", tag = "Journals", request_body = ops::NewJournal,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The journal's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/journals/{id}/versions")]
async fn change(
    house: House,
    id: web::Path<JournalId>,
    expected: IfMatch,
    new: Json<ops::NewJournal>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::change(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}

/// Approves a journal that somebody else prepared: from now on its lines count as spend. Refused into
/// a closed month of the ledger.
#[utoipa::path(operation_id = "journals.approve", tag = "Journals",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The journal's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/journals/{id}/approval")]
async fn approve(
    house: House,
    id: web::Path<JournalId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::approve(&house.db, &house.ctx, id, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}

/// Gives a journal back to whoever prepared it, with what should change.
#[utoipa::path(operation_id = "journals.send-back", tag = "Journals", request_body = ops::Objection,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The journal's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/journals/{id}/objections")]
async fn send_back(
    house: House,
    id: web::Path<JournalId>,
    expected: IfMatch,
    why: Json<ops::Objection>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::send_back(&house.db, &house.ctx, id, &why, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}

/// Gives up a journal that does not count yet. It stays on record.
#[utoipa::path(operation_id = "journals.withdraw", tag = "Journals",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The journal's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/journals/{id}/withdrawal")]
async fn withdraw(
    house: House,
    id: web::Path<JournalId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::withdraw(&house.db, &house.ctx, id, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}
