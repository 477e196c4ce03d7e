//! The coding map: what is in it, and adding, changing and ending its rows. What a row would do is
//! shown before it is put in.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::coding::ops::{self, ChangeMapRow, EndMapRow, NewMapRow, Preview};
use domain::coding::view::{self, MapFilter, MapRowView};
use entity::CodingMapRowId;
use serde::Deserialize;

use super::super::awards::form::Typed;
use super::super::fields::{self, Fields, Wrong};
use super::super::form::{Field, Form, show};
use super::super::shapes::Pager;
use super::super::spend::parts::{count, grouped, money, short};
use super::super::{Link, PageFrame, page, see_other, words};
use super::{any, becomes, coded_as, coded_fields};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::coding::as_table;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/coding-map")
                .route(web::get().to(list))
                .route(web::post().to(add)),
        )
        .service(web::resource("/coding-map/new").route(web::get().to(new)))
        .service(web::resource("/coding-map/map.csv").route(web::get().to(download)))
        .service(web::resource("/coding-map/{id}").route(web::get().to(one)))
        .service(
            web::resource("/coding-map/{id}/change")
                .route(web::get().to(change_form))
                .route(web::post().to(change)),
        )
        .service(
            web::resource("/coding-map/{id}/ending")
                .route(web::get().to(end_form))
                .route(web::post().to(end)),
        );
}

const SHOWN: u64 = 50;

#[derive(Template)]
#[template(path = "pages/coding_map.html")]
struct MapPage {
    page: PageFrame,
    sentence: String,
    may_keep: bool,
    find: String,
    cost_centre: String,
    on: String,
    filtered: bool,
    shown: String,
    rows: Vec<Row>,
    pager: Option<Pager>,
    downloads: Vec<Link>,
    links: Vec<Link>,
}

struct Row {
    codes: String,
    href: String,
    pool: String,
    becomes: String,
    days: String,
    state: String,
    kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    find: String,
    #[serde(default)]
    cost_centre: String,
    #[serde(default)]
    on: String,
    after: Option<uuid::Uuid>,
}

impl Asked {
    fn filter(&self) -> MapFilter {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        MapFilter {
            find: some(&self.find),
            cost_centre: some(&self.cost_centre),
            on: fields::date(&self.on),
        }
    }

    fn query(&self) -> String {
        let pairs = [
            ("find", &self.find),
            ("cost_centre", &self.cost_centre),
            ("on", &self.on),
        ];
        serde_urlencoded::to_string(
            pairs
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect::<Vec<_>>(),
        )
        .unwrap_or_default()
    }
}

async fn list(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let filter = asked.filter();
    let after = asked.after.map(CodingMapRowId);
    let mut rows = view::map(db, ctx, &filter, after, SHOWN + 1).await?;
    let more = rows.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let all = i64::try_from(view::count(db, ctx).await?).unwrap_or(i64::MAX);
    let (waiting, amount) = view::to_code(db, ctx).await?;
    let query = asked.query();
    let today = ctx.today();
    let mut sentence = match all {
        0 => "No cost centre or account is coded yet.".to_owned(),
        all => format!(
            "{} turn the ledger’s codes into pools and cost categories.",
            count(all, "row", "rows")
        ),
    };
    sentence.push_str(&match waiting {
        0 => " No line waits to be coded.".to_owned(),
        lines => format!(
            " {} of {} {} to be coded.",
            count(lines, "line", "lines"),
            amount.in_full(),
            if lines == 1 { "waits" } else { "wait" }
        ),
    });
    page(&MapPage {
        page: PageFrame::of(&house, "Coding map").await?,
        sentence,
        may_keep: ctx.require(Operation::KeepCodingMap).is_ok(),
        find: asked.find.clone(),
        cost_centre: asked.cost_centre.clone(),
        on: asked.on.clone(),
        filtered: !query.is_empty(),
        shown: format!("{}, by cost centre, account and project", {
            let shown = i64::try_from(rows.len()).unwrap_or(0);
            if shown == all {
                count(all, "row", "rows")
            } else {
                format!("{} of {} rows", grouped(shown), grouped(all))
            }
        }),
        pager: (more || after.is_some()).then(|| Pager {
            sentence: "The list goes on.".to_owned(),
            previous_href: after.map_or_else(String::new, |_| format!("/coding-map?{query}")),
            next_href: rows
                .last()
                .filter(|_| more)
                .map(|last| format!("/coding-map?{query}&after={}", last.id))
                .unwrap_or_default(),
        }),
        downloads: vec![Link::new(
            "Download these rows as CSV",
            format!("/coding-map/map.csv?{query}"),
        )],
        links: vec![
            Link::new("Lines that wait to be coded", "/waiting-lines"),
            Link::new("Agreement with the finance system", "/ledger-agreement"),
        ],
        rows: rows
            .into_iter()
            .map(|row| {
                let (state, kind) = state(&row, today);
                Row {
                    codes: row_name(&row),
                    href: format!("/coding-map/{}", row.id),
                    pool: row.pool.clone(),
                    becomes: becomes_of(&row),
                    days: days(&row),
                    state: state.to_owned(),
                    kind: kind.to_owned(),
                }
            })
            .collect(),
    })
}

