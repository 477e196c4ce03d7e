//! What we owe funders and what they owe us, over all awards.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::owed::rules::Direction;
use domain::owed::view::{self, OwedFilter};
use entity::OrganisationId;
use serde::Deserialize;

use super::{csv, tables};
use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// Which of it.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only of this funder.
    funder_id: Option<uuid::Uuid>,
    /// Only this way.
    direction: Option<Direction>,
}

/// What we owe funders and what they owe us, over all awards, each with why: what closed awards leave, what was
/// received beyond an award, payments that are late, claims that are not paid. All of it, with its sums; as CSV
/// too.
#[utoipa::path(operation_id = "owed.list", tag = "Awards", params(Narrow),
    responses((status = 200, content(
        (view::OwedView = "application/json"), (String = "text/csv"))), Problems))]
#[get("/owed")]
async fn list(
    house: House,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let filter = OwedFilter {
        funder: narrow.funder_id.map(OrganisationId),
        direction: narrow.direction,
    };
    let seen = view::list(&house.db, &house.ctx, filter).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::owed(seen.items));
    }
    Ok(HttpResponse::Ok().json(seen))
}
