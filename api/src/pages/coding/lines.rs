//! Lines that wait to be coded: the list, and one line at a time, with Enter alone where the first
//! suggestion is right.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::calendar::rules::first_of_month;
use domain::coding::ops::{self, CodeLines, CodedAs, MOST_AT_ONCE, NewMapRow};
use domain::coding::view::{self, WaitingFilter, WaitingLineDetail};
use entity::WaitingLineId;
use serde::Deserialize;

use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong};
use super::super::form::{Choice, Field, filled};
use super::super::shapes::Pager;
use super::super::spend::parts::{grouped, money, short};
use super::super::{Link, PageFrame, mark_as_wrong, page, see_other, words};
use super::{becomes, coded_as, coded_fields};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::json::coding::waiting_table;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/waiting-lines").route(web::get().to(list)))
        .service(web::resource("/waiting-lines/lines.csv").route(web::get().to(download)))
        .service(web::resource("/waiting-lines/by-map").route(web::post().to(by_map)))
        .service(
            web::resource("/waiting-lines/{id}")
                .route(web::get().to(one))
                .route(web::post().to(code)),
        );
}

const SHOWN: u64 = 50;

#[derive(Template)]
#[template(path = "pages/waiting_lines.html")]
struct ListPage {
    page: PageFrame,
    sentence: String,
    may_code: bool,
    groups: Vec<GroupRow>,
    groups_shown: String,
    shown: String,
    rows: Vec<LineRow>,
    total: String,
    pager: Option<Pager>,
    downloads: Vec<Link>,
}

struct GroupRow {
    name: String,
    href: String,
    first: String,
    lines: String,
    amount: String,
}

struct LineRow {
    supplier: String,
    href: String,
    what: String,
    codes: String,
    date: String,
    from: String,
    amount: String,
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<uuid::Uuid>,
}

async fn list(house: House, query: web::Query<After>) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let groups = view::groups(db, ctx).await?;
    let after = query.after.map(WaitingLineId);
    let all = WaitingFilter::default();
    let mut lines = view::waiting(db, ctx, &all, after, SHOWN + 1).await?;
    let more = lines.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
    if more {
        lines.pop();
    }
    let (waiting, amount) = view::to_code(db, ctx).await?;
    let may_code = ctx.require(Operation::CodeLines).is_ok();
    page(&ListPage {
        page: PageFrame::of(&house, "Lines to code").await?,
        sentence: match waiting {
            0 => "No line waits to be coded.".to_owned(),
            1 => format!(
                "1 line of {} waits to be coded. Until then it counts in no pool, award or return.",
                amount.in_full()
            ),
            n => format!(
                "{} lines of {} wait to be coded. Until then they count in no pool, award or return.",
                grouped(n),
                amount.in_full()
            ),
        },
        may_code,
        groups_shown: "the most lines first".to_owned(),
        groups: groups
            .into_iter()
            .map(|group| GroupRow {
                name: codes(group.cost_centre.as_deref(), group.account.as_deref(), None),
                href: format!("/waiting-lines/{}?scope=group", group.first_id),
                first: short(group.first_on),
                lines: grouped(group.lines),
                amount: money(group.amount_pence),
            })
            .collect(),
        shown: format!(
            "{} of {}, in the order in which they came",
            grouped(i64::try_from(lines.len()).unwrap_or(0)),
            grouped(waiting)
        ),
        total: money(lines.iter().map(|line| line.amount_pence).sum()),
        pager: (more || after.is_some()).then(|| Pager {
            sentence: format!("All together are {}.", amount.in_full()),
            previous_href: after.map_or_else(String::new, |_| "/waiting-lines#list".to_owned()),
            next_href: lines
                .last()
                .filter(|_| more)
                .map(|last| format!("/waiting-lines?after={}#list", last.id))
                .unwrap_or_default(),
        }),
        downloads: vec![Link::new(
            "Download all lines that wait as CSV",
            "/waiting-lines/lines.csv",
        )],
        rows: lines
            .into_iter()
            .map(|line| LineRow {
                supplier: line.supplier.unwrap_or_else(|| "Not named".to_owned()),
                href: format!("/waiting-lines/{}", line.id),
                what: line.description.unwrap_or_default(),
                codes: codes(
                    line.cost_centre.as_deref(),
                    line.account.as_deref(),
                    line.project.as_deref(),
                ),
                date: short(line.incurred_on),
                from: format!("{}, row {}", line.file_name, line.row),
                amount: money(line.amount_pence),
            })
            .collect(),
    })
}