fn row_name(row: &MapRowView) -> String {
    [
        ("Cost centre", &row.cost_centre),
        ("account", &row.account),
        ("project", &row.project),
    ]
    .into_iter()
    .filter_map(|(what, code)| Some(format!("{what} {}", code.as_ref()?)))
    .collect::<Vec<_>>()
    .join(", ")
}

fn becomes_of(row: &MapRowView) -> String {
    becomes(
        &row.category,
        row.capital,
        row.place.as_deref(),
        row.group.as_deref(),
    )
}

fn days(row: &MapRowView) -> String {
    match row.valid_to {
        None => format!("From {}", short(row.valid_from)),
        Some(to) => format!("{} to {}", short(row.valid_from), short(to)),
    }
}

fn state(row: &MapRowView, today: NaiveDate) -> (&'static str, &'static str) {
    if row.withdrawn {
        ("Withdrawn", "off")
    } else if row.valid_to.is_some_and(|to| to < today) {
        ("Ended", "off")
    } else if row.valid_from > today {
        ("Not begun", "todo")
    } else {
        ("Applies", "done")
    }
}

async fn download(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    as_table(&house, &asked.filter()).await
}

#[derive(Debug, Default, Deserialize)]
struct Begun {
    #[serde(default)]
    cost_centre: String,
    #[serde(default)]
    account: String,
}

async fn new_form(house: &House) -> Result<Form, Fault> {
    let mut all = vec![
        Field::heading("Which lines"),
        Field::text("cost_centre", "Cost centre")
            .hint("As the ledger writes it. Leave it empty for any.")
            .width("w20"),
        Field::text("account", "Account")
            .hint("Leave it empty for any.")
            .width("w20"),
        Field::text("project", "Project")
            .hint("Leave it empty for any.")
            .width("w20"),
        Field::date("valid_from", "First date received")
            .hint("Lines received from this day on are coded so. For example, 01/04/2026"),
        Field::heading("What they become"),
    ];
    all.extend(coded_fields(house).await?);
    Ok(Form {
        back: Link::new("Coding map", "/coding-map"),
        heading: "Add a row to the coding map".to_owned(),
        lead:
            "The row that names most of a line’s codes codes it. You see what it would do before \
               it is added."
                .to_owned(),
        action: "/coding-map".to_owned(),
        hidden: Vec::new(),
        fields: all,
        button: "Show what it would do".to_owned(),
        grave: false,
    })
}

async fn new(house: House, begun: web::Query<Begun>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let typed = Fields::default()
        .with("cost_centre", begun.cost_centre.clone())
        .with("account", begun.account.clone())
        .with("capital", "revenue");
    show(&house, new_form(&house).await?, &typed, &Wrong::default()).await
}

