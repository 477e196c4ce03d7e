//! What changed in the position since its reader last looked: what was known then, what is known now, and why.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::ops;
use domain::positions::rules::changes::{Cause, ChangedFigure};
use domain::positions::view::changes::{
    self as changing, ChangeCause, PositionChange, PositionChanges, SinceWhat,
};
use entity::PoolId;

use super::super::fields::Fields;
use super::super::{Link, PageFrame, page, see_other, words};
use super::{Query, at};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/position_changes.html")]
struct ChangesPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    above: String,
    sentence: String,
    /// What is told at all: where the reader never looked before, nothing is.
    known: bool,
    rows: Vec<Row>,
    sums: Vec<Figure>,
    note: String,
    same: String,
    /// They see less than all: what that is.
    told: bool,
    /// Where it is marked as seen; empty for those who cannot.
    action: String,
    looked_at: String,
    downloads: Vec<Link>,
}

/// A figure of an award that changed.
struct Row {
    award: String,
    href: String,
    /// Why, said at the first of an award's figures.
    causes: Vec<Link>,
    of: Figure,
}

struct Figure {
    name: String,
    more: String,
    before: String,
    now: String,
}

pub async fn of_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    show(&house, None, since(query)).await
}

pub async fn of_pool(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    show(&house, Some(id.into_inner()), since(query)).await
}

/// Since when, where it is asked for: else since the reader last looked.
fn since(query: Query) -> Option<DateTime<Utc>> {
    instant(&Fields(query.into_inner()), "since")
}

async fn file(house: &House, pool: Option<PoolId>, query: Query) -> Result<HttpResponse, Fault> {
    let seen = changing::changes(&house.db, &house.ctx, pool, since(query)).await?;
    Ok(tables::position_changes(seen))
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

fn instant(fields: &Fields, name: &str) -> Option<DateTime<Utc>> {
    fields.some(name).and_then(|text| text.parse().ok())
}

type Typed = PageForm<Vec<(String, String)>>;

async fn mark(
    house: &House,
    pool: Option<PoolId>,
    sent: Vec<(String, String)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MarkPositionSeen)?;
    // a form without the instant at which the page was made is of now
    let looked_at = instant(&Fields(sent), "looked_at").unwrap_or_else(|| house.ctx.now());
    ops::mark_seen(&house.db, &house.ctx, pool, looked_at).await?;
    Ok(see_other(&at(pool, "position/changes")))
}

pub async fn mark_all(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    mark(&house, None, sent).await
}

pub async fn mark_pool(
    house: House,
    id: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    mark(&house, Some(id.into_inner()), sent).await
}

async fn show(
    house: &House,
    pool: Option<PoolId>,
    since: Option<DateTime<Utc>>,
) -> Result<HttpResponse, Fault> {
    let seen = changing::changes(&house.db, &house.ctx, pool, since).await?;
    let inside = house.ctx.require(Operation::ReadFundingGrid).is_ok();
    let position = Link::new("Position", at(pool, "position"));
    let crumbs = match (pool, &seen.pool) {
        (Some(id), Some(name)) if inside => vec![
            Link::new("Pools", "/pools"),
            Link::new(name.clone(), format!("/pools/{id}")),
            position,
        ],
        (Some(_), _) => vec![Link::new("Today", "/"), position],
        (None, _) => vec![Link::new("Pools", "/pools"), position],
    };
    let title = match &seen.pool {
        Some(pool) => format!("What changed in the position of {pool}"),
        None => "What changed in the position".to_owned(),
    };
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    page(&ChangesPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        above: seen.pool.clone().unwrap_or_else(|| "All pools".to_owned()),
        sentence: sentence(house, &seen),
        known: seen.since.is_some(),
        note: seen
            .since
            .map_or_else(String::new, |at| format!("Since {}", words::instant(&at))),
        rows: seen
            .rows
            .iter()
            .flat_map(|row| rows(row, house, pool, inside))
            .collect(),
        sums: sums(&seen),
        same: match (seen.rows.is_empty(), seen.same) {
            (true, _) | (_, 0) => String::new(),
            (false, n) => format!(
                "{} as before.",
                words::count(n, "other award stands", "other awards stand")
            ),
        },
        told: !inside,
        action: match house.ctx.require(Operation::MarkPositionSeen) {
            Ok(()) => at(pool, "position/seen"),
            Err(_) => String::new(),
        },
        looked_at: written(seen.known_at),
        downloads: seen
            .since
            .filter(|_| !seen.rows.is_empty())
            .map(|since| {
                let query = written(since).replace('+', "%2B");
                Link::new(
                    "Download as CSV",
                    at(pool, &format!("position/changes.csv?since={query}")),
                )
            })
            .into_iter()
            .collect(),
    })
}