fn codes(centre: Option<&str>, account: Option<&str>, project: Option<&str>) -> String {
    let named: Vec<String> = [
        ("cost centre", centre),
        ("account", account),
        ("project", project),
    ]
    .into_iter()
    .filter_map(|(what, code)| Some(format!("{what} {}", code?)))
    .collect();
    let mut name = named.join(", ");
    if name.is_empty() {
        name.push_str("No code at all");
    }
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

async fn download(house: House) -> Result<HttpResponse, Fault> {
    waiting_table(&house, &WaitingFilter::default()).await
}

async fn by_map(
    house: House,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    ops::code_by_map(&house.db, &house.ctx).await?;
    Ok(see_other("/waiting-lines"))
}

#[derive(Template)]
#[template(path = "pages/waiting_line.html")]
struct LinePage {
    page: PageFrame,
    errors: Vec<Link>,
    supplier: String,
    amount: String,
    sentence: String,
    facts: Vec<(String, String)>,
    may_code: bool,
    suggestions: Vec<Choice>,
    chosen_error: String,
    open: bool,
    fields: Vec<Field>,
    scopes: Vec<Choice>,
    map_from: String,
    map_from_error: String,
    may_map: bool,
    action: String,
    skip: String,
}

#[derive(Debug, Default, Deserialize)]
struct Scoped {
    #[serde(default)]
    scope: String,
}

async fn one(
    house: House,
    id: web::Path<WaitingLineId>,
    scoped: web::Query<Scoped>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let detail = match view::waiting_line(&house.db, &house.ctx, id).await {
        Ok(detail) => detail,
        // whoever comes back to a line that was coded is shown what became of it
        Err(domain::Error::NotFound) => {
            return match view::became(&house.db, &house.ctx, id).await? {
                Some(line) => Ok(see_other(&format!("/spend/{line}"))),
                None => Err(domain::Error::NotFound.into()),
            };
        }
        Err(error) => return Err(error.into()),
    };
    let scope = if scoped.scope.is_empty() {
        "line"
    } else {
        scoped.scope.as_str()
    };
    let typed = Fields::default()
        .with(
            "as",
            if detail.suggestions.is_empty() {
                "other"
            } else {
                "0"
            },
        )
        .with("capital", super::capital(detail.line.capital == Some(true)))
        .with("scope", scope);
    shown(&house, &detail, &typed, &Wrong::default()).await
}

fn group_of(detail: &WaitingLineDetail) -> WaitingFilter {
    WaitingFilter {
        cost_centre: detail.line.cost_centre.clone(),
        account: detail.line.account.clone(),
        import: None,
    }
}

/// Where the map's row would begin: with the month of the earliest line of the group.
async fn group(
    house: &House,
    detail: &WaitingLineDetail,
) -> Result<(i64, chrono::NaiveDate), Fault> {
    let found = view::groups(&house.db, &house.ctx)
        .await?
        .into_iter()
        .find(|group| {
            group.cost_centre == detail.line.cost_centre && group.account == detail.line.account
        });
    Ok(
        found.map_or((1, first_of_month(detail.line.incurred_on)), |group| {
            (group.lines, first_of_month(group.first_on))
        }),
    )
}

async fn shown(
    house: &House,
    detail: &WaitingLineDetail,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let line = &detail.line;
    let (lines, from) = group(house, detail).await?;
    let supplier = line
        .supplier
        .clone()
        .unwrap_or_else(|| "Not named".to_owned());
    let may_code = house.ctx.require(Operation::CodeLines).is_ok();
    let may_map = house.ctx.require(Operation::KeepCodingMap).is_ok()
        && (line.cost_centre.is_some() || line.account.is_some());
    let these = codes(line.cost_centre.as_deref(), line.account.as_deref(), None);
    let mut scopes = vec![Choice::new("line", "This line only")];
    if lines > 1 {
        scopes.push(Choice::new(
            "group",
            format!(
                "The {} lines that wait under {}",
                grouped(lines),
                lower(&these)
            ),
        ));
    }
    if may_map {
        scopes.push(Choice {
            hint: "A row for these codes is added to the coding map.".to_owned(),
            ..Choice::new(
                "map",
                format!("Every line under {}, now and in later files", lower(&these)),
            )
        });
    }
    for choice in &mut scopes {
        choice.selected = typed.some("scope") == Some(choice.value.as_str());
    }
    let chosen = typed.text("as");
    let mut suggestions: Vec<Choice> = detail
        .suggestions
        .iter()
        .enumerate()
        .map(|(at, way)| Choice {
            hint: way.why.clone(),
            selected: chosen == at.to_string(),
            ..Choice::new(
                at,
                format!(
                    "{}: {}",
                    way.pool,
                    becomes(
                        &way.category,
                        way.capital,
                        way.place.as_deref(),
                        way.group.as_deref()
                    )
                ),
            )
        })
        .collect();
    if !suggestions.is_empty() {
        suggestions.push(Choice {
            selected: chosen == "other",
            ..Choice::new("other", "Something else")
        });
    }
    let facts = [
        ("For", line.description.clone().unwrap_or_default()),
        ("Cost centre", line.cost_centre.clone().unwrap_or_default()),
        ("Account", line.account.clone().unwrap_or_default()),
        ("Project", line.project.clone().unwrap_or_default()),
        ("Date received", words::date(line.incurred_on)),
        ("Ledger month", words::month(line.ledger_month)),
        ("Transaction", line.transaction.clone().unwrap_or_default()),
        ("From", format!("{}, row {}", line.file_name, line.row)),
    ];
    let (errors, fields) = filled(coded_fields(house).await?, typed, wrong);
    let mut reply = page(&LinePage {
        page: PageFrame::of(house, &format!("Code {supplier}")).await?,
        errors,
        amount: money(line.amount_pence),
        sentence: match detail.suggestions.first() {
            Some(first) => first.why.clone(),
            None => "No line like it was coded before.".to_owned(),
        },
        supplier,
        facts: facts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        may_code,
        open: detail.suggestions.is_empty() || chosen == "other" || !wrong.is_empty(),
        chosen_error: wrong.of("as"),
        suggestions,
        fields,
        scopes,
        map_from: typed
            .some("map_from")
            .map_or_else(|| from.format("%d/%m/%Y").to_string(), str::to_owned),
        map_from_error: wrong.of("map_from"),
        may_map,
        action: format!("/waiting-lines/{}", line.id),
        skip: next(house, line.id).await?,
    })?;
    if !wrong.is_empty() {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

/// The page of the line that follows; the list's after the last.
async fn next(house: &House, id: WaitingLineId) -> Result<String, Fault> {
    let all = WaitingFilter::default();
    let line = view::waiting(&house.db, &house.ctx, &all, Some(id), 1).await?;
    Ok(line.first().map_or_else(
        || "/waiting-lines".to_owned(),
        |line| format!("/waiting-lines/{}", line.id),
    ))
}

async fn code(
    house: House,
    id: web::Path<WaitingLineId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CodeLines)?;
    let id = id.into_inner();
    let detail = view::waiting_line(&house.db, &house.ctx, id).await?;
    let typed = Fields(sent);
    let mut wrong = Wrong::default();
    let coded_as = chosen(&detail, &typed, &mut wrong);
    if let (true, Some(coded_as)) = (wrong.is_empty(), coded_as) {
        match carry_out(&house, &detail, coded_as, &typed, &mut wrong).await {
            Ok(()) if wrong.is_empty() => return Ok(see_other(&next(&house, id).await?)),
            Ok(()) => {}
            Err(error) => wrong.take(error)?,
        }
    }
    shown(&house, &detail, &typed, &wrong).await
}

/// The suggestion that was taken, or what was typed.
fn chosen(detail: &WaitingLineDetail, typed: &Fields, wrong: &mut Wrong) -> Option<CodedAs> {
    let way = typed
        .some("as")
        .and_then(|at| at.parse::<usize>().ok())
        .and_then(|at| detail.suggestions.get(at));
    match way {
        Some(way) => Some(CodedAs {
            pool_id: way.pool_id,
            category_id: way.category_id,
            place: way.place.clone(),
            group: way.group.clone(),
            capital: way.capital,
        }),
        None => coded_as(typed, wrong),
    }
}

async fn carry_out(
    house: &House,
    detail: &WaitingLineDetail,
    coded_as: CodedAs,
    typed: &Fields,
    wrong: &mut Wrong,
) -> domain::Result<()> {
    let (db, ctx) = (&house.db, &house.ctx);
    match typed.some("scope") {
        Some("map") => {
            let valid_from = wrong.date(typed, "map_from");
            if !wrong.is_empty() {
                return Ok(());
            }
            let row = NewMapRow {
                cost_centre: detail.line.cost_centre.clone(),
                account: detail.line.account.clone(),
                project: None,
                valid_from,
                valid_to: None,
                coded_as,
            };
            ops::add(db, ctx, &row).await?;
            ops::code_by_map(db, ctx).await?;
        }
        Some("group") => loop {
            let most = u64::try_from(MOST_AT_ONCE).unwrap_or(1);
            let lines = view::waiting(db, ctx, &group_of(detail), None, most).await?;
            let line_ids: Vec<WaitingLineId> = lines
                .iter()
                .filter(|line| {
                    line.cost_centre == detail.line.cost_centre
                        && line.account == detail.line.account
                })
                .map(|line| line.id)
                .collect();
            if line_ids.is_empty() {
                break;
            }
            let new = CodeLines {
                line_ids,
                coded_as: coded_as.clone(),
            };
            ops::code_lines(db, ctx, &new).await?;
        },
        _ => {
            let new = CodeLines {
                line_ids: vec![detail.line.id],
                coded_as,
            };
            ops::code_lines(db, ctx, &new).await?;
        }
    }
    Ok(())
}
