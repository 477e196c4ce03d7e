//! Match: what do awards require, what of it is evidenced, what is short?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::view::matched::{self as matching, Matched};
use entity::PoolId;

use super::super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/match_positions.html")]
struct MatchPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    above: String,
    sentence: String,
    rows: Vec<Row>,
    total: Row,
    downloads: Vec<Link>,
}

struct Row {
    name: String,
    href: String,
    about: String,
    required: String,
    evidenced: String,
    evidenced_href: String,
    not_in_writing: String,
    short: String,
    state: &'static str,
    kind: &'static str,
}

pub async fn of_all(house: House) -> Result<HttpResponse, Fault> {
    show(&house, None).await
}

pub async fn of_pool(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    show(&house, Some(id.into_inner())).await
}

pub async fn download_all(house: House) -> Result<HttpResponse, Fault> {
    let matched = matching::matched(&house.db, &house.ctx, None).await?;
    Ok(tables::matched(matched))
}

pub async fn download(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let matched = matching::matched(&house.db, &house.ctx, Some(id.into_inner())).await?;
    Ok(tables::matched(matched))
}

async fn show(house: &House, pool: Option<PoolId>) -> Result<HttpResponse, Fault> {
    let seen = matching::matched(&house.db, &house.ctx, pool).await?;
    let at = |rest| super::at(pool, rest);
    let mut crumbs = vec![Link::new("Pools", "/pools")];
    if let (Some(id), Some(name)) = (pool, &seen.pool) {
        crumbs.push(Link::new(name.clone(), format!("/pools/{id}")));
    }
    crumbs.push(Link::new("Position", at("position")));
    let looks = house.ctx.require(Operation::ReadMatch).is_ok();
    let title = match &seen.pool {
        Some(pool) => format!("Match of {pool}"),
        None => "Match".to_owned(),
    };
    page(&MatchPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        above: seen.pool.clone().unwrap_or_else(|| "All awards".to_owned()),
        sentence: sentence(&seen),
        rows: seen.rows.iter().map(|one| row(one, looks)).collect(),
        total: Row {
            name: "Together".to_owned(),
            href: String::new(),
            about: String::new(),
            required: seen.together.required_pence.in_full(),
            evidenced: seen.together.evidenced_pence.in_full(),
            evidenced_href: String::new(),
            not_in_writing: seen.together.not_in_writing_pence.in_full(),
            short: seen.together.short_pence.in_full(),
            state: "",
            kind: "",
        },
        downloads: vec![Link::new("Download as CSV", at("match.csv"))],
    })
}

fn row(row: &matching::MatchRow, looks: bool) -> Row {
    let figures = row.figures;
    let (state, kind) = match (figures.short_pence, figures.not_in_writing_pence) {
        (Money::ZERO, _) => ("Evidenced", "done"),
        (short, hoped) if hoped >= short => ("Not in writing yet", "waiting"),
        _ => ("Short", "wrong"),
    };
    let mut about = format!("Ends {}.", words::day(row.ends_on));
    if !row.evidenced_how.is_empty() {
        about.push_str(&format!(
            " Evidenced by: {}.",
            row.evidenced_how.trim_end_matches('.')
        ));
    }
    Row {
        name: format!("{} ({})", row.award, row.funder),
        href: format!("/awards/{}", row.award_id),
        about,
        required: figures.required_pence.in_full(),
        evidenced: figures.evidenced_pence.in_full(),
        evidenced_href: match looks {
            true => format!("/awards/{}/match", row.award_id),
            false => String::new(),
        },
        not_in_writing: figures.not_in_writing_pence.in_full(),
        short: figures.short_pence.in_full(),
        state,
        kind,
    }
}

fn sentence(seen: &Matched) -> String {
    if seen.rows.is_empty() {
        return match seen.require_none {
            0 => "There is no award here that is not closed.".to_owned(),
            _ => "No award here requires match.".to_owned(),
        };
    }
    let of = seen.together;
    let required = format!(
        "{} {} match of {}",
        words::count(seen.rows.len(), "award", "awards"),
        if seen.rows.len() == 1 {
            "requires"
        } else {
            "require"
        },
        of.required_pence.in_words()
    );
    match of.short_pence {
        Money::ZERO => format!("{required}, and all of it is evidenced."),
        short => format!(
            "{required}. {} of it is not evidenced yet.",
            short.in_words()
        ),
    }
}
