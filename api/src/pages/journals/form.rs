//! Preparing a journal, and changing one that does not count yet.

use actix_web::{HttpResponse, web};
use domain::access::rules::Operation;
use domain::journals::ops::{self, NewJournal, NewLine};
use domain::journals::rules::MOST_LINES;
use domain::journals::view;
use domain::{Error, Money, categories, pools};
use entity::JournalId;
use serde::Deserialize;

use super::one::typed;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::fields::{Fields, Wrong, id};
use crate::pages::form::{Choice, Field, Form, show};
use crate::pages::programmes::typed_date;
use crate::pages::{Link, see_other};

type Typed = PageForm<Vec<(String, String)>>;

/// Lines that a new journal begins with.
const FIRST: usize = 2;
/// Empty lines below those that are there.
const SPARE: usize = 2;
/// Lines that are added where somebody asks for more.
const MORE: usize = 5;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Begin {
    /// The journal that the new one takes back.
    #[serde(default)]
    reverses: String,
    /// How many lines it begins with.
    #[serde(default)]
    lines: String,
}

/// The name of a line's field.
fn of(field: &str, line: usize) -> String {
    format!("{field}_{line}")
}

async fn line_fields(house: &House, count: usize) -> Result<Vec<Field>, Fault> {
    let choose = || Choice::new("", "Choose one");
    let pools: Vec<Choice> = std::iter::once(choose())
        .chain(
            pools::view::by_attention(&house.db, &house.ctx)
                .await?
                .into_iter()
                .map(|pool| Choice::new(pool.id, pool.name)),
        )
        .collect();
    let categories: Vec<Choice> = std::iter::once(choose())
        .chain(
            categories::view::all(&house.db, &house.ctx)
                .await?
                .into_iter()
                .map(|category| Choice::new(category.id, category.name)),
        )
        .collect();
    let mut fields = Vec::new();
    for line in 1..=count {
        fields.extend([
            Field::heading(&format!("Line {line}")),
            Field::date(&of("incurred_on", line), "Date received"),
            Field::select(&of("pool_id", line), "Pool", pools.clone()),
            Field::select(
                &of("category_id", line),
                "Cost category",
                categories.clone(),
            ),
            Field::money(&of("amount_pence", line), "Amount")
                .hint("With a minus where it is taken away, such as -120.00"),
            Field::text(&of("description", line), "What for?"),
            Field::text(&of("ledger_ref", line), "Ledger transaction")
                .hint(
                    "Needed where an amount is taken away: it is taken from what this transaction has in the \
                     same pool and cost category, and from the awards that paid for that.",
                )
                .width("w20"),
            Field::text(&of("cost_centre", line), "Cost centre (optional)").width("w10"),
            Field::tick(&of("capital", line), "It is capital"),
        ]);
    }
    Ok(fields)
}

/// What a page is about: a journal that is changed, or one that another takes back.
#[derive(Clone, Copy)]
struct About {
    changes: Option<(JournalId, i64, i64)>,
    reverses: Option<JournalId>,
    lines: usize,
}

async fn form(house: &House, about: About) -> Result<Form, Fault> {
    let mut fields = vec![
        Field::text("reason", "Why?")
            .hint("For example: half of March’s rent is the family service’s"),
        Field::area("evidence", "What shows that it is right?").hint(
            "For example: floor plan and head of service’s mail of 3 April, in the journals folder",
        ),
        Field::money("total_pence", "What do the lines come to?")
            .hint("0.00 where an amount is moved from one line to another."),
    ];
    fields.extend(line_fields(house, about.lines).await?);
    if about.reverses.is_none() && about.lines < MOST_LINES {
        fields.push(Field::button("more", "Add lines"));
    }
    let mut hidden = vec![("lines".to_owned(), about.lines.to_string())];
    if let Some(reversed) = about.reverses {
        hidden.push(("reverses".to_owned(), reversed.to_string()));
    }
    let (back, heading, action, button) = match about.changes {
        Some((id, number, version)) => {
            hidden.push(("version".to_owned(), version.to_string()));
            (
                Link::new(format!("Journal {number}"), format!("/journals/{id}")),
                format!("Change journal {number}"),
                format!("/journals/{id}/version"),
                "Send it to be approved",
            )
        }
        None => (
            Link::new("Journals", "/journals"),
            if about.reverses.is_some() {
                "Take a journal back".to_owned()
            } else {
                "Prepare a journal".to_owned()
            },
            "/journals".to_owned(),
            "Send it to be approved",
        ),
    };
    Ok(Form {
        back,
        heading,
        lead: if about.reverses.is_some() {
            "The same lines with their amounts turned round. Say why; change a date only where its \
             month is closed by now. Somebody else approves it."
                .to_owned()
        } else {
            "Lines that move an amount or correct one. They count once somebody else approves them. \
             Lines that you leave empty are left out."
                .to_owned()
        },
        action,
        hidden,
        fields,
        button: button.to_owned(),
        grave: false,
    })
}

