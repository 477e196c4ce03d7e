//! Finding records by their words.

use actix_web::{HttpResponse, get, web};
use domain::search::view::{Found, Kind, search};
use serde::Deserialize;

use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find);
}

/// Hits of each kind that are given at once; of one kind alone, more.
pub(crate) const EACH: usize = 8;
pub(crate) const OF_ONE: usize = 100;

/// What is looked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Words that must all be found in a record, as they stand or as parts of words.
    #[serde(default)]
    q: String,
    /// One kind of record alone; more of it are given.
    kind: Option<Kind>,
}

/// Finds records of every kind by their words, the best first: of each kind those that you may see.
/// No words find nothing.
#[utoipa::path(operation_id = "search.get", tag = "Search", params(Said),
    responses((status = 200, body = Found), Problems))]
#[get("/search")]
async fn find(house: House, said: web::Query<Said>) -> Result<HttpResponse, Fault> {
    let most = if said.kind.is_some() { OF_ONE } else { EACH };
    let found = search(&house.db, &house.ctx, &said.q, said.kind, most).await?;
    Ok(HttpResponse::Ok().json(found))
}
