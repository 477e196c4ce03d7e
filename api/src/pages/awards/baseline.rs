//! The spend that must be kept up beside an award: is it, and what is it made of?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::awards;
use domain::baselines::rules::State;
use domain::baselines::view::{self, BaselinePart, BaselineView, BaselineYear};
use entity::AwardId;

use super::super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};
use crate::json::tables;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/awards/{id}/baseline").route(web::get().to(look)))
        .service(web::resource("/awards/{id}/baseline.csv").route(web::get().to(file)));
}

/// The year that is spoken of: the one that runs, or else the last that began.
fn current(seen: &BaselineView, today: chrono::NaiveDate) -> Option<&BaselineYear> {
    seen.years
        .iter()
        .rfind(|year| year.from_on <= today)
        .or(seen.years.first())
}

/// What is to be kept up this year, as a sentence on the award's page.
pub async fn heed(house: &House, id: AwardId) -> Result<Option<String>, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id).await?;
    Ok(current(&seen, house.ctx.today()).map(|year| said(&seen, year)))
}

fn said(seen: &BaselineView, year: &BaselineYear) -> String {
    format!(
        "Spend to be kept up ({}): {}",
        seen.of_what.trim_end_matches('.'),
        year.sentence
    )
}

#[derive(Template)]
#[template(path = "pages/award_baseline.html")]
struct BaselinePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    sentence: String,
    over: String,
    years: Vec<Year>,
    downloads: Vec<Link>,
}

struct Year {
    name: String,
    sentence: String,
    state: &'static str,
    kind: &'static str,
    spent: String,
    paid: String,
    counted: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    href: String,
    spent: String,
    paid: String,
    paid_href: String,
    counted: String,
}

const fn state(state: State) -> (&'static str, &'static str) {
    match state {
        State::ToCome => ("To come", "off"),
        State::Kept => ("Kept", "done"),
        State::OnCourse => ("On course", "doing"),
        State::Behind => ("Behind", "waiting"),
        State::Short => ("Short", "late"),
    }
}

fn list(names: &[String], every: &str) -> String {
    if names.is_empty() {
        every.to_owned()
    } else {
        names.join(", ")
    }
}

async fn look(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let seen = view::of_award(&house.db, &house.ctx, id).await?;
    let award = awards::view::one(&house.db, &house.ctx, id).await?.summary;
    let may_see_lines = house.ctx.require(Operation::ReadSpend).is_ok();
    let sentence = match (current(&seen, house.ctx.today()), seen.yearly_pence) {
        (Some(year), _) => year.sentence.clone(),
        (None, Some(amount)) if seen.is_measured => format!(
            "{} must be kept up in each year, and no year of it begins while the award runs.",
            amount.in_full()
        ),
        (None, Some(amount)) => format!(
            "{} must be kept up in each year. It is kept as a term: that spend is not measured here.",
            amount.in_full()
        ),
        (None, None) => "The award does not ask that other spend is kept up.".to_owned(),
    };
    let over = if seen.is_measured {
        format!(
            "What counts is the spend of {}, of {}, but for what this award itself pays for.",
            list(&seen.pools, "every pool"),
            list(&seen.categories, "every cost category")
        )
    } else {
        String::new()
    };
    let has_parts = seen.years.iter().any(|year| !year.parts.is_empty());
    page(&BaselinePage {
        page: PageFrame::of(&house, "Spend to be kept up").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.title.clone(), format!("/awards/{id}")),
        ],
        sentence,
        over: match (seen.of_what.is_empty(), over.is_empty()) {
            (true, _) => over,
            (false, true) => seen.of_what.clone(),
            (false, false) => format!("{}. {over}", seen.of_what.trim_end_matches('.')),
        },
        years: seen
            .years
            .iter()
            .rev()
            .map(|one| year(id, one, may_see_lines))
            .collect(),
        downloads: if has_parts {
            vec![Link::new(
                "Download this working as CSV",
                format!("/awards/{id}/baseline.csv"),
            )]
        } else {
            Vec::new()
        },
        award: award.title,
    })
}

fn year(award: AwardId, one: &BaselineYear, may_see_lines: bool) -> Year {
    let (state, kind) = state(one.state);
    Year {
        name: format!("{} to {}", words::day(one.from_on), words::day(one.to_on)),
        sentence: one.sentence.clone(),
        state,
        kind,
        spent: one.spent_pence.in_full(),
        paid: one.paid_by_award_pence.in_full(),
        counted: one.counted_pence.in_full(),
        rows: one
            .parts
            .iter()
            .map(|part| row(award, one, part, may_see_lines))
            .collect(),
    }
}

fn row(award: AwardId, year: &BaselineYear, part: &BaselinePart, may_see_lines: bool) -> Row {
    let href = format!(
        "/spend?pool={}&category={}&from={}&to={}",
        part.pool_id, part.category_id, year.from_on, year.to_on
    );
    let paid_href = format!("{href}&award={award}");
    let seen = |href: String| if may_see_lines { href } else { String::new() };
    Row {
        name: format!("{}, {}", part.pool, part.category),
        href: seen(href),
        spent: part.spent_pence.in_full(),
        paid: part.paid_by_award_pence.in_full(),
        paid_href: seen(paid_href),
        counted: part.counted_pence.in_full(),
    }
}

async fn file(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(tables::baseline(seen.years))
}
