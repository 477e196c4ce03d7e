//! What we expect beside an award: a grid of forecasts, and somebody else's match.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{Datelike, NaiveDate};
use domain::access::rules::Operation;
use domain::calendar::rules::months_of;
use domain::forecasts::ops::{NewForecast, NewForecasts};
use domain::forecasts::view::{Grid, GridLine};
use domain::matching::ops::{NewMatch, NewMatches};
use domain::matching::view::MatchView;
use domain::{Error, Money, awards, forecasts, matching};
use entity::{AwardId, OrganisationKind};
use serde::Deserialize;

use super::awards::form::Typed;
use super::chart::kinds;
use super::fields::{self, Fields, Wrong};
use super::form::{Choice, Field, Form, show};
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::expectations::{forecasts_csv, match_csv};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/forecasts")
                .route(web::get().to(grid))
                .route(web::post().to(enter)),
        )
        .service(web::resource("/awards/{id}/forecasts.csv").route(web::get().to(forecasts_file)))
        .service(
            web::resource("/awards/{id}/match")
                .route(web::get().to(list))
                .route(web::post().to(record)),
        )
        .service(web::resource("/awards/{id}/match.csv").route(web::get().to(match_file)))
        .service(web::resource("/awards/{id}/match/new").route(web::get().to(new_match)));
}

#[derive(Template)]
#[template(path = "pages/forecasts.html")]
struct ForecastsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    sentence: String,
    errors: Vec<Link>,
    years: Vec<Year>,
    action: String,
    state: String,
    shown: String,
    may_enter: bool,
    months: Vec<String>,
    lines: Vec<Line>,
    totals: Vec<String>,
    downloads: Vec<Link>,
}

impl ForecastsPage {
    /// Whether there is a year to go to.
    fn leads_elsewhere(&self) -> bool {
        self.years.iter().any(|year| !year.current)
    }
}

struct Year {
    text: String,
    href: String,
    current: bool,
}

struct Line {
    name: String,
    cells: Vec<Cell>,
}

