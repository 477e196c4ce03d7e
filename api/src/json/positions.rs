//! The co-funding position, the funding grid, and how funders of a pool are shown to each other.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::positions::ops::{self, NewDisclosure};
use domain::positions::view::disclosures::{self as told, DisclosureView};
use domain::positions::view::grid::{self as funding, FundingGrid, GridFilter};
use domain::positions::view::{self, Position, When};
use entity::PoolId;
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Problems, Whole};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(of_pool)
        .service(of_all)
        .service(grid)
        .service(disclosures)
        .service(disclose);
}

/// As of when.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Spend received until this London date, and what was agreed by it; today unless told.
    pub(crate) as_of: Option<NaiveDate>,
    /// As far as it was recorded by this instant (UTC); all that is known unless told.
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub(crate) known_at: Option<DateTime<Utc>>,
}

impl Asked {
    pub(crate) fn when(self) -> When {
        When {
            as_of: self.as_of,
            known_at: self.known_at,
        }
    }
}

/// Which spend a funding grid counts.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Narrow {
    /// Of this pool; of all unless told.
    pub(crate) pool_id: Option<uuid::Uuid>,
    /// Received on this London date or later.
    pub(crate) from: Option<NaiveDate>,
    /// For this place.
    #[param(max_length = 200)]
    pub(crate) place: Option<String>,
    /// For this group of people.
    #[param(max_length = 200)]
    pub(crate) people_group: Option<String>,
}

impl Narrow {
    pub(crate) fn filter(&self) -> GridFilter {
        GridFilter {
            pool: self.pool_id.map(PoolId),
            from: self.from,
            place: self.place.clone(),
            group: self.people_group.clone(),
        }
    }
}

fn reply(request: &HttpRequest, position: Position) -> HttpResponse {
    if csv::is_wanted(request) {
        tables::position(position)
    } else {
        HttpResponse::Ok().json(position)
    }
}

/// The co-funding position of a pool: whose money, what it paid for, what is left. A funder's officer
/// gets their own figures, those of co-funders that agreed to be named, and the others as one sum where
/// that gives away nobody's figure.
#[utoipa::path(operation_id = "positions.get", tag = "Pools",
    params(("id" = uuid::Uuid, Path), Asked),
    responses((status = 200, content((Position = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/position")]
async fn of_pool(
    house: House,
    id: web::Path<PoolId>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let position = view::of_pool(&house.db, &house.ctx, id.into_inner(), asked.when()).await?;
    Ok(reply(&request, position))
}

/// The co-funding position of all pools together, award by award.
#[utoipa::path(operation_id = "positions.all", tag = "Pools", params(Asked),
    responses((status = 200, content((Position = "application/json"), (String = "text/csv"))), Problems))]
#[get("/position")]
async fn of_all(
    house: House,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let position = view::of_all(&house.db, &house.ctx, asked.when()).await?;
    Ok(reply(&request, position))
}

/// The funding grid: which award pays for which cost category, and where the gaps are.
#[utoipa::path(operation_id = "funding-grid.get", tag = "Pools", params(Narrow, Asked),
    responses((status = 200, content((FundingGrid = "application/json"), (String = "text/csv"))), Problems))]
#[get("/funding-grid")]
async fn grid(
    house: House,
    narrow: web::Query<Narrow>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let grid = funding::grid(&house.db, &house.ctx, narrow.filter(), asked.when()).await?;
    Ok(if csv::is_wanted(&request) {
        tables::funding_grid(grid)
    } else {
        HttpResponse::Ok().json(grid)
    })
}

/// What the funders of a pool agreed of being shown to each other, the newest first: all of it. A funder
/// of whom nothing is recorded is shown only within a sum.
#[utoipa::path(operation_id = "pool-disclosures.list", tag = "Pools",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<DisclosureView>), Problems))]
#[get("/pools/{id}/disclosures")]
async fn disclosures(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let all = told::disclosures(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(all))
}

/// Records what a funder of a pool agreed of being shown to its other funders, from a day on.
#[utoipa::path(operation_id = "pool-disclosures.record", tag = "Pools", request_body = NewDisclosure,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/disclosures")]
async fn disclose(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<NewDisclosure>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::record(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{id}/disclosures"),
        made,
    ))
}
