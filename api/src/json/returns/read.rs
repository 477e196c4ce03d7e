//! Reading returns.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::returns::rules::Finding;
use domain::returns::view;
use entity::{AwardId, FileId, GrantReturnId, ReturnState};
use serde::{Deserialize, Serialize};
use utoipa_actix_web::service_config::ServiceConfig;

use super::workbooks;
use crate::http::download::{Bytes, download, download_anything};
use crate::http::{Fault, House, Paging, Problems, tagged};

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
        .service(receipt)
        .service(signed_paper);
}

/// Which returns.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those of this award.
    award_id: Option<uuid::Uuid>,
    /// Only those in this state.
    #[param(value_type = Option<ReturnState>)]
    state: Option<ReturnState>,
    /// Only those that are not done with.
    #[serde(default)]
    open: bool,
}

/// Which part of an order that is not by age.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// How many to pass over: `next` of the page before.
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: Option<u64>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
}

impl Part {
    fn bounds(self) -> Result<(u64, u64), Fault> {
        let limit = Paging {
            after: None,
            limit: self.limit,
        }
        .limit()?;
        match self.offset.unwrap_or(0) {
            offset @ 0..=1_000_000 => Ok((offset, limit)),
            _ => Err(domain::Error::invalid(
                "/offset",
                "out-of-range",
                "Choose an offset between 0 and 1,000,000.",
            )
            .into()),
        }
    }
}

/// A page of returns.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
struct ReturnPage {
    /// The returns.
    items: Vec<view::ReturnSummary>,
    /// Give this as `offset` to get the next page; absent on the last.
    next: Option<u64>,
}

/// Returns by what needs attention: overdue first, then the earliest due, then what is done with.
#[utoipa::path(operation_id = "returns.list", tag = "Returns", params(Narrow, Part),
    responses((status = 200, body = ReturnPage), Problems))]
#[get("/returns")]
async fn list(
    house: House,
    narrow: web::Query<Narrow>,
    part: web::Query<Part>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (offset, limit) = part.bounds()?;
    let filter = view::ReturnFilter {
        award: narrow.award_id.map(AwardId),
        state: narrow.state,
        open_only: narrow.open,
    };
    let mut items = view::list(&house.db, &house.ctx, filter, offset, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = (items.len() > most).then(|| offset.saturating_add(limit));
    items.truncate(most);
    let mut reply = HttpResponse::Ok();
    if let Some(next) = next {
        let mut query: Vec<String> = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("offset="))
            .map(str::to_owned)
            .collect();
        query.push(format!("offset={next}"));
        reply.insert_header((
            actix_web::http::header::LINK,
            format!("<{}?{}>; rel=\"next\"", request.path(), query.join("&")),
        ));
    }
    Ok(reply.json(ReturnPage { items, next }))
}

/// One return: can it go, and if not, why? A funder's officer reads what was submitted.
#[utoipa::path(operation_id = "returns.get", tag = "Returns", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ReturnView, headers(("ETag" = String))), Problems))]
#[get("/returns/{id}")]
async fn one(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let one = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(one.summary.version, &one))
}

/// What is found about a return now, errors first.
#[utoipa::path(operation_id = "returns.findings", tag = "Returns",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Vec<Finding>), Problems))]
#[get("/returns/{id}/findings")]
async fn findings(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let found = view::findings(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Where a figure comes from: its sentence, its rule, and the lines that it is made of.
#[utoipa::path(operation_id = "returns.figure", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("key" = String, Path, description = "The question's key"), Part),
    responses((status = 200, body = view::Figure), Problems))]
#[get("/returns/{id}/figures/{key}")]
async fn figure(
    house: House,
    path: web::Path<(GrantReturnId, String)>,
    part: web::Query<Part>,
) -> Result<HttpResponse, Fault> {
    let (id, key) = path.into_inner();
    let (offset, limit) = part.bounds()?;
    let figure = view::figure(&house.db, &house.ctx, id, &key, offset, limit).await?;
    Ok(HttpResponse::Ok().json(figure))
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
    params(("id" = uuid::Uuid, Path), ("revision" = i32, Path)),
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

/// A receipt that came with a record of sending.
#[utoipa::path(operation_id = "returns.receipt", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("file_id" = uuid::Uuid, Path)),
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
    params(("id" = uuid::Uuid, Path), ("file_id" = uuid::Uuid, Path)),
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
