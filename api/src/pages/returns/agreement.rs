//! A board's agreement, in plain words: what it is about, what was said, who agrees.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::returns::ops::{self, NewApproval};
use domain::returns::view;
use entity::{Board, GrantReturnId, Role};
use serde::Deserialize;

use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::shapes::{Fact, Section, crumbs_to};
use crate::pages::{Link, PageFrame, page, see_other, words};

#[derive(Template)]
#[template(path = "pages/agreement.html")]
struct AgreementPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    due: String,
    sentence: String,
    totals: Vec<Fact>,
    heeds: Vec<String>,
    boards: Vec<Section>,
    may: Option<String>,
    revision: i32,
    address: String,
    agreed_on: String,
    minute: String,
    agreed_on_error: String,
    minute_error: String,
    errors: Vec<Link>,
}

fn mine(house: &House) -> Option<Board> {
    if house.ctx.actor.holds(Role::Trustee) {
        Some(Board::Trustees)
    } else if house.ctx.actor.holds(Role::CommitteeMember) {
        Some(Board::Committee)
    } else {
        None
    }
}

const fn name(board: Board) -> &'static str {
    match board {
        Board::Trustees => "the Trustee Board",
        Board::Committee => "the Recovery Advisory Committee",
    }
}

#[derive(Default)]
struct Tried {
    agreed_on: String,
    minute: String,
    agreed_on_error: String,
    minute_error: String,
}

pub async fn agreement(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let today = house.ctx.today().format("%d/%m/%Y").to_string();
    render(
        &house,
        *id,
        Tried {
            agreed_on: today,
            ..Tried::default()
        },
    )
    .await
}

async fn render(house: &House, id: GrantReturnId, tried: Tried) -> Result<HttpResponse, Fault> {
    let found = view::certify_page(&house.db, &house.ctx, id).await?;
    let address = format!("/returns/{id}");
    let board = mine(house);
    let waits = board.is_some_and(|board| {
        found
            .boards
            .iter()
            .any(|view| view.board == board && !view.agreed)
    });
    let boards = found
        .boards
        .iter()
        .map(|view| Section {
            name: capital(name(view.board)),
            href: String::new(),
            hint: match (&view.minute, view.agreed_on) {
                (Some(minute), Some(on)) => format!("On {}, minute: {minute}", words::date(on)),
                _ => String::new(),
            },
            state: if view.agreed {
                "Agreed"
            } else {
                "Has yet to agree"
            }
            .to_owned(),
            kind: if view.agreed { "done" } else { "waiting" }.to_owned(),
        })
        .collect();
    let errors = [
        ("agreed_on", &tried.agreed_on_error),
        ("minute", &tried.minute_error),
    ]
    .into_iter()
    .filter(|(_, error)| !error.is_empty())
    .map(|(field, error)| Link::new(error.clone(), format!("#{field}")))
    .collect();
    page(&AgreementPage {
        page: PageFrame::of(house, "Agree to a return").await?,
        crumbs: crumbs_to(&found.title, &address),
        title: format!("{}: {}", found.award, found.title),
        due: format!("{} needs it by {}", found.funder, found.due_in_words),
        sentence: format!(
            "This is what we will tell {} about their money. It is version {} of the return; if a figure changes, you will be asked again.",
            found.funder, found.revision
        ),
        totals: found
            .totals
            .iter()
            .map(|total| Fact::new(total.label.clone(), total.amount.in_full()))
            .collect(),
        heeds: found
            .findings
            .iter()
            .map(|finding| finding.message.clone())
            .chain(
                found
                    .changed_since_last
                    .iter()
                    .map(|finding| finding.message.clone()),
            )
            .collect(),
        boards,
        may: waits.then(|| board.map_or("", name).to_owned()),
        revision: found.revision,
        address,
        agreed_on: tried.agreed_on,
        minute: tried.minute,
        agreed_on_error: tried.agreed_on_error,
        minute_error: tried.minute_error,
        errors,
    })
}

fn capital(text: &str) -> String {
    crate::pages::today::capital(text)
}

#[derive(Deserialize)]
pub struct Agreed {
    #[serde(default)]
    agreed_on: String,
    #[serde(default)]
    minute: String,
    revision: i32,
}

pub async fn agree(
    house: House,
    id: web::Path<GrantReturnId>,
    PageForm(form): PageForm<Agreed>,
) -> Result<HttpResponse, Fault> {
    let mut tried = Tried {
        agreed_on: form.agreed_on.clone(),
        minute: form.minute.clone(),
        ..Tried::default()
    };
    let board = mine(&house).ok_or_else(|| {
        Error::NotAllowed("Only a member of a board records its agreement.".to_owned())
    })?;
    let on = chrono::NaiveDate::parse_from_str(form.agreed_on.trim(), "%d/%m/%Y")
        .or_else(|_| chrono::NaiveDate::parse_from_str(form.agreed_on.trim(), "%Y-%m-%d"));
    let Ok(agreed_on) = on else {
        tried.agreed_on_error = "Enter a date, such as 30/10/2026.".to_owned();
        return render(&house, *id, tried).await;
    };
    let new = NewApproval {
        board,
        revision: form.revision,
        agreed_on,
        minute: form.minute,
    };
    match ops::approve(&house.db, &house.ctx, *id, &new).await {
        Ok(_) => Ok(see_other(&format!("/returns/{}?done=agreed", *id))),
        Err(Error::Invalid(fields)) => {
            for field in fields {
                if field.pointer.contains("minute") {
                    tried.minute_error = field.detail;
                } else {
                    tried.agreed_on_error = field.detail;
                }
            }
            render(&house, *id, tried).await
        }
        Err(other) => Err(other.into()),
    }
}