async fn add(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let typed = Fields(sent);
    let mut wrong = Wrong::default();
    let valid_from = wrong.date(&typed, "valid_from");
    let coded = coded_as(&typed, &mut wrong);
    if let (true, Some(coded_as)) = (wrong.is_empty(), coded) {
        let code = |name: &str| typed.some(name).map(str::to_owned);
        let row = NewMapRow {
            cost_centre: code("cost_centre"),
            account: code("account"),
            project: code("project"),
            valid_from,
            valid_to: None,
            coded_as,
        };
        let sure = typed.some("sure").is_some();
        let found = match sure {
            false => ops::preview_new(&house.db, &house.ctx, &row)
                .await
                .map(Some),
            true => ops::add(&house.db, &house.ctx, &row).await.map(|_| None),
        };
        match found {
            Ok(Some(preview)) => {
                let heading = format!(
                    "Add {}?",
                    [
                        ("cost centre", &row.cost_centre),
                        ("account", &row.account),
                        ("project", &row.project)
                    ]
                    .into_iter()
                    .filter_map(|(what, code)| Some(format!("{what} {}", code.as_ref()?)))
                    .collect::<Vec<_>>()
                    .join(", ")
                );
                return ask(
                    &house,
                    &heading,
                    &preview,
                    "/coding-map",
                    typed,
                    "Add this row",
                )
                .await;
            }
            Ok(None) => return Ok(see_other(&after_change(&house, &typed).await?)),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, new_form(&house).await?, &typed, &wrong).await
}

/// Codes the lines that wait, if that was asked; where to go on.
async fn after_change(house: &House, typed: &Fields) -> Result<String, Fault> {
    if typed.some("code").is_none() {
        return Ok("/coding-map".to_owned());
    }
    ops::code_by_map(&house.db, &house.ctx).await?;
    Ok("/waiting-lines".to_owned())
}

#[derive(Template)]
#[template(path = "pages/coding_preview.html")]
struct PreviewPage {
    page: PageFrame,
    back: Link,
    heading: String,
    sentence: String,
    stays: String,
    takes_from: Vec<String>,
    action: String,
    hidden: Vec<(String, String)>,
    may_code: bool,
    code_label: String,
    button: String,
}

async fn ask(
    house: &House,
    heading: &str,
    preview: &Preview,
    action: &str,
    typed: Fields,
    button: &str,
) -> Result<HttpResponse, Fault> {
    let lines = |n: i64| count(n, "line", "lines");
    page(&PreviewPage {
        page: PageFrame::of(house, heading).await?,
        back: Link::new("Coding map", "/coding-map"),
        heading: heading.to_owned(),
        sentence: match preview.waiting_lines {
            0 => {
                "No line that waits has these codes and days: it counts for files that are loaded \
                  from now on."
                    .to_owned()
            }
            n => format!(
                "{} of {} that {} would be coded by it.",
                lines(n),
                money(preview.waiting_pence),
                if n == 1 { "waits" } else { "wait" }
            ),
        },
        stays: match preview.stay_lines {
            0 => String::new(),
            n => format!(
                "{} of {} {} already and {} as coded. What counts is never coded anew; if it is \
                 wrong, have the ledger reverse and post it again.",
                lines(n),
                money(preview.stay_pence),
                if n == 1 { "counts" } else { "count" },
                if n == 1 { "stays" } else { "stay" },
            ),
        },
        takes_from: preview.takes_from.clone(),
        action: action.to_owned(),
        hidden: typed.0,
        may_code: preview.waiting_lines > 0,
        code_label: format!("Code the {} that wait now", lines(preview.waiting_lines)),
        button: button.to_owned(),
    })
}

#[derive(Template)]
#[template(path = "pages/coding_row.html")]
struct RowPage {
    page: PageFrame,
    name: String,
    state: String,
    kind: String,
    sentence: String,
    facts: Vec<(String, String, String)>,
    may_keep: bool,
    address: String,
    /// What came with a file of the map has no history of its own.
    history_href: Option<String>,
}

async fn one(house: House, id: web::Path<CodingMapRowId>) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let row = view::row(&house.db, &house.ctx, id).await?;
    let (lines, amount) = view::coded_by(&house.db, &house.ctx, id).await?;
    let (state, kind) = state(&row, house.ctx.today());
    let mut facts = vec![
        (
            "Cost centre",
            any(row.cost_centre.as_deref()),
            String::new(),
        ),
        ("Account", any(row.account.as_deref()), String::new()),
        ("Project", any(row.project.as_deref()), String::new()),
        ("Dates received", days(&row), String::new()),
        ("Pool", row.pool.clone(), format!("/pools/{}", row.pool_id)),
        ("Cost category", row.category.clone(), String::new()),
        (
            "Capital or revenue",
            if row.capital { "Capital" } else { "Revenue" }.to_owned(),
            String::new(),
        ),
        (
            "Place",
            row.place.clone().unwrap_or_default(),
            String::new(),
        ),
        (
            "Group",
            row.group.clone().unwrap_or_default(),
            String::new(),
        ),
        (
            "Added",
            by(row.created_by.as_deref(), row.created_at),
            String::new(),
        ),
        (
            "End stated",
            row.ended_at
                .map(|at| by(row.ended_by.as_deref(), at))
                .unwrap_or_default(),
            String::new(),
        ),
    ];
    if let Some(earlier) = row.replaces_id {
        facts.push((
            "Took the place of",
            "The row before it".to_owned(),
            format!("/coding-map/{earlier}"),
        ));
    }
    facts.retain(|(_, value, _)| !value.is_empty());
    page(&RowPage {
        page: PageFrame::of(&house, &row_name(&row)).await?,
        name: row_name(&row),
        state: state.to_owned(),
        kind: kind.to_owned(),
        sentence: match lines {
            0 => "No line that counts was coded by it.".to_owned(),
            n => format!(
                "{} of {} {} coded by it.",
                count(n, "line", "lines"),
                amount.in_full(),
                if n == 1 { "was" } else { "were" }
            ),
        },
        facts: facts
            .into_iter()
            .map(|(key, value, href)| (key.to_owned(), value, href))
            .collect(),
        may_keep: !row.withdrawn && house.ctx.require(Operation::KeepCodingMap).is_ok(),
        address: format!("/coding-map/{id}"),
        history_href: crate::pages::history::latest(&house, "coding_map_row", id.0)
            .await
            .is_ok()
            .then(|| format!("/history/coding_map_row/{id}")),
    })
}

