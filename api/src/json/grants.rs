//! What funders published of their grants, and our awards in the same form.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::access::rules::Operation;
use domain::grants::view::{
    self, FaultyGrant, GrantFilter, GrantHistory, GrantImportView, GrantYear, PublishedGrantView,
};
use domain::grants::{export, ops};
use domain::organisations;
use entity::{GrantFormat, GrantImportId, OrganisationId, PublishedGrantId};
use serde::Deserialize;

use super::Created;
use crate::http::download::{Bytes, download_anything};
use crate::http::{
    Fault, House, Listing, Numbered, Ordered, Paging, Problems, Rows, Sorted, Whole, upload,
};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(imports)
        .service(start)
        .service(import)
        .service(source)
        .service(faults)
        .service(list)
        .service(one)
        .service(years)
        .service(awards);
}

/// Files of published grants, newest first.
#[utoipa::path(operation_id = "grant-imports.list", tag = "Published grants", params(Paging),
    responses((status = 200, body = Listing<GrantImportView>), Problems))]
#[get("/grant-imports")]
async fn imports(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(GrantImportId);
    let items = view::imports(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// A file of grants that a funder published.
#[derive(Debug, utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct GrantsUpload {
    /// 360Giving data as JSON or as a CSV table.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The same beside a body that is the file alone.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Said {
    /// The file's name; with a form, that of its file.
    #[param(max_length = 200)]
    file_name: Option<String>,
}

/// Brings a file of grants that a funder published (360Giving, JSON or CSV): it is kept with its
/// hash, and read by the worker. The same file again is refused.
#[utoipa::path(operation_id = "grant-imports.start", tag = "Published grants",
    request_body(content((GrantsUpload = "multipart/form-data"), (Vec<u8> = "application/octet-stream"))),
    params(Said, ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/grant-imports")]
async fn start(
    house: House,
    said: web::Query<Said>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ImportGrants)?;
    let (name, bytes) = if upload::is_form(&request) {
        let form = upload::Upload::of(&request, payload).await?;
        form.file
            .unwrap_or_else(|| ("grants".to_owned(), Vec::new()))
    } else {
        let bytes = upload::body(&request, payload).await?;
        let name = said.into_inner().file_name;
        (name.unwrap_or_else(|| "grants".to_owned()), bytes)
    };
    let id = ops::start(&house.db, &house.ctx, &name, &bytes).await?;
    Ok(Created::reply("/api/v1/grant-imports", id))
}

/// One file of published grants: how far it is, and its counts.
#[utoipa::path(operation_id = "grant-imports.get", tag = "Published grants",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = GrantImportView), Problems))]
#[get("/grant-imports/{id}")]
async fn import(house: House, id: web::Path<GrantImportId>) -> Result<HttpResponse, Fault> {
    let import = view::import(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(import))
}

/// The file as it came.
#[utoipa::path(operation_id = "grant-imports.file", tag = "Published grants",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/grant-imports/{id}/file")]
async fn source(house: House, id: web::Path<GrantImportId>) -> Result<HttpResponse, Fault> {
    let file = view::source(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download_anything(file))
}

/// The grants of a file that were left out, with what is wrong and what to do.
#[utoipa::path(operation_id = "grant-imports.faults", tag = "Published grants",
    params(("id" = uuid::Uuid, Path), Rows),
    responses((status = 200, body = Numbered<FaultyGrant>), Problems))]
#[get("/grant-imports/{id}/faults")]
async fn faults(
    house: House,
    id: web::Path<GrantImportId>,
    rows: web::Query<Rows>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (id, limit) = (id.into_inner(), rows.limit()?);
    let items = view::faults(&house.db, &house.ctx, id, rows.after, limit + 1).await?;
    Ok(Numbered::reply(items, limit, |item| item.row, &request))
}

/// Which published grants.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Given by the body with this org-id.
    funder: Option<String>,
    /// Got by the body with this org-id.
    recipient: Option<String>,
    /// With all of these words.
    words: Option<String>,
    /// Got by our own charity.
    #[serde(default)]
    ours: bool,
}

/// Grants as their funders published them, as they are known now, the latest decision first.
#[utoipa::path(operation_id = "published-grants.list", tag = "Published grants",
    params(Sorted, Narrow),
    responses((status = 200, body = Ordered<PublishedGrantView>), Problems))]
#[get("/published-grants")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let narrow = narrow.into_inner();
    let filter = GrantFilter {
        funder: narrow.funder,
        recipient: narrow.recipient,
        words: narrow.words,
        ours: narrow.ours,
    };
    let slice = view::list(
        &house.db,
        &house.ctx,
        &filter,
        paging.after()?,
        paging.limit()?,
    )
    .await?;
    Ok(Ordered::reply(slice, &request))
}

/// One published grant with everything that was published of it.
#[utoipa::path(operation_id = "published-grants.get", tag = "Published grants",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = GrantHistory), Problems))]
#[get("/published-grants/{id}")]
async fn one(house: House, id: web::Path<PublishedGrantId>) -> Result<HttpResponse, Fault> {
    let grant = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(grant))
}

/// What an organisation gave and got by year, as far as it is published.
#[utoipa::path(operation_id = "organisations.grant-years", tag = "Published grants",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<GrantYear>), Problems))]
#[get("/organisations/{id}/grant-years")]
async fn years(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReadGrants)?;
    let body = organisations::view::one(&house.db, &house.ctx, id.into_inner()).await?;
    let years = view::years(&house.db, &house.ctx, &body.org_id).await?;
    Ok(Whole::reply(years))
}

/// How it is to be written.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Written {
    /// As JSON, unless told.
    format: Option<GrantFormat>,
}

/// Awards in the 360Giving standard.
#[derive(Debug, utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct GrantPackage {
    /// The version of the standard.
    version: String,
    /// The awards, each a grant of the standard.
    #[schema(value_type = Vec<Object>)]
    grants: Vec<serde_json::Value>,
}

/// The awards that the reader may see, in the 360Giving standard.
#[utoipa::path(operation_id = "award-data.get", tag = "Published grants", params(Written),
    responses((status = 200, content(
        (GrantPackage = "application/json"), (String = "text/csv"))), Problems))]
#[get("/award-data")]
async fn awards(house: House, written: web::Query<Written>) -> Result<HttpResponse, Fault> {
    as_file(&house, written.format.unwrap_or(GrantFormat::Json)).await
}

/// Our awards as a file, for the API and for the page's download.
pub(crate) async fn as_file(house: &House, format: GrantFormat) -> Result<HttpResponse, Fault> {
    let bytes = export::awards(&house.db, &house.ctx, format, Vec::new()).await?;
    let (media_type, name) = match format {
        GrantFormat::Json => ("application/json", "awards-360giving.json"),
        GrantFormat::Csv => ("text/csv; charset=utf-8", "awards-360giving.csv"),
    };
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((
            actix_web::http::header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(bytes))
}
