//! One faulty row of an import: what is wrong, and what is decided about it.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::imports::ops::{self, Correction, Resolution};
use domain::imports::view;
use entity::{FaultResolution, ImportState, SpendImportId};

use super::super::{Link, PageFrame, page, see_other};
use super::import::decided;
use super::parts::{money, pounds};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/imports/{id}/rows/{row}")
            .route(web::get().to(row))
            .route(web::post().to(settle_row)),
    );
}

#[derive(Template)]
#[template(path = "pages/import_row.html")]
struct RowPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    row: u32,
    errors: Vec<Link>,
    faults: Vec<String>,
    decided: String,
    may_settle: bool,
    may_correct: bool,
    may_replace: bool,
    aside: String,
    aside_error: String,
    cells: Vec<CellInput>,
    reason: String,
    reason_error: String,
    amount: String,
    amount_read: String,
    amount_error: String,
    address: String,
    /// The line that counts and that it says otherwise.
    counts_href: String,
}

struct CellInput {
    name: String,
    label: String,
    value: String,
    error: String,
}

async fn row(house: House, path: web::Path<(SpendImportId, u32)>) -> Result<HttpResponse, Fault> {
    let (id, row) = path.into_inner();
    page(&row_shown(&house, id, row).await?)
}

async fn row_shown(house: &House, id: SpendImportId, row: u32) -> Result<RowPage, Fault> {
    let import = view::import(&house.db, &house.ctx, id).await?;
    let fault = view::fault(&house.db, &house.ctx, id, row).await?;
    let address = format!("/imports/{id}");
    let open = matches!(import.state, ImportState::Waiting | ImportState::Ready)
        && !matches!(
            fault.resolution,
            Some(FaultResolution::Corrected | FaultResolution::Replaced)
        )
        && house.ctx.require(Operation::SettleFault).is_ok();
    let at_fault = |column: &str| {
        fault
            .faults
            .iter()
            .filter(|found| found.column.as_deref() == Some(column))
            .map(|found| found.message.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    Ok(RowPage {
        page: PageFrame::of(house, &format!("Row {row} of {}", import.file_name)).await?,
        crumbs: vec![
            Link::new("Imports", "/imports"),
            Link::new(import.file_name.clone(), address.clone()),
        ],
        row,
        errors: Vec::new(),
        faults: fault
            .faults
            .iter()
            .map(|found| found.message.clone())
            .collect(),
        decided: decided(&fault),
        may_settle: open,
        may_correct: open && fault.may_correct,
        may_replace: open && fault.may_replace,
        aside: String::new(),
        aside_error: String::new(),
        reason: fault.reason.clone().unwrap_or_default(),
        reason_error: String::new(),
        amount: String::new(),
        amount_read: fault.amount_pence.map_or_else(String::new, money),
        amount_error: String::new(),
        counts_href: fault
            .counts_line_id
            .filter(|_| house.ctx.require(Operation::ReadSpend).is_ok())
            .map_or_else(String::new, |line| format!("/spend/{line}")),
        address: format!("{address}/rows/{row}"),
        cells: fault
            .cells
            .iter()
            .map(|cell| CellInput {
                name: format!("cell-{}", cell.column),
                label: if cell.heading.is_empty() {
                    format!("Column {}", cell.column)
                } else {
                    cell.heading.clone()
                },
                value: cell.value.clone(),
                error: at_fault(&cell.column),
            })
            .collect(),
    })
}

async fn settle_row(
    house: House,
    path: web::Path<(SpendImportId, u32)>,
    PageForm(form): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    let (id, row) = path.into_inner();
    let mut shown = row_shown(&house, id, row).await?;
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let resolution = if field("decision") == Some("set-aside") {
        // two questions why on one page
        let why = if shown.may_replace { "aside" } else { "reason" };
        let reason = field(why).unwrap_or_default().to_owned();
        if shown.may_replace {
            shown.aside = reason;
        } else {
            shown.reason = reason;
        }
        shown.amount = field("amount").unwrap_or_default().to_owned();
        let amount_pence = pounds(&shown.amount);
        if amount_pence.is_none() && !shown.amount.is_empty() {
            let words = "Enter the amount in pounds and pence, such as 1234.50";
            words.clone_into(&mut shown.amount_error);
            shown.errors.push(Link::new(words, "#amount"));
            return page(&shown);
        }
        Resolution::SetAside {
            reason: if shown.may_replace {
                shown.aside.clone()
            } else {
                shown.reason.clone()
            },
            amount_pence,
        }
    } else if field("decision") == Some("replace") {
        shown.reason = field("reason").unwrap_or_default().to_owned();
        Resolution::Replace {
            reason: shown.reason.clone(),
        }
    } else {
        let mut values = Vec::new();
        for cell in &mut shown.cells {
            // A field that was emptied is left out of the form's pairs.
            let typed = field(&cell.name).unwrap_or_default();
            if typed != cell.value {
                typed.clone_into(&mut cell.value);
                values.push(Correction {
                    column: cell.name.trim_start_matches("cell-").to_owned(),
                    value: typed.to_owned(),
                });
            }
            cell.error.clear();
        }
        Resolution::Correct { values }
    };
    match ops::settle(&house.db, &house.ctx, id, row, &resolution).await {
        Ok(_) => Ok(see_other(&format!("/imports/{id}#faults"))),
        Err(Error::Invalid(fields)) => {
            for wrong in fields {
                let name = wrong.pointer.trim_start_matches("/values/");
                let href = match wrong.pointer.as_str() {
                    "/reason" if shown.may_replace && field("decision") == Some("set-aside") => {
                        shown.aside_error.clone_from(&wrong.detail);
                        "#aside".to_owned()
                    }
                    "/reason" => {
                        shown.reason_error.clone_from(&wrong.detail);
                        "#reason".to_owned()
                    }
                    "/amount_pence" => {
                        shown.amount_error.clone_from(&wrong.detail);
                        "#amount".to_owned()
                    }
                    _ => {
                        let cell = shown
                            .cells
                            .iter_mut()
                            .find(|cell| cell.label == name || cell.name == format!("cell-{name}"));
                        cell.map_or_else(String::new, |cell| {
                            cell.error.clone_from(&wrong.detail);
                            format!("#{}", cell.name)
                        })
                    }
                };
                shown.errors.push(Link::new(wrong.detail, href));
            }
            page(&shown)
        }
        Err(error) => Err(error.into()),
    }
}
