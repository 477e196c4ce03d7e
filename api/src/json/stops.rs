//! What keeps an award from being used up.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::attribution::stops::{self, Because, Stops};
use entity::AwardId;

use super::csv;
use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(of_award);
}

/// What keeps an award from being used up, pool by pool: what of it is used up or kept for other spend, who pays for
/// what it could pay for, and what it may not pay for. As CSV a row for each reason; what is kept for other spend names no pool.
#[utoipa::path(operation_id = "award-stops.get", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Stops = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/stops")]
async fn of_award(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let seen = stops::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(csv::or_json(&request, seen, as_csv))
}

/// The reasons as a table, for the API and for the page's download.
pub(crate) fn as_csv(seen: Stops) -> HttpResponse {
    let heading = [
        "pool", "put_in", "pays", "left", "kind", "of", "amount", "reason",
    ];
    let mut rows = Vec::new();
    let mut add = |start: &[String; 4], one: Because| {
        let mut row = start.to_vec();
        row.extend([
            one.kind.slug().to_owned(),
            one.of.unwrap_or_default(),
            one.amount_pence.as_typed(),
            one.sentence,
        ]);
        rows.push(row);
    };
    for one in seen.kept {
        add(&Default::default(), one);
    }
    for pool in seen.pools {
        let start = [
            pool.pool,
            pool.put_in_pence.as_typed(),
            pool.pays_pence.as_typed(),
            pool.left_pence.as_typed(),
        ];
        for one in pool.because {
            add(&start, one);
        }
    }
    csv::reply("stops", &heading, rows)
}
