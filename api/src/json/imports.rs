//! Imports: files of spend, their faulty rows, and their acceptance.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use chrono::NaiveDate;
use domain::FieldError;
use domain::imports::ops::{self, ControlTotal, NewImport, Resolution};
use domain::imports::view::{self, FaultView, ImportView, SuspectView};
use entity::{ImportProfileId, ImportState, SpendImportId};
use serde::{Deserialize, Serialize};
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, IfMatch, Listing, Paging, Problems, tagged, upload};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(start)
        .service(one)
        .service(faults)
        .service(fault)
        .service(suspects)
        .service(settle)
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

/// Imports, newest first.
#[utoipa::path(operation_id = "imports.list", tag = "Imports", params(Paging, Narrow),
    responses((status = 200, body = Listing<ImportView>), Problems))]
#[get("/imports")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
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

/// Which faulty rows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Rows {
    /// The row after which the page begins: the last of the page before.
    after_row: Option<u32>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// Those that were settled too.
    #[serde(default)]
    settled: bool,
}

/// Faulty rows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FaultyRows {
    /// The rows, in the order of the file.
    items: Vec<FaultView>,
    /// Give this as `after_row` to get the next page; absent on the last.
    next_row: Option<u32>,
}

/// An import's faulty rows, in the order of the file.
#[utoipa::path(operation_id = "imports.faults", tag = "Imports",
    params(("id" = uuid::Uuid, Path), Rows),
    responses((status = 200, body = FaultyRows), Problems))]
#[get("/imports/{id}/faults")]
async fn faults(
    house: House,
    id: web::Path<SpendImportId>,
    rows: web::Query<Rows>,
) -> Result<HttpResponse, Fault> {
    let paging = Paging {
        after: None,
        limit: rows.limit,
    };
    let limit = paging.limit()?;
    let id = id.into_inner();
    let mut items = view::faults(
        &house.db,
        &house.ctx,
        id,
        rows.after_row,
        limit + 1,
        rows.settled,
    )
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_row = items.last().map(|item| item.row).filter(|_| more);
    Ok(HttpResponse::Ok().json(FaultyRows { items, next_row }))
}

/// One faulty row.
#[utoipa::path(operation_id = "imports.fault", tag = "Imports",
    params(("id" = uuid::Uuid, Path), ("row" = u32, Path)),
    responses((status = 200, body = FaultView), Problems))]
#[get("/imports/{id}/faults/{row}")]
async fn fault(house: House, path: web::Path<(SpendImportId, u32)>) -> Result<HttpResponse, Fault> {
    let (id, row) = path.into_inner();
    Ok(HttpResponse::Ok().json(view::fault(&house.db, &house.ctx, id, row).await?))
}

/// Loaded lines that may repeat another row.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Suspects {
    /// The lines, in the order of the file; at most 200.
    items: Vec<SuspectView>,
}

/// An import's suspected duplicates: loaded, and shown.
#[utoipa::path(operation_id = "imports.suspects", tag = "Imports",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Suspects), Problems))]
#[get("/imports/{id}/suspects")]
async fn suspects(house: House, id: web::Path<SpendImportId>) -> Result<HttpResponse, Fault> {
    let items = view::suspects(&house.db, &house.ctx, id.into_inner(), 200).await?;
    Ok(HttpResponse::Ok().json(Suspects { items }))
}

/// Corrects a faulty row, or sets it aside by name.
#[utoipa::path(operation_id = "imports.settle", tag = "Imports", request_body = Resolution,
    params(("id" = uuid::Uuid, Path), ("row" = u32, Path)),
    responses((status = 200, body = FaultView), Problems))]
#[put("/imports/{id}/faults/{row}/resolution")]
async fn settle(
    house: House,
    path: web::Path<(SpendImportId, u32)>,
    resolution: web::Json<Resolution>,
) -> Result<HttpResponse, Fault> {
    let (id, row) = path.into_inner();
    ops::settle(&house.db, &house.ctx, id, row, &resolution).await?;
    Ok(HttpResponse::Ok().json(view::fault(&house.db, &house.ctx, id, row).await?))
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
    new: web::Json<ControlTotal>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::correct_control_total(&house.db, &house.ctx, id, Some(version.0), *new).await?;
    let import = view::import(&house.db, &house.ctx, id).await?;
    Ok(tagged(import.version, &import))
}

/// Accepts an import: from now on its lines count.
#[utoipa::path(operation_id = "imports.accept", tag = "Imports",
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read")),
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
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read")),
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
