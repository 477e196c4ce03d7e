//! The position: whose money, what it paid for, what is left.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::calendar::rules::{end_of_day, london_date};
use domain::category_maps::view as category_maps;
use domain::positions::view::{self, Figures, Position, PositionRow, When};
use domain::questions::rules::QuestionAbout;
use entity::PoolId;

use super::super::awards::Sum;
use super::super::fields::{Fields, Wrong};
use super::super::{Link, PageFrame, page, questions, words};
use super::{Query, with};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/position.html")]
struct PositionPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    above: String,
    sentence: String,
    action: String,
    as_of: String,
    as_of_error: String,
    /// The day at whose end it was known so; empty: as it is known now.
    known_on: String,
    known_on_error: String,
    sums: Vec<Sum>,
    /// Whether it stands today, so that something can be expected.
    now: bool,
    /// The reader is told of their own money first.
    told: bool,
    /// How the reader's funder is shown to the others.
    shown_as: Vec<String>,
    rows: Vec<Row>,
    total: Row,
    note: String,
    links: Vec<Link>,
    downloads: Vec<Link>,
}

struct Row {
    name: String,
    href: String,
    /// When it ends, and how sure it is.
    about: String,
    burn_up_href: String,
    /// Where it stands in its funder's own budget lines, where those are known.
    budget_href: String,
    agreed: String,
    received: String,
    attributed: String,
    attributed_href: String,
    outstanding: String,
    forecast: String,
    headroom: String,
}

/// What the address asks for; a date that cannot be read is told, and today is shown.
pub(in super::super) fn asked(fields: &Fields) -> (When, Wrong) {
    let mut wrong = Wrong::default();
    let when = When {
        as_of: wrong.some_date(fields, "as_of"),
        known_at: None,
    };
    (when, wrong)
}

/// The same, as it was known at the end of a day; of today or a later day, as it is known now.
pub(super) fn asked_known(house: &House, fields: &Fields) -> (When, Wrong) {
    let (when, mut wrong) = asked(fields);
    let known_at = known_on(house, fields, &mut wrong);
    (When { known_at, ..when }, wrong)
}

/// The end of the day of which it is asked what was known then.
pub(super) fn known_on(
    house: &House,
    fields: &Fields,
    wrong: &mut Wrong,
) -> Option<chrono::DateTime<chrono::Utc>> {
    wrong
        .some_date(fields, "known_on")
        .filter(|on| *on < house.ctx.today())
        .map(end_of_day)
}

/// What is said of figures that are told as they were known then.
pub(super) fn as_known(known_at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    known_at.map_or_else(String::new, |at| {
        format!(
            ", as it was known at the end of {}",
            words::day(london_date(at))
        )
    })
}

pub async fn of_pool(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let fields = Fields(query.into_inner());
    let (when, wrong) = asked_known(&house, &fields);
    let position = view::of_pool(&house.db, &house.ctx, id, when).await?;
    show(&house, position, &fields, &wrong).await
}

pub async fn of_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    let fields = Fields(query.into_inner());
    let (when, wrong) = asked_known(&house, &fields);
    let position = view::of_all(&house.db, &house.ctx, when).await?;
    show(&house, position, &fields, &wrong).await
}

pub async fn download(
    house: House,
    id: web::Path<PoolId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    let (when, _) = asked_known(&house, &Fields(query.into_inner()));
    let position = view::of_pool(&house.db, &house.ctx, id.into_inner(), when).await?;
    Ok(tables::position(position))
}

pub async fn download_all(house: House, query: Query) -> Result<HttpResponse, Fault> {
    let (when, _) = asked_known(&house, &Fields(query.into_inner()));
    Ok(tables::position(
        view::of_all(&house.db, &house.ctx, when).await?,
    ))
}

