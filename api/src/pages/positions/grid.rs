//! The funding grid: who pays for what, and where are the gaps?

use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::rules::Attention;
use domain::positions::view::grid::{self as funding, FundingGrid, GridFilter, GridRow};
use domain::positions::view::{self, When};
use entity::PoolId;

use super::super::fields::{Fields, Wrong, id};
use super::super::spend::parts::Choice;
use super::super::{Link, PageFrame, page, words};
use super::position::{as_known, known_on};
use super::{Query, with};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/funding_grid.html")]
struct GridPage {
    page: PageFrame,
    errors: Vec<Link>,
    above: String,
    sentence: String,
    filter_pool: Vec<Choice>,
    filter_place: Vec<Choice>,
    filter_group: Vec<Choice>,
    from: String,
    from_error: String,
    as_of: String,
    as_of_error: String,
    /// The day at whose end it was known so; empty: as it is known now.
    known_on: String,
    known_on_error: String,
    note: String,
    heads: Vec<Head>,
    rows: Vec<Row>,
    totals: Vec<String>,
    attributed: String,
    not_covered: String,
    spent: String,
    position_href: String,
    downloads: Vec<Link>,
}

struct Head {
    award: String,
    funder: String,
    href: String,
}

struct Row {
    category: String,
    cells: Vec<Cell>,
    attributed: String,
    not_covered: String,
    not_covered_href: String,
    spent: String,
    spent_href: String,
    state: String,
    kind: &'static str,
}

struct Cell {
    amount: String,
    href: String,
    /// What it says where there is no amount.
    words: &'static str,
    may_not: bool,
}

fn asked(house: &House, fields: &Fields) -> (GridFilter, When, Wrong) {
    let mut wrong = Wrong::default();
    let mut filter = GridFilter {
        pool: fields.some("pool").and_then(id::<PoolId>),
        from: wrong.some_date(fields, "from"),
        place: fields.some("place").map(str::to_owned),
        group: fields.some("group").map(str::to_owned),
    };
    let when = When {
        as_of: wrong.some_date(fields, "as_of"),
        known_at: known_on(house, fields, &mut wrong),
    };
    if let (Some(from), Some(to)) = (filter.from, when.as_of)
        && from > to
    {
        wrong.add("from", "Enter a first day that is not after the last.");
        filter.from = None;
    }
    (filter, when, wrong)
}

pub async fn page_of(house: House, query: Query) -> Result<HttpResponse, Fault> {
    let fields = Fields(query.into_inner());
    let (filter, when, mut wrong) = asked(&house, &fields);
    let pool = filter.pool;
    let read = funding::grid(&house.db, &house.ctx, filter.clone(), when).await;
    // a first day after today is an error of a field, too
    let grid = match read {
        Err(domain::Error::Invalid(found)) if filter.from.is_some() => {
            wrong.take(domain::Error::Invalid(found))?;
            let all = GridFilter {
                from: None,
                ..filter
            };
            funding::grid(&house.db, &house.ctx, all, when).await?
        }
        read => read?,
    };
    // lines are listed as they are attributed now
    let looks = house.ctx.require(Operation::ReadSpend).is_ok() && when.known_at.is_none();
    let chosen = |name: &str| fields.text(name);
    let mut filter_pool = vec![Choice::new("", "All pools", &chosen("pool"))];
    for (id, name) in view::pools(&house.db, &house.ctx).await? {
        filter_pool.push(Choice::new(id.to_string(), name, &chosen("pool")));
    }
    let choices = |first: &str, all: &[String], now: &str| {
        let mut choices = vec![Choice::new("", first, now)];
        choices.extend(
            all.iter()
                .map(|one| Choice::new(one.clone(), one.clone(), now)),
        );
        choices
    };
    let typed = |name: &str, stands: Option<NaiveDate>| match fields.some(name) {
        Some(typed) => typed.to_owned(),
        None => stands.map_or(String::new(), |on| on.format("%d/%m/%Y").to_string()),
    };
    page(&GridPage {
        page: PageFrame::of(&house, "Funding grid").await?,
        errors: wrong.links(),
        above: grid.pool.clone().unwrap_or_else(|| "All pools".to_owned()),
        sentence: sentence(&grid),
        filter_place: choices("Everywhere", &grid.places, &chosen("place")),
        filter_group: choices("Everybody", &grid.groups, &chosen("group")),
        filter_pool,
        from: typed("from", grid.from),
        from_error: wrong.of("from"),
        as_of: typed("as_of", Some(grid.as_of)),
        as_of_error: wrong.of("as_of"),
        known_on: fields.text("known_on"),
        known_on_error: wrong.of("known_on"),
        note: note(&grid),
        heads: grid
            .awards
            .iter()
            .map(|award| Head {
                award: award.award.clone(),
                funder: award.funder.clone(),
                href: format!("/awards/{}", award.award_id),
            })
            .collect(),
        rows: grid.rows.iter().map(|one| row(&grid, one, looks)).collect(),
        totals: grid
            .awards
            .iter()
            .map(|award| award.attributed_pence.in_full())
            .collect(),
        attributed: grid.attributed_pence.in_full(),
        not_covered: grid.unfunded_pence.in_full(),
        spent: grid.spend_pence.in_full(),
        position_href: pool.map_or("/position".to_owned(), |id| format!("/pools/{id}/position")),
        downloads: vec![Link::new(
            "Download as CSV",
            with("/funding-grid.csv", &fields),
        )],
    })
}

