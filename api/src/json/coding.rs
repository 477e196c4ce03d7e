//! The coding map, and the lines that wait to be coded.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use domain::Money;
use domain::coding::ops::{
    self, ChangeMapRow, CodeLines, CodedLines, EndMapRow, MapLoaded, NewMapRow, Preview,
};
use domain::coding::rules::COLUMNS;
use domain::coding::view::{
    self, MapFilter, MapRowView, WaitingFilter, WaitingGroup, WaitingLineDetail, WaitingLineView,
};
use entity::{CodingMapRowId, SpendImportId, WaitingLineId};
use serde::Deserialize;

use super::{Created, csv};
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, Whole, tagged, upload};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(add)
        .service(preview)
        .service(load)
        .service(one)
        .service(change)
        .service(end)
        .service(waiting)
        .service(code)
        .service(code_by_map)
        .service(groups)
        .service(waiting_one);
}

/// Which rows of the map.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Narrow {
    /// For this cost centre.
    pub(crate) cost_centre: Option<String>,
    /// With this text in a code, a name, a place or a group.
    pub(crate) find: Option<String>,
    /// That apply on this London date.
    pub(crate) on: Option<NaiveDate>,
}

impl Narrow {
    pub(crate) fn filter(&self) -> MapFilter {
        let text = |text: &Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        MapFilter {
            cost_centre: text(&self.cost_centre),
            find: text(&self.find),
            on: self.on,
        }
    }
}

