//! Reading returns.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::returns::rules::Finding;
use domain::returns::view;
use entity::{AwardId, FileId, GrantReturnId, OrganisationId, ReturnState};
use serde::Deserialize;

use super::workbooks;
use crate::http::download::{Bytes, download, download_anything};
use crate::http::paging::leading_to;
use crate::http::{Fault, House, Ordered, Problems, Sorted, Whole, tagged};
use crate::json::routes::ServiceConfig;
use crate::json::{csv, tables};
use crate::pack as packing;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(one)
        .service(findings)
        .service(figure)
        .service(to_certify)
        .service(workbook)
        .service(workbook_of)
        .service(certified_workbook)
        .service(sent_workbook)
        .service(pack)
        .service(receipt)
        .service(signed_paper);
}

/// Which returns.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those of this award.
    award_id: Option<uuid::Uuid>,
    /// Only those of awards of this funder.
    funder_id: Option<uuid::Uuid>,
    /// Only those in this state.
    #[param(value_type = Option<ReturnState>)]
    state: Option<ReturnState>,
    /// Only those that are not done with.
    #[serde(default)]
    open: bool,
    /// In which order: `attention` unless told (not done with, by deadline, the earliest first; then
    /// what is done with, the latest first), `due_at` (the earliest first) or `-due_at`.
    #[serde(default)]
    #[param(value_type = Option<view::ReturnOrder>)]
    sort: view::ReturnOrder,
}

/// Returns, in an order; as CSV all at once.
#[utoipa::path(operation_id = "returns.list", tag = "Returns", params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<view::ReturnSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/returns")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let filter = view::ReturnFilter {
        award: narrow.award_id.map(AwardId),
        funder: narrow.funder_id.map(OrganisationId),
        state: narrow.state,
        open_only: narrow.open,
    };
    if csv::is_wanted(&request) {
        let all = view::list(&house.db, &house.ctx, filter, narrow.sort, None, csv::MOST).await?;
        return Ok(tables::returns(all.items));
    }
    let page = view::list(&house.db, &house.ctx, filter, narrow.sort, after, limit).await?;
    Ok(Ordered::reply(page, &request))
}

/// One return: can it go, and if not, why? A funder's officer reads what was submitted.
#[utoipa::path(operation_id = "returns.get", tag = "Returns", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ReturnView, headers(("ETag" = String))), Problems))]
#[get("/returns/{id}")]
async fn one(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let one = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(one.summary.version, &one))
}

/// What is found about a return now, errors first: all of it.
#[utoipa::path(operation_id = "returns.findings", tag = "Returns",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<Finding>), Problems))]
#[get("/returns/{id}/findings")]
async fn findings(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let found = view::findings(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(found))
}

/// Where a figure comes from: its sentence, its rule, and a page of the lines that it is made of; as
/// CSV those lines, all at once.
#[utoipa::path(operation_id = "returns.figure", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("key" = String, Path, description = "The question's key"), Sorted),
    responses((status = 200, content(
        (view::Figure = "application/json"), (String = "text/csv"))), Problems))]
#[get("/returns/{id}/figures/{key}")]
async fn figure(
    house: House,
    path: web::Path<(GrantReturnId, String)>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (id, key) = path.into_inner();
    let limit = paging.limit()?;
    if csv::is_wanted(&request) {
        let figure = view::figure(&house.db, &house.ctx, id, &key, None, csv::MOST).await?;
        return Ok(tables::figure(figure));
    }
    let after = paging.after()?;
    let figure = view::figure(&house.db, &house.ctx, id, &key, after, limit).await?;
    let next = figure.lines.as_ref().and_then(|lines| lines.next.clone());
    Ok(leading_to(&request, next.as_deref()).json(figure))
}

/// What a certifier reads before signing: totals, what changed, what was silenced or typed over,
/// the funder's words, and the hash that a signature binds.
#[utoipa::path(operation_id = "returns.to-certify", tag = "Returns",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::CertifyPage, headers(("ETag" = String))), Problems))]
#[get("/returns/{id}/certification")]
async fn to_certify(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let page = view::certify_page(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(page.version, &page))
}

