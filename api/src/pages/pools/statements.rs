//! What an award puts into a pool by award year: what was stated, stating it anew.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::awards::rules::years::YearFacts;
use domain::pools::ops::statements::{NewStatement, StatedYear, state};
use domain::pools::view::statements::{self as stated, StatementView, preview};
use domain::pools::view::{self, ContributionView, ContributionYear, PoolView};
use entity::{AwardYearId, ContributionId, PoolId, YearStanding};

use super::super::awards::amend::pool as effect;
use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong};
use super::super::form::{Field, Form, show};
use super::super::programmes::typed_date;
use super::super::{Link, PageFrame, page, see_other, words};
use super::moves::MovesPage;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

type Where = (PoolId, ContributionId);
/// A contribution's part of a year, on the pool's page.
pub(super) struct YearRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) year: String,
    pub(super) confirmed: String,
    pub(super) indicative: String,
    pub(super) pledged: String,
}

#[derive(Template)]
#[template(path = "pages/pool_contribution.html")]
struct ContributionPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    pool: String,
    award: String,
    sentence: String,
    new_href: String,
    years: Vec<YearRow>,
    rows: Vec<Row>,
}

struct Row {
    on: String,
    by: String,
    before: String,
    agreed: String,
    years: String,
    why: String,
}

fn year_of(from: chrono::NaiveDate, to: chrono::NaiveDate) -> String {
    format!("{} to {}", words::month(from), words::month(to))
}

fn amount(pence: Money) -> String {
    if pence == Money::ZERO {
        String::new()
    } else {
        pence.in_full()
    }
}

fn path_of(pool: PoolId, id: ContributionId) -> String {
    format!("/pools/{pool}/contributions/{id}")
}

/// What is put in by award year, contribution by contribution.
pub(super) fn rows(pool: &PoolView) -> Vec<YearRow> {
    pool.contributions
        .iter()
        .flat_map(|part| of_part(pool.summary.id, part))
        .collect()
}

fn of_part(pool: PoolId, part: &ContributionView) -> Vec<YearRow> {
    let href = path_of(pool, part.id);
    if part.years.is_empty() {
        return vec![YearRow {
            name: part.award.clone(),
            href,
            year: "Not said by year".to_owned(),
            confirmed: part.agreed_pence.in_full(),
            indicative: String::new(),
            pledged: String::new(),
        }];
    }
    let row = |year: &ContributionYear| YearRow {
        name: part.award.clone(),
        href: href.clone(),
        year: year_of(year.starts_on, year.ends_on),
        confirmed: amount(year.confirmed_pence),
        indicative: amount(year.indicative_pence),
        pledged: amount(year.pledged_pence),
    };
    part.years.iter().map(row).collect()
}

/// Confirmed, indicative and pledged in all, in a sentence.
pub(super) fn sentence(parts: &[ContributionView]) -> String {
    let years = || parts.iter().flat_map(|part| &part.years);
    let sum = |of: fn(&ContributionYear) -> Money| Money::sum(years().map(of)).unwrap_or_default();
    let whole = parts.iter().filter(|part| part.years.is_empty());
    let whole = Money::sum(whole.map(|part| part.agreed_pence)).unwrap_or_default();
    let mut said = vec![format!(
        "{} is confirmed",
        sum(|year| year.confirmed_pence).in_words()
    )];
    for (more, words) in [
        (
            sum(|year| year.indicative_pence),
            "is of years that funders have not confirmed yet",
        ),
        (
            sum(|year| year.pledged_pence),
            "is pledged and pays for nothing yet",
        ),
        (whole, "is agreed and not said by year"),
    ] {
        if more > Money::ZERO {
            said.push(format!("{} {words}", more.in_words()));
        }
    }
    format!("{}.", said.join("; "))
}

async fn found(house: &House, (pool, id): Where) -> Result<(PoolView, ContributionView), Fault> {
    let pool = view::one(&house.db, &house.ctx, pool).await?;
    let part = pool
        .contributions
        .iter()
        .find(|part| part.id == id)
        .cloned()
        .ok_or(domain::Error::NotFound)?;
    Ok((pool, part))
}