fn by(who: Option<&str>, at: chrono::DateTime<chrono::Utc>) -> String {
    format!(
        "{}, by {}",
        words::date(at.with_timezone(&chrono_tz::Europe::London).date_naive()),
        who.unwrap_or("the command line")
    )
}

async fn changing(house: &House, row: &MapRowView) -> Result<Form, Fault> {
    let mut all = vec![
        Field::date("from", "From which date received")
            .hint("Earlier lines stay as they are. For example, 01/10/2026"),
    ];
    all.extend(coded_fields(house).await?);
    Ok(Form {
        back: Link::new(row_name(row), format!("/coding-map/{}", row.id)),
        heading: format!("Change {} from a day on", row_name(row)),
        lead: "This row ends the day before, and another takes its place. You see what that would \
               do first."
            .to_owned(),
        action: format!("/coding-map/{}/change", row.id),
        hidden: vec![("version".to_owned(), row.version.to_string())],
        fields: all,
        button: "Show what it would do".to_owned(),
        grave: false,
    })
}

async fn change_form(house: House, id: web::Path<CodingMapRowId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let row = view::row(&house.db, &house.ctx, id.into_inner()).await?;
    let typed = Fields::default()
        .with("pool_id", row.pool_id.to_string())
        .with("category_id", row.category_id.to_string())
        .with("capital", super::capital(row.capital))
        .with("place", row.place.clone().unwrap_or_default())
        .with("group", row.group.clone().unwrap_or_default());
    show(
        &house,
        changing(&house, &row).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

async fn change(
    house: House,
    id: web::Path<CodingMapRowId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let id = id.into_inner();
    let row = view::row(&house.db, &house.ctx, id).await?;
    let typed = Fields(sent);
    let mut wrong = Wrong::default();
    let from = wrong.date(&typed, "from");
    let coded = coded_as(&typed, &mut wrong);
    if let (true, Some(coded_as)) = (wrong.is_empty(), coded) {
        let new = ChangeMapRow { from, coded_as };
        let version = typed.version();
        let found = match typed.some("sure").is_some() {
            false => ops::preview_change(&house.db, &house.ctx, id, &new)
                .await
                .map(Some),
            true => ops::change(&house.db, &house.ctx, id, version, &new)
                .await
                .map(|_| None),
        };
        match found {
            Ok(Some(preview)) => {
                let heading = format!("Change {} from {}?", row_name(&row), short(from));
                let action = format!("/coding-map/{id}/change");
                return ask(&house, &heading, &preview, &action, typed, "Change it").await;
            }
            Ok(None) => return Ok(see_other(&after_change(&house, &typed).await?)),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, changing(&house, &row).await?, &typed, &wrong).await
}

fn ending(row: &MapRowView) -> Form {
    Form {
        back: Link::new(row_name(row), format!("/coding-map/{}", row.id)),
        heading: format!("End {}", row_name(row)),
        lead:
            "Lines received after its last day wait to be coded, unless another row is for them. \
               A last day before its first withdraws the row. An end is not put off later."
                .to_owned(),
        action: format!("/coding-map/{}/ending", row.id),
        hidden: vec![("version".to_owned(), row.version.to_string())],
        fields: vec![Field::date("last_on", "Last date received")],
        button: "End this row".to_owned(),
        grave: true,
    }
}

async fn end_form(house: House, id: web::Path<CodingMapRowId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let row = view::row(&house.db, &house.ctx, id.into_inner()).await?;
    show(&house, ending(&row), &Fields::default(), &Wrong::default()).await
}

async fn end(
    house: House,
    id: web::Path<CodingMapRowId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let id = id.into_inner();
    let row = view::row(&house.db, &house.ctx, id).await?;
    let typed = Fields(sent);
    let mut wrong = Wrong::default();
    let last_on = wrong.date(&typed, "last_on");
    if wrong.is_empty() {
        let version = typed.version();
        match ops::end(&house.db, &house.ctx, id, version, EndMapRow { last_on }).await {
            Ok(_) => return Ok(see_other(&format!("/coding-map/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, ending(&row), &typed, &wrong).await
}
