//! An award's payment schedule, and what was received, claimed and repaid.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::payments::rules::PaymentState;
use domain::payments::{ops, view};
use entity::{AwardId, AwardMoneyId, AwardPaymentId};
use serde::Serialize;

use super::{Created, csv};
use crate::http::{Fault, House, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(money)
        .service(schedule)
        .service(withdraw)
        .service(record)
        .service(correct)
        .service(late);
}

/// An award's money: what the schedule promises, what was received, claimed and repaid; as CSV a row for
/// each of these, amounts in pounds and pence.
#[utoipa::path(operation_id = "award-money.get", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((view::MoneyView = "application/json"), (String = "text/csv"))),
        Problems))]
#[get("/awards/{id}/money")]
async fn money(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(as_csv(seen));
    }
    Ok(HttpResponse::Ok().json(seen))
}

/// What the schedule promises of an award, then what was received, claimed and repaid.
pub fn as_csv(seen: view::MoneyView) -> HttpResponse {
    let heading = [
        "what",
        "day",
        "amount",
        "received",
        "state",
        "ledger_reference",
        "note",
        "takes_back",
        "id",
    ];
    let promised = seen.schedule.into_iter().map(|row| {
        vec![
            "promised".to_owned(),
            row.due_on.to_string(),
            row.amount_pence.as_typed(),
            row.received_pence.as_typed(),
            row.state.map_or("taken_out", PaymentState::slug).to_owned(),
            String::new(),
            row.withdrawn_because.unwrap_or(row.note),
            String::new(),
            row.id.to_string(),
        ]
    });
    let entries = seen.entries.into_iter().map(|row| {
        vec![
            row.kind.slug().to_owned(),
            row.happened_on.to_string(),
            row.amount_pence.as_typed(),
            String::new(),
            if row.corrected { "taken_back" } else { "" }.to_owned(),
            row.ledger_reference,
            row.note,
            row.corrects_id
                .map_or_else(String::new, |id| id.to_string()),
            row.id.to_string(),
        ]
    });
    csv::reply("award-money", &heading, promised.chain(entries))
}

/// What was added to a schedule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Scheduled {
    /// The payments, in the order in which they were sent.
    ids: Vec<AwardPaymentId>,
}

/// Adds payments to an award's schedule, all or nothing.
#[utoipa::path(operation_id = "award-payments.schedule", tag = "Awards", request_body = ops::NewPayments,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Scheduled), Problems))]
#[post("/awards/{id}/payments")]
async fn schedule(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewPayments>,
) -> Result<HttpResponse, Fault> {
    let ids = ops::schedule(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Created().json(Scheduled { ids }))
}

/// Takes a payment out of an award's schedule, with the reason. It stays in the record.
#[utoipa::path(operation_id = "award-payments.withdraw", tag = "Awards",
    request_body = ops::PaymentWithdrawal,
    params(("id" = uuid::Uuid, Path),
        ("payment" = uuid::Uuid, Path, description = "The id of the payment: see `schedule`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/payments/{payment}/withdrawal")]
async fn withdraw(
    house: House,
    path: web::Path<(AwardId, AwardPaymentId)>,
    why: Json<ops::PaymentWithdrawal>,
) -> Result<HttpResponse, Fault> {
    let (id, payment) = path.into_inner();
    let payment = ops::withdraw(&house.db, &house.ctx, id, payment, &why).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/money"),
        payment,
    ))
}

/// Records money of an award that was received, claimed or repaid.
#[utoipa::path(operation_id = "award-money.record", tag = "Awards", request_body = ops::NewMoney,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/money")]
async fn record(
    house: House,
    id: web::Path<AwardId>,
    new: Json<ops::NewMoney>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let entry = ops::record(&house.db, &house.ctx, id, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/money"),
        entry,
    ))
}

/// Takes an entry back by another that names it, with the reason. Both stay in the record.
#[utoipa::path(operation_id = "award-money.correct", tag = "Awards", request_body = ops::MoneyCorrection,
    params(("id" = uuid::Uuid, Path),
        ("entry" = uuid::Uuid, Path, description = "The id of the entry: see `entries`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/money/{entry}/correction")]
async fn correct(
    house: House,
    path: web::Path<(AwardId, AwardMoneyId)>,
    why: Json<ops::MoneyCorrection>,
) -> Result<HttpResponse, Fault> {
    let (id, entry) = path.into_inner();
    let made = ops::correct(&house.db, &house.ctx, id, entry, &why).await?;
    Ok(Created::inside(&format!("/api/v1/awards/{id}/money"), made))
}

/// Payments that funders promised, whose day is over and which were not received in full.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LatePayments {
    /// The oldest first.
    items: Vec<view::LatePayment>,
}

/// Payments that are late, of every award, the oldest first.
#[utoipa::path(operation_id = "late-payments.list", tag = "Awards",
    responses((status = 200, body = LatePayments), Problems))]
#[get("/late-payments")]
async fn late(house: House) -> Result<HttpResponse, Fault> {
    let items = view::late(&house.db, &house.ctx).await?;
    Ok(HttpResponse::Ok().json(LatePayments { items }))
}
