//! An award's position in its funder's own budget lines, and what those are made of.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::Money;
use domain::category_maps::ops::{self, NewCategoryMap};
use domain::category_maps::view::{self, BudgetLines};
use entity::AwardId;

use super::positions::Asked;
use super::{Created, csv};
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(of_award).service(record);
}

/// An award's position in its funder's own budget lines, in all pools together: what it paid of each, and what is
/// forecast of it for the months after this one. What counts in none of them stands apart, so that all adds up to what
/// the award paid. To a funder's officer, of that funder's awards. As CSV a row for each line, and one for the rest.
#[utoipa::path(operation_id = "budget-lines.get", tag = "Awards",
    params(("id" = uuid::Uuid, Path), Asked),
    responses((status = 200, content(
        (BudgetLines = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/budget-lines")]
async fn of_award(
    house: House,
    id: web::Path<AwardId>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id.into_inner(), asked.when()).await?;
    Ok(csv::or_json(&request, seen, as_csv))
}

/// The lines as a table, for the API and for the page's download.
pub(crate) fn as_csv(seen: BudgetLines) -> HttpResponse {
    let heading = [
        "line",
        "made_of",
        "pays_for",
        "budget",
        "attributed",
        "forecast",
        "left",
    ];
    let some = |amount: Option<Money>| amount.map(Money::as_typed).unwrap_or_default();
    let rest = vec![
        String::new(),
        seen.in_no_line.categories.join("; "),
        String::new(),
        String::new(),
        seen.in_no_line.attributed_pence.as_typed(),
        some(seen.in_no_line.forecast_pence),
        String::new(),
    ];
    let rows = seen.lines.into_iter().map(|line| {
        vec![
            line.name,
            line.categories.join("; "),
            line.pays_for.slug().to_owned(),
            some(line.budget_pence),
            line.attributed_pence.as_typed(),
            some(line.forecast_pence),
            some(line.left_pence),
        ]
    });
    csv::reply("budget-lines", &heading, rows.chain([rest]))
}

/// Records the budget lines of an award as its funder has them, and the cost categories that each is made of, in place of
/// those before. The same spend counts in one line at most. It moves no money.
#[utoipa::path(operation_id = "category-maps.record", tag = "Awards", request_body = NewCategoryMap,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The award's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/category-maps")]
async fn record(
    house: House,
    id: web::Path<AwardId>,
    expected: IfMatch,
    new: Json<NewCategoryMap>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::record(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/budget-lines"),
        made,
    ))
}
