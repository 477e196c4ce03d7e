//! A figure: where does this come from? And putting another in its place, with the reason.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::paging::Cursor;
use domain::returns::ops::{self, NewAnswer};
use domain::returns::rules::Counted;
use domain::returns::view::{self, Figure, FigureLine, ReturnView};
use entity::{FieldKind, GrantReturnId};
use serde::Deserialize;

use super::check_again;
use super::section::{read, shown, shown_in};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::json::{csv, tables};
use crate::pages::shapes::{Fact, Pager, crumbs_to};
use crate::pages::today::{ROWS, begins, pager_after};
use crate::pages::{Link, PageFrame, page, see_other, words};

#[derive(Template)]
#[template(path = "pages/figure.html")]
struct FigurePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    amount: String,
    sentence: String,
    place: String,
    rests_on: String,
    rule: String,
    shown: String,
    heading: String,
    table: TableWords,
    lines: Vec<Line>,
    has_lines: bool,
    total: String,
    checks: Vec<Fact>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
    address: String,
    may_change: bool,
    typed: bool,
    value: String,
    reason: String,
    errors: Vec<Link>,
    value_error: String,
    reason_error: String,
}

/// The table of what a figure is made of, in the words of what was counted.
struct TableWords {
    caption: &'static str,
    who: &'static str,
    what: &'static str,
    on: &'static str,
    nothing: &'static str,
    /// Whether each line stands in a file of the ledger.
    ledger: bool,
}

impl TableWords {
    const fn of(counted: Option<Counted>) -> Self {
        match counted {
            Some(Counted::Forecast) => Self {
                caption: "Forecasts",
                who: "Cost category",
                what: "Entered",
                on: "Month",
                nothing: "Nothing is forecast for these months.",
                ledger: false,
            },
            Some(Counted::Match) => Self {
                caption: "Match funding",
                who: "Whose money",
                what: "What shows it",
                on: "Month",
                nothing: "No match funding is recorded for these months.",
                ledger: false,
            },
            _ => Self {
                caption: "Spend lines",
                who: "Paid to",
                what: "For",
                on: "Date",
                nothing: "",
                ledger: true,
            },
        }
    }
}

struct Line {
    supplier: String,
    href: String,
    what: String,
    date: String,
    reference: String,
    amount: String,
    part: String,
    file: String,
    file_href: String,
    row: String,
}

/// A month of a forecast or of match funding.
fn month(line: &FigureLine) -> Line {
    let capital = if line.capital { "capital" } else { "revenue" };
    let name = line
        .who
        .clone()
        .or_else(|| line.category.clone())
        .unwrap_or_else(|| "Every category".to_owned());
    Line {
        supplier: format!("{name}, {capital}"),
        what: line.description.clone().unwrap_or_default(),
        date: words::month(line.on),
        ..self::line(line)
    }
}

fn line(line: &FigureLine) -> Line {
    Line {
        supplier: line.who.clone().unwrap_or_else(|| "Not named".to_owned()),
        href: line
            .spend_line_id
            .map_or_else(String::new, |id| format!("/spend/{id}")),
        what: [line.category.as_deref(), line.description.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": "),
        date: words::date(line.on),
        reference: line.ledger_reference.clone().unwrap_or_default(),
        amount: line.whole.in_full(),
        part: line.amount.in_full(),
        file: line.file_name.clone().unwrap_or_default(),
        file_href: line
            .import_id
            .map_or_else(String::new, |id| format!("/imports/{id}")),
        row: line.row_no.map_or_else(String::new, |row| row.to_string()),
    }
}

#[derive(Deserialize)]
pub struct Which {
    after: Option<String>,
}

#[derive(Default)]
struct Tried {
    value: String,
    reason: String,
    value_error: String,
    reason_error: String,
}

pub async fn figure(
    house: House,
    at: web::Path<(GrantReturnId, String)>,
    which: web::Query<Which>,
) -> Result<HttpResponse, Fault> {
    let (id, key) = at.into_inner();
    let after = begins(which.after.as_deref());
    render(&house, id, &key, after, Tried::default()).await
}

/// What it is made of as a file: every line, for those who may look at them.
pub async fn download(
    house: House,
    at: web::Path<(GrantReturnId, String)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReadSpend)?;
    let (id, key) = at.into_inner();
    let found = view::figure(&house.db, &house.ctx, id, &key, None, csv::MOST).await?;
    Ok(tables::figure(found))
}

fn kind_of(seen: &ReturnView, key: &str) -> Result<FieldKind, Error> {
    seen.sections
        .iter()
        .flat_map(|section| &section.answers)
        .find(|answer| answer.key == key)
        .map(|answer| answer.kind)
        .ok_or(Error::NotFound)
}

