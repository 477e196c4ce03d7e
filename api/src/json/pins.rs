//! Pins: part of a spend line is paid for by an award, on a person's word.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::Money;
use domain::pins::{ops, view};
use entity::{PoolId, SpendLineId, SpendPinId};

use super::{Created, csv};
use crate::http::{Fault, House, Json, Problems, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(of_line)
        .service(pin)
        .service(preview)
        .service(take_off)
        .service(of_pool);
}

/// Every pin of a spend line: those that hold first, then those that were taken off, the newest first.
#[utoipa::path(operation_id = "spend-pins.of-line", tag = "Spend", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<view::PinView>), Problems))]
#[get("/spend-lines/{id}/pins")]
async fn of_line(house: House, id: web::Path<SpendLineId>) -> Result<HttpResponse, Fault> {
    let all = view::of_line(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(all))
}

/// Pins part of a spend line to an award that may pay for it. Spend is attributed again within minutes, and
/// the award then pays for at least so much of the line, before any rule of the pool.
#[utoipa::path(operation_id = "spend-pins.pin", tag = "Spend", request_body = ops::NewPin,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/spend-lines/{id}/pins")]
async fn pin(
    house: House,
    id: web::Path<SpendLineId>,
    new: Json<ops::NewPin>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::pin(&house.db, &house.ctx, id, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/spend-lines/{id}/pins"),
        made,
    ))
}

/// What a pin would move. Changes nothing.
#[utoipa::path(operation_id = "spend-pins.preview", tag = "Spend", request_body = ops::NewPin,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::PinPreview), Problems))]
#[post("/spend-lines/{id}/pin-previews")]
async fn preview(
    house: House,
    id: web::Path<SpendLineId>,
    new: Json<ops::NewPin>,
) -> Result<HttpResponse, Fault> {
    let seen = view::preview(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// Takes a pin off, with the reason: the line goes by the pool's rule again.
#[utoipa::path(operation_id = "spend-pins.take-off", tag = "Spend", request_body = ops::TakingOff,
    params(("id" = uuid::Uuid, Path), ("pin" = uuid::Uuid, Path, description = "The id of the pin"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/spend-lines/{id}/pins/{pin}/taking-off")]
async fn take_off(
    house: House,
    path: web::Path<(SpendLineId, SpendPinId)>,
    new: Json<ops::TakingOff>,
) -> Result<HttpResponse, Fault> {
    let (id, off) = path.into_inner();
    let done = ops::take_off(&house.db, &house.ctx, id, off, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/spend-lines/{id}/pins"),
        done,
    ))
}

/// The pins that hold in a pool, the newest first, with those that wait; also as CSV.
#[utoipa::path(operation_id = "spend-pins.of-pool", tag = "Spend", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Whole<view::PinView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/pins")]
async fn of_pool(
    house: House,
    id: web::Path<PoolId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let all = view::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(as_csv(all));
    }
    Ok(Whole::reply(all))
}

fn as_csv(all: Vec<view::PinView>) -> HttpResponse {
    let mut table = csv::Table::new(&[
        "date_received",
        "supplier",
        "award",
        "pinned_pounds",
        "attributed_pounds",
        "waits",
        "why",
        "pinned_by",
        "pinned_at",
        "line_id",
        "id",
    ]);
    for one in all {
        table.row(vec![
            one.incurred_on.to_string(),
            one.supplier.unwrap_or_default(),
            one.award_title,
            Money(one.amount_pence).as_typed(),
            Money(one.attributed_pence).as_typed(),
            one.waits.unwrap_or_default(),
            one.why,
            one.pinned_by.unwrap_or_default(),
            one.pinned_at.to_rfc3339(),
            one.line_id.to_string(),
            one.id.to_string(),
        ]);
    }
    table.reply("pins")
}