async fn show(
    house: &House,
    position: Position,
    fields: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let may = |operation| house.ctx.require(operation).is_ok();
    let inside = may(Operation::ReadFundingGrid);
    let path = position
        .pool_id
        .map_or("/position".to_owned(), |id| format!("/pools/{id}/position"));
    let mut links = Vec::new();
    // whoever came by a link is nobody that we know, and looked at nothing before
    if house.ctx.require(Operation::MarkPositionSeen).is_ok() {
        links.push(changes_link(house, position.pool_id).await?);
    }
    links.push(Link::new(
        "What will be unspent, and where it goes",
        position
            .pool_id
            .map_or("/unspent".to_owned(), |id| format!("/pools/{id}/unspent")),
    ));
    links.push(Link::new(
        "Quarter by quarter, capital and revenue",
        position
            .pool_id
            .map_or("/quarters".to_owned(), |id| format!("/pools/{id}/quarters")),
    ));
    if inside {
        links.push(Link::new(
            "Where the money comes from and goes",
            position
                .pool_id
                .map_or("/flows".to_owned(), |id| format!("/pools/{id}/flows")),
        ));
        links.push(Link::new(
            "Match: required, evidenced and short",
            position
                .pool_id
                .map_or("/match".to_owned(), |id| format!("/pools/{id}/match")),
        ));
    }
    if may(Operation::ReadMoney) {
        links.push(Link::new(
            "Cash by month: what came and went, and when least is held",
            position
                .pool_id
                .map_or("/cash".to_owned(), |id| format!("/pools/{id}/cash")),
        ));
    }
    match position.pool_id {
        Some(id) if inside => {
            links.push(Link::new(
                "Who pays for what",
                format!("/funding-grid?pool={id}"),
            ));
            links.push(Link::new("What if a funder withdraws?", "/what-if"));
            links.push(Link::new(
                "How its funders are shown to each other",
                format!("/pools/{id}/disclosures"),
            ));
        }
        Some(id) => links.extend(ask_about(house, id, position.as_of)),
        None => {
            links.push(Link::new("Who pays for what", "/funding-grid"));
            links.push(Link::new("What if a funder withdraws?", "/what-if"));
            for (id, name) in view::pools(&house.db, &house.ctx).await? {
                links.push(Link::new(
                    format!("{name}: its position"),
                    format!("/pools/{id}/position"),
                ));
            }
        }
    }
    // lines are listed as they are attributed now
    let lists = may(Operation::ReadSpend) && position.known_at.is_none();
    let spend = |row: &PositionRow| match lists {
        true => {
            let pool = position
                .pool_id
                .map_or(String::new(), |id| format!("&pool={id}"));
            format!(
                "/spend?award={}&to={}{pool}#list",
                row.award_id, position.as_of
            )
        }
        false => String::new(),
    };
    let whole = position.rows.iter().filter(|row| inside || row.mine);
    let whole = whole.map(|row| row.award_id);
    let mapped = category_maps::known(&house.db, &house.ctx, whole).await?;
    let title = match &position.pool {
        Some(pool) => format!("Position of {pool}"),
        None => "Position of all pools".to_owned(),
    };
    // what can still be used comes first
    let (over, runs): (Vec<&PositionRow>, Vec<&PositionRow>) =
        position.rows.iter().partition(|row| row.over);
    let mut rows: Vec<Row> = runs
        .into_iter()
        .chain(over)
        .map(|row| {
            let whole = inside || row.mine;
            let name = format!("{} ({})", row.award, row.funder);
            Row {
                href: if whole {
                    format!("/awards/{}", row.award_id)
                } else {
                    String::new()
                },
                burn_up_href: if whole {
                    format!("/awards/{}/burn-up", row.award_id)
                } else {
                    String::new()
                },
                budget_href: match mapped.contains(&row.award_id) {
                    true => format!("/awards/{}/budget-lines", row.award_id),
                    false => String::new(),
                },
                about: about(row),
                attributed_href: spend(row),
                headroom: match row.over {
                    true => "None: it is over".to_owned(),
                    false => told(row.figures.headroom_pence, whole),
                },
                ..of(name, row.figures, whole)
            }
        })
        .collect();
    if let Some(others) = position.others {
        let name = format!(
            "{}, as one sum",
            words::count(others.funders, "other funder", "other funders")
        );
        rows.push(of(name, others.figures, false));
    }
    let crumbs = match position.pool_id {
        Some(id) if inside => vec![
            Link::new("Pools", "/pools"),
            Link::new(
                position.pool.clone().unwrap_or_default(),
                format!("/pools/{id}"),
            ),
        ],
        Some(_) => vec![Link::new("Today", "/")],
        None => vec![Link::new("Pools", "/pools")],
    };
    page(&PositionPage {
        page: PageFrame::of(house, &title).await?,
        crumbs,
        errors: wrong.links(),
        above: position
            .pool
            .clone()
            .unwrap_or_else(|| "All pools".to_owned()),
        sentence: sentence(&position, inside),
        action: path.clone(),
        as_of: match fields.some("as_of") {
            Some(typed) => typed.to_owned(),
            None => position.as_of.format("%d/%m/%Y").to_string(),
        },
        as_of_error: wrong.of("as_of"),
        known_on: fields.text("known_on"),
        known_on_error: wrong.of("known_on"),
        sums: sums(&position),
        now: position.as_of == house.ctx.today() && position.known_at.is_none(),
        told: !inside,
        shown_as: match position.pool_id {
            Some(_) if !inside => shown_as(&position),
            _ => Vec::new(),
        },
        total: of(
            "Together".to_owned(),
            position.together,
            inside || position.others.is_none(),
        ),
        rows,
        note: format!(
            "As of {}{}",
            words::day(position.as_of),
            as_known(position.known_at)
        ),
        links,
        downloads: vec![Link::new(
            "Download as CSV",
            with(&format!("{path}.csv"), fields),
        )],
    })
}