async fn render(
    house: &House,
    id: GrantReturnId,
    key: &str,
    after: Option<Cursor>,
    tried: Tried,
) -> Result<HttpResponse, Fault> {
    let found: Figure = view::figure(&house.db, &house.ctx, id, key, after, ROWS).await?;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let kind = kind_of(&seen, key)?;
    let address = format!("/returns/{id}");
    let crumbs = crumbs_to(&seen.summary.title, &address);
    let typed = found.typed_by.is_some();
    let mut checks = Vec::new();
    if typed {
        checks.push(Fact::new("Drafted", shown(kind, &found.drafted)));
        checks.push(Fact::new(
            "Typed by",
            found.typed_by.clone().unwrap_or_default(),
        ));
        checks.push(Fact::new("Why", found.reason.clone().unwrap_or_default()));
    }
    for change in seen.restated.iter().filter(|change| change.key == key) {
        checks.push(Fact::new("As certified", change.as_certified.in_full()));
        checks.push(Fact::new("As now known", change.as_now.in_full()));
        checks.push(Fact::new("Difference", change.difference.in_full()));
    }
    let table = TableWords::of(found.counted);
    let (lines, total, total_lines) = found.lines.as_ref().map_or_else(
        || (Vec::new(), String::new(), 0),
        |lines| {
            (
                lines
                    .lines
                    .iter()
                    .map(if table.ledger { line } else { month })
                    .collect(),
                lines.total.in_full(),
                lines.total_lines,
            )
        },
    );
    let next = found.lines.as_ref().and_then(|lines| lines.next.as_deref());
    let next = begins(next);
    let errors = [
        ("value", &tried.value_error),
        ("reason", &tried.reason_error),
    ]
    .into_iter()
    .filter(|(_, error)| !error.is_empty())
    .map(|(name, error)| Link::new(error.clone(), format!("#{name}")))
    .collect();
    let is_figure = matches!(kind, FieldKind::Money | FieldKind::Number);
    let amount = seen
        .sections
        .iter()
        .flat_map(|section| &section.answers)
        .find(|answer| answer.key == key)
        .map_or_else(|| shown(kind, &found.value), shown_in);
    page(&FigurePage {
        page: PageFrame::of(house, &found.label).await?,
        crumbs,
        title: found.label.clone(),
        amount: if amount.is_empty() {
            "Not answered yet".to_owned()
        } else {
            amount
        },
        sentence: found
            .sentence
            .clone()
            .unwrap_or_else(|| "A person answers this; nothing drafts it.".to_owned()),
        place: found.place.replace('!', ", cell "),
        rests_on: seen.rests_on.clone(),
        rule: found.rule.clone().unwrap_or_default(),
        shown: match total_lines {
            1 => "1 line".to_owned(),
            many => format!("{many} lines, all of them in the sum"),
        },
        heading: "What it is made of".to_owned(),
        has_lines: found.lines.is_some(),
        table,
        lines,
        total,
        checks,
        downloads: vec![Link::new(
            "All of these lines (CSV)",
            format!("{address}/figures/{key}/lines.csv"),
        )],
        pager: pager_after(&format!("{address}/figures/{key}"), &[], after, next),
        // What a person answers in words is written in its section.
        may_change: (is_figure || !found.drafted.is_null())
            && seen.may_change
            && seen.offered_revision.is_none()
            && house.ctx.require(Operation::AnswerField).is_ok(),
        typed,
        value: tried.value,
        reason: tried.reason,
        errors,
        value_error: tried.value_error,
        reason_error: tried.reason_error,
        address: format!("{address}/figures/{key}"),
    })
}

#[derive(Deserialize)]
pub struct Put {
    #[serde(default)]
    value: String,
    #[serde(default)]
    reason: String,
}

/// Puts another figure in the drafted one's place, with the reason.
pub async fn put(
    house: House,
    at: web::Path<(GrantReturnId, String)>,
    PageForm(form): PageForm<Put>,
) -> Result<HttpResponse, Fault> {
    let (id, key) = at.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    if seen.offered_revision.is_some() {
        return Err(Error::refused(
            "read-as-it-stands",
            format!(
                "It waits for {}, who read it as it stands. Take it back to change it.",
                seen.summary.waits_for
            ),
        )
        .into());
    }
    let mut tried = Tried {
        value: form.value.clone(),
        reason: form.reason.clone(),
        ..Tried::default()
    };
    match read(kind_of(&seen, &key)?, &form.value) {
        Err(detail) => tried.value_error = detail,
        Ok(serde_json::Value::Null) => {
            tried.value_error =
                "Enter the figure that stands in the drafted one’s place.".to_owned();
        }
        Ok(value) => {
            let reason = (!form.reason.trim().is_empty()).then(|| form.reason.trim().to_owned());
            let new = NewAnswer { value, reason };
            match ops::answer(&house.db, &house.ctx, id, &key, &new, None).await {
                Ok(_) => {
                    check_again(&house, id).await;
                    return Ok(see_other(&format!("/returns/{id}/figures/{key}")));
                }
                Err(Error::Invalid(fields)) => {
                    for field in fields {
                        if field.pointer.contains("reason") {
                            tried.reason_error = field.detail;
                        } else {
                            tried.value_error = field.detail;
                        }
                    }
                }
                Err(other) => return Err(other.into()),
            }
        }
    }
    render(&house, id, &key, None, tried).await
}

/// Takes the typed figure back: the drafted one stands again.
pub async fn undo(
    house: House,
    at: web::Path<(GrantReturnId, String)>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (id, key) = at.into_inner();
    ops::undo(&house.db, &house.ctx, id, &key, None).await?;
    check_again(&house, id).await;
    Ok(see_other(&format!("/returns/{id}/figures/{key}")))
}
