//! Papers for both boards, what members said of them, what the boards decided, and what came of it.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use domain::decisions::{ops, view};
use entity::{PaperId, PaperState, PoolId};
use serde::Deserialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, Whole, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(write)
        .service(one)
        .service(change)
        .service(withdraw)
        .service(cast)
        .service(record)
        .service(allocations)
        .service(quorums)
        .service(set_quorum);
}

/// Which papers.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those that stand so.
    #[param(value_type = Option<PaperState>)]
    state: Option<PaperState>,
}

/// Papers for both boards, oldest first.
#[utoipa::path(operation_id = "papers.list", tag = "Decisions", params(Paging, Narrow),
    responses((status = 200, body = Listing<view::PaperSummary>), Problems))]
#[get("/papers")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(PaperId);
    let items = view::list(&house.db, &house.ctx, narrow.state, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Writes a paper for both boards to decide on.
#[utoipa::path(operation_id = "papers.write", tag = "Decisions", request_body = ops::PaperTerms,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/papers")]
async fn write(house: House, new: Json<ops::PaperTerms>) -> Result<HttpResponse, Fault> {
    let id = ops::write(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/papers", id))
}

/// One paper: what is asked and why, how far each board is, what was said and decided. How members
/// voted is told once their board has decided.
#[utoipa::path(operation_id = "papers.get", tag = "Decisions", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::PaperView, headers(("ETag" = String))), Problems))]
#[get("/papers/{id}")]
async fn one(house: House, id: web::Path<PaperId>) -> Result<HttpResponse, Fault> {
    let paper = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(paper.summary.version, &paper))
}

/// Writes a new version of a paper. What was said and decided of the one before counts no more.
#[utoipa::path(operation_id = "papers.change", tag = "Decisions", request_body = ops::PaperTerms,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The paper's ETag")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[put("/papers/{id}")]
async fn change(
    house: House,
    id: web::Path<PaperId>,
    expected: IfMatch,
    new: Json<ops::PaperTerms>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::change(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}

/// Takes a paper back that is not decided. This cannot be undone.
#[utoipa::path(operation_id = "papers.withdraw", tag = "Decisions", request_body = ops::Withdrawal,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The paper's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/papers/{id}/withdrawal")]
async fn withdraw(
    house: House,
    id: web::Path<PaperId>,
    expected: IfMatch,
    why: Json<ops::Withdrawal>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::withdraw(&house.db, &house.ctx, id, &why, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}

/// Says what a member of a board thinks of a version of a paper: their own vote, or a conflict of
/// interest. It takes the place of what they said of this version before. No token may.
#[utoipa::path(operation_id = "votes.cast", tag = "Decisions", request_body = ops::NewVote,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/papers/{id}/votes")]
async fn cast(
    house: House,
    id: web::Path<PaperId>,
    new: Json<ops::NewVote>,
) -> Result<HttpResponse, Fault> {
    let stands = ops::cast(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(tagged(stands.version, &stands))
}

/// Records what a board decided on a version: what follows from its members' votes, once enough of
/// them have voted. When both boards agreed to the same version it becomes an allocation. This cannot
/// be undone. No token may.
#[utoipa::path(operation_id = "decisions.record", tag = "Decisions",
    request_body = ops::NewBoardDecision,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/papers/{id}/decisions")]
async fn record(
    house: House,
    id: web::Path<PaperId>,
    new: Json<ops::NewBoardDecision>,
) -> Result<HttpResponse, Fault> {
    let stands = ops::record(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(tagged(stands.version, &stands))
}

/// Which allocations.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct OfPool {
    /// Only those of this pool.
    pool_id: Option<uuid::Uuid>,
}

/// What both boards put to purposes, newest first: all of it; as CSV too.
#[utoipa::path(operation_id = "allocations.list", tag = "Decisions", params(OfPool),
    responses((status = 200, content(
        (Whole<view::AllocationView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/allocations")]
async fn allocations(
    house: House,
    narrow: web::Query<OfPool>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let pool = narrow.pool_id.map(PoolId);
    let rows = view::allocations(&house.db, &house.ctx, pool).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::allocations(rows));
    }
    Ok(Whole::reply(rows))
}

/// How many members make a decision of each board, from which day on: the latest first.
#[utoipa::path(operation_id = "quorums.list", tag = "Decisions",
    responses((status = 200, body = Whole<view::QuorumView>), Problems))]
#[get("/quorums")]
async fn quorums(house: House) -> Result<HttpResponse, Fault> {
    Ok(Whole::reply(view::quorums(&house.db, &house.ctx).await?))
}

/// Says how many members make a decision of a board, from a day on. What was decided before stands.
#[utoipa::path(operation_id = "quorums.set", tag = "Decisions", request_body = ops::NewQuorum,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/quorums")]
async fn set_quorum(house: House, new: Json<ops::NewQuorum>) -> Result<HttpResponse, Fault> {
    let id = ops::set_quorum(&house.db, &house.ctx, &new).await?;
    Ok(Created::inside("/api/v1/quorums", id))
}