fn said(one: &StatementView) -> String {
    let years: Vec<String> = one
        .years
        .iter()
        .map(|year| {
            let agreed = year.confirmed_pence.plus(year.indicative_pence);
            let agreed = agreed.unwrap_or_default().in_full();
            let year_name = year_of(year.starts_on, year.ends_on);
            if year.pledged_pence == Money::ZERO {
                format!("{year_name}: {agreed}")
            } else {
                format!(
                    "{year_name}: {agreed}, and {} pledged",
                    year.pledged_pence.in_full()
                )
            }
        })
        .collect();
    years.join("; ")
}

fn row(one: &StatementView) -> Row {
    Row {
        on: words::day(one.agreed_on),
        by: format!("{} ({})", one.agreed_by, one.reference),
        before: one.agreed_before_pence.in_full(),
        agreed: one.agreed_pence.in_full(),
        years: said(one),
        why: one.reason.clone(),
    }
}

fn crumbs(pool: &PoolView) -> Vec<Link> {
    vec![
        Link::new("Pools", "/pools"),
        Link::new(
            pool.summary.name.clone(),
            format!("/pools/{}", pool.summary.id),
        ),
    ]
}

pub async fn list(house: House, path: web::Path<Where>) -> Result<HttpResponse, Fault> {
    let at = path.into_inner();
    let (pool, part) = found(&house, at).await?;
    let told = stated::of_contribution(&house.db, &house.ctx, at.0, at.1).await?;
    let may = house.ctx.require(Operation::StateContribution).is_ok();
    page(&ContributionPage {
        page: PageFrame::of(&house, "What it puts in by year").await?,
        crumbs: crumbs(&pool),
        sentence: sentence(std::slice::from_ref(&part)),
        new_href: if may {
            format!("{}/statements/new", path_of(at.0, at.1))
        } else {
            String::new()
        },
        years: of_part(at.0, &part),
        rows: told.iter().map(row).collect(),
        pool: pool.summary.name,
        award: part.award,
    })
}

fn names(year: AwardYearId) -> (String, String) {
    (format!("agreed_{year}"), format!("pledged_{year}"))
}

fn form(pool: &PoolView, part: &ContributionView, years: &[YearFacts]) -> Form {
    let at = path_of(pool.summary.id, part.id);
    let mut fields = Vec::new();
    for one in years {
        let (agreed, pledged) = names(one.id);
        let year = year_of(one.starts_on, one.ends_on);
        let firm = match one.standing {
            YearStanding::Confirmed => "confirmed",
            YearStanding::Indicative => "not confirmed by the funder yet",
        };
        fields.push(Field::heading(&year));
        fields.push(
            Field::money(&agreed, &format!("Agreed of {year}"))
                .hint(&format!("The year holds {}, {firm}.", one.amount.in_full())),
        );
        fields.push(
            Field::money(&pledged, &format!("Pledged of {year}, and not agreed yet"))
                .hint("It pays for nothing until it is agreed. Leave it empty if there is none."),
        );
    }
    fields.extend([
        Field::heading("Who agreed"),
        Field::text("agreed_by", "Who agreed it?").hint("For example: Trustee Board"),
        Field::date("agreed_on", "On which day?"),
        Field::text("reference", "Where is that written?").hint("For example: minute 4"),
        Field::area("reason", "Why?"),
    ]);
    Form {
        back: Link::new("What it puts in by year", at.clone()),
        heading: "State by year what it puts in".to_owned(),
        lead: format!(
            "{} puts {} into {} today. Say all of it anew; you see what it does before it is recorded.",
            part.award,
            part.agreed_pence.in_full(),
            pool.summary.name
        ),
        action: format!("{at}/statements"),
        hidden: vec![("version".to_owned(), pool.summary.version.to_string())],
        fields,
        button: "See what it does".to_owned(),
        grave: false,
    }
}

