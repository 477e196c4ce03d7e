//! Documents of ours that are shared with funders.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::beside::rules::RecordKind;
use domain::sharing::ops::{self, NewShare, TakingBack};
use domain::sharing::view::{self, SharedDocument, SharedFilter};
use entity::{AwardId, OrganisationId, RecordDocumentId};
use serde::Deserialize;
use uuid::Uuid;

use super::{Created, csv};
use crate::http::download::{Bytes, download_anything};
use crate::http::{Fault, House, Json, Ordered, Problems, Sorted};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(one)
        .service(file)
        .service(share)
        .service(take_back);
}

/// Which documents.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those shared with this funder.
    funder_id: Option<Uuid>,
    /// Only those about this award.
    award_id: Option<Uuid>,
}

/// The documents that are shared with funders, what was shared last first. A funder's officer gets those
/// shared with their funder. As CSV all at once.
#[utoipa::path(operation_id = "shared-documents.list", tag = "Shared documents",
    params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<SharedDocument> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/shared-documents")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let filter = SharedFilter {
        funder: narrow.funder_id.map(OrganisationId),
        award: narrow.award_id.map(AwardId),
    };
    if csv::is_wanted(&request) {
        return as_csv(&house, filter).await;
    }
    let found = view::list(&house.db, &house.ctx, filter, after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// The table of a filter, for the API and for the page's download.
pub(crate) async fn as_csv(house: &House, filter: SharedFilter) -> Result<HttpResponse, Fault> {
    let rows = view::list(&house.db, &house.ctx, filter, None, csv::MOST).await?;
    let heading = [
        "document",
        "file",
        "bytes",
        "sha256",
        "beside",
        "award",
        "funder",
        "shared_by",
        "shared_at",
        "id",
    ];
    let rows = rows.items.into_iter().map(|row| {
        vec![
            row.title,
            row.file_name,
            row.size.to_string(),
            row.sha256,
            row.beside,
            row.award,
            row.funder,
            row.shared_by.unwrap_or_default(),
            row.shared_at.to_rfc3339(),
            row.id.to_string(),
        ]
    });
    Ok(csv::reply("shared-documents", &heading, rows))
}

/// A document that is shared: what it is, what it lies beside, and since when.
#[utoipa::path(operation_id = "shared-documents.get", tag = "Shared documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses((status = 200, body = SharedDocument), Problems))]
#[get("/shared-documents/{id}")]
async fn one(house: House, id: web::Path<RecordDocumentId>) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// The file of a document that is shared, as it came. Once it is taken back it is not there.
#[utoipa::path(operation_id = "shared-documents.file", tag = "Shared documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/shared-documents/{id}/file")]
async fn file(house: House, id: web::Path<RecordDocumentId>) -> Result<HttpResponse, Fault> {
    let file = view::bytes(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download_anything(file))
}

/// Shares a document beside an award, or beside a return that was sent, with the funder of that award: from
/// now on its officers find it. Another funder is refused.
#[utoipa::path(operation_id = "shared-documents.share", tag = "Shared documents", request_body = NewShare,
    params(("kind" = RecordKind, Path, description = "What sort of record it lies beside"),
        ("id" = Uuid, Path, description = "Which one"),
        ("document_id" = Uuid, Path, description = "The document"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/records/{kind}/{id}/documents/{document_id}/shares")]
async fn share(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
    new: Json<NewShare>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, document) = path.into_inner();
    let event = ops::share(&house.db, &house.ctx, (kind, id), document, *new).await?;
    let whole = format!("/api/v1/shared-documents/{document}");
    Ok(Created::inside(&whole, event))
}

/// Takes back a document that was shared: its funder does not find it any more. What was downloaded stays
/// where it is.
#[utoipa::path(operation_id = "shared-documents.take-back", tag = "Shared documents",
    request_body = TakingBack,
    params(("kind" = RecordKind, Path, description = "What sort of record it lies beside"),
        ("id" = Uuid, Path, description = "Which one"),
        ("document_id" = Uuid, Path, description = "The document"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/records/{kind}/{id}/documents/{document_id}/taking-back")]
async fn take_back(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
    why: Json<TakingBack>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, document) = path.into_inner();
    ops::take_back(&house.db, &house.ctx, (kind, id), document, &why).await?;
    Ok(HttpResponse::NoContent().finish())
}
