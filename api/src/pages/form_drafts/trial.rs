//! Trying a form out before it is used: filled from an award's present facts, to look at.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::forms::{ops, view};
use entity::{AwardId, FormDraftId};

use super::super::shapes::{Choice, Fact};
use super::super::{Link, PageFrame, page, words};
use crate::http::download::download;
use crate::http::{Fault, House};
use crate::json::form_drafts::workbooks;

#[derive(Template)]
#[template(path = "pages/form_trial.html")]
struct TrialPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    name: String,
    action: String,
    awards: Vec<Choice>,
    seen: Option<Seen>,
}

struct Seen {
    sentence: String,
    download: String,
    facts: Vec<Fact>,
    empty: Vec<String>,
    more_empty: usize,
    findings: Vec<String>,
    more_findings: usize,
}

const MOST: usize = 40;

fn award_of(query: &HashMap<String, String>) -> Option<AwardId> {
    query.get("award").and_then(|id| id.parse().ok())
}

pub async fn look(
    house: House,
    id: web::Path<FormDraftId>,
    query: web::Query<HashMap<String, String>>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let id = id.into_inner();
    let draft = view::draft(&house.db, &house.ctx, id).await?;
    let summary = &draft.draft;
    let awards = view::awards_to_try(&house.db, &house.ctx, summary.funder_id).await?;
    let chosen = award_of(&query);
    let seen = match chosen {
        Some(award) => {
            let trial = ops::try_out(&house.db, &house.ctx, &workbooks(&house), id, award).await?;
            Some(Seen {
                sentence: format!(
                    "Filled from {} as it is known now, for {}.",
                    trial.award, trial.period
                ),
                download: format!("/form-drafts/{id}/trial/workbook?award={award}"),
                facts: vec![
                    Fact::new("Filled", words::count(trial.filled, "field", "fields")),
                    Fact::new(
                        "Nothing is known yet",
                        words::count(trial.empty.len(), "field", "fields"),
                    ),
                    Fact::new(
                        "For a person to answer",
                        words::count(trial.asked, "field", "fields"),
                    ),
                ],
                more_empty: trial.empty.len().saturating_sub(MOST),
                empty: trial
                    .empty
                    .into_iter()
                    .take(MOST)
                    .map(|(section, label)| format!("{section}: {label}"))
                    .collect(),
                more_findings: trial.findings.len().saturating_sub(MOST),
                findings: trial
                    .findings
                    .into_iter()
                    .take(MOST)
                    .map(|finding| match (finding.sheet, finding.cell) {
                        (Some(sheet), Some(cell)) => {
                            format!("{sheet}, cell {cell}: {}", finding.message)
                        }
                        _ => finding.message,
                    })
                    .collect(),
            })
        }
        None => None,
    };
    let chosen = chosen.map(|id| id.to_string()).unwrap_or_default();
    page(&TrialPage {
        page: PageFrame::of(&house, "Try it out").await?,
        crumbs: vec![
            Link::new("Return forms", "/forms"),
            Link::new(summary.name.clone(), format!("/form-drafts/{id}")),
        ],
        name: format!("{}, {}", summary.name, summary.version_label),
        action: format!("/form-drafts/{id}/trial"),
        awards: awards
            .into_iter()
            .map(|(id, title)| Choice::new(&id.to_string(), &title, &chosen))
            .collect(),
        seen,
    })
}

pub async fn workbook(
    house: House,
    id: web::Path<FormDraftId>,
    query: web::Query<HashMap<String, String>>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let award = award_of(&query).ok_or(domain::Error::NotFound)?;
    let trial = ops::try_out(
        &house.db,
        &house.ctx,
        &workbooks(&house),
        id.into_inner(),
        award,
    )
    .await?;
    Ok(download(trial.file))
}