fn filled_in(mut fields: Fields, lines: &[NewLine]) -> Fields {
    for (line, n) in lines.iter().zip(1..) {
        fields = fields
            .with(&of("incurred_on", n), typed_date(line.incurred_on))
            .with(&of("pool_id", n), line.pool_id.to_string())
            .with(&of("category_id", n), line.category_id.to_string())
            .with(&of("amount_pence", n), typed(line.amount_pence))
            .with(&of("description", n), line.description.clone())
            .with(&of("ledger_ref", n), line.ledger_ref.clone())
            .with(&of("cost_centre", n), line.cost_centre.clone());
        if line.capital {
            fields = fields.with(&of("capital", n), "yes");
        }
    }
    fields
}

fn how_many(text: &str) -> usize {
    text.parse().unwrap_or(FIRST).clamp(1, MOST_LINES)
}

pub async fn new(house: House, begin: web::Query<Begin>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PrepareJournal)?;
    let mut typed = Fields::default();
    let mut about = About {
        changes: None,
        reverses: None,
        lines: how_many(&begin.lines),
    };
    if let Some(reversed) = id::<JournalId>(&begin.reverses) {
        let seen = view::one(&house.db, &house.ctx, reversed).await?;
        let lines = view::lines_that_reverse(&house.db, &house.ctx, reversed).await?;
        let total = Money::ZERO
            .minus(seen.summary.total_pence)
            .unwrap_or_default();
        about.reverses = Some(reversed);
        about.lines = lines.len();
        typed = typed
            .with("evidence", seen.evidence)
            .with("total_pence", self::typed(total));
        typed = filled_in(typed, &lines);
    }
    show(
        &house,
        form(&house, about).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

/// The lines that were typed; those that are empty are left out. Gives where each stands.
fn read_lines(fields: &Fields, count: usize, wrong: &mut Wrong) -> (Vec<NewLine>, Vec<usize>) {
    let (mut lines, mut places) = (Vec::new(), Vec::new());
    for n in 1..=count {
        let named = |field: &str| of(field, n);
        let empty = [
            "incurred_on",
            "pool_id",
            "category_id",
            "amount_pence",
            "description",
        ]
        .iter()
        .all(|field| fields.some(&named(field)).is_none());
        if empty {
            continue;
        }
        let incurred_on = wrong.date(fields, &named("incurred_on"));
        let pool = wrong.chosen(fields, &named("pool_id"), id);
        let category = wrong.chosen(fields, &named("category_id"), id);
        let amount_pence = wrong.money(fields, &named("amount_pence"));
        if fields.some(&named("description")).is_none() {
            wrong.add(&named("description"), "Say what for.");
        }
        if let (Some(pool_id), Some(category_id)) = (pool, category) {
            places.push(n);
            lines.push(NewLine {
                incurred_on,
                pool_id,
                category_id,
                capital: fields.some(&named("capital")).is_some(),
                amount_pence,
                description: fields.text(&named("description")),
                ledger_ref: fields.text(&named("ledger_ref")),
                cost_centre: fields.text(&named("cost_centre")),
            });
        }
    }
    (lines, places)
}

/// Complaints about a line, under the names of its fields on the page.
fn renamed(error: Error, places: &[usize]) -> Error {
    let Error::Invalid(mut found) = error else {
        return error;
    };
    for one in &mut found {
        let mut parts = one.pointer.trim_start_matches('/').split('/');
        if parts.next() != Some("lines") {
            continue;
        }
        let place = parts
            .next()
            .and_then(|at| at.parse::<usize>().ok())
            .and_then(|at| places.get(at));
        if let (Some(place), Some(field)) = (place, parts.next()) {
            one.pointer = format!("/{}", of(field, *place));
        }
    }
    Error::Invalid(found)
}

fn read(fields: &Fields, about: About, wrong: &mut Wrong) -> (NewJournal, Vec<usize>) {
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say why.");
    }
    if fields.some("evidence").is_none() {
        wrong.add("evidence", "Say what shows that it is right.");
    }
    let total_pence = wrong.money(fields, "total_pence");
    let (lines, places) = read_lines(fields, about.lines, wrong);
    if wrong.is_empty() && lines.is_empty() {
        wrong.add(&of("incurred_on", 1), "Fill in at least one line.");
    }
    (
        NewJournal {
            reason: fields.text("reason"),
            evidence: fields.text("evidence"),
            total_pence,
            reverses_id: about.reverses,
            lines,
        },
        places,
    )
}

