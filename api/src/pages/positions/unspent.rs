//! What will be unspent: how much of which award, by when, and where does it go?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::rules::unspent::Goes;
use domain::positions::view::unspent::{self as ending, AtTheEnd, Unspent, UnspentRow};
use entity::PoolId;

use super::super::awards::Sum;
use super::super::pools::balance::{At, Side, sides_at};
use super::super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/unspent.html")]
struct UnspentPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    above: String,
    sentence: String,
    sums: Vec<Sum>,
    /// The reader is told of their own money only.
    told: bool,
    rows: Vec<Row>,
    end: Option<End>,
    links: Vec<Link>,
    downloads: Vec<Link>,
}

struct Row {
    name: String,
    href: String,
    about: String,
    ends: String,
    may_pay: String,
    attributed: String,
    attributed_href: String,
    promised: String,
    forecast: String,
    forecast_href: String,
    unspent: String,
    goes: Vec<Tag>,
    act: Option<Link>,
}

struct Tag {
    text: String,
    kind: &'static str,
}

/// What the pool will leave, and its agreed rule.
struct End {
    rows: Vec<EndRow>,
    left: String,
    sides: Vec<Side>,
    balance_href: String,
    /// Some awards pay into further pools, so that their forecast is not counted.
    not_counted: bool,
}

struct EndRow {
    name: String,
    agreed: String,
    attributed: String,
    promised: String,
    forecast: String,
    left: String,
}

pub async fn of_pool(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let unspent = ending::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    show(&house, unspent).await
}

pub async fn of_all(house: House) -> Result<HttpResponse, Fault> {
    let unspent = ending::of_all(&house.db, &house.ctx).await?;
    show(&house, unspent).await
}

pub async fn download(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let unspent = ending::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tables::unspent(unspent))
}

pub async fn download_all(house: House) -> Result<HttpResponse, Fault> {
    Ok(tables::unspent(
        ending::of_all(&house.db, &house.ctx).await?,
    ))
}

async fn show(house: &House, unspent: Unspent) -> Result<HttpResponse, Fault> {
    let may = |operation| house.ctx.require(operation).is_ok();
    let inside = may(Operation::ReadFundingGrid);
    let at = |rest| super::at(unspent.pool_id, rest);
    let position = Link::new("The position: what is left today", at("position"));
    let mut links = Vec::new();
    if unspent.pool_id.is_some() && inside {
        links.push(Link::new("What will be unspent of all awards", "/unspent"));
    }
    let crumbs = match unspent.pool_id {
        Some(id) if inside => vec![
            Link::new("Pools", "/pools"),
            Link::new(
                unspent.pool.clone().unwrap_or_default(),
                format!("/pools/{id}"),
            ),
            Link::new("Position", at("position")),
        ],
        Some(_) => vec![
            Link::new("Today", "/"),
            Link::new("Position", at("position")),
        ],
        None => vec![
            Link::new("Pools", "/pools"),
            Link::new("Position", at("position")),
        ],
    };
    links.push(position);
    if let Some(id) = unspent.pool_id.filter(|_| inside) {
        links.insert(
            0,
            Link::new("What would use it", format!("/pools/{id}/remedies")),
        );
    }
    let title = match &unspent.pool {
        Some(pool) => format!("What will be unspent of {pool}"),
        None => "What will be unspent".to_owned(),
    };
    page(&UnspentPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        above: unspent
            .pool
            .clone()
            .unwrap_or_else(|| "All awards".to_owned()),
        sentence: sentence(&unspent),
        sums: sums(&unspent),
        told: !inside,
        rows: unspent
            .rows
            .iter()
            .map(|one| row(one, unspent.as_of, may))
            .collect(),
        end: unspent
            .at_the_end
            .as_ref()
            .zip(unspent.pool_id)
            .map(|(end, id)| end_of(end, id)),
        links,
        downloads: vec![Link::new("Download as CSV", at("unspent.csv"))],
    })
}

fn sentence(unspent: &Unspent) -> String {
    let sums = unspent.sums;
    if unspent.rows.is_empty() {
        return "No award here has money that is still to be used.".to_owned();
    }
    let lost = sums.back_pence.plus(sums.can_be_asked_pence);
    let lost = lost.unwrap_or(Money::MAX);
    let mut said = match sums.lost_after {
        Some(on) if lost > Money::ZERO => format!(
            "If nothing changes, {} will go back unspent, the first of it after {}.",
            lost.in_words(),
            words::day(on)
        ),
        _ => "Nothing will go back unspent, if all that is promised and forecast is spent."
            .to_owned(),
    };
    if sums.can_be_asked_pence > Money::ZERO {
        said.push_str(&match sums.can_be_asked_pence == lost {
            true => {
                " All of that can be carried forward, if we ask and the funder agrees.".to_owned()
            }
            false => format!(
                " {} of that can be carried forward, if we ask and the funder agrees.",
                sums.can_be_asked_pence.in_words()
            ),
        });
    }
    if sums.asked_pence > Money::ZERO {
        said.push_str(&format!(
            " {} waits for a funder’s answer.",
            sums.asked_pence.in_words()
        ));
    }
    said
}

