//! Money moved between fences of an award.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::virements::{ops, view};
use entity::{AwardId, AwardVirementId};

use super::{Created, csv};
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(record)
        .service(preview)
        .service(settle);
}

/// What was moved between fences of an award, what waits for the funder's consent, and what may be moved
/// without asking; as CSV the virements, each with the last that was said of it.
#[utoipa::path(operation_id = "virements.list", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((view::VirementsView = "application/json"), (String = "text/csv"))),
        Problems))]
#[get("/awards/{id}/virements")]
async fn list(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(as_csv(seen.items));
    }
    Ok(HttpResponse::Ok().json(seen))
}

/// The virements, each with the last that was said of it.
pub fn as_csv(rows: Vec<view::VirementView>) -> HttpResponse {
    let heading = [
        "out_of",
        "into",
        "day",
        "amount",
        "why",
        "state",
        "needs_consent",
        "tolerance",
        "used_before",
        "last_said_on",
        "by_whom",
        "reference",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        let (said_on, by_whom, reference) =
            row.facts
                .into_iter()
                .next()
                .map_or_else(Default::default, |fact| {
                    let on = fact.happened_on.to_string();
                    (on, fact.with_whom, fact.reference)
                });
        vec![
            row.from,
            row.to,
            row.moved_on.to_string(),
            row.amount_pence.as_typed(),
            row.reason,
            row.state.slug().to_owned(),
            if row.needs_consent { "yes" } else { "no" }.to_owned(),
            row.tolerance_pence.as_typed(),
            row.counted_pence.as_typed(),
            said_on,
            by_whom,
            reference,
            row.id.to_string(),
        ]
    });
    csv::reply("virements", &heading, rows)
}

/// Moves money between fences of an award. Within the tolerance it takes effect at once, and spend is
/// attributed again; above it it has no effect until the funder consents.
#[utoipa::path(operation_id = "virements.record", tag = "Awards", request_body = ops::NewVirement,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/virements")]
async fn record(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<ops::NewVirement>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::record(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/virements"),
        made,
    ))
}

/// What a virement would do to the fences and to attribution, and whether the funder must consent. Changes
/// nothing.
#[utoipa::path(operation_id = "virements.preview", tag = "Awards", request_body = ops::NewVirement,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::VirementPreview), Problems))]
#[post("/awards/{id}/virement-previews")]
async fn preview(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewVirement>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Records that the funder was asked for consent, what it answered, or that the virement is no longer
/// wanted. With consent it takes effect.
#[utoipa::path(operation_id = "virements.settle", tag = "Awards", request_body = ops::NewVirementFact,
    params(("id" = uuid::Uuid, Path),
        ("virement" = uuid::Uuid, Path, description = "The id of the virement: see `items`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/virements/{virement}/facts")]
async fn settle(
    house: House,
    path: web::Path<(AwardId, AwardVirementId)>,
    new: Json<ops::NewVirementFact>,
) -> Result<HttpResponse, Fault> {
    let (id, virement) = path.into_inner();
    let made = ops::settle(&house.db, &house.ctx, id, virement, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/virements"),
        made,
    ))
}