/// The way to what changed since the reader last looked, with when that was.
async fn changes_link(house: &House, pool: Option<PoolId>) -> Result<Link, Fault> {
    let path = match pool {
        Some(id) => format!("/pools/{id}/position/changes"),
        None => "/position/changes".to_owned(),
    };
    let since = view::changes::last_looked(&house.db, &house.ctx, pool).await?;
    Ok(Link::new(
        match since {
            Some(at) => format!(
                "What changed since you last looked, on {}",
                words::instant(&at)
            ),
            None => "What changes from now on".to_owned(),
        },
        path,
    ))
}

/// The way to ask about one of its figures, as of the day that is shown.
fn ask_about(house: &House, id: PoolId, as_of: chrono::NaiveDate) -> Option<Link> {
    let mut link = questions::link(house, QuestionAbout::Position, id)?;
    if as_of != house.ctx.today() {
        link.href.push_str(&format!("&as_of={as_of}"));
    }
    Some(link)
}

/// A figure; of an award as a whole where it cannot be said of its part in the pool.
fn told(amount: Option<Money>, whole: bool) -> String {
    match amount {
        Some(amount) => amount.in_full(),
        None if whole => "With the whole award".to_owned(),
        None => "Not shown".to_owned(),
    }
}

fn of(name: String, figures: Figures, whole: bool) -> Row {
    Row {
        name,
        href: String::new(),
        about: String::new(),
        burn_up_href: String::new(),
        budget_href: String::new(),
        agreed: told(figures.agreed_pence, whole),
        received: told(figures.received_pence, whole),
        attributed: told(figures.attributed_pence, whole),
        attributed_href: String::new(),
        outstanding: told(figures.outstanding_pence, whole),
        forecast: told(figures.not_committed_pence, whole),
        headroom: told(figures.headroom_pence, whole),
    }
}

