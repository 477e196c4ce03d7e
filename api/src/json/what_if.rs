//! What happens to us if a funder withdraws or pays late, a year comes to another amount, a new award arrives.

use actix_web::{HttpRequest, HttpResponse, post};
use domain::positions::view::what_if::{self, Prospect, Scenario};

use super::csv;
use crate::http::{Fault, House, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(ask);
}

/// What awards would pay then, of all spend that came and of what is promised to providers, beside what they
/// pay now, for each pool that the scenario touches; where a funder pays late, what the holder would hold month by
/// month. Changes nothing. In each pool, what other pools use of its awards stays as it is.
#[utoipa::path(operation_id = "what-ifs.ask", tag = "Pools", request_body = Scenario,
    responses((status = 200, content((Prospect = "application/json"), (String = "text/csv"))), Problems))]
#[post("/what-ifs")]
async fn ask(
    house: House,
    scenario: Json<Scenario>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let prospect = what_if::what_if(&house.db, &house.ctx, &scenario).await?;
    Ok(if csv::is_wanted(&request) {
        as_csv(prospect)
    } else {
        HttpResponse::Ok().json(prospect)
    })
}

/// A row for each award, then one for each cost category of which more or less would be covered; amounts in
/// pounds and pence.
pub fn as_csv(prospect: Prospect) -> HttpResponse {
    if !prospect.cash.is_empty() {
        return cash_as_csv(prospect);
    }
    let heading = [
        "pool",
        "what",
        "name",
        "funder",
        "attributed",
        "attributed_then",
        "promised",
        "promised_then",
        "not_covered",
        "not_covered_then",
        "more",
        "id",
    ];
    let mut rows = Vec::new();
    for pool in prospect.pools {
        let name = &pool.pool;
        rows.extend(pool.awards.into_iter().map(|award| {
            vec![
                name.clone(),
                "award".to_owned(),
                award.award,
                award.funder,
                award.attributed_pence.as_typed(),
                award.attributed_then_pence.as_typed(),
                award.outstanding_pence.as_typed(),
                award.outstanding_then_pence.as_typed(),
                String::new(),
                String::new(),
                award.more_pence.as_typed(),
                award.award_id.map_or_else(String::new, |id| id.to_string()),
            ]
        }));
        rows.extend(pool.categories.into_iter().map(|one| {
            vec![
                name.clone(),
                "cost category".to_owned(),
                one.category,
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                one.not_covered_pence.as_typed(),
                one.not_covered_then_pence.as_typed(),
                one.more_pence.as_typed(),
                one.category_id
                    .map_or_else(String::new, |id| id.to_string()),
            ]
        }));
    }
    csv::reply("what-if", &heading, rows)
}

/// A row for each month, of all awards and pools, then of the award's pool.
fn cash_as_csv(prospect: Prospect) -> HttpResponse {
    let heading = [
        "pool",
        "month",
        "more_held_pounds",
        "held_pounds",
        "held_then_pounds",
        "expected_pounds",
        "expected_then_pounds",
    ];
    let rows = prospect.cash.into_iter().flat_map(|one| {
        let name = one.pool.unwrap_or_else(|| "All".to_owned());
        one.months.into_iter().map(move |of| {
            let amounts = [
                of.more_pence,
                of.balance_pence,
                of.balance_then_pence,
                of.expected_pence,
                of.expected_then_pence,
            ];
            [name.clone(), of.month.to_string()]
                .into_iter()
                .chain(amounts.map(|amount| amount.as_typed()))
                .collect()
        })
    });
    csv::reply("what-if", &heading, rows)
}
