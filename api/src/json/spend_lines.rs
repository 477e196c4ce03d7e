//! Spend lines: what came in, which award pays, and what is not settled.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use domain::attribution::reasons::{AwardReason, reasons as because};
use domain::attribution::rules::Unfunded;
use domain::spend::view::{self, Settled, SpendFilter, SpendTotals, SpendView};
use domain::{Money, imports};
use entity::{AwardId, CostCategoryId, PoolId, SpendImportId, SpendLineId};
use serde::Deserialize;

use super::csv;
use crate::http::{Fault, House, Listing, Paging, Problems, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(totals)
        .service(one)
        .service(reasons);
}

/// Which lines.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Narrow {
    /// Of this pool.
    pub(crate) pool_id: Option<uuid::Uuid>,
    /// Of this cost category.
    pub(crate) category_id: Option<uuid::Uuid>,
    /// Paid for, at least in part, by this award.
    pub(crate) award_id: Option<uuid::Uuid>,
    /// From this import.
    pub(crate) import_id: Option<uuid::Uuid>,
    /// Received in the month of this London date.
    pub(crate) month: Option<NaiveDate>,
    /// Received on this London date or later.
    pub(crate) from: Option<NaiveDate>,
    /// Received on this London date or earlier.
    pub(crate) to: Option<NaiveDate>,
    /// Settled, or not.
    pub(crate) state: Option<Settled>,
    /// Not covered for this reason.
    pub(crate) reason: Option<Unfunded>,
}

/// Which words lines have.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Worded {
    /// With each of these words in who was paid, in what the ledger says, or in its references: of at most 200
    /// characters, the first eight. Sums are not kept by words.
    words: Option<String>,
}

/// The words that lines are looked for by, as somebody wrote them; none where there are none.
pub(crate) fn looked_for(said: &str) -> Option<String> {
    let said: String = said.trim().chars().take(200).collect();
    // a null is in no text that was ever kept, and no database takes it
    let said = said.replace('\0', " ");
    (!said.trim().is_empty()).then_some(said)
}

impl Narrow {
    pub(crate) fn filter(&self) -> SpendFilter {
        SpendFilter {
            pool: self.pool_id.map(PoolId),
            category: self.category_id.map(CostCategoryId),
            award: self.award_id.map(AwardId),
            import: self.import_id.map(SpendImportId),
            month: self.month,
            from: self.from,
            to: self.to,
            state: self.state,
            reason: self.reason,
            words: None,
        }
    }
}

