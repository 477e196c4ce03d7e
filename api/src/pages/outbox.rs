//! Outbox: what was sent, to whom, and did it arrive? Sign-in mail is never here.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::mail::view::{self, MailView};
use entity::{MailId, MailState};
use serde::Deserialize;

use super::shapes::{Choice, Pager};
use super::{PageFrame, page, words};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/outbox").route(web::get().to(outbox)))
        .service(web::resource("/outbox/{id}").route(web::get().to(letter)));
}

#[derive(Template)]
#[template(path = "pages/outbox.html")]
struct OutboxPage {
    page: PageFrame,
    sentence: String,
    filter_state: Vec<Choice>,
    shown: String,
    rows: Vec<Row>,
    letter: Option<Letter>,
    pager: Option<Pager>,
}

struct Row {
    subject: String,
    href: String,
    to: String,
    when: String,
    state: String,
    kind: String,
}

struct Letter {
    subject: String,
    to: String,
    when: String,
    state: String,
    kind: String,
    detail: String,
    text: String,
}

/// How the tag of a mail looks.
const fn tag(state: MailState) -> &'static str {
    match state {
        MailState::Sent => "done",
        MailState::Queued | MailState::Kept => "waiting",
        MailState::Unknown => "doing",
        MailState::Refused => "wrong",
        MailState::Cancelled => "off",
    }
}

#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    state: String,
    before: Option<MailId>,
}

const ROWS: u64 = 50;

async fn outbox(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    let state = MailState::from_slug(&filter.state);
    let found = view::outbox(&house.db, &house.ctx, state, filter.before, ROWS).await?;
    let mut filter_state = vec![Choice::new("", "Every mail", &filter.state)];
    filter_state.extend(
        MailState::all()
            .map(|state| Choice::new(state.slug(), view::state_in_words(state), &filter.state)),
    );
    let pager = found.next.map(|next| Pager {
        sentence: "There are older ones.".to_owned(),
        previous_href: String::new(),
        next_href: format!("/outbox?state={}&before={next}", filter.state),
    });
    page(&OutboxPage {
        page: PageFrame::of(&house, "Outbox").await?,
        sentence: match found.troubled {
            0 if found.mails.is_empty() && filter.state.is_empty() => {
                "No mail was written yet.".to_owned()
            }
            0 => "No mail was refused, and none is uncertain.".to_owned(),
            1 => "One mail was refused, or it is not known whether it arrived.".to_owned(),
            many => format!("{many} mails were refused, or it is not known whether they arrived."),
        },
        filter_state,
        shown: format!("{} shown, newest first", found.mails.len()),
        rows: found.mails.into_iter().map(row).collect(),
        letter: None,
        pager,
    })
}

fn row(mail: MailView) -> Row {
    Row {
        subject: mail.subject,
        href: format!("/outbox/{}", mail.id),
        to: mail.to_name,
        when: words::instant(&mail.created_at),
        kind: tag(mail.state).to_owned(),
        state: mail.state_in_words,
    }
}

async fn letter(house: House, id: web::Path<MailId>) -> Result<HttpResponse, Fault> {
    let mail = view::one(&house.db, &house.ctx, *id).await?;
    page(&OutboxPage {
        page: PageFrame::of(&house, &mail.subject).await?,
        sentence: String::new(),
        filter_state: Vec::new(),
        shown: String::new(),
        rows: Vec::new(),
        letter: Some(Letter {
            subject: mail.subject,
            to: mail.to_name,
            when: words::instant(&mail.created_at),
            kind: tag(mail.state).to_owned(),
            state: mail.state_in_words,
            detail: mail.last_reply.unwrap_or_default(),
            text: mail.text,
        }),
        pager: None,
    })
}
