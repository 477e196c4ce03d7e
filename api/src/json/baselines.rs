//! The spend that must be kept up beside an award.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::baselines::view;
use entity::AwardId;

use super::{csv, tables};
use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(one);
}

/// The spend that must be kept up beside an award, year by year, with its working by pool and cost category;
/// the working as CSV where that is wanted.
#[utoipa::path(operation_id = "award-baseline.get", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (view::BaselineView = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/baseline")]
async fn one(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::baseline(seen.years));
    }
    Ok(HttpResponse::Ok().json(seen))
}
