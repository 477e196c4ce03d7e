//! Our money, in one reading.

use actix_web::{HttpResponse, get};
use domain::our_money::view;

use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(read);
}

/// What was given, decided, promised and spent, what may be lost and by when, and what waits for the
/// boards: in all, and pool by pool.
#[utoipa::path(operation_id = "our-money.get", tag = "Decisions",
    responses((status = 200, body = view::OurMoney), Problems))]
#[get("/our-money")]
async fn read(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::read(&house.db, &house.ctx).await?))
}
