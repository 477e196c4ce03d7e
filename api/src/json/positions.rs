//! The co-funding position, the funding grid, and how funders of a pool are shown to each other.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::positions::ops::{self, NewDisclosure};
use domain::positions::view::burn_up::{self as burning, BurnUp};
use domain::positions::view::cash::{self as holding, Cash};
use domain::positions::view::changes::{self as changing, PositionChanges};
use domain::positions::view::disclosures::{self as told, DisclosureView};
use domain::positions::view::flows::{self as flowing, Flows};
use domain::positions::view::grid::{self as funding, FundingGrid, GridFilter};
use domain::positions::view::matched::{self as matching, Matched};
use domain::positions::view::quarters::{self as by_quarter, Quarters, QuartersFilter};
use domain::positions::view::remedies::Remedies;
use domain::positions::view::unspent::{self as ending, Unspent};
use domain::positions::view::{self, Position, When};
use entity::{AwardId, PoolId};
use serde::Deserialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, IfMatch, Json, Problems, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(of_pool)
        .service(of_all)
        .service(changes_of_pool)
        .service(changes_of_all)
        .service(grid)
        .service(unspent_of_pool)
        .service(unspent_of_all)
        .service(remedies)
        .service(cash_of_pool)
        .service(cash_of_all)
        .service(flows_of_pool)
        .service(flows_of_all)
        .service(quarters_of_pool)
        .service(quarters_of_all)
        .service(match_of_pool)
        .service(match_of_all)
        .service(burn_up)
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
    Ok(csv::or_json(&request, position, tables::position))
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
    Ok(csv::or_json(&request, position, tables::position))
}

/// Since when changes are told.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// What was recorded after this instant (UTC), not in the future; unless told, what was recorded since whoever asks
    /// marked the position as seen on its page, or since their visit before this one.
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub(crate) since: Option<DateTime<Utc>>,
}