/// The funder's workbook, filled from the answers as they stand now.
#[utoipa::path(operation_id = "returns.workbook", tag = "Returns",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Bytes = "application/vnd.ms-excel.sheet.macroEnabled.12")
    )), Problems))]
#[get("/returns/{id}/workbook")]
async fn workbook(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let books = workbooks(&house);
    let file = view::workbook(&house.db, &house.ctx, &books, id.into_inner()).await?;
    Ok(download(file))
}

/// The workbook of a numbered revision, as it was then.
#[utoipa::path(operation_id = "returns.revision-workbook", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("revision" = i32, Path, description = "The revision's number")),
    responses((status = 200, content(
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Bytes = "application/vnd.ms-excel.sheet.macroEnabled.12")
    )), Problems))]
#[get("/returns/{id}/revisions/{revision}/workbook")]
async fn workbook_of(
    house: House,
    path: web::Path<(GrantReturnId, i32)>,
) -> Result<HttpResponse, Fault> {
    let (id, revision) = path.into_inner();
    let file = view::workbook_of(&house.db, &house.ctx, id, revision).await?;
    Ok(download(file))
}

/// The workbook with every signature, as it was certified: the one to send.
#[utoipa::path(operation_id = "returns.certified-workbook", tag = "Returns",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Bytes = "application/vnd.ms-excel.sheet.macroEnabled.12")
    )), Problems))]
#[get("/returns/{id}/certified-workbook")]
async fn certified_workbook(
    house: House,
    id: web::Path<GrantReturnId>,
) -> Result<HttpResponse, Fault> {
    let file = view::certified_workbook(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download(file))
}

/// The pack of a return that every office has signed, as a ZIP archive: the certified workbook, a PDF of it to read, the
/// lines behind each figure as a workbook, who agreed, signed and sent it (`record.json`), and a hash of each
/// (`SHA256SUMS`). Suppliers are named in it only where they are plainly organisations. Before: 409, `not-certified`.
#[utoipa::path(operation_id = "returns.pack", tag = "Returns", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Bytes, content_type = "application/zip"), Problems))]
#[get("/returns/{id}/pack")]
async fn pack(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    Ok(download(packing::archive(&house, id.into_inner()).await?))
}

/// The workbook of a revision that was sent, as it was sent: also of one that a later one replaced.
#[utoipa::path(operation_id = "returns.sent-workbook", tag = "Returns",
    params(("id" = uuid::Uuid, Path),
        ("revision" = i32, Path, description = "The sending's `revision`", minimum = 1)),
    responses((status = 200, content(
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Bytes = "application/vnd.ms-excel.sheet.macroEnabled.12")
    )), Problems))]
#[get("/returns/{id}/sendings/{revision}/workbook")]
async fn sent_workbook(
    house: House,
    path: web::Path<(GrantReturnId, i32)>,
) -> Result<HttpResponse, Fault> {
    let (id, revision) = path.into_inner();
    let file = view::sent_workbook(&house.db, &house.ctx, id, revision).await?;
    Ok(download(file))
}

/// A receipt that came with a record of sending.
#[utoipa::path(operation_id = "returns.receipt", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("file_id" = uuid::Uuid, Path, description = "The file's id: see the sending's `receipt_file_id`")),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/returns/{id}/receipts/{file_id}")]
async fn receipt(
    house: House,
    path: web::Path<(GrantReturnId, FileId)>,
) -> Result<HttpResponse, Fault> {
    let (id, file) = path.into_inner();
    let file = view::receipt(&house.db, &house.ctx, id, file).await?;
    Ok(download_anything(file))
}

/// A paper that an office signed.
#[utoipa::path(operation_id = "returns.signed-paper", tag = "Returns",
    params(("id" = uuid::Uuid, Path),
        ("file_id" = uuid::Uuid, Path, description = "The file’s id, as the certification names it")),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/returns/{id}/signed-papers/{file_id}")]
async fn signed_paper(
    house: House,
    path: web::Path<(GrantReturnId, FileId)>,
) -> Result<HttpResponse, Fault> {
    let (id, file) = path.into_inner();
    let file = view::signed_paper(&house.db, &house.ctx, id, file).await?;
    Ok(download_anything(file))
}