fn sums(unspent: &Unspent) -> Vec<Sum> {
    let sums = unspent.sums;
    [
        ("Will be unspent", sums.unspent_pence, ""),
        ("Goes back", sums.back_pence, ""),
        ("Goes back unless we ask", sums.can_be_asked_pence, ""),
        ("Asked, and not answered", sums.asked_pence, ""),
        ("Stays with us", sums.stays_pence, ""),
        (
            "Lost within six months",
            sums.lost_soon_pence,
            "if nothing is done",
        ),
    ]
    .into_iter()
    .enumerate()
    .filter(|(at, (_, amount, _))| *at == 0 || *amount != Money::ZERO)
    .map(|(_, (label, amount, note))| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: String::new(),
        note: note.to_owned(),
    })
    .filter(|_| !unspent.rows.is_empty())
    .collect()
}

/// Where it goes, with its tag's kind.
const fn goes(to: Goes) -> (&'static str, &'static str) {
    match to {
        Goes::Back => ("Goes back", "wrong"),
        Goes::CanBeAsked => ("Goes back unless we ask", "late"),
        Goes::Asked => ("Waits for the funder", "waiting"),
        Goes::CarriedForward => ("Carried forward", "done"),
        Goes::Stays => ("Stays with us", "off"),
    }
}

fn row(row: &UnspentRow, today: chrono::NaiveDate, may: impl Fn(Operation) -> bool) -> Row {
    let id = row.award_id;
    let one = row.goes.len() == 1;
    let tags = match row.goes.as_slice() {
        [] => vec![Tag {
            text: "Will be used".to_owned(),
            kind: "done",
        }],
        parts => parts
            .iter()
            .map(|part| {
                let (text, kind) = goes(part.to);
                Tag {
                    text: match one {
                        true => text.to_owned(),
                        false => format!("{}: {text}", part.amount_pence.in_full()),
                    },
                    kind,
                }
            })
            .collect(),
    };
    let asks = row.goes.iter().any(|part| part.to == Goes::CanBeAsked);
    Row {
        name: format!("{} ({})", row.award, row.funder),
        href: format!("/awards/{id}"),
        about: about(row),
        ends: match row.ends_on < today {
            true => format!("Ended {}", words::day(row.ends_on)),
            false => words::day(row.ends_on),
        },
        may_pay: row.may_pay_pence.in_full(),
        attributed: row.attributed_pence.in_full(),
        attributed_href: match may(Operation::ReadSpend) {
            true => format!(
                "/spend?award={id}&from={}&to={}#list",
                row.starts_on, row.ends_on
            ),
            false => String::new(),
        },
        promised: row.outstanding_pence.in_full(),
        forecast: row.not_committed_pence.in_full(),
        forecast_href: match may(Operation::ReadForecasts) {
            true => format!("/awards/{id}/forecasts"),
            false => String::new(),
        },
        unspent: row.unspent_pence.in_full(),
        goes: tags,
        act: (asks && may(Operation::RecordAwardYear)).then(|| {
            Link::new(
                "Record that we asked",
                format!("/awards/{id}/years/{}/agreement", row.year_id),
            )
        }),
    }
}

/// Which year it is, and what is to be known of it.
fn about(row: &UnspentRow) -> String {
    let mut about = match row.last {
        true => format!("From {}; its last year.", words::day(row.starts_on)),
        false => format!(
            "Its year from {} to {}.",
            words::day(row.starts_on),
            words::day(row.ends_on)
        ),
    };
    if row.carried_in_pence > Money::ZERO {
        about.push_str(&format!(
            " {} of it is carried in from the year before.",
            row.carried_in_pence.in_full()
        ));
    }
    if row.beyond_pence > Money::ZERO {
        about.push_str(&format!(
            " {} more is expected than it may pay.",
            row.beyond_pence.in_full()
        ));
    }
    if row.not_pooled_pence > Money::ZERO {
        about.push_str(&format!(
            " {} of the award is in no pool, so nothing can be paid with it.",
            row.not_pooled_pence.in_full()
        ));
    }
    about
}

fn end_of(end: &AtTheEnd, id: PoolId) -> End {
    End {
        rows: end
            .rows
            .iter()
            .map(|row| EndRow {
                name: row.award.clone(),
                agreed: row.agreed_pence.in_full(),
                attributed: row.attributed_pence.in_full(),
                promised: row.outstanding_pence.in_full(),
                forecast: row
                    .not_committed_pence
                    .map_or_else(|| "Not counted".to_owned(), Money::in_full),
                left: row.left_pence.in_full(),
            })
            .collect(),
        left: end.left_pence.in_full(),
        sides: sides_at(end.overspend.as_ref(), end.underspend.as_ref(), At::TheEnd),
        balance_href: format!("/pools/{id}/balance"),
        not_counted: end.rows.iter().any(|row| row.not_committed_pence.is_none()),
    }
}