/// Spend lines that count, those that are not settled first; as CSV all at once.
#[utoipa::path(operation_id = "spend-lines.list", tag = "Spend", params(Paging, Narrow, Worded),
    responses((status = 200, content(
        (Listing<SpendView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/spend-lines")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    worded: web::Query<Worded>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let filter = SpendFilter {
        words: worded.words.as_deref().and_then(looked_for),
        ..narrow.filter()
    };
    if csv::is_wanted(&request) {
        return as_csv(&house, &filter).await;
    }
    let after = paging.after.map(SpendLineId);
    let items = view::list(&house.db, &house.ctx, &filter, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// The table of a filter, for the API and for the page's download.
pub(crate) async fn as_csv(house: &House, filter: &SpendFilter) -> Result<HttpResponse, Fault> {
    refuse_too_many(house, filter).await?;
    let heading = [
        "date_received",
        "supplier",
        "description",
        "kind",
        "pool",
        "category",
        "capital_or_revenue",
        "transaction",
        "line",
        "amount_pounds",
        "attributed_pounds",
        "unfunded_pounds",
        "why_unfunded",
        "awards",
        "import",
        "row",
        "contract_or_order",
    ];
    let mut table = csv::Table::new(&heading);
    view::each(&house.db, &house.ctx, filter, |line| {
        table.row(cells(line));
    })
    .await?;
    Ok(table.reply("spend"))
}

/// The same for people: headings in words, and the file by its name.
pub(crate) async fn as_table(house: &House, filter: &SpendFilter) -> Result<HttpResponse, Fault> {
    refuse_too_many(house, filter).await?;
    let files: HashMap<SpendImportId, String> =
        imports::view::imports(&house.db, &house.ctx, None, None, csv::MOST)
            .await?
            .into_iter()
            .map(|import| (import.id, import.file_name))
            .collect();
    let heading = [
        "Date received",
        "Paid to",
        "For",
        "Kind",
        "Pool",
        "Cost category",
        "Capital or revenue",
        "Ledger transaction",
        "Ledger line",
        "Amount in pounds",
        "Paid for by awards",
        "Not covered",
        "Why not covered",
        "Awards",
        "File",
        "Row",
        "Contract or order number",
    ];
    let mut table = csv::Table::new(&heading);
    view::each(&house.db, &house.ctx, filter, |line| {
        let file = files.get(&line.import_id).cloned().unwrap_or_default();
        let mut cells = cells(line);
        if let Some(cell) = cells.get_mut(14) {
            *cell = file;
        }
        table.row(cells);
    })
    .await?;
    Ok(table.reply("Spend lines"))
}

/// A table that ended early would look like all of it.
async fn refuse_too_many(house: &House, filter: &SpendFilter) -> Result<(), Fault> {
    let lines = view::totals(&house.db, &house.ctx, filter).await?.lines;
    if u64::try_from(lines).unwrap_or(0) > csv::MOST {
        return Err(domain::Error::refused(
            "too-many-lines",
            format!(
                "These are {lines} lines; a table has at most {}. Choose a pool, a month or an \
                 import.",
                csv::MOST
            ),
        )
        .into());
    }
    Ok(())
}

fn cells(line: SpendView) -> Vec<String> {
    let awards: Vec<String> = line
        .attributions
        .iter()
        .map(|part| {
            format!(
                "{}: {}",
                part.award_title,
                Money(part.amount_pence).as_typed()
            )
        })
        .collect();
    vec![
        line.incurred_on.to_string(),
        line.supplier.unwrap_or_default(),
        line.description.unwrap_or_default(),
        line.kind.slug().to_owned(),
        line.pool_name,
        line.category_name,
        if line.capital { "capital" } else { "revenue" }.to_owned(),
        line.transaction.unwrap_or_default(),
        line.line.unwrap_or_default(),
        Money(line.amount_pence).as_typed(),
        Money(line.attributed_pence).as_typed(),
        Money(line.unfunded_pence).as_typed(),
        line.unfunded_because
            .map_or_else(String::new, |why| why.words().to_owned()),
        awards.join("; "),
        line.import_id.to_string(),
        line.row.to_string(),
        line.commitment_ref.unwrap_or_default(),
    ]
}

/// Sums over the lines of a filter. By award and not covered, they add up to the spend.
#[utoipa::path(operation_id = "spend-lines.totals", tag = "Spend", params(Narrow),
    responses((status = 200, body = SpendTotals), Problems))]
#[get("/spend-totals")]
async fn totals(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let totals = view::totals(&house.db, &house.ctx, &narrow.filter()).await?;
    Ok(HttpResponse::Ok().json(totals))
}

/// One spend line, with its source and what pays for it.
#[utoipa::path(operation_id = "spend-lines.get", tag = "Spend", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SpendView), Problems))]
#[get("/spend-lines/{id}")]
async fn one(house: House, id: web::Path<SpendLineId>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::one(&house.db, &house.ctx, id.into_inner()).await?))
}

/// Why each award behind a line's pool pays for it as it does, or does not: those that pay first. Nothing
/// of a line that takes spend back, which is attributed as the line that it names was.
#[utoipa::path(operation_id = "spend-lines.reasons", tag = "Spend", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<AwardReason>), Problems))]
#[get("/spend-lines/{id}/reasons")]
async fn reasons(house: House, id: web::Path<SpendLineId>) -> Result<HttpResponse, Fault> {
    let all = because(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(all))
}