pub async fn new(house: House, path: web::Path<Where>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StateContribution)?;
    let at = path.into_inner();
    let (pool, part) = found(&house, at).await?;
    let years = stated::years(&house.db, &house.ctx, at.0, at.1).await?;
    let mut typed = Fields::default().with("agreed_on", typed_date(house.ctx.today()));
    for year in &part.years {
        let (agreed, pledged) = names(year.year_id);
        let of_year = year.confirmed_pence.plus(year.indicative_pence);
        typed = typed.with(&agreed, of_year.unwrap_or_default().as_typed());
        if year.pledged_pence > Money::ZERO {
            typed = typed.with(&pledged, year.pledged_pence.as_typed());
        }
    }
    show(
        &house,
        form(&pool, &part, &years),
        &typed,
        &Wrong::default(),
    )
    .await
}

fn read(years: &[YearFacts], fields: &Fields, wrong: &mut Wrong) -> Option<NewStatement> {
    let years = years
        .iter()
        .map(|year| {
            let (agreed, pledged) = names(year.id);
            StatedYear {
                year_id: year.id,
                agreed_pence: wrong.some_money(fields, &agreed).unwrap_or_default(),
                pledged_pence: wrong.some_money(fields, &pledged).unwrap_or_default(),
            }
        })
        .collect();
    let agreed_on = wrong.date(fields, "agreed_on");
    wrong.need(
        fields,
        &[
            ("agreed_by", "Say who agreed it."),
            ("reference", "Say where that is written."),
            ("reason", "Say why."),
        ],
    );
    Some(NewStatement {
        years,
        agreed_by: fields.text("agreed_by"),
        agreed_on,
        reference: fields.text("reference"),
        reason: fields.text("reason"),
    })
    .filter(|_| wrong.is_empty())
}

/// A complaint of the domain, put where the page asks.
fn placed(error: domain::Error, years: &[YearFacts]) -> domain::Error {
    let domain::Error::Invalid(mut found) = error else {
        return error;
    };
    for one in &mut found {
        let Some(rest) = one.pointer.strip_prefix("/years") else {
            continue;
        };
        let at = rest.trim_start_matches('/').split('/').next();
        let at = at.and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
        if let Some(year) = years.get(at) {
            one.pointer = format!("/{}", names(year.id).0);
        }
    }
    domain::Error::Invalid(found)
}

pub async fn record(
    house: House,
    path: web::Path<Where>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StateContribution)?;
    let at = path.into_inner();
    let (pool, part) = found(&house, at).await?;
    let years = stated::years(&house.db, &house.ctx, at.0, at.1).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = read(&years, &fields, &mut wrong);
    if let Some(new) = new
        && fields.some("back").is_none()
    {
        let (db, ctx) = (&house.db, &house.ctx);
        if fields.some("confirm").is_some() {
            let expected = fields.version();
            match state(db, ctx, at.0, at.1, expected, &new).await {
                Ok(_) => return Ok(see_other(&path_of(at.0, at.1))),
                Err(error) => wrong.take(placed(error, &years))?,
            }
        } else {
            match preview(db, ctx, at.0, at.1, &new).await {
                Ok(seen) => {
                    let mut crumbs = crumbs(&pool);
                    crumbs.push(Link::new(part.award.clone(), path_of(at.0, at.1)));
                    return page(&MovesPage {
                        page: PageFrame::of(&house, "What the statement does").await?,
                        crumbs,
                        heading: "What the statement does",
                        sentence: format!(
                            "{} puts {} into the pool today, and would put in {}.",
                            part.award,
                            seen.agreed_before_pence.in_full(),
                            seen.agreed_after_pence.in_full()
                        ),
                        heeds: Vec::new(),
                        says: "What is pledged, and what a funder has not confirmed, pays for nothing."
                            .to_owned(),
                        pool: effect(&seen.effect),
                        action: format!("{}/statements", path_of(at.0, at.1)),
                        hidden: fields
                            .0
                            .iter()
                            .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back"))
                            .cloned()
                            .collect(),
                        kept: "A statement stays in the record. To change it, state it anew.",
                        button: "Record this statement",
                    });
                }
                Err(error) => wrong.take(placed(error, &years))?,
            }
        }
    }
    show(&house, form(&pool, &part, &years), &fields, &wrong).await
}
