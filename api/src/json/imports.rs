//! Imports: files of spend, their faulty rows, and their acceptance.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, post, put, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::FieldError;
use domain::imports::gone::{GoneDecided, GoneDecision, GoneView, decide};
use domain::imports::ops::{self, ControlTotal, NewImport, Resolution};
use domain::imports::view::{self, FaultView, ImportView, SuspectView};
use entity::{ImportProfileId, ImportState, SpendImportId, SpendLineId};
use serde::Deserialize;

use super::{Created, csv, tables};
use crate::http::conditional::sent_tag;
use crate::http::download::{Bytes, download_anything};
use crate::http::{
    Fault, House, IfMatch, Json, Listing, Numbered, Paging, Problems, Rows, tagged, upload,
};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(start)
        .service(one)
        .service(source)
        .service(faults)
        .service(fault)
        .service(suspects)
        .service(settle)
        .service(replace)
        .service(gone)
        .service(decide_gone)
        .service(control_total)
        .service(accept)
        .service(abandon);
}

/// Which imports.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Those that stand here.
    state: Option<ImportState>,
}

/// Imports, newest first; as CSV all at once.
#[utoipa::path(operation_id = "imports.list", tag = "Imports", params(Paging, Narrow),
    responses((status = 200, content(
        (Listing<ImportView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/imports")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    if csv::is_wanted(&request) {
        let all = view::imports(&house.db, &house.ctx, None, narrow.state, csv::MOST).await?;
        return Ok(tables::imports(all));
    }
    let after = paging.after.map(SpendImportId);
    let items = view::imports(&house.db, &house.ctx, after, narrow.state, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// A file of spend with what is said of it.
#[derive(Debug, utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct ImportUpload {
    /// How it is read.
    profile_id: uuid::Uuid,
    /// First London date that it covers.
    period_from: NaiveDate,
    /// Last London date that it covers.
    period_to: NaiveDate,
    /// What the finance system says it adds up to, in pence.
    control_total_pence: i64,
    /// CSV or XLSX.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The same beside a body that is the file alone.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Said {
    /// How it is read; with a form, a field of it.
    profile_id: Option<uuid::Uuid>,
    /// First London date that it covers; with a form, a field of it.
    period_from: Option<NaiveDate>,
    /// Last London date that it covers; with a form, a field of it.
    period_to: Option<NaiveDate>,
    /// What the finance system says it adds up to, in pence; with a form, a field of it.
    control_total_pence: Option<i64>,
    /// The file's name; with a form, that of its file.
    #[param(max_length = 200)]
    file_name: Option<String>,
}

/// Brings a file of spend: it is kept with its hash, and read by the worker. The same file again
/// is refused, unless the first import of it was abandoned or failed.
#[utoipa::path(operation_id = "imports.start", tag = "Imports",
    request_body(content((ImportUpload = "multipart/form-data"), (Vec<u8> = "application/octet-stream"))),
    params(Said, ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/imports")]
async fn start(
    house: House,
    said: web::Query<Said>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house
        .ctx
        .require(domain::access::rules::Operation::StartImport)?;
    let mut said = said.into_inner();
    let (name, bytes) = if upload::is_form(&request) {
        let form = upload::Upload::of(&request, payload).await?;
        said = fields(&form)?;
        form.file.unwrap_or_default()
    } else {
        let bytes = upload::body(&request, payload).await?;
        let name = said.file_name.take().unwrap_or_else(|| "spend".to_owned());
        (name, bytes)
    };
    let missing = |name: &str| {
        FieldError::new(
            format!("/{name}"),
            "missing",
            "State it: every import has a profile, a period and a control total.",
        )
    };
    let new = match (
        said.profile_id,
        said.period_from,
        said.period_to,
        said.control_total_pence,
    ) {
        (Some(profile), Some(period_from), Some(period_to), Some(control_total_pence)) => {
            NewImport {
                profile_id: ImportProfileId(profile),
                period_from,
                period_to,
                control_total_pence,
            }
        }
        (profile, from, to, total) => {
            let absent = [
                (profile.is_none(), "profile_id"),
                (from.is_none(), "period_from"),
                (to.is_none(), "period_to"),
                (total.is_none(), "control_total_pence"),
            ];
            let fields = absent
                .into_iter()
                .filter(|(absent, _)| *absent)
                .map(|(_, name)| missing(name))
                .collect();
            return Err(domain::Error::Invalid(fields).into());
        }
    };
    let id = ops::start(&house.db, &house.ctx, &new, &name, &bytes).await?;
    Ok(Created::reply("/api/v1/imports", id))
}

fn fields(form: &upload::Upload) -> Result<Said, Fault> {
    fn read<T: std::str::FromStr>(
        form: &upload::Upload,
        name: &str,
        what: &str,
    ) -> Result<Option<T>, Fault> {
        form.field(name)
            .map(|text| {
                text.parse().map_err(|_wrong| {
                    Fault::from(domain::Error::invalid(
                        format!("/{name}"),
                        "unreadable",
                        format!("This is not {what}."),
                    ))
                })
            })
            .transpose()
    }
    Ok(Said {
        profile_id: read(form, "profile_id", "an id")?,
        period_from: read(form, "period_from", "a date such as 2026-10-01")?,
        period_to: read(form, "period_to", "a date such as 2026-10-31")?,
        control_total_pence: read(form, "control_total_pence", "a number of pence")?,
        file_name: None,
    })
}

/// One import: how far it is, its counts and sums, what it waits for.
#[utoipa::path(operation_id = "imports.get", tag = "Imports", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ImportView, headers(("ETag" = String))), Problems))]
#[get("/imports/{id}")]
async fn one(house: House, id: web::Path<SpendImportId>) -> Result<HttpResponse, Fault> {
    let import = view::import(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(import.version, &import))
}

/// The file as it came.
#[utoipa::path(operation_id = "imports.file", tag = "Imports", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/imports/{id}/file")]
async fn source(house: House, id: web::Path<SpendImportId>) -> Result<HttpResponse, Fault> {
    let file = view::source(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download_anything(file))
}

/// Which faulty rows.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Those that were settled too.
    #[serde(default)]
    settled: bool,
}

/// An import's faulty rows, in the order of the file; as CSV all at once.
#[utoipa::path(operation_id = "imports.faults", tag = "Imports",
    params(("id" = uuid::Uuid, Path), Rows, Which),
    responses((status = 200, content(
        (Numbered<FaultView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/imports/{id}/faults")]
async fn faults(
    house: House,
    id: web::Path<SpendImportId>,
    rows: web::Query<Rows>,
    which: web::Query<Which>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (id, limit, settled) = (id.into_inner(), rows.limit()?, which.settled);
    if csv::is_wanted(&request) {
        let all = view::faults(&house.db, &house.ctx, id, None, csv::MOST, settled).await?;
        return Ok(tables::faults(all));
    }
    let items = view::faults(&house.db, &house.ctx, id, rows.after, limit + 1, settled).await?;
    Ok(Numbered::reply(items, limit, |item| item.row, &request))
}

/// The tag of a faulty row: when it was decided, if it was.
fn row_tag(resolved_at: Option<DateTime<Utc>>) -> (header::HeaderName, String) {
    let name = resolved_at.map_or_else(
        || "undecided".to_owned(),
        |at| format!("r{}", at.timestamp_micros()),
    );
    (header::ETAG, format!("\"{name}\""))
}

/// The decision about a row that the client saw.
struct Seen(Option<DateTime<Utc>>);

impl FromRequest for Seen {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match sent_tag(request) {
            None => Err(Fault::needs_if_match().into()),
            Some("undecided") => Ok(Self(None)),
            // a tag that is not of our making cannot be the present one
            Some(tag) => Ok(Self(Some(
                tag.strip_prefix('r')
                    .and_then(|micros| micros.parse().ok())
                    .and_then(DateTime::from_timestamp_micros)
                    .unwrap_or(DateTime::<Utc>::MIN_UTC),
            ))),
        })
    }
}

fn shown(row: &FaultView) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(row_tag(row.resolved_at))
        .json(row)
}

/// One faulty row. Its `ETag` tells what was decided about it.
#[utoipa::path(operation_id = "imports.fault", tag = "Imports",
    params(("id" = uuid::Uuid, Path), ("row" = u32, Path, description = "Its number in the file")),
    responses((status = 200, body = FaultView, headers(("ETag" = String))), Problems))]
#[get("/imports/{id}/faults/{row}")]
async fn fault(house: House, path: web::Path<(SpendImportId, u32)>) -> Result<HttpResponse, Fault> {
    let (id, row) = path.into_inner();
    Ok(shown(&view::fault(&house.db, &house.ctx, id, row).await?))
}

/// An import's suspected duplicates, in the order of the file: loaded, and shown.
#[utoipa::path(operation_id = "imports.suspects", tag = "Imports",
    params(("id" = uuid::Uuid, Path), Rows),
    responses((status = 200, body = Numbered<SuspectView>), Problems))]
