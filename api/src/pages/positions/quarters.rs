//! Quarter by quarter: what was spent, what is still expected, of capital and of revenue?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::view::When;
use domain::positions::view::quarters::{
    self as by_quarter, QuarterFigures, Quarters, QuartersFilter,
};
use entity::PoolId;

use super::super::fields::{Fields, Wrong, id};
use super::super::spend::parts::Choice;
use super::super::{Link, PageFrame, page, words};
use super::position::asked;
use super::{Query, with};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/quarters.html")]
struct QuartersPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    above: String,
    sentence: String,
    action: String,
    filter_award: Vec<Choice>,
    as_of: String,
    as_of_error: String,
    note: String,
    /// Which columns there are: what no award pays for, what is expected, and what of that nobody can pay.
    not_covered: bool,
    now: bool,
    nobody: bool,
    told: bool,
    /// Awards whose forecast is not counted.
    left_out: Vec<Link>,
    rows: Vec<Row>,
    total: Row,
    downloads: Vec<Link>,
}

struct Row {
    name: String,
    about: String,
    revenue: String,
    capital: String,
    not_covered: String,
    not_covered_href: String,
    promised: String,
    nobody: String,
    forecast_revenue: String,
    forecast_capital: String,
    together: String,
}

fn read_of(pool: Option<PoolId>, fields: &Fields) -> (QuartersFilter, When, Wrong) {
    let (when, wrong) = asked(fields);
    let filter = QuartersFilter {
        pool,
        award: fields.some("award").and_then(id),
    };
    (filter, when, wrong)
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

async fn file(house: &House, pool: Option<PoolId>, query: Query) -> Result<HttpResponse, Fault> {
    let (filter, when, _) = read_of(pool, &Fields(query.into_inner()));
    let quarters = by_quarter::quarters(&house.db, &house.ctx, filter, when).await?;
    Ok(tables::quarters(quarters))
}

pub async fn download_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    file(&house, None, query).await
}

pub async fn download(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    file(&house, Some(id.into_inner()), query).await
}

async fn show(house: &House, pool: Option<PoolId>, fields: Fields) -> Result<HttpResponse, Fault> {
    let (filter, when, wrong) = read_of(pool, &fields);
    let seen = by_quarter::quarters(&house.db, &house.ctx, filter, when).await?;
    let may = |operation| house.ctx.require(operation).is_ok();
    let inside = may(Operation::ReadFundingGrid);
    let at = |rest| super::at(pool, rest);
    let position = Link::new("Position", at("position"));
    let crumbs = match (pool, &seen.pool) {
        (Some(id), Some(name)) if inside => vec![
            Link::new("Pools", "/pools"),
            Link::new(name.clone(), format!("/pools/{id}")),
            position,
        ],
        (Some(_), _) => vec![Link::new("Today", "/"), position],
        (None, _) => vec![Link::new("Pools", "/pools"), position],
    };
    let chosen = fields.text("award");
    let mut filter_award = vec![Choice::new(
        "",
        if inside {
            "All awards"
        } else {
            "All your awards"
        },
        &chosen,
    )];
    filter_award.extend(seen.awards.iter().map(|one| {
        Choice::new(
            one.award_id.to_string(),
            format!("{} ({})", one.award, one.funder),
            &chosen,
        )
    }));
    let title = match &seen.pool {
        Some(pool) => format!("{pool}, quarter by quarter"),
        None => "Quarter by quarter".to_owned(),
    };
    let left_out = seen
        .awards
        .iter()
        .filter(|one| seen.forecast_left_out.contains(&one.award_id))
        .map(|one| Link::new(one.award.clone(), format!("/awards/{}", one.award_id)))
        .collect();
    let lines = may(Operation::ReadSpend);
    page(&QuartersPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        errors: wrong.links(),
        above: seen.pool.clone().unwrap_or_else(|| "All pools".to_owned()),
        sentence: sentence(&seen, inside),
        action: at("quarters"),
        filter_award,
        as_of: match fields.some("as_of") {
            Some(typed) => typed.to_owned(),
            None => seen.as_of.format("%d/%m/%Y").to_string(),
        },
        as_of_error: wrong.of("as_of"),
        note: format!("As of {}", words::day(seen.as_of)),
        not_covered: seen.together.unfunded_pence.is_some(),
        now: seen.together.outstanding_pence.is_some(),
        nobody: seen
            .together
            .outstanding_unfunded_pence
            .is_some_and(|sum| sum > Money::ZERO),
        told: !inside,
        left_out,
        rows: seen
            .rows
            .iter()
            .map(|row| {
                let pool = pool.map_or(String::new(), |id| format!("&pool={id}"));
                let some = row
                    .figures
                    .unfunded_pence
                    .is_some_and(|sum| sum != Money::ZERO);
                Row {
                    about: row.of_year.clone(),
                    not_covered_href: match some && lines {
                        true => format!(
                            "/spend?state=unsettled&from={}&to={}{pool}#list",
                            row.starts_on,
                            row.ends_on.min(seen.as_of)
                        ),
                        false => String::new(),
                    },
                    ..of(row.quarter.clone(), row.figures)
                }
            })
            .collect(),
        total: of("Together".to_owned(), seen.together),
        downloads: vec![Link::new(
            "Download as CSV",
            with(&at("quarters.csv"), &fields),
        )],
    })
}

fn of(name: String, figures: QuarterFigures) -> Row {
    let some = |amount: Option<Money>| amount.map_or_else(String::new, Money::in_full);
    Row {
        name,
        about: String::new(),
        revenue: figures.attributed_revenue_pence.in_full(),
        capital: figures.attributed_capital_pence.in_full(),
        not_covered: some(figures.unfunded_pence),
        not_covered_href: String::new(),
        promised: some(figures.outstanding_pence),
        nobody: some(figures.outstanding_unfunded_pence),
        forecast_revenue: some(figures.forecast_revenue_pence),
        forecast_capital: some(figures.forecast_capital_pence),
        together: figures.together_pence.in_full(),
    }
}

fn sentence(seen: &Quarters, inside: bool) -> String {
    let of = seen.together;
    let spent = Money::sum([
        of.attributed_revenue_pence,
        of.attributed_capital_pence,
        of.unfunded_pence.unwrap_or_default(),
    ])
    .unwrap_or(Money::MAX);
    let ahead = [
        of.outstanding_pence,
        of.outstanding_unfunded_pence,
        of.forecast_revenue_pence,
        of.forecast_capital_pence,
    ];
    let ahead = Money::sum(ahead.into_iter().flatten()).unwrap_or(Money::MAX);
    let spent = match (inside, seen.award_id) {
        _ if seen.rows.is_empty() => "Nothing was spent yet.".to_owned(),
        (true, None) => format!("{} was spent.", spent.in_words()),
        (true, Some(_)) => format!("The award pays for {}.", spent.in_words()),
        (false, _) => format!("{} was spent of your awards.", spent.in_words()),
    };
    match of.outstanding_pence {
        Some(_) if ahead > Money::ZERO => {
            format!("{spent} {} more is promised or forecast.", ahead.in_words())
        }
        Some(_) if !seen.rows.is_empty() => {
            format!("{spent} Nothing more is promised or forecast.")
        }
        _ => spent,
    }
}