/// When an award ends, what was not used, how much of it is promised.
fn about(row: &PositionRow) -> String {
    let day = words::day(row.ends_on);
    let figures = row.figures;
    let mut about = match (row.over, figures.not_used_pence) {
        (true, Some(rest)) if rest > Money::ZERO => {
            format!("Ended {day}; {} was not used.", rest.in_full())
        }
        (true, _) => format!("Ended {day}."),
        (false, _) if row.lost_if_unspent => format!("Ends {day}; what is left then goes back."),
        (false, _) => format!("Ends {day}."),
    };
    match (figures.agreed_pence, figures.confirmed_pence) {
        (Some(agreed), Some(confirmed)) if agreed == confirmed => {}
        (Some(_), Some(confirmed)) if confirmed == Money::ZERO => {
            about.push_str(" Its funder has not confirmed it yet.");
        }
        (Some(_), Some(confirmed)) => {
            about.push_str(&format!(" {} is confirmed.", confirmed.in_full()));
        }
        (Some(_), None) => about.push_str(" Not all of it is confirmed."),
        (None, _) => {}
    }
    if let Some(pledged) = figures.pledged_pence.filter(|sum| *sum > Money::ZERO) {
        about.push_str(&format!(" {} more is pledged.", pledged.in_full()));
    }
    about
}

fn sums(position: &Position) -> Vec<Sum> {
    let together = position.together;
    [
        ("Agreed", together.agreed_pence),
        ("Attributed", together.attributed_pence),
        ("Promised and not spent", together.outstanding_pence),
        ("Headroom", together.headroom_pence),
        ("Not used by awards’ end", together.not_used_pence),
        ("Not covered", position.unfunded_pence),
    ]
    .into_iter()
    .filter(|(label, amount)| !label.starts_with("Not used") || *amount != Some(Money::ZERO))
    .filter_map(|(label, amount)| {
        Some(Sum {
            label: label.to_owned(),
            amount: amount?.in_full(),
            href: String::new(),
            note: String::new(),
        })
    })
    .collect()
}

/// How the reader's funder is shown to the pool's others, with who agreed that.
fn shown_as(position: &Position) -> Vec<String> {
    if position.shown_as.is_empty() {
        return vec![
            "To the other funders of this pool your money is part of one sum: nothing else was agreed."
                .to_owned(),
        ];
    }
    position
        .shown_as
        .iter()
        .map(|one| {
            format!(
                "To the other funders of this pool you are shown {} since {}, as {} agreed on {} ({}).",
                if one.by_name {
                    "by name, with your figures,"
                } else {
                    "within one sum"
                },
                words::day(one.starts_on),
                one.agreed_by,
                words::day(one.agreed_on),
                one.reference
            )
        })
        .collect()
}

fn sentence(position: &Position, inside: bool) -> String {
    let covered = match (position.unfunded_pence, position.fully_covered) {
        (Some(unfunded), false) => {
            format!(
                "{} of its spend is covered by no award.",
                unfunded.in_words()
            )
        }
        (None, false) => "Not all of its spend is covered.".to_owned(),
        (_, true) => "All its spend is covered.".to_owned(),
    };
    if position.rows.is_empty() {
        let none = match position.pool_id {
            Some(_) => "No award is behind it.",
            None => "No award is behind a pool yet.",
        };
        return match position.spend_pence {
            Some(Money::ZERO) => none.to_owned(),
            _ => format!("{none} {covered}"),
        };
    }
    match (inside, position.together.headroom_pence) {
        (true, Some(headroom)) => {
            let expected = match position.outstanding_unfunded_pence {
                Some(sum) if sum > Money::ZERO => format!(
                    " {} that is promised to providers has no award that can be expected to pay.",
                    sum.in_words()
                ),
                _ => String::new(),
            };
            let promised = match position.together.outstanding_pence {
                Some(_) => " once what is promised is paid",
                None => "",
            };
            format!(
                "{} is left{promised}. {covered}{expected}",
                headroom.in_words()
            )
        }
        _ => {
            let mine = position.rows.iter().filter(|row| row.mine);
            match Money::sum(mine.filter_map(|row| row.figures.headroom_pence)) {
                Some(left) => format!("{} of your money is left. {covered}", left.in_words()),
                None => covered,
            }
        }
    }
}