struct Cell {
    name: String,
    label: String,
    value: String,
    error: bool,
    /// What stood before, and what was spent.
    beside: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Shown {
    /// The first month shown.
    from: Option<NaiveDate>,
}

/// The award's months in years of its own: twelve from each anniversary of its start.
fn years(months: &[NaiveDate]) -> impl Iterator<Item = &[NaiveDate]> {
    months.chunks(12)
}

/// The months of a year from the one that is asked for, else from this month: what is past is
/// forecast no more. Else the first year.
fn year_shown(months: &[NaiveDate], from: Option<NaiveDate>, today: NaiveDate) -> &[NaiveDate] {
    let begins = from.or(today.with_day(1)).unwrap_or(today);
    years(months)
        .find_map(|year| {
            let at = year.iter().position(|month| *month == begins)?;
            year.get(at..)
        })
        .or_else(|| years(months).next())
        .unwrap_or_default()
}

async fn grid(
    house: House,
    id: web::Path<AwardId>,
    query: web::Query<Shown>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let grid = forecasts::view::grid(&house.db, &house.ctx, id).await?;
    show_grid(&house, id, &grid, query.from, None, &Wrong::default()).await
}

fn cell_name(line: &GridLine, month: NaiveDate) -> String {
    format!(
        "{}.{}.{}",
        line.category
            .as_ref()
            .map_or_else(|| "any".to_owned(), |category| category.id.to_string()),
        if line.capital { "capital" } else { "revenue" },
        month.format("%Y-%m")
    )
}

fn line_name(line: &GridLine) -> String {
    format!(
        "{}, {}",
        line.category
            .as_ref()
            .map_or("Not by category", |category| category.name.as_str()),
        if line.capital { "capital" } else { "revenue" }
    )
}

async fn show_grid(
    house: &House,
    id: AwardId,
    grid: &Grid,
    from: Option<NaiveDate>,
    typed: Option<&Fields>,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let award = awards::view::one(&house.db, &house.ctx, id).await?.summary;
    let months = year_shown(&grid.months, from, house.ctx.today());
    let first = months.first().copied();
    let href = format!("/awards/{id}/forecasts");
    let lines = grid
        .lines
        .iter()
        .map(|line| Line {
            name: line_name(line),
            cells: months
                .iter()
                .map(|month| {
                    let name = cell_name(line, *month);
                    Cell {
                        label: format!("{}, {}", line_name(line), words::month(*month)),
                        value: match typed {
                            Some(typed) => typed.text(&name),
                            None => line
                                .amounts
                                .get(month)
                                .map(|amount| amount.as_typed())
                                .unwrap_or_default(),
                        },
                        error: !wrong.of(&name).is_empty(),
                        beside: [("Was", &line.before), ("Spent", &line.spent)]
                            .into_iter()
                            .filter_map(|(what, of)| {
                                Some(format!("{what} {}", of.get(month)?.as_typed()))
                            })
                            .collect(),
                        name,
                    }
                })
                .collect(),
        })
        .collect();
    let sum_of = |month: &NaiveDate| {
        Money::sum(
            grid.lines
                .iter()
                .filter_map(|line| line.amounts.get(month))
                .copied(),
        )
        .unwrap_or_default()
    };
    let to_come = Money::sum(
        grid.months
            .iter()
            .filter(|month| **month >= house.ctx.today().with_day(1).unwrap_or_default())
            .map(sum_of),
    )
    .unwrap_or_default();
    let sentence = if grid.lines.iter().all(|line| line.amounts.is_empty()) {
        "Nothing is forecast yet. Returns that ask what we expect take it from here.".to_owned()
    } else {
        format!(
            "{} is forecast from this month to the end; {} is left of the award.",
            to_come.in_words(),
            award.left_pence.in_words()
        )
    };
    let title = if wrong.is_empty() {
        "Forecasts"
    } else {
        "Error: Forecasts"
    };
    let mut reply = page(&ForecastsPage {
        page: PageFrame::of(house, title).await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.title.clone(), format!("/awards/{id}")),
        ],
        award: award.title,
        sentence,
        errors: wrong.links(),
        years: years(&grid.months)
            .filter_map(|year| Some((year.first()?, year.last()?)))
            .map(|(from, to)| Year {
                text: format!("{} to {}", words::month(*from), words::month(*to)),
                href: format!("{href}?from={from}"),
                // where earlier months are left out, the year's own link shows them
                current: Some(*from) == first,
            })
            .collect(),
        state: grid.state.clone(),
        shown: first.map(|month| month.to_string()).unwrap_or_default(),
        may_enter: house.ctx.require(Operation::EnterForecast).is_ok(),
        months: months
            .iter()
            .map(|month| month.format("%b %Y").to_string())
            .collect(),
        totals: months.iter().map(|month| sum_of(month).in_full()).collect(),
        lines,
        downloads: vec![Link::new("Download all as CSV", format!("{href}.csv"))],
        action: href,
    })?;
    if !wrong.is_empty() {
        super::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

async fn enter(
    house: House,
    id: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::EnterForecast)?;
    let id = id.into_inner();
    let typed = Fields(sent);
    let grid = forecasts::view::grid(&house.db, &house.ctx, id).await?;
    let from = typed.some("from").and_then(|from| from.parse().ok());
    let mut wrong = Wrong::default();
    let mut entries = Vec::new();
    let months = year_shown(&grid.months, from, house.ctx.today());
    for line in &grid.lines {
        for month in months {
            let name = cell_name(line, *month);
            let amount = typed.some(&name).and_then(Money::from_typed);
            if typed.some(&name).is_some() && amount.is_none_or(|amount| amount < Money::ZERO) {
                wrong.add(
                    &name,
                    format!(
                        "{}, {}: enter an amount in pounds, such as 1,234.56.",
                        line_name(line),
                        words::month(*month)
                    ),
                );
            }
            // a cell that nobody touched is not an entry
            if amount != line.amounts.get(month).copied() {
                entries.push(NewForecast {
                    month: *month,
                    category_id: line.category.as_ref().map(|category| category.id),
                    capital: line.capital,
                    amount_pence: amount,
                });
            }
        }
    }
    let there = format!(
        "/awards/{id}/forecasts{}",
        from.map(|from: NaiveDate| format!("?from={from}"))
            .unwrap_or_default()
    );
    if wrong.is_empty() {
        if entries.is_empty() {
            return Ok(see_other(&there));
        }
        let seen = typed.text("state");
        let new = NewForecasts { entries };
        match forecasts::ops::enter(&house.db, &house.ctx, id, Some(&seen), &new).await {
            Ok(_) => return Ok(see_other(&there)),
            Err(Error::Stale) => wrong.add(
                "",
                "Somebody else changed these forecasts meanwhile. What you typed is below; check it against theirs, then save again.",
            ),
            Err(error) => wrong.take(error)?,
        }
    }
    show_grid(&house, id, &grid, from, Some(&typed), &wrong).await
}