fn sentence(house: &House, seen: &PositionChanges) -> String {
    let Some(since) = seen.since else {
        if house.ctx.require(Operation::MarkPositionSeen).is_err() {
            return "What changed is told to those who sign in: of whoever has a link it is not known when they last \
                    looked."
                .to_owned();
        }
        return "You never looked before. Mark the position as seen, and this page tells what changes from then on."
            .to_owned();
    };
    let when = match seen.since_what {
        SinceWhat::Visit => format!("your last visit, on {}", words::instant(&since)),
        SinceWhat::Asked => words::instant(&since),
        _ => format!("you last looked, on {}", words::instant(&since)),
    };
    let covered = match (seen.fully_covered_before, seen.fully_covered) {
        (true, false) => " Not all spend is covered any more.",
        (false, true) => " All spend is covered now.",
        _ => "",
    };
    match seen.rows.len() {
        0 => format!("Nothing changed since {when}.{covered}"),
        n => format!(
            "{} since {when}.{covered}",
            words::count(n, "award changed", "awards changed")
        ),
    }
}

fn more(amount: Money) -> String {
    match amount > Money::ZERO {
        true => format!("+{}", amount.in_full()),
        false => amount.in_full(),
    }
}

fn rows(row: &PositionChange, house: &House, pool: Option<PoolId>, inside: bool) -> Vec<Row> {
    let whole = inside || row.mine;
    row.figures
        .iter()
        .enumerate()
        .map(|(at, of)| Row {
            award: format!("{} ({})", row.award, row.funder),
            href: match whole {
                true => format!("/awards/{}", row.award_id),
                false => String::new(),
            },
            causes: match at {
                0 => row
                    .causes
                    .iter()
                    .map(|one| cause(one, row, house, pool))
                    .collect(),
                _ => Vec::new(),
            },
            of: Figure {
                name: match of.figure {
                    ChangedFigure::Agreed => "Agreed",
                    ChangedFigure::Pledged => "Pledged",
                    ChangedFigure::Confirmed => "Confirmed",
                    ChangedFigure::Received => "Received",
                    ChangedFigure::Attributed => "Attributed",
                }
                .to_owned(),
                more: more(of.more_pence),
                before: of.before_pence.in_full(),
                now: of.now_pence.in_full(),
            },
        })
        .collect()
}

/// Why, with a way there where the reader may go.
fn cause(one: &ChangeCause, row: &PositionChange, house: &House, pool: Option<PoolId>) -> Link {
    let may = |operation| house.ctx.require(operation).is_ok();
    let award = row.award_id;
    let count = usize::try_from(one.count).unwrap_or(usize::MAX);
    let (one_of, many, href) = match one.kind {
        Cause::Run => (
            "attribution run",
            "attribution runs",
            match may(Operation::ReadSpend) {
                true => {
                    let pool = pool.map_or_else(String::new, |id| format!("&pool={id}"));
                    format!("/spend?award={award}{pool}#list")
                }
                false => String::new(),
            },
        ),
        Cause::Statement => (
            "statement of what it puts in",
            "statements of what it puts in",
            match (may(Operation::ReadPools), pool) {
                (true, Some(id)) => format!("/pools/{id}"),
                (true, None) => "/pools".to_owned(),
                (false, _) => String::new(),
            },
        ),
        Cause::Amendment => ("amendment", "amendments", format!("/awards/{award}")),
        Cause::Year => (
            "record of an award year",
            "records of award years",
            format!("/awards/{award}"),
        ),
        Cause::Money => (
            "entry of money in or out",
            "entries of money in or out",
            match may(Operation::ReadMoney) {
                true => format!("/awards/{award}/money"),
                false => String::new(),
            },
        ),
    };
    let what = words::count(count, one_of, many);
    Link::new(
        format!("{what}, the latest on {}", words::instant(&one.latest_at)),
        href,
    )
}

/// What it comes to in all.
fn sums(seen: &PositionChanges) -> Vec<Figure> {
    let of = |name: &str, before: Option<Money>, now: Option<Money>| {
        let (before, now) = (before?, now?);
        let difference = now.minus(before)?;
        Some(Figure {
            name: name.to_owned(),
            more: match difference {
                Money::ZERO => "None".to_owned(),
                amount => more(amount),
            },
            before: before.in_full(),
            now: now.in_full(),
        })
    };
    [
        of("Spend", seen.spend_before_pence, seen.spend_pence),
        of(
            "Not covered",
            seen.unfunded_before_pence,
            seen.unfunded_pence,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
