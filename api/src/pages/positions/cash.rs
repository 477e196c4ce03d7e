//! The holder's cash: what came and went month by month, and when is least of it held?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::view::cash::{self as holding, Cash, CashOfAward};
use entity::PoolId;

use super::super::awards::Sum;
use super::super::fields::Fields;
use super::super::{Link, PageFrame, page, words};
use super::position::asked;
use super::{Query, with};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/cash.html")]
struct CashPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    above: String,
    sentence: String,
    action: String,
    as_of: String,
    as_of_error: String,
    sums: Vec<Sum>,
    /// Whether it stands today, so that something can be expected.
    now: bool,
    before: String,
    before_name: String,
    months: Vec<Month>,
    note: String,
    awards: Vec<Award>,
    left_out: Vec<Link>,
    links: Vec<Link>,
    downloads: Vec<Link>,
    award_downloads: Vec<Link>,
}

struct Month {
    name: String,
    received: String,
    expected: String,
    spent: String,
    spent_href: String,
    due: String,
    forecast: String,
    balance: String,
    /// Least is held at its end.
    lowest: bool,
}

struct Award {
    name: String,
    href: String,
    received: String,
    attributed: String,
    state: String,
    kind: &'static str,
    ahead: String,
    owed: String,
}

pub async fn of_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    show(&house, None, Fields(query.into_inner())).await
}

pub async fn of_pool(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    show(&house, Some(id.into_inner()), Fields(query.into_inner())).await
}

async fn read(house: &House, id: Option<PoolId>, query: Query) -> Result<Cash, Fault> {
    let (when, _) = asked(&Fields(query.into_inner()));
    Ok(holding::cash(&house.db, &house.ctx, id, when).await?)
}

pub async fn download_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    Ok(tables::cash(read(&house, None, query).await?))
}

pub async fn download(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    let id = Some(id.into_inner());
    Ok(tables::cash(read(&house, id, query).await?))
}

pub async fn awards_of_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    Ok(tables::cash_of_awards(read(&house, None, query).await?))
}

pub async fn awards_of(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    let id = Some(id.into_inner());
    Ok(tables::cash_of_awards(read(&house, id, query).await?))
}

async fn show(house: &House, id: Option<PoolId>, fields: Fields) -> Result<HttpResponse, Fault> {
    let (when, wrong) = asked(&fields);
    let cash = holding::cash(&house.db, &house.ctx, id, when).await?;
    let at = |rest| super::at(id, rest);
    let mut crumbs = vec![Link::new("Pools", "/pools")];
    if let (Some(id), Some(pool)) = (id, &cash.pool) {
        crumbs.push(Link::new(pool.clone(), format!("/pools/{id}")));
    }
    crumbs.push(Link::new("Position", at("position")));
    let title = match &cash.pool {
        Some(pool) => format!("Cash of {pool} by month"),
        None => "Cash by month".to_owned(),
    };
    let looks = house.ctx.require(Operation::ReadSpend).is_ok();
    let nothing = is_nothing(&cash);
    let mut links = vec![
        Link::new("What is owed, over all awards", "/owed"),
        Link::new("What if a funder pays late?", "/what-if?scenario=later"),
    ];
    if id.is_some() {
        links.push(Link::new("Cash of all awards and pools", "/cash"));
    }
    page(&CashPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        errors: wrong.links(),
        above: cash
            .pool
            .clone()
            .unwrap_or_else(|| "All awards and pools".to_owned()),
        sentence: match nothing {
            true => "Nothing came from funders, and nothing was spent.".to_owned(),
            false => sentence(&cash),
        },
        action: at("cash"),
        as_of: match fields.some("as_of") {
            Some(typed) => typed.to_owned(),
            None => cash.as_of.format("%d/%m/%Y").to_string(),
        },
        as_of_error: wrong.of("as_of"),
        sums: if nothing { Vec::new() } else { sums(&cash) },
        now: cash.lowest_month.is_some(),
        before: cash.opening_pence.in_full(),
        before_name: cash.months.first().map_or_else(String::new, |first| {
            format!("Before {}", words::month(first.month))
        }),
        months: if nothing {
            Vec::new()
        } else {
            months(&cash, looks)
        },
        note: format!("As of {}", words::day(cash.as_of)),
        awards: cash.awards.iter().map(award).collect(),
        left_out: cash
            .left_out
            .iter()
            .map(|one| Link::new(one.award.clone(), format!("/awards/{}", one.award_id)))
            .collect(),
        links,
        downloads: vec![Link::new("Download as CSV", with(&at("cash.csv"), &fields))],
        award_downloads: vec![Link::new(
            "Award by award as CSV",
            with(&at("cash/awards.csv"), &fields),
        )],
    })
}