async fn forecasts_file(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let rows = forecasts::view::all(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(forecasts_csv(rows))
}

async fn match_file(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let rows = matching::view::all(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(match_csv(rows))
}

#[derive(Template)]
#[template(path = "pages/match.html")]
struct MatchPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    /// What the award requires beside what is there, where it requires any.
    position: String,
    sentence: String,
    add_href: String,
    rows: Vec<MatchRow>,
    downloads: Vec<Link>,
}

struct MatchRow {
    source: String,
    kind: String,
    months: String,
    amount: String,
    state: String,
    state_kind: String,
    evidence: String,
}

/// One line of the page: what one source gives in one way.
fn match_rows(entries: &[MatchView]) -> Vec<MatchRow> {
    let mut rows: Vec<(&MatchView, NaiveDate, Money)> = Vec::new();
    for entry in entries {
        match rows.last_mut() {
            Some((first, last, sum)) if is_same(first, entry) => {
                *last = entry.month;
                *sum = sum.plus(entry.amount_pence).unwrap_or(Money::MAX);
            }
            _ => rows.push((entry, entry.month, entry.amount_pence)),
        }
    }
    rows.into_iter()
        .map(|(first, last, sum)| MatchRow {
            source: first.source.clone(),
            kind: format!(
                "{}, {}",
                if first.in_kind { "in kind" } else { "cash" },
                if first.capital { "capital" } else { "revenue" }
            ),
            months: if first.month == last {
                words::month(last)
            } else {
                format!("{} to {}", words::month(first.month), words::month(last))
            },
            amount: sum.in_full(),
            state: if first.secured {
                "Secured"
            } else {
                "Not secured"
            }
            .to_owned(),
            state_kind: if first.secured { "done" } else { "waiting" }.to_owned(),
            evidence: [first.evidence.as_deref(), first.valued_how.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
        })
        .collect()
}

fn is_same(a: &MatchView, b: &MatchView) -> bool {
    a.source == b.source
        && a.in_kind == b.in_kind
        && a.capital == b.capital
        && a.secured == b.secured
        && a.evidence == b.evidence
        && a.valued_how == b.valued_how
}

async fn list(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let award = awards::view::one(&house.db, &house.ctx, id).await?;
    let position = award
        .match_position
        .map(|position| position.sentence())
        .unwrap_or_default();
    let award = award.summary;
    let mut entries = matching::view::all(&house.db, &house.ctx, id).await?;
    entries.sort_by(|a, b| {
        (&a.source, a.in_kind, a.capital, a.month).cmp(&(&b.source, b.in_kind, b.capital, b.month))
    });
    let sum = |secured| {
        Money::sum(
            entries
                .iter()
                .filter(|entry| entry.secured == secured)
                .map(|entry| entry.amount_pence),
        )
        .unwrap_or_default()
        .in_words()
    };
    page(&MatchPage {
        page: PageFrame::of(&house, "Match funding").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.title.clone(), format!("/awards/{id}")),
        ],
        award: award.title,
        sentence: format!("{} is secured, {} is not yet.", sum(true), sum(false)),
        position,
        add_href: if house.ctx.require(Operation::EnterMatch).is_ok() {
            format!("/awards/{id}/match/new")
        } else {
            String::new()
        },
        rows: match_rows(&entries),
        downloads: vec![Link::new(
            "Download month by month as CSV",
            format!("/awards/{id}/match.csv"),
        )],
    })
}

