//! A board's agreement, in plain words: what it is about, what was said, who agrees.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::returns::ops::{self, NewApproval};
use domain::returns::rules::in_plain_words;
use domain::returns::view::{self, CertifyPage};
use domain::{Error, Money};
use entity::{Board, GrantReturnId, Role};
use serde::Deserialize;

use super::money;
use super::overridden::{self, Override, SinceBack};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::awards::Sum;
use crate::pages::shapes::{Fact, Section, crumbs_to};
use crate::pages::today::capital;
use crate::pages::{Link, PageFrame, page, see_other, words};

#[derive(Template)]
#[template(path = "pages/agreement.html")]
struct AgreementPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    due: String,
    sentence: String,
    money: Vec<Sum>,
    money_note: String,
    parts: Vec<Fact>,
    heeds: Vec<Link>,
    open: Vec<String>,
    /// What came to light since it was offered.
    stops: Vec<String>,
    /// Taking back what newer facts overtook, for whoever may.
    take_back: String,
    /// Why it is offered in place of what was certified before.
    resubmission: String,
    changed: Vec<String>,
    typed_over: Vec<Override>,
    let_stand: Vec<Override>,
    pinned: Vec<Override>,
    pinned_sentence: String,
    words: Vec<Said>,
    downloads: Vec<Link>,
    boards: Vec<Section>,
    /// Why they are asked again, and what is another since.
    again: Option<SinceBack>,
    may: Option<String>,
    why_not: String,
    revision: i32,
    address: String,
    agreed_on: String,
    minute: String,
    agreed_on_error: String,
    minute_error: String,
    errors: Vec<Link>,
}

/// What we say in words.
pub(super) struct Said {
    pub question: String,
    pub section: String,
    pub paragraphs: Vec<String>,
    pub by: String,
}

/// The answers in people's own words, which boards agree to and officers certify.
pub(super) fn said(found: &CertifyPage) -> Vec<Said> {
    found
        .narratives
        .iter()
        .map(|said| Said {
            question: said.label.clone(),
            section: said.section.clone(),
            paragraphs: said.text.lines().map(str::to_owned).collect(),
            by: said.by.clone().unwrap_or_default(),
        })
        .collect()
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
    let let_stand = overridden::let_stand(&found, in_plain_words);
    let typed_over = overridden::typed_over(&found, &address);
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
    let mut heeds = crate::pages::pools::runs::heeds(house, found.award_id).await?;
    heeds.extend(in_short(&found, &let_stand, &typed_over));
    page(&AgreementPage {
        page: PageFrame::of(house, "Agree to a return").await?,
        crumbs: crumbs_to(&found.title, &address),
        title: format!("{}: {}", found.award, found.title),
        due: format!("{} needs it by {}", found.funder, found.due_in_words),
        sentence: format!(
            "This is what we will tell {} about their money. It is version {} of the return; if a figure changes, you will be asked again.",
            found.funder, found.revision
        ),
        money: money::sums(&found, "", &money::BOARD),
        money_note: difference(&found),
        parts: found
            .totals
            .iter()
            .map(|total| Fact {
                href: format!("{address}/figures/{}", total.key),
                ..Fact::new(total.label.clone(), total.amount.in_full())
            })
            .collect(),
        heeds,
        take_back: if found.overtaken && house.ctx.require(Operation::AnswerField).is_ok() {
            format!("{address}/taking-back")
        } else {
            String::new()
        },
        resubmission: found.resubmission_reason.clone().unwrap_or_default(),
        stops: found.stops.clone(),
        open: found
            .findings
            .iter()
            .filter(|finding| !finding.stops())
            .map(|finding| in_plain_words(&finding.code, &finding.message))
            .collect(),
        changed: found
            .changed_since_last
            .iter()
            .map(|finding| in_plain_words(&finding.code, &finding.message))
            .collect(),
        typed_over,
        let_stand,
        pinned: overridden::pinned(&found, house.ctx.require(Operation::ReadSpend).is_ok()),
        pinned_sentence: overridden::pins_in_short(&found),
        words: said(&found),
        downloads: vec![Link::new(
            "The whole return as the funder gets it (a workbook)",
            format!("{address}/workbook"),
        )],
        boards,
        again: found
            .asked_again
            .as_ref()
            .map(|again| overridden::since_agreed(again, name, &address)),
        why_not: found
            .why_not_agree
            .clone()
            .filter(|_| waits)
            .unwrap_or_default(),
        may: (waits && found.why_not_agree.is_none() && !found.overtaken)
            .then(|| board.map_or("", name).to_owned()),
        revision: found.revision,
        address,
        agreed_on: tried.agreed_on,
        minute: tried.minute,
        agreed_on_error: tried.agreed_on_error,
        minute_error: tried.minute_error,
        errors,
    })
}

/// What the sums do not say of themselves.
fn difference(found: &CertifyPage) -> String {
    match found.claim.difference {
        Some(difference) if difference.pence().abs() >= 100 => format!(
            "The holder’s books have {} for these months: {} {} than we would say.",
            found.claim.ledger.in_full(),
            Money(difference.pence().saturating_abs()).in_full(),
            if difference < Money::ZERO {
                "more"
            } else {
                "less"
            }
        ),
        _ => String::new(),
    }
}

/// What to know before agreeing: each a line that leads to its details below.
fn in_short(found: &CertifyPage, let_stand: &[Override], typed_over: &[Override]) -> Vec<Link> {
    let mut heeds = Vec::new();
    if !let_stand.is_empty() {
        heeds.push(Link::new(
            overridden::in_short(
                let_stand,
                "thing was found and let stand, with a reason",
                "things were found and let stand, each with a reason",
            ),
            "#let-stand",
        ));
    }
    if !typed_over.is_empty() {
        heeds.push(Link::new(
            overridden::in_short(
                typed_over,
                "answer was typed in place of the one from our records",
                "answers were typed in place of those from our records",
            ),
            "#typed-over",
        ));
    }
    if found.pins.lines > 0 {
        let one = "line of spending is paid for by this grant on a person’s word, with why";
        let many = "lines of spending are paid for by this grant on a person’s word, each with why";
        heeds.push(Link::new(
            words::count(found.pins.lines, one, many),
            "#pinned",
        ));
    }
    if found.unattributed_lines > 0 {
        heeds.push(Link::new(
            format!(
                "{} of these months’ spending is not covered yet: no grant pays for it, and it is not in this return",
                found.unattributed.in_full()
            ),
            "",
        ));
    }
    if found.credits < Money::ZERO {
        heeds.push(Link::new(
            format!(
                "{} that came back in these months has not been given to any grant yet, and it is not in this return",
                Money(found.credits.pence().saturating_abs()).in_full()
            ),
            "",
        ));
    }
    let open = found
        .findings
        .iter()
        .filter(|finding| !finding.stops())
        .count();
    if open > 0 {
        heeds.push(Link::new(
            words::count(
                open,
                "thing was found that nobody has answered",
                "things were found that nobody has answered",
            ),
            "#found",
        ));
    }
    if !found.changed_since_last.is_empty() {
        heeds.push(Link::new(
            words::count(
                found.changed_since_last.len(),
                "figure has changed since we sent the last return",
                "figures have changed since we sent the last return",
            ),
            "#changed",
        ));
    }
    if !found.narratives.is_empty() {
        heeds.push(Link::new(
            format!(
                "You also agree to what we say in words: {}",
                words::count(found.narratives.len(), "answer", "answers")
            ),
            "#words",
        ));
    }
    heeds
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
    house.ctx.require(Operation::RecordApproval)?;
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
