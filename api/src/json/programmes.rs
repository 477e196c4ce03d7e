//! Programmes of funders.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use domain::programmes::rules::Standing;
use domain::programmes::{ops, view};
use entity::{OrganisationId, ProgrammeId};
use serde::Deserialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Ordered, Problems, Sorted, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(change);
}

/// Which programmes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Those of one funder.
    funder_id: Option<uuid::Uuid>,
    /// Those that stand so now: `to-open`, `open` or `closed`.
    #[param(value_type = Option<Standing>)]
    standing: Option<Standing>,
    /// Those in whose name, priorities or notes each of these words is found.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    q: String,
    /// In which order: `attention` unless told (what can still be applied to first, by closing),
    /// `closes_at`, or `recorded` (the oldest first).
    #[serde(default)]
    #[param(value_type = Option<view::ProgrammeOrder>)]
    sort: view::ProgrammeOrder,
}

/// Programmes, in an order; as CSV all at once.
#[utoipa::path(operation_id = "programmes.list", tag = "Programmes", params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<view::ProgrammeSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/programmes")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let narrow = narrow.into_inner();
    let filter = view::Filter {
        funder_id: narrow.funder_id.map(OrganisationId),
        standing: narrow.standing,
        words: narrow.q,
        order: narrow.sort,
    };
    if csv::is_wanted(&request) {
        let all = view::list(&house.db, &house.ctx, &filter, None, csv::MOST).await?;
        return Ok(tables::programmes(all.items));
    }
    let page = view::list(&house.db, &house.ctx, &filter, after, limit).await?;
    Ok(Ordered::reply(page, &request))
}

/// Records a programme, with the programmes whose place it took.
#[utoipa::path(operation_id = "programmes.create", tag = "Programmes",
    request_body = ops::ProgrammeTerms,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/programmes")]
async fn create(house: House, new: Json<ops::ProgrammeTerms>) -> Result<HttpResponse, Fault> {
    let id = ops::create(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/programmes", id))
}

/// One programme: what it wants, until when, what came before and after it, and what it gave.
#[utoipa::path(operation_id = "programmes.get", tag = "Programmes",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ProgrammeView, headers(("ETag" = String))), Problems))]
#[get("/programmes/{id}")]
async fn one(house: House, id: web::Path<ProgrammeId>) -> Result<HttpResponse, Fault> {
    let programme = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(programme.summary.version, &programme))
}

/// Changes all that is recorded of a programme, but whose it is.
#[utoipa::path(operation_id = "programmes.change", tag = "Programmes",
    request_body = ops::ProgrammeTerms,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The programme's ETag")),
    responses((status = 200, body = view::ProgrammeView, headers(("ETag" = String))), Problems))]
#[put("/programmes/{id}")]
async fn change(
    house: House,
    id: web::Path<ProgrammeId>,
    expected: IfMatch,
    new: Json<ops::ProgrammeTerms>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::change(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    let programme = view::one(&house.db, &house.ctx, id).await?;
    Ok(tagged(programme.summary.version, &programme))
}