pub async fn download(house: House, query: Query) -> Result<HttpResponse, Fault> {
    let (filter, when, _) = asked(&house, &Fields(query.into_inner()));
    let grid = funding::grid(&house.db, &house.ctx, filter, when).await?;
    Ok(tables::funding_grid(grid))
}

fn note(grid: &FundingGrid) -> String {
    let until = words::day(grid.as_of);
    let mut note = match grid.from {
        Some(from) => format!("Spend received from {} to {until}", words::day(from)),
        None => format!("Spend received until {until}"),
    };
    note.push_str(&as_known(grid.known_at));
    if let Some(place) = &grid.place {
        note.push_str(&format!(", for {place}"));
    }
    if let Some(group) = &grid.people_group {
        note.push_str(&format!(", for {group}"));
    }
    note
}

fn sentence(grid: &FundingGrid) -> String {
    if grid.awards.is_empty() {
        return "No award is behind it yet.".to_owned();
    }
    let gaps: Vec<&str> = grid
        .rows
        .iter()
        .filter(|row| row.attention == Attention::Gap)
        .map(|row| row.category.as_str())
        .collect();
    match gaps.as_slice() {
        [] if grid.spend_pence == Money::ZERO => "No spend fits these choices.".to_owned(),
        [] => format!(
            "{} was spent, and awards pay for all of it.",
            grid.spend_pence.in_words()
        ),
        [only] => format!(
            "{} of {} is covered by no award: {only}.",
            grid.unfunded_pence.in_words(),
            grid.spend_pence.in_words()
        ),
        [first, ..] => format!(
            "{} of {} is covered by no award, in {}. The largest gap is {first}.",
            grid.unfunded_pence.in_words(),
            grid.spend_pence.in_words(),
            words::count(gaps.len(), "cost category", "cost categories")
        ),
    }
}

fn row(grid: &FundingGrid, row: &GridRow, looks: bool) -> Row {
    let lines = |more: &str| {
        // the list of lines cannot be narrowed to a place or to a group of people
        if !looks || grid.place.is_some() || grid.people_group.is_some() {
            return String::new();
        }
        let mut href = format!(
            "/spend?category={}&to={}{more}",
            row.category_id, grid.as_of
        );
        if let Some(pool) = grid.pool_id {
            href.push_str(&format!("&pool={pool}"));
        }
        if let Some(from) = grid.from {
            href.push_str(&format!("&from={from}"));
        }
        format!("{href}#list")
    };
    let (state, kind) = match row.attention {
        Attention::Gap => ("A gap".to_owned(), "late"),
        Attention::NobodyMayPay => ("No award may pay".to_owned(), "off"),
        Attention::SeveralMayPay => (format!("{} may pay", row.may_pay), "doing"),
        Attention::Nothing => ("1 may pay".to_owned(), "todo"),
    };
    Row {
        category: row.category.clone(),
        cells: row
            .cells
            .iter()
            .map(|cell| {
                let paid = cell.attributed_pence != Money::ZERO;
                Cell {
                    amount: if paid {
                        cell.attributed_pence.in_full()
                    } else {
                        String::new()
                    },
                    href: if paid {
                        lines(&format!("&award={}", cell.award_id))
                    } else {
                        String::new()
                    },
                    words: if cell.may_pay {
                        "May pay"
                    } else {
                        "May not pay"
                    },
                    may_not: !cell.may_pay,
                }
            })
            .collect(),
        attributed: row.attributed_pence.in_full(),
        not_covered: row.unfunded_pence.in_full(),
        not_covered_href: match row.unfunded_pence != Money::ZERO {
            true => lines("&state=unsettled"),
            false => String::new(),
        },
        spent: row.spend_pence.in_full(),
        spent_href: match row.spend_pence != Money::ZERO {
            true => lines(""),
            false => String::new(),
        },
        state,
        kind,
    }
}