#[get("/imports/{id}/suspects")]
async fn suspects(
    house: House,
    id: web::Path<SpendImportId>,
    rows: web::Query<Rows>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = rows.limit()?;
    let id = id.into_inner();
    let items = view::suspects(&house.db, &house.ctx, id, rows.after, limit + 1).await?;
    let number = |item: &SuspectView| u32::try_from(item.row).unwrap_or_default();
    Ok(Numbered::reply(items, limit, number, &request))
}

/// Corrects a faulty row, or sets it aside by name. `If-Match` is the row's own tag: a row that
/// nobody has decided about has `"undecided"`.
#[utoipa::path(operation_id = "imports.settle", tag = "Imports", request_body = Resolution,
    params(("id" = uuid::Uuid, Path), ("row" = u32, Path, description = "Its number in the file"),
        ("If-Match" = String, Header, description = "The row's ETag")),
    responses((status = 200, body = FaultView, headers(("ETag" = String))), Problems))]
#[put("/imports/{id}/faults/{row}/resolution")]
async fn settle(
    house: House,
    path: web::Path<(SpendImportId, u32)>,
    seen: Seen,
    resolution: Json<Resolution>,
) -> Result<HttpResponse, Fault> {
    let (id, row) = path.into_inner();
    ops::settle_as_seen(&house.db, &house.ctx, id, row, &resolution, Some(seen.0)).await?;
    Ok(shown(&view::fault(&house.db, &house.ctx, id, row).await?))
}