async fn match_form(house: &House, id: AwardId) -> Result<Form, Fault> {
    let award = awards::view::one(&house.db, &house.ctx, id).await?.summary;
    Ok(Form {
        back: Link::new("Match funding", format!("/awards/{id}/match")),
        heading: "Record match funding".to_owned(),
        lead: format!(
            "Somebody else’s money beside {}. It is never counted as our spend.",
            award.title
        ),
        action: format!("/awards/{id}/match"),
        hidden: Vec::new(),
        fields: vec![
            Field::text("source", "Whose money is it?"),
            Field::select("source_kind", "What sort of body is that?", kinds()),
            Field::radios(
                "in_kind",
                "How is it given?",
                vec![Choice::new("no", "In cash"), Choice::new("yes", "In kind")],
            ),
            Field::text("valued_how", "If in kind, how was it valued?"),
            Field::radios(
                "capital",
                "What is it for?",
                vec![Choice::new("no", "Revenue"), Choice::new("yes", "Capital")],
            ),
            Field::text("from", "First month")
                .hint("For example, October 2026")
                .width("w20"),
            Field::text("until", "Last month").width("w20"),
            Field::money("amount_pence", "How much each month?")
                .hint("It takes the place of what was recorded for these months from the same source. Leave it empty to take that back."),
            Field::tick("secured", "It is promised in writing"),
            Field::text("evidence", "What shows it?").hint("For example: cabinet minute 41"),
        ],
        button: "Record this match".to_owned(),
        grave: false,
    })
}

async fn new_match(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::EnterMatch)?;
    let form = match_form(&house, id.into_inner()).await?;
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn record(
    house: House,
    id: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::EnterMatch)?;
    let id = id.into_inner();
    let typed = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read_match(&typed, &mut wrong) {
        match matching::ops::enter(&house.db, &house.ctx, id, &new).await {
            Ok(_) => return Ok(see_other(&format!("/awards/{id}/match"))),
            Err(Error::Invalid(fields)) => {
                // many entries were made of one form: the first complaint about a field stands
                for field in fields {
                    let name = field.pointer.rsplit('/').next().unwrap_or_default();
                    wrong.add(if name == "month" { "from" } else { name }, field.detail);
                }
            }
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, match_form(&house, id).await?, &typed, &wrong).await
}

fn read_match(typed: &Fields, wrong: &mut Wrong) -> Option<NewMatches> {
    if typed.some("source").is_none() {
        wrong.add("source", "Say whose money it is.");
    }
    let source_kind = wrong.chosen(typed, "source_kind", OrganisationKind::from_slug);
    let yes = |answer: &str| Some(answer == "yes");
    let in_kind = wrong.chosen(typed, "in_kind", yes);
    let capital = wrong.chosen(typed, "capital", yes);
    let from = typed.some("from").and_then(fields::month);
    if from.is_none() {
        wrong.add("from", "Enter a month, such as October 2026.");
    }
    let until = match typed.some("until") {
        None => from,
        Some(text) => fields::month(text),
    };
    if until.is_none() || until < from {
        wrong.add("until", "Enter a month that is not before the first.");
    }
    let amount = wrong.some_money(typed, "amount_pence");
    if !wrong.is_empty() {
        return None;
    }
    let (in_kind, capital, source_kind) = (in_kind?, capital?, source_kind?);
    Some(NewMatches {
        entries: months_of(from?, until?)
            .take(matching::rules::MOST_ENTRIES)
            .map(|month| NewMatch {
                source: typed.text("source"),
                source_kind,
                in_kind,
                valued_how: typed.some("valued_how").map(str::to_owned),
                month,
                capital,
                amount_pence: amount,
                secured: typed.some("secured").is_some(),
                evidence: typed.some("evidence").map(str::to_owned),
            })
            .collect(),
    })
}
