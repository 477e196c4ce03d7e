//! Where the money comes from and where it goes, as a picture and in tables.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::view::flows::{self as flowing, Flows};
use entity::PoolId;

use super::super::fields::Fields;
use super::super::streams::{self, Picture};
use super::super::{Link, PageFrame, page, words};
use super::position::asked;
use super::{Query, with};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/flows.html")]
struct FlowsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    above: String,
    sentence: String,
    action: String,
    as_of: String,
    as_of_error: String,
    note: String,
    picture: Option<Picture>,
    /// Who pays, for what, and by whom: none of them where nothing was spent.
    steps: Vec<Step>,
    /// Why it does not say who was paid; empty where it does.
    not_told: &'static str,
    downloads: Vec<Link>,
}

/// A step of the way, with its sum.
struct Step {
    caption: &'static str,
    from: &'static str,
    to: &'static str,
    rows: Vec<Row>,
    total: String,
}

struct Row {
    from: String,
    from_href: String,
    to: String,
    to_href: String,
    amount: String,
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
    let (when, _) = asked(&Fields(query.into_inner()));
    let seen = flowing::flows(&house.db, &house.ctx, pool, when).await?;
    Ok(tables::flows(seen))
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
    let (when, wrong) = asked(&fields);
    let seen = flowing::flows(&house.db, &house.ctx, pool, when).await?;
    let at = |rest| super::at(pool, rest);
    let mut crumbs = vec![Link::new("Pools", "/pools")];
    if let (Some(id), Some(name)) = (pool, &seen.pool) {
        crumbs.push(Link::new(name.clone(), format!("/pools/{id}")));
    }
    crumbs.push(Link::new("Position", at("position")));
    let title = match &seen.pool {
        Some(pool) => format!("Where the money of {pool} comes from and goes"),
        None => "Where the money comes from and goes".to_owned(),
    };
    page(&FlowsPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        errors: wrong.links(),
        above: seen.pool.clone().unwrap_or_else(|| "All pools".to_owned()),
        sentence: sentence(&seen),
        action: at("flows"),
        as_of: match fields.some("as_of") {
            Some(typed) => typed.to_owned(),
            None => seen.as_of.format("%d/%m/%Y").to_string(),
        },
        as_of_error: wrong.of("as_of"),
        note: format!("As of {}", words::day(seen.as_of)),
        picture: streams::picture(&seen),
        steps: steps(house, &seen),
        not_told: match seen.providers {
            Some(_) => "",
            None => {
                "What counts against agreements with providers is kept by month: choose the last day of a month, or \
                 today, to see by whom it was done."
            }
        },
        downloads: vec![Link::new(
            "Download as CSV",
            with(&at("flows.csv"), &fields),
        )],
    })
}

/// What the picture shows, in a sentence or two.
fn sentence(seen: &Flows) -> String {
    let mut funders: Vec<_> = seen
        .sources
        .iter()
        .filter_map(|one| one.funder_id)
        .collect();
    funders.sort_unstable();
    funders.dedup();
    if seen.sources.is_empty() {
        return "There is no spend to follow.".to_owned();
    }
    let spent = format!("{} was spent.", seen.spend_pence.in_words());
    let paid = match (seen.unfunded_pence > Money::ZERO, funders.len()) {
        (_, 0) => " No award pays for any of it yet.".to_owned(),
        (false, count) => format!(
            " {} pay for all of it.",
            words::count(count, "funder", "funders")
        ),
        (true, count) => format!(
            " {} pay for {} of it; {} is not covered.",
            words::count(count, "funder", "funders"),
            seen.attributed_pence.in_words(),
            seen.unfunded_pence.in_words()
        ),
    };
    let paid = match funders.len() {
        1 => paid.replace(" pay ", " pays "),
        _ => paid,
    };
    let by = seen.providers.as_ref().map(|all| {
        let of: Vec<_> = all.iter().filter(|one| one.provider_id.is_some()).collect();
        let mut who: Vec<_> = of.iter().filter_map(|one| one.provider_id).collect();
        who.sort_unstable();
        who.dedup();
        let sum = Money::sum(of.iter().map(|one| one.amount_pence)).unwrap_or_default();
        match who.len() {
            0 => " None of it counts against an agreement with a provider.".to_owned(),
            count => format!(
                " {} of it counts against agreements with {}.",
                sum.in_words(),
                words::count(count, "provider", "providers")
            ),
        }
    });
    format!("{spent}{paid}{}", by.unwrap_or_default())
}

fn steps(house: &House, seen: &Flows) -> Vec<Step> {
    if seen.sources.is_empty() && seen.purposes.is_empty() {
        return Vec::new();
    }
    let total = seen.spend_pence.in_full();
    let may = |operation| house.ctx.require(operation).is_ok();
    let looks = may(Operation::ReadSpend);
    let as_of = seen.as_of;
    let sources = seen.sources.iter().map(|one| Row {
        from: match one.funder_id {
            Some(_) => one.funder.clone(),
            None => "Not covered: no award pays for it".to_owned(),
        },
        from_href: match one.funder_id {
            Some(id) => format!("/organisations/{id}"),
            None if looks => format!(
                "/spend?pool={}&state=unsettled&to={as_of}#list",
                one.pool_id
            ),
            None => String::new(),
        },
        to: one.pool.clone(),
        to_href: format!("/pools/{}", one.pool_id),
        amount: one.amount_pence.in_full(),
    });
    let purposes = seen.purposes.iter().map(|one| Row {
        from: one.pool.clone(),
        from_href: format!("/pools/{}", one.pool_id),
        to: purpose(&one.purpose, one.allocation_id.is_some()),
        to_href: String::new(),
        amount: one.amount_pence.in_full(),
    });
    let mut steps = vec![
        Step {
            caption: "Who pays",
            from: "Funder",
            to: "Pool",
            rows: sources.collect(),
            total: total.clone(),
        },
        Step {
            caption: "What it was for",
            from: "Pool",
            to: "For",
            rows: purposes.collect(),
            total: total.clone(),
        },
    ];
    if let Some(all) = &seen.providers {
        let rows = all.iter().map(|one| Row {
            from: purpose(&one.purpose, one.allocation_id.is_some()),
            from_href: String::new(),
            to: match one.provider_id {
                Some(_) => one.provider.clone(),
                None => "Under no agreement".to_owned(),
            },
            to_href: one
                .provider_id
                .map_or_else(String::new, |id| format!("/organisations/{id}")),
            amount: one.amount_pence.in_full(),
        });
        steps.push(Step {
            caption: "By whom it was done",
            from: "For",
            to: "Provider",
            rows: rows.collect(),
            total,
        });
    }
    steps
}

/// What spend was for: what both boards decided says so.
fn purpose(name: &str, decided: bool) -> String {
    match decided {
        true => format!("{name} (decided by both boards)"),
        false => name.to_owned(),
    }
}