/// Lets every row that says a line otherwise that counts take its place, while the file waits: a
/// further line takes the earlier one back when the file is accepted.
#[utoipa::path(operation_id = "imports.replace-changed", tag = "Imports",
    request_body = ops::Replacement,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ops::Replaced), Problems))]
#[post("/imports/{id}/replacements")]
async fn replace(
    house: House,
    id: web::Path<SpendImportId>,
    why: Json<ops::Replacement>,
) -> Result<HttpResponse, Fault> {
    let done = ops::replace_changed(&house.db, &house.ctx, id.into_inner(), &why).await?;
    Ok(HttpResponse::Ok().json(done))
}

/// Lines that count, that belong to the period of this import and came by its layout before, and that
/// its file does not have.
#[utoipa::path(operation_id = "gone-lines.list", tag = "Imports",
    params(("id" = uuid::Uuid, Path), Paging, Which),
    responses((status = 200, body = Listing<GoneView>), Problems))]
#[get("/imports/{id}/gone-lines")]
async fn gone(
    house: House,
    id: web::Path<SpendImportId>,
    paging: web::Query<Paging>,
    which: web::Query<Which>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let (id, after) = (id.into_inner(), paging.after.map(SpendLineId));
    let items = view::gone(&house.db, &house.ctx, id, after, limit + 1, which.settled).await?;
    Ok(Listing::of(items, limit, |item| item.line_id.into()).reply(&request))
}

/// Takes lines back that the file of an accepted import does not have, or leaves them: some, or all
/// that wait. Each that is taken back gets a further line of the same day that names it.
#[utoipa::path(operation_id = "gone-lines.decide", tag = "Imports", request_body = GoneDecision,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = GoneDecided), Problems))]
#[post("/imports/{id}/gone-line-decisions")]
async fn decide_gone(
    house: House,
    id: web::Path<SpendImportId>,
    decision: Json<GoneDecision>,
) -> Result<HttpResponse, Fault> {
    let done = decide(&house.db, &house.ctx, id.into_inner(), &decision).await?;
    Ok(HttpResponse::Ok().json(done))
}

/// States anew what the finance system says that the file adds up to, while it waits.
#[utoipa::path(operation_id = "imports.control-total", tag = "Imports", request_body = ControlTotal,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = ImportView, headers(("ETag" = String))), Problems))]
#[put("/imports/{id}/control-total")]
async fn control_total(
    house: House,
    id: web::Path<SpendImportId>,
    version: IfMatch,
    new: Json<ControlTotal>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::correct_control_total(&house.db, &house.ctx, id, Some(version.0), *new).await?;
    let import = view::import(&house.db, &house.ctx, id).await?;
    Ok(tagged(import.version, &import))
}

/// Accepts an import: from now on its lines count.
#[utoipa::path(operation_id = "imports.accept", tag = "Imports",
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The import's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ImportView, headers(("ETag" = String))), Problems))]
#[post("/imports/{id}/acceptance")]
async fn accept(
    house: House,
    id: web::Path<SpendImportId>,
    version: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::accept(&house.db, &house.ctx, id, Some(version.0)).await?;
    let import = view::import(&house.db, &house.ctx, id).await?;
    Ok(tagged(import.version, &import))
}

/// Gives an import up: nothing of it will count.
#[utoipa::path(operation_id = "imports.abandon", tag = "Imports",
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The import's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ImportView, headers(("ETag" = String))), Problems))]
#[post("/imports/{id}/abandonment")]
async fn abandon(
    house: House,
    id: web::Path<SpendImportId>,
    version: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::abandon(&house.db, &house.ctx, id, Some(version.0)).await?;
    let import = view::import(&house.db, &house.ctx, id).await?;
    Ok(tagged(import.version, &import))
}