/// Shows the form again with more lines and all that was typed, if that is what was asked for.
async fn with_more(
    house: &House,
    fields: &Fields,
    mut about: About,
) -> Result<Option<HttpResponse>, Fault> {
    if fields.some("more").is_none() {
        return Ok(None);
    }
    about.lines = (about.lines + MORE).min(MOST_LINES);
    let typed = fields.0.iter().filter(|(name, _)| name != "more");
    let typed = Fields(typed.cloned().collect());
    let form = form(house, about).await?;
    show(house, form, &typed, &Wrong::default()).await.map(Some)
}

pub async fn prepare(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PrepareJournal)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let about = About {
        changes: None,
        reverses: fields.some("reverses").and_then(id),
        lines: how_many(&fields.text("lines")),
    };
    if let Some(form) = with_more(&house, &fields, about).await? {
        return Ok(form);
    }
    let (new, places) = read(&fields, about, &mut wrong);
    if wrong.is_empty() {
        match ops::prepare(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/journals/{id}"))),
            Err(error) => wrong.take(renamed(error, &places))?,
        }
    }
    show(&house, form(&house, about).await?, &fields, &wrong).await
}

pub async fn ask_change(house: House, id: web::Path<JournalId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PrepareJournal)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let lines: Vec<NewLine> = seen
        .entries
        .iter()
        .map(|line| NewLine {
            incurred_on: line.incurred_on,
            pool_id: line.pool_id,
            category_id: line.category_id,
            capital: line.capital,
            amount_pence: line.amount_pence,
            description: line.description.clone(),
            ledger_ref: line.ledger_ref.clone().unwrap_or_default(),
            cost_centre: line.cost_centre.clone().unwrap_or_default(),
        })
        .collect();
    let reverses = seen.summary.reverses_id;
    let spare = if reverses.is_some() { 0 } else { SPARE };
    let about = About {
        changes: Some((*id, seen.summary.number, seen.summary.version)),
        reverses,
        lines: (lines.len() + spare).min(MOST_LINES),
    };
    let typed = Fields::default()
        .with("reason", seen.summary.reason.clone())
        .with("evidence", seen.evidence.clone())
        .with("total_pence", self::typed(seen.summary.total_pence));
    let typed = filled_in(typed, &lines);
    show(
        &house,
        form(&house, about).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

pub async fn change(
    house: House,
    id: web::Path<JournalId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PrepareJournal)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let version = fields.version();
    let about = About {
        changes: Some((
            *id,
            seen.summary.number,
            version.unwrap_or(seen.summary.version),
        )),
        reverses: seen.summary.reverses_id,
        lines: how_many(&fields.text("lines")),
    };
    if let Some(form) = with_more(&house, &fields, about).await? {
        return Ok(form);
    }
    let (new, places) = read(&fields, about, &mut wrong);
    if wrong.is_empty() {
        match ops::change(&house.db, &house.ctx, *id, &new, version).await {
            Ok(_) => return Ok(see_other(&format!("/journals/{}", *id))),
            Err(error) => wrong.take(renamed(error, &places))?,
        }
    }
    show(&house, form(&house, about).await?, &fields, &wrong).await
}