/// Rows of the coding map in the order of their codes, then days; as CSV all at once: the file that
/// `coding-map.load` takes.
#[utoipa::path(operation_id = "coding-map.list", tag = "Coding map", params(Paging, Narrow),
    responses((status = 200, content(
        (Listing<MapRowView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/coding-map")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let filter = narrow.filter();
    if csv::is_wanted(&request) {
        return as_table(&house, &filter).await;
    }
    let after = paging.after.map(CodingMapRowId);
    let items = view::map(&house.db, &house.ctx, &filter, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// The map as the file that it can be loaded from.
pub(crate) async fn as_table(house: &House, filter: &MapFilter) -> Result<HttpResponse, Fault> {
    let rows = view::map(&house.db, &house.ctx, filter, None, csv::MOST).await?;
    Ok(csv::reply(
        "Coding map",
        &COLUMNS,
        rows.into_iter().map(|row| {
            let any = |exact: Option<String>| exact.unwrap_or_else(|| "any".to_owned());
            vec![
                any(row.cost_centre),
                any(row.account),
                any(row.project),
                row.valid_from.to_string(),
                row.valid_to.map(|to| to.to_string()).unwrap_or_default(),
                row.pool_slug,
                row.category_slug,
                row.place.unwrap_or_default(),
                row.group.unwrap_or_default(),
                if row.capital { "capital" } else { "revenue" }.to_owned(),
            ]
        }),
    ))
}

/// Adds a row. A tie with another is refused, and both are named. Lines that wait are not coded by
/// it until `waiting-lines.code-by-map` is asked for.
#[utoipa::path(operation_id = "coding-map.add", tag = "Coding map", request_body = NewMapRow,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/coding-map")]
async fn add(house: House, new: Json<NewMapRow>) -> Result<HttpResponse, Fault> {
    let id = ops::add(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/coding-map", id))
}

/// What adding a row would do: which lines that wait it would code, and which that count already
/// would be coded otherwise if they came now. Changes nothing.
#[utoipa::path(operation_id = "coding-map.preview", tag = "Coding map", request_body = NewMapRow,
    responses((status = 200, body = Preview), Problems))]
#[post("/coding-map/previews")]
async fn preview(house: House, new: Json<NewMapRow>) -> Result<HttpResponse, Fault> {
    let found = ops::preview_new(&house.db, &house.ctx, &new).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// How a file is taken in.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// Only say what it would do.
    #[serde(default)]
    try_only: bool,
}

/// Takes a CSV file of the map in, all or nothing: what is new is added, the same codes from a
/// later day take the place of the row that stands, a last day ends a row. Faults are told by row;
/// while there are any, nothing is changed.
#[utoipa::path(operation_id = "coding-map.load", tag = "Coding map",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), params(How),
    responses((status = 200, body = MapLoaded), Problems))]
#[post("/coding-map/files")]
async fn load(
    house: House,
    how: web::Query<How>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house
        .ctx
        .require(domain::access::rules::Operation::KeepCodingMap)?;
    let bytes = upload::body(&request, payload).await?;
    let found = ops::load_map(&house.db, &house.ctx, &bytes, how.try_only).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// One row of the coding map, withdrawn or not.
#[utoipa::path(operation_id = "coding-map.get", tag = "Coding map",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MapRowView, headers(("ETag" = String))), Problems))]
#[get("/coding-map/{id}")]
async fn one(house: House, id: web::Path<CodingMapRowId>) -> Result<HttpResponse, Fault> {
    let row = view::row(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(row.version, &row))
}

/// Changes what a row's codes become, from a day on. The row ends the day before and another takes
/// its place; what was coded stays as it was coded.
#[utoipa::path(operation_id = "coding-map.change", tag = "Coding map", request_body = ChangeMapRow,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The row's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/coding-map/{id}/changes")]
async fn change(
    house: House,
    id: web::Path<CodingMapRowId>,
    version: IfMatch,
    new: Json<ChangeMapRow>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let id = ops::change(&house.db, &house.ctx, id, Some(version.0), &new).await?;
    Ok(Created::reply("/api/v1/coding-map", id))
}

/// States a row's last day. A day before its first withdraws it: it applies to none.
#[utoipa::path(operation_id = "coding-map.end", tag = "Coding map", request_body = EndMapRow,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The row's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = MapRowView, headers(("ETag" = String))), Problems))]
#[post("/coding-map/{id}/ending")]
async fn end(
    house: House,
    id: web::Path<CodingMapRowId>,
    version: IfMatch,
    ending: Json<EndMapRow>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::end(&house.db, &house.ctx, id, Some(version.0), *ending).await?;
    let row = view::row(&house.db, &house.ctx, id).await?;
    Ok(tagged(row.version, &row))
}

/// Which lines that wait.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Of this cost centre.
    pub(crate) cost_centre: Option<String>,
    /// Of this account.
    pub(crate) account: Option<String>,
    /// Of this import.
    pub(crate) import_id: Option<uuid::Uuid>,
}

impl Which {
    pub(crate) fn filter(&self) -> WaitingFilter {
        WaitingFilter {
            cost_centre: self.cost_centre.clone(),
            account: self.account.clone(),
            import: self.import_id.map(SpendImportId),
        }
    }
}

/// Lines of accepted imports that the coding map has no row for, in the order in which they came:
/// part of their files' totals, and no spend until they are coded. As CSV all at once.
#[utoipa::path(operation_id = "waiting-lines.list", tag = "Coding map", params(Paging, Which),
    responses((status = 200, content(
        (Listing<WaitingLineView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/waiting-lines")]
async fn waiting(
    house: House,
    paging: web::Query<Paging>,
    which: web::Query<Which>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let filter = which.filter();
    if csv::is_wanted(&request) {
        return waiting_table(&house, &filter).await;
    }
    let after = paging.after.map(WaitingLineId);
    let items = view::waiting(&house.db, &house.ctx, &filter, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// The lines that wait as a table.
pub(crate) async fn waiting_table(
    house: &House,
    filter: &WaitingFilter,
) -> Result<HttpResponse, Fault> {
    let lines = view::waiting(&house.db, &house.ctx, filter, None, csv::MOST).await?;
    let heading = [
        "Cost centre",
        "Account",
        "Project",
        "Date received",
        "Ledger month",
        "Paid to",
        "For",
        "Ledger transaction",
        "Amount in pounds",
        "File",
        "Row",
    ];
    Ok(csv::reply(
        "Lines to code",
        &heading,
        lines.into_iter().map(|line| {
            vec![
                line.cost_centre.unwrap_or_default(),
                line.account.unwrap_or_default(),
                line.project.unwrap_or_default(),
                line.incurred_on.to_string(),
                line.ledger_month.format("%Y-%m").to_string(),
                line.supplier.unwrap_or_default(),
                line.description.unwrap_or_default(),
                line.transaction.unwrap_or_default(),
                Money(line.amount_pence).as_typed(),
                line.file_name,
                line.row.to_string(),
            ]
        }),
    ))
}

/// Codes lines that wait, all or none. They are spend of the import that they came with from then
/// on.
#[utoipa::path(operation_id = "waiting-lines.code", tag = "Coding map", request_body = CodeLines,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = CodedLines), Problems))]
#[post("/waiting-lines/codings")]
async fn code(house: House, new: Json<CodeLines>) -> Result<HttpResponse, Fault> {
    let done = ops::code_lines(&house.db, &house.ctx, &new).await?;
    Ok(HttpResponse::Ok().json(done))
}

/// Codes every line that waits and that the coding map has a row for by now. A repeat goes on where
/// it stopped.
#[utoipa::path(operation_id = "waiting-lines.code-by-map", tag = "Coding map",
    responses((status = 200, body = CodedLines), Problems))]
#[post("/waiting-lines/map-codings")]
async fn code_by_map(house: House) -> Result<HttpResponse, Fault> {
    let done = ops::code_by_map(&house.db, &house.ctx).await?;
    Ok(HttpResponse::Ok().json(done))
}

/// The lines that wait by cost centre and account, the most lines first: all groups.
#[utoipa::path(operation_id = "waiting-lines.groups", tag = "Coding map",
    responses((status = 200, body = Whole<WaitingGroup>), Problems))]
#[get("/waiting-lines/groups")]
async fn groups(house: House) -> Result<HttpResponse, Fault> {
    Ok(Whole::reply(view::groups(&house.db, &house.ctx).await?))
}

/// One line that waits, with how lines like it were coded before. One that was coded is a spend
/// line.
#[utoipa::path(operation_id = "waiting-lines.get", tag = "Coding map",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = WaitingLineDetail), Problems))]
#[get("/waiting-lines/{id}")]
async fn waiting_one(house: House, id: web::Path<WaitingLineId>) -> Result<HttpResponse, Fault> {
    let line = view::waiting_line(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(line))
}