/// Nothing came, nothing went, and nothing is known to be on its way.
fn is_nothing(cash: &Cash) -> bool {
    let balances = cash.months.iter().map(|month| month.balance_pence);
    let mut all = balances.chain([cash.opening_pence]);
    cash.awards.is_empty() && all.all(|balance| balance == Money::ZERO)
}

fn sentence(cash: &Cash) -> String {
    let held = match cash.held_pence < Money::ZERO {
        true => format!(
            "{} more was spent than came from funders.",
            opposite(cash.held_pence).in_words()
        ),
        false => format!(
            "{} that came from funders is not spent.",
            cash.held_pence.in_words()
        ),
    };
    let claimed = match cash.claimed_pence {
        Some(claimed) if claimed > Money::ZERO => format!(
            " {} more was claimed; no day is known for it, so it is not counted.",
            claimed.in_words()
        ),
        _ => String::new(),
    };
    let low = match (cash.lowest_month, cash.lowest_pence) {
        (Some(month), Some(low)) if low < Money::ZERO => format!(
            " It is lowest in {}: {} is missing then.",
            words::month(month),
            opposite(low).in_full()
        ),
        (Some(month), Some(low)) => format!(
            " It is lowest in {}: {}.",
            words::month(month),
            low.in_full()
        ),
        _ => String::new(),
    };
    format!("{held}{low}{claimed}")
}

fn opposite(amount: Money) -> Money {
    Money::ZERO.minus(amount).unwrap_or(Money::MAX)
}

fn sums(cash: &Cash) -> Vec<Sum> {
    let over = |of: fn(&CashOfAward) -> Money| Money::sum(cash.awards.iter().map(of));
    let all = [
        ("Held", Some(cash.held_pence)),
        ("At the lowest", cash.lowest_pence),
        ("Received ahead", over(|row| row.ahead_pence)),
        ("Owed to us", over(|row| row.owed_to_us_pence)),
    ];
    all.into_iter()
        .filter_map(|(label, amount)| {
            Some(Sum {
                label: label.to_owned(),
                amount: amount?.in_full(),
                href: String::new(),
                note: match label {
                    "At the lowest" => cash.lowest_month.map_or_else(String::new, words::month),
                    _ => String::new(),
                },
            })
        })
        .collect()
}

fn months(cash: &Cash, looks: bool) -> Vec<Month> {
    let pool = cash
        .pool_id
        .map_or(String::new(), |id| format!("&pool={id}"));
    cash.months
        .iter()
        .map(|of| Month {
            name: words::month(of.month),
            received: of.received_pence.in_full(),
            expected: of.expected_pence.in_full(),
            // of a pool, what awards of several pools paid is left out
            spent_href: match looks && cash.left_out.is_empty() && of.spent_pence != Money::ZERO {
                true => {
                    let last = domain::calendar::rules::last_of_month(of.month).min(cash.as_of);
                    format!("/spend?from={}&to={last}{pool}#list", of.month)
                }
                false => String::new(),
            },
            spent: of.spent_pence.in_full(),
            due: of.due_pence.in_full(),
            forecast: of.not_committed_pence.in_full(),
            balance: of.balance_pence.in_full(),
            lowest: cash.lowest_month == Some(of.month),
        })
        .collect()
}

fn award(row: &CashOfAward) -> Award {
    let (state, kind) = match (row.owed_to_us_pence, row.ahead_pence) {
        (owed, _) if owed > Money::ZERO => ("Owed to us", "late"),
        (_, ahead) if ahead > Money::ZERO => ("Received ahead", "doing"),
        _ if row.closed => ("Closed", "off"),
        _ => ("Even", "done"),
    };
    let some = |amount: Money| match amount {
        Money::ZERO => String::new(),
        amount => amount.in_full(),
    };
    Award {
        name: format!("{} ({})", row.award, row.funder),
        href: format!("/awards/{}/money", row.award_id),
        received: row.received_pence.in_full(),
        attributed: row.attributed_pence.in_full(),
        state: state.to_owned(),
        kind,
        ahead: some(row.ahead_pence),
        owed: some(row.owed_to_us_pence),
    }
}
