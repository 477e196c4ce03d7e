//! Contracts and grant agreements with providers, and what is promised by them.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::commitments::view::CommitmentFilter;
use domain::commitments::{ops, view};
use entity::{CommitmentId, OrganisationId, PoolId};
use serde::Deserialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Problems, Whole, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(record)
        .service(one)
        .service(vary)
        .service(give_notice);
}

/// Which commitments.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those that this pool pays.
    pool_id: Option<uuid::Uuid>,
    /// Only those with this provider.
    provider_id: Option<uuid::Uuid>,
    /// Only those that are not over.
    #[serde(default)]
    current: bool,
}

/// Contracts and grant agreements with providers, those of which the provider must be told soon
/// first: all of them; as CSV too.
#[utoipa::path(operation_id = "commitments.list", tag = "Commitments", params(Narrow),
    responses((status = 200, content(
        (Whole<view::CommitmentSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/commitments")]
async fn list(
    house: House,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let filter = CommitmentFilter {
        pool: narrow.pool_id.map(PoolId),
        provider: narrow.provider_id.map(OrganisationId),
        current: narrow.current,
    };
    let rows = view::list(&house.db, &house.ctx, filter).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::commitments(rows));
    }
    Ok(Whole::reply(rows))
}

/// Records a contract or grant agreement with a provider, with its months.
#[utoipa::path(operation_id = "commitments.record", tag = "Commitments",
    request_body = ops::NewCommitment,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/commitments")]
async fn record(house: House, new: Json<ops::NewCommitment>) -> Result<HttpResponse, Fault> {
    let id = ops::record(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/commitments", id))
}

/// One agreement: its months, its changes, what was spent against it, by when the provider must be
/// told whether it goes on.
#[utoipa::path(operation_id = "commitments.get", tag = "Commitments", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::CommitmentView, headers(("ETag" = String))), Problems))]
#[get("/commitments/{id}")]
async fn one(house: House, id: web::Path<CommitmentId>) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(seen.summary.version, &seen))
}

/// Records a change of what was agreed, from a day on. What stood before stays on record.
#[utoipa::path(operation_id = "commitments.vary", tag = "Commitments", request_body = ops::Variation,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The commitment's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/commitments/{id}/variations")]
async fn vary(
    house: House,
    id: web::Path<CommitmentId>,
    expected: IfMatch,
    change: Json<ops::Variation>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::vary(&house.db, &house.ctx, id, &change, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}

/// Records what the provider was told about the end.
#[utoipa::path(operation_id = "commitments.give-notice", tag = "Commitments",
    request_body = ops::NewNotice,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The commitment's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/commitments/{id}/notices")]
async fn give_notice(
    house: House,
    id: web::Path<CommitmentId>,
    expected: IfMatch,
    new: Json<ops::NewNotice>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::give_notice(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(tagged(stands.version, &stands))
}
