//! The agreement with the finance system, by cost centre and month.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use domain::Money;
use domain::agreement::ops::{self, LedgerTotals, Stated};
use domain::agreement::view::{self, AgreementView, MonthStanding};

use super::csv;
use crate::http::{Fault, House, Json, Problems, Whole, upload};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(months)
        .service(month)
        .service(state)
        .service(load);
}

/// How the last two years' months stand beside the finance system, newest first: those with
/// anything on either side.
#[utoipa::path(operation_id = "ledger-agreement.list", tag = "Ledger",
    responses((status = 200, body = Whole<MonthStanding>), Problems))]
#[get("/ledger-agreement")]
async fn months(house: House) -> Result<HttpResponse, Fault> {
    Ok(Whole::reply(view::months(&house.db, &house.ctx).await?))
}

/// A month on both sides, by cost centre: what the ledger says, what counts here, and every
/// difference named. As CSV the same.
#[utoipa::path(operation_id = "ledger-agreement.get", tag = "Ledger",
    params(("month" = NaiveDate, Path, description = "The month's first day")),
    responses((status = 200, content(
        (AgreementView = "application/json"), (String = "text/csv"))), Problems))]
#[get("/ledger-agreement/{month}")]
async fn month(
    house: House,
    month: web::Path<NaiveDate>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let agreement = view::month(&house.db, &house.ctx, month.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(as_table(agreement));
    }
    Ok(HttpResponse::Ok().json(agreement))
}

/// A month on both sides as a table.
pub(crate) fn as_table(agreement: AgreementView) -> HttpResponse {
    let heading = [
        "cost_centre",
        "month",
        "ledger",
        "tributary",
        "difference",
        "waits_to_be_coded",
        "set_aside",
        "not_accepted",
        "own_journals",
        "other",
        "standing",
    ];
    let pounds =
        |pence: Option<i64>| pence.map_or_else(String::new, |pence| Money(pence).as_typed());
    let named = agreement.month.format("%Y-%m").to_string();
    csv::reply(
        &format!("Agreement {named}"),
        &heading,
        agreement.cost_centres.into_iter().map(|centre| {
            vec![
                centre.cost_centre,
                named.clone(),
                pounds(centre.stated_pence),
                pounds(Some(centre.counted_pence)),
                pounds(centre.difference_pence),
                pounds(Some(centre.to_code_pence)),
                pounds(Some(centre.set_aside_pence)),
                pounds(Some(centre.not_accepted_pence)),
                pounds(Some(centre.journals_pence)),
                pounds(centre.other_pence),
                centre.standing.words().to_owned(),
            ]
        }),
    )
}

/// States what the finance system says of cost centres in months. A later statement takes the place
/// of an earlier.
#[utoipa::path(operation_id = "ledger-totals.state", tag = "Ledger", request_body = LedgerTotals,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = Stated), Problems))]
#[post("/ledger-totals")]
async fn state(house: House, new: Json<LedgerTotals>) -> Result<HttpResponse, Fault> {
    let done = ops::state(&house.db, &house.ctx, &new).await?;
    Ok(HttpResponse::Ok().json(done))
}

/// States the sums of a CSV file: a trial balance with the columns `cost_centre`, `month` and
/// `amount`, in pounds. Faults are told by row; while there are any, nothing is taken in.
#[utoipa::path(operation_id = "ledger-totals.load", tag = "Ledger",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Stated), Problems))]
#[post("/ledger-totals/files")]
async fn load(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house
        .ctx
        .require(domain::access::rules::Operation::StateLedgerTotals)?;
    let bytes = upload::body(&request, payload).await?;
    let done = ops::load(&house.db, &house.ctx, &bytes).await?;
    Ok(HttpResponse::Ok().json(done))
}
