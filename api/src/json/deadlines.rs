//! Deadlines, and what needs somebody now.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::deadlines::view;
use domain::returns::view as returns;
use entity::{ApplicationId, AwardId, DeadlineKind};
use serde::Deserialize;

use super::{csv, tables};
use crate::http::{Fault, House, Ordered, Problems, Sorted};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(today);
}

/// Which deadlines.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those of this award.
    award_id: Option<uuid::Uuid>,
    /// Only those of this application.
    application_id: Option<uuid::Uuid>,
    /// Only those of this kind.
    #[param(value_type = Option<DeadlineKind>)]
    kind: Option<DeadlineKind>,
    /// Only those that are still open.
    #[serde(default)]
    open: bool,
    /// Only those due on or after this London date.
    from: Option<chrono::NaiveDate>,
    /// Only those due on or before this London date.
    until: Option<chrono::NaiveDate>,
    /// In which order: `due_at` (the earliest first) unless told, or `-due_at`.
    #[serde(default)]
    #[param(value_type = Option<view::DeadlineOrder>)]
    sort: view::DeadlineOrder,
}

/// Deadlines, in an order; as CSV all at once.
#[utoipa::path(operation_id = "deadlines.list", tag = "Deadlines", params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<view::DeadlineView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/deadlines")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let wanted = view::Wanted {
        award: narrow.award_id.map(AwardId),
        application: narrow.application_id.map(ApplicationId),
        kind: narrow.kind,
        open_only: narrow.open,
        from: narrow.from,
        until: narrow.until,
        order: narrow.sort,
    };
    if csv::is_wanted(&request) {
        let all = view::list(&house.db, &house.ctx, wanted, None, csv::MOST).await?;
        return Ok(tables::deadlines(all.items));
    }
    let page = view::list(&house.db, &house.ctx, wanted, after, limit).await?;
    Ok(Ordered::reply(page, &request))
}

/// What is overdue, what is due in the next six weeks, and what of it waits for the reader.
#[utoipa::path(operation_id = "today.get", tag = "Deadlines",
    responses((status = 200, body = returns::Today), Problems))]
#[get("/today")]
async fn today(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(returns::today(&house.db, &house.ctx).await?))
}
