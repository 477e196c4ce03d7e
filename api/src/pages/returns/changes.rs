//! The buttons of a return: bring it up to date, send it round, send it on, send it back.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::returns::ops::{self, NewOffer, Silence};
use domain::returns::view;
use entity::GrantReturnId;
use serde::Deserialize;
use uuid::Uuid;

use super::{check_again, workbooks};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::pages::shapes::crumbs_to;
use crate::pages::{Link, PageFrame, page, see_other};

type Id = web::Path<GrantReturnId>;

fn back(id: GrantReturnId, done: &str) -> HttpResponse {
    see_other(&format!("/returns/{id}?done={done}"))
}

pub async fn refresh(
    house: House,
    id: Id,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    ops::refresh(&house.db, &house.ctx, *id, None).await?;
    Ok(back(*id, "refreshed"))
}

pub async fn review(
    house: House,
    id: Id,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    ops::send_for_review(&house.db, &house.ctx, *id, None).await?;
    Ok(back(*id, "review"))
}

pub async fn offer(
    house: House,
    id: Id,
    PageForm(form): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    let reason = form.reason.trim();
    let new = NewOffer {
        resubmission_reason: (!reason.is_empty()).then(|| reason.to_owned()),
    };
    match ops::offer(&house.db, &house.ctx, &workbooks(&house), *id, &new, None).await {
        Err(Error::Invalid(_)) => ask(&house, *id, &RESUBMIT, "Say why it is sent again.").await,
        other => {
            other?;
            Ok(back(*id, "offered"))
        }
    }
}

/// Asks why a return is sent on that was certified before.
pub async fn ask_resubmit(house: House, id: Id) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::OfferReturn)?;
    ask(&house, *id, &RESUBMIT, "").await
}

#[derive(Deserialize)]
pub struct Why {
    #[serde(default)]
    reason: String,
}

pub async fn request(
    house: House,
    id: Id,
    PageForm(form): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    match ops::request_changes(&house.db, &house.ctx, *id, &form.reason, None).await {
        Err(Error::Invalid(_)) => ask(&house, *id, &SEND_BACK, "Say what has to change.").await,
        other => {
            other?;
            Ok(back(*id, "changes"))
        }
    }
}

#[derive(Deserialize)]
pub struct Silenced {
    #[serde(default)]
    code: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    reason: String,
}

pub async fn silence(
    house: House,
    id: Id,
    PageForm(form): PageForm<Silenced>,
) -> Result<HttpResponse, Fault> {
    let new = Silence {
        code: form.code,
        place: form.place,
        reason: form.reason,
    };
    // What the form's own checks say of the newest answers is what somebody lets stand.
    check_again(&house, *id).await;
    match ops::silence(&house.db, &house.ctx, *id, &new).await {
        Err(Error::Invalid(_)) => {
            let wrong = super::one::Unreasoned {
                code: new.code,
                place: new.place,
            };
            super::one::again(&house, *id, &wrong).await
        }
        other => {
            other?;
            Ok(back(*id, "silenced"))
        }
    }
}

/// Takes back why something that was found may stand.
pub async fn take_back_reason(
    house: House,
    path: web::Path<(GrantReturnId, Uuid)>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (id, reason) = path.into_inner();
    ops::take_back_reason(&house.db, &house.ctx, id, reason).await?;
    Ok(back(id, "unsaid"))
}

/// A question asked before something that leaves its mark.
struct Question {
    heading: &'static str,
    words: &'static str,
    label: &'static str,
    button: &'static str,
    path: &'static str,
}

const SEND_BACK: Question = Question {
    heading: "Send it back",
    words: "Whoever prepared it reads your reason, and it stays in its history.",
    label: "What has to change?",
    button: "Send back with this reason",
    path: "changes",
};

const TAKE_BACK: Question = Question {
    heading: "Take it back to change it",
    words: "It goes back to whoever prepares it. Those who have it before them are asked again once it is sent on: a board’s agreement and a signature are about one version only, and no longer stand.",
    label: "Why do you take it back?",
    button: "Take it back",
    path: "taking-back",
};

const REOPEN: Question = Question {
    heading: "Open this return again",
    words: "Its certification will no longer stand and its deadline is there again. What was certified and sent stays on record.",
    label: "Why is it opened again?",
    button: "Open it again",
    path: "reopen",
};

const RESUBMIT: Question = Question {
    heading: "Send it on again",
    words: "It was certified before. The boards and the certifier read why it is sent again, with what changed; the funder reads it with what is sent in place of what it has.",
    label: "Why is it sent again?",
    button: "Send it on with this reason",
    path: "offer",
};

const WAIVE: Question = Question {
    heading: "The funder does not want this return",
    words: "Its deadline is closed and nobody is reminded any more. You can open it again later.",
    label: "How do you know?",
    button: "Record that it is not required",
    path: "waiver",
};

#[derive(Template)]
#[template(path = "pages/reason.html")]
struct ReasonPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    heading: String,
    words: String,
    label: String,
    button: String,
    action: String,
    back: String,
    /// What the reason begins with.
    value: String,
    error: String,
    errors: Vec<Link>,
}

async fn ask(
    house: &House,
    id: GrantReturnId,
    question: &Question,
    error: &str,
) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let address = format!("/returns/{id}");
    page(&ReasonPage {
        page: PageFrame::of(house, question.heading).await?,
        crumbs: crumbs_to(&seen.summary.title, &address),
        heading: question.heading.to_owned(),
        words: match &seen.preparer {
            Some(name) => question
                .words
                .replace("Whoever prepared it", name)
                .replace("whoever prepares it", name),
            None => question.words.to_owned(),
        },
        label: question.label.to_owned(),
        button: question.button.to_owned(),
        action: format!("{address}/{}", question.path),
        back: address,
        // what the funder asked is why, until somebody says it better
        value: match (&seen.funder_asks, question.path) {
            (Some(asks), "reopen" | "offer") if error.is_empty() => asks.as_reason(),
            _ => String::new(),
        },
        error: error.to_owned(),
        errors: (!error.is_empty())
            .then(|| Link::new(error, "#reason"))
            .into_iter()
            .collect(),
    })
}

pub async fn ask_back(house: House, id: Id) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RequestChanges)?;
    ask(&house, *id, &TAKE_BACK, "").await
}

pub async fn take_back(
    house: House,
    id: Id,
    PageForm(form): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    match ops::request_changes(&house.db, &house.ctx, *id, &form.reason, None).await {
        Err(Error::Invalid(_)) => ask(&house, *id, &TAKE_BACK, "Say why you take it back.").await,
        other => {
            other?;
            Ok(back(*id, "taken-back"))
        }
    }
}

pub async fn ask_reopen(house: House, id: Id) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReopenReturn)?;
    ask(&house, *id, &REOPEN, "").await
}

pub async fn reopen(
    house: House,
    id: Id,
    PageForm(form): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    match ops::reopen(&house.db, &house.ctx, *id, &form.reason, None).await {
        Err(Error::Invalid(_)) => ask(&house, *id, &REOPEN, "Say why it is opened again.").await,
        other => {
            other?;
            Ok(back(*id, "reopened"))
        }
    }
}

pub async fn ask_waive(house: House, id: Id) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WaiveReturn)?;
    ask(&house, *id, &WAIVE, "").await
}

pub async fn waive(
    house: House,
    id: Id,
    PageForm(form): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    match ops::waive(&house.db, &house.ctx, *id, &form.reason, None).await {
        Err(Error::Invalid(_)) => ask(&house, *id, &WAIVE, "Say how you know.").await,
        other => {
            other?;
            Ok(back(*id, "waived"))
        }
    }
}