/// What is known of the position of a pool that was not known at an instant, award by award, with what was recorded
/// since then. A funder's officer gets their own awards, and those of co-funders that agreed to be named.
#[utoipa::path(operation_id = "position-changes.get", tag = "Pools",
    params(("id" = uuid::Uuid, Path), Since),
    responses((status = 200, content((PositionChanges = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/position-changes")]
async fn changes_of_pool(
    house: House,
    id: web::Path<PoolId>,
    asked: web::Query<Since>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let id = Some(id.into_inner());
    let changes = changing::changes(&house.db, &house.ctx, id, asked.since).await?;
    Ok(csv::or_json(&request, changes, tables::position_changes))
}

/// What is known of the position of all pools together that was not known at an instant.
#[utoipa::path(operation_id = "position-changes.all", tag = "Pools", params(Since),
    responses((status = 200, content((PositionChanges = "application/json"), (String = "text/csv"))), Problems))]
#[get("/position-changes")]
async fn changes_of_all(
    house: House,
    asked: web::Query<Since>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let changes = changing::changes(&house.db, &house.ctx, None, asked.since).await?;
    Ok(csv::or_json(&request, changes, tables::position_changes))
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
    Ok(csv::or_json(&request, grid, tables::funding_grid))
}

/// What will be unspent at the end of each year of the awards behind a pool, where it goes, and what the pool's
/// agreed rule then says. It is told of today. A funder's officer gets their own awards, and nothing of others.
#[utoipa::path(operation_id = "unspent.get", tag = "Pools", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((Unspent = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/unspent")]
async fn unspent_of_pool(
    house: House,
    id: web::Path<PoolId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let unspent = ending::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(csv::or_json(&request, unspent, tables::unspent))
}

/// What would use money of a pool's awards that is going to be lost: another rule, spend that is brought forward, more time,
/// money that is carried forward. Each by itself, with its effect worked out, what saves most first. Nothing of it is kept.
#[utoipa::path(operation_id = "remedies.get", tag = "Pools", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Remedies), Problems))]
#[get("/pools/{id}/remedies")]
async fn remedies(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let found = view::remedies::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// What will be unspent at the end of each year of all awards, and where it goes: what will be lost soonest first.
/// It is told of today.
#[utoipa::path(operation_id = "unspent.all", tag = "Pools",
    responses((status = 200, content((Unspent = "application/json"), (String = "text/csv"))), Problems))]
#[get("/unspent")]
async fn unspent_of_all(house: House, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let unspent = ending::of_all(&house.db, &house.ctx).await?;
    Ok(csv::or_json(&request, unspent, tables::unspent))
}

/// The holder's cash of a pool by month: received, expected, spent and due, with what is held at the end of each and
/// when that is lowest. Its spend counts, and the awards that pay into no other pool.
#[utoipa::path(operation_id = "cash.get", tag = "Pools", params(("id" = uuid::Uuid, Path), Asked),
    responses((status = 200, content((Cash = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/cash")]
async fn cash_of_pool(
    house: House,
    id: web::Path<PoolId>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let id = Some(id.into_inner());
    let cash = holding::cash(&house.db, &house.ctx, id, asked.when()).await?;
    Ok(csv::or_json(&request, cash, tables::cash))
}

/// The holder's cash of all awards and pools by month.
#[utoipa::path(operation_id = "cash.all", tag = "Pools", params(Asked),
    responses((status = 200, content((Cash = "application/json"), (String = "text/csv"))), Problems))]
#[get("/cash")]
async fn cash_of_all(
    house: House,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let cash = holding::cash(&house.db, &house.ctx, None, asked.when()).await?;
    Ok(csv::or_json(&request, cash, tables::cash))
}

/// Where the money of a pool comes from and where it goes: which funders pay for what was spent, what it was for, and
/// which providers it was spent with by agreement. Each step comes to the spend of the position.
#[utoipa::path(operation_id = "flows.get", tag = "Pools", params(("id" = uuid::Uuid, Path), Asked),
    responses((status = 200, content((Flows = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/flows")]
async fn flows_of_pool(
    house: House,
    id: web::Path<PoolId>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let id = Some(id.into_inner());
    let flows = flowing::flows(&house.db, &house.ctx, id, asked.when()).await?;
    Ok(csv::or_json(&request, flows, tables::flows))
}

/// Where the money of all pools comes from and where it goes.
#[utoipa::path(operation_id = "flows.all", tag = "Pools", params(Asked),
    responses((status = 200, content((Flows = "application/json"), (String = "text/csv"))), Problems))]
#[get("/flows")]
async fn flows_of_all(
    house: House,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let flows = flowing::flows(&house.db, &house.ctx, None, asked.when()).await?;
    Ok(csv::or_json(&request, flows, tables::flows))
}

/// Which spend is told by quarter.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfAward {
    /// Only what this award pays for; of all awards unless told.
    pub(crate) award_id: Option<uuid::Uuid>,
}

/// What a pool spent and is expected to spend, quarter by quarter of financial years from April to March, capital and
/// revenue apart. The sums are the position's. A funder's officer is told of their own awards.
#[utoipa::path(operation_id = "quarters.get", tag = "Pools",
    params(("id" = uuid::Uuid, Path), OfAward, Asked),
    responses((status = 200, content((Quarters = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/quarters")]
async fn quarters_of_pool(
    house: House,
    id: web::Path<PoolId>,
    of: web::Query<OfAward>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let filter = QuartersFilter {
        pool: Some(id.into_inner()),
        award: of.award_id.map(AwardId),
    };
    let quarters = by_quarter::quarters(&house.db, &house.ctx, filter, asked.when()).await?;
    Ok(csv::or_json(&request, quarters, tables::quarters))
}

/// What all pools spent and are expected to spend, quarter by quarter.
#[utoipa::path(operation_id = "quarters.all", tag = "Pools", params(OfAward, Asked),
    responses((status = 200, content((Quarters = "application/json"), (String = "text/csv"))), Problems))]
#[get("/quarters")]
async fn quarters_of_all(
    house: House,
    of: web::Query<OfAward>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let filter = QuartersFilter {
        pool: None,
        award: of.award_id.map(AwardId),
    };
    let quarters = by_quarter::quarters(&house.db, &house.ctx, filter, asked.when()).await?;
    Ok(csv::or_json(&request, quarters, tables::quarters))
}

/// The match that awards behind a pool require, what of it is evidenced and what is short: what is short most comes
/// first. It is told of today.
#[utoipa::path(operation_id = "match-positions.get", tag = "Pools", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((Matched = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/match")]
async fn match_of_pool(
    house: House,
    id: web::Path<PoolId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let matched = matching::matched(&house.db, &house.ctx, Some(id.into_inner())).await?;
    Ok(csv::or_json(&request, matched, tables::matched))
}

/// The match that all awards require, what of it is evidenced and what is short.
#[utoipa::path(operation_id = "match-positions.all", tag = "Pools",
    responses((status = 200, content((Matched = "application/json"), (String = "text/csv"))), Problems))]
#[get("/match")]
async fn match_of_all(house: House, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let matched = matching::matched(&house.db, &house.ctx, None).await?;
    Ok(csv::or_json(&request, matched, tables::matched))
}

/// An award from its first month to its last: what it paid so far, what is promised and forecast from today, against
/// what it may pay. The sums are the position's of all pools. A funder's officer gets it of their own awards.
#[utoipa::path(operation_id = "award-burn-up.get", tag = "Awards", params(("id" = uuid::Uuid, Path), Asked),
    responses((status = 200, content((BurnUp = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/burn-up")]
async fn burn_up(
    house: House,
    id: web::Path<AwardId>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let seen = burning::burn_up(&house.db, &house.ctx, id.into_inner(), asked.when()).await?;
    Ok(csv::or_json(&request, seen, tables::burn_up))
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
