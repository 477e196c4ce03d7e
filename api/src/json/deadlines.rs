//! Deadlines, and what needs somebody now.

use actix_web::{HttpResponse, get, web};
use domain::deadlines::view;
use domain::returns::view as returns;
use entity::AwardId;
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::{Fault, House, Paging, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(today);
}

/// Which deadlines.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those of this award.
    award_id: Option<uuid::Uuid>,
    /// Only those that are still open.
    #[serde(default)]
    open: bool,
    /// Only those due on or before this London date.
    until: Option<chrono::NaiveDate>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
}

/// Deadlines, the earliest first. Ask for what comes later by an award or a date.
#[utoipa::path(operation_id = "deadlines.list", tag = "Deadlines", params(Narrow),
    responses((status = 200, body = Vec<view::DeadlineView>), Problems))]
#[get("/deadlines")]
async fn list(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let limit = Paging {
        after: None,
        limit: narrow.limit,
    }
    .limit()?;
    let wanted = view::Wanted {
        award: narrow.award_id.map(AwardId),
        open_only: narrow.open,
        until: narrow.until,
    };
    let deadlines = view::list(&house.db, &house.ctx, wanted, limit).await?;
    Ok(HttpResponse::Ok().json(deadlines))
}

/// What is overdue, what is due in the next six weeks, and what of it waits for the reader.
#[utoipa::path(operation_id = "today.get", tag = "Deadlines",
    responses((status = 200, body = returns::Today), Problems))]
#[get("/today")]
async fn today(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(returns::today(&house.db, &house.ctx).await?))
}
