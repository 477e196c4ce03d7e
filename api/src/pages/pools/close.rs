//! Closing a month: asked once for all pools in which it is the next, and undone from the pool.

use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::imports;
use domain::ledger_periods::ops::{self, MonthToClose};
use domain::pools::view::{self, PoolView};
use entity::{ImportState, PoolId};

use super::super::shapes::Choice;
use super::super::{Link, PageFrame, page, see_other, words};
use super::next_to_close;
use crate::http::{Fault, House};

#[derive(Template)]
#[template(path = "pages/close_month.html")]
struct ClosePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    month: String,
    value: String,
    heed: Vec<String>,
    pools: Vec<Choice>,
    action: String,
    back: String,
}

/// Every pool with the month that is next to close in it.
async fn open_months(house: &House) -> Result<Vec<(PoolView, NaiveDate)>, Fault> {
    let mut open = Vec::new();
    for pool in view::list(&house.db, &house.ctx, None, 200).await? {
        let pool = view::one(&house.db, &house.ctx, pool.id).await?;
        if let Some(month) = next_to_close(house, &pool) {
            open.push((pool, month));
        }
    }
    Ok(open)
}

/// Where to close what is next to close: a link for each month, with the pools it is open in.
pub async fn months_to_close(house: &House) -> Result<Vec<Link>, Fault> {
    let mut months: Vec<(NaiveDate, PoolId, Vec<String>)> = Vec::new();
    for (pool, month) in open_months(house).await? {
        let name = pool.summary.name.clone();
        match months.iter_mut().find(|(other, ..)| *other == month) {
            Some((_, _, names)) => names.push(name),
            None => months.push((month, pool.summary.id, vec![name])),
        }
    }
    months.sort_by_key(|(month, ..)| *month);
    Ok(months
        .into_iter()
        .map(|(month, pool, names)| {
            Link::new(
                format!("Close {}: {}", words::month(month), names.join(", ")),
                format!("/pools/{pool}/closed-months/{month}/closing"),
            )
        })
        .collect())
}

pub async fn ask(house: &House, id: PoolId, month: NaiveDate) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ClosePeriod)?;
    let pool = view::one(&house.db, &house.ctx, id).await?;
    let named = words::month(month);
    let mut heed: Vec<String> = Vec::new();
    for state in [
        ImportState::Waiting,
        ImportState::Ready,
        ImportState::Reading,
    ] {
        let found = imports::view::imports(&house.db, &house.ctx, None, Some(state), 50).await?;
        heed.extend(
            found
                .into_iter()
                .filter(|import| import.period_from <= month && month <= import.period_to)
                .map(|import| {
                    format!(
                        "{} covers {named} and is not accepted yet: none of it counts.",
                        import.file_name
                    )
                }),
        );
    }
    let agreement = domain::agreement::view::month(&house.db, &house.ctx, month).await?;
    if agreement.to_code_pence != 0 {
        heed.push(format!(
            "{} of {named} waits to be coded: it is in no pool yet.",
            domain::Money(agreement.to_code_pence).in_full()
        ));
    }
    if agreement.stated && !agreement.agreed {
        heed.push(format!(
            "{named} is not agreed with the finance system by cost centre."
        ));
    }
    let mut pools = Vec::new();
    for (other, next) in open_months(house).await? {
        if next == month || other.summary.id == id {
            pools.push(Choice {
                selected: true,
                ..Choice::new(&other.summary.id.to_string(), &other.summary.name, "")
            });
        }
    }
    page(&ClosePage {
        page: PageFrame::of(house, &format!("Close {named}")).await?,
        crumbs: vec![
            Link::new("Pools", "/pools"),
            Link::new(pool.summary.name.clone(), format!("/pools/{id}")),
        ],
        value: month.to_string(),
        month: named,
        heed,
        pools,
        action: format!("/pools/{id}/closed-months"),
        back: format!("/pools/{id}#months"),
    })
}

/// Closes the month in the pools that were ticked; in this one if the form names none.
pub async fn close(
    house: &House,
    id: PoolId,
    typed: &[(String, String)],
) -> Result<HttpResponse, Fault> {
    let month = typed
        .iter()
        .find(|(name, _)| name == "month")
        .and_then(|(_, value)| value.parse::<NaiveDate>().ok())
        .ok_or_else(|| {
            domain::Error::invalid("/month", "not-a-month", "Name a month by its first day.")
        })?;
    let mut pools: Vec<PoolId> = typed
        .iter()
        .filter(|(name, _)| name == "pool")
        .filter_map(|(_, value)| value.parse().ok())
        .map(PoolId)
        .collect();
    if pools.is_empty() {
        // whoever was asked and ticked none wants none closed
        if typed.iter().any(|(name, _)| name == "asked") {
            return Ok(see_other(&format!("/pools/{id}#months")));
        }
        pools.push(id);
    }
    for pool in &pools {
        ops::close(&house.db, &house.ctx, *pool, MonthToClose { month }).await?;
    }
    Ok(see_other(&format!(
        "/pools/{id}?closed={month}&pools={}#months",
        pools.len()
    )))
}
