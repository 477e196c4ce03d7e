//! What an application asks for, by year and budget line: a table to be filled in.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::applications::ops::{self, BudgetLine};
use domain::applications::view::{self, ApplicationView};
use entity::ApplicationId;

use super::{crumbs_to, read_year, typed_year};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::awards::form::Typed;
use crate::pages::fields::{Fields, Wrong, line_of};
use crate::pages::{Link, PageFrame, mark_as_wrong, page, see_other};

/// Empty rows under those that are filled in.
const EMPTY: usize = 4;

#[derive(Template)]
#[template(path = "pages/application_budget.html")]
struct BudgetPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    sentence: String,
    errors: Vec<Link>,
    action: String,
    version: String,
    rows: Vec<Row>,
}

#[derive(Clone, Default)]
struct Row {
    n: usize,
    label: String,
    year: String,
    amount: String,
    capital: bool,
    error: String,
}

impl Row {
    fn is_empty(&self) -> bool {
        self.label.trim().is_empty() && self.year.trim().is_empty() && self.amount.trim().is_empty()
    }
}

async fn render(
    house: &House,
    seen: &ApplicationView,
    mut rows: Vec<Row>,
    errors: Vec<Link>,
) -> Result<HttpResponse, Fault> {
    let id = seen.summary.id;
    for _ in 0..EMPTY {
        rows.push(Row::default());
    }
    for (n, row) in rows.iter_mut().enumerate() {
        row.n = n + 1;
    }
    let failed = !errors.is_empty();
    let mut reply = page(&BudgetPage {
        page: PageFrame::of(house, "What it asks for").await?,
        crumbs: crumbs_to(&seen.summary.title, id),
        title: seen.summary.title.clone(),
        sentence: match seen.summary.asked_pence {
            Money::ZERO => "Nothing is asked for yet.".to_owned(),
            asked => format!("It asks for {} now.", asked.in_full()),
        },
        errors,
        action: format!("/applications/{id}/budget"),
        version: seen.summary.version.to_string(),
        rows,
    })?;
    if failed {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

pub async fn ask(house: House, path: web::Path<ApplicationId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeApplication)?;
    let seen = view::one(&house.db, &house.ctx, *path).await?;
    let rows = seen
        .lines
        .iter()
        .map(|line| Row {
            n: 0,
            label: line.label.clone(),
            year: typed_year(line.year_from),
            amount: line.amount_pence.as_typed(),
            capital: line.capital,
            error: String::new(),
        })
        .collect();
    render(&house, &seen, rows, Vec::new()).await
}

pub async fn save(
    house: House,
    path: web::Path<ApplicationId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeApplication)?;
    let id = *path;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let mut rows: Vec<Row> = (1..=250)
        .map(|n| Row {
            n,
            label: fields.text(&format!("label.{n}")),
            year: fields.text(&format!("year.{n}")),
            amount: fields.text(&format!("amount.{n}")),
            capital: fields.some(&format!("capital.{n}")).is_some(),
            error: String::new(),
        })
        .filter(|row| !row.is_empty())
        .collect();
    let mut lines = Vec::with_capacity(rows.len());
    for row in &mut rows {
        let (year, amount) = (read_year(&row.year), Money::from_typed(&row.amount));
        row.error = match (year, amount) {
            (None, _) => "Enter a year, such as 2027-28.".to_owned(),
            (_, None) => "Enter an amount in pounds, such as 1,234.56.".to_owned(),
            _ => String::new(),
        };
        if let (Some(year_from), Some(amount_pence)) = (year, amount) {
            lines.push(BudgetLine {
                year_from,
                label: row.label.clone(),
                capital: row.capital,
                amount_pence,
            });
        }
    }
    let mut errors = Vec::new();
    if rows.iter().all(|row| row.error.is_empty()) {
        let mut terms = super::steps::terms_of(&seen);
        terms.lines = lines;
        let expected = fields.version();
        match ops::change(&house.db, &house.ctx, id, &terms, expected).await {
            Ok(_) if fields.some("more").is_some() => {
                return Ok(see_other(&format!("/applications/{id}/budget")));
            }
            Ok(_) => return Ok(see_other(&format!("/applications/{id}"))),
            Err(domain::Error::Invalid(found)) => {
                for field in found {
                    let row = line_of(&field.pointer).and_then(|n| rows.get_mut(n));
                    match row {
                        Some(row) if row.error.is_empty() => row.error = field.detail,
                        Some(_) => {}
                        None => errors.push(Link::new(field.detail, "")),
                    }
                }
            }
            Err(other) => {
                let mut wrong = Wrong::default();
                wrong.take(other)?;
                errors.extend(wrong.links());
            }
        }
    }
    for (n, row) in rows.iter().enumerate() {
        if !row.error.is_empty() {
            errors.push(Link::new(
                format!("Line {}: {}", n + 1, row.error),
                format!("#label.{}", n + 1),
            ));
        }
    }
    render(&house, &seen, rows, errors).await
}
