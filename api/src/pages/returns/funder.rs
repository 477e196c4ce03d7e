//! What the funder says of a return that it was sent: that it accepts it, or what it wants changed.

use actix_web::{HttpResponse, web};
use domain::access::rules::{Operation, Sight, sight};
use domain::returns::ops::{self, NewChangeRequest, NewRemark};
use domain::returns::view::{self, ReturnView};
use entity::{GrantReturnId, ReturnState};

use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::pages::awards::form::Typed;
use crate::pages::fields::{Fields, Wrong};
use crate::pages::form::{self, Choice, Field, Form};
use crate::pages::shapes::{Event, Fact, Step};
use crate::pages::{Link, see_other, words};

type Id = web::Path<GrantReturnId>;

/// Questions that the page speaks of one by one; the API takes more.
const REMARKS: usize = 3;

/// What the funder asked to be changed, as the return's page says it.
pub struct Asks {
    pub event: Event,
    pub remarks: Vec<Fact>,
}

pub(super) fn asks(shown: &ReturnView, inside: bool) -> Option<Asks> {
    let asked = shown.funder_asks.as_ref()?;
    Some(Asks {
        event: Event {
            what: if inside {
                format!("{} asked for changes", shown.summary.funder)
            } else {
                "You asked for changes".to_owned()
            },
            who: match (&asked.by, asked.by_funder) {
                (Some(by), true) => by.clone(),
                (Some(by), false) => format!("Recorded by {by}"),
                (None, _) => shown.summary.funder.clone(),
            },
            when: words::instant(&asked.at),
            why: asked.reason.clone(),
        },
        remarks: asked
            .remarks
            .iter()
            .map(|remark| Fact::new(remark.label.clone(), remark.words.clone()))
            .collect(),
    })
}

/// Where a return that was sent stands, to its funder's officer.
pub(super) fn sentence(house: &House, shown: &ReturnView) -> String {
    let answers = house.ctx.require(Operation::RecordAcceptance).is_ok();
    match (shown.summary.state, &shown.funder_asks) {
        (ReturnState::Accepted, _) => "You accepted it.",
        (_, Some(_)) => "You asked for changes. You are sent another version once they are made.",
        (_, None) if answers => "It was sent to you. Accept it, or say what has to change.",
        (_, None) => {
            "It was sent to you. Who signs in for you can accept it, or say what has to change."
        }
    }
    .to_owned()
}

/// What a funder's officer does with it, and what they may do instead.
pub(super) fn steps(
    house: &House,
    shown: &ReturnView,
    address: &str,
) -> (Option<Step>, Option<Step>) {
    if house.ctx.require(Operation::RecordAcceptance).is_err() {
        return (None, None);
    }
    let accept = |verb: &str| Step {
        verb: verb.to_owned(),
        href: format!("{address}/acceptance"),
        is_post: true,
        note: String::new(),
    };
    let ask = |verb: &str| Step {
        verb: verb.to_owned(),
        href: format!("{address}/funder-changes"),
        is_post: false,
        note: String::new(),
    };
    match (shown.summary.state, &shown.funder_asks) {
        (ReturnState::Accepted, _) => (None, Some(ask("Ask for changes after all"))),
        (_, Some(_)) => (None, Some(accept("Accept it after all, as it was sent"))),
        (_, None) => (
            Some(Step {
                note: "That you accept it stays on record, with your name and the day.".to_owned(),
                ..accept("Accept it")
            }),
            Some(ask("Ask for changes")),
        ),
    }
}

pub async fn accept(
    house: House,
    id: Id,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    ops::accept(&house.db, &house.ctx, *id, None).await?;
    Ok(see_other(&format!("/returns/{id}?done=accepted")))
}

/// The questions and sections of a return, to choose from.
fn places(seen: &ReturnView) -> Vec<Choice> {
    let mut places = vec![Choice::new("", "None in particular")];
    for section in &seen.sections {
        places.push(Choice::new(
            &section.title,
            format!("Section: {}", section.title),
        ));
        for answer in &section.answers {
            places.push(Choice::new(&answer.key, answer.label.clone()));
        }
    }
    places
}

fn form(house: &House, id: GrantReturnId, seen: &ReturnView) -> Form {
    let inside = sight(&house.ctx.actor) == Sight::All;
    let mut fields = vec![
        Field::area("reason", "What has to change, or why?").hint("At most 2,000 characters."),
        Field::heading("By question, if that helps"),
    ];
    for n in 0..REMARKS {
        fields.push(Field::select(
            &format!("about_{n}"),
            &format!("Question or section {}", n + 1),
            places(seen),
        ));
        fields.push(Field::area(
            &format!("words_{n}"),
            &format!("What has to change in {}?", n + 1),
        ));
    }
    Form {
        back: Link::new(seen.summary.title.clone(), format!("/returns/{id}")),
        heading: if inside {
            "Record that the funder asked for changes".to_owned()
        } else {
            "Ask for changes".to_owned()
        },
        lead: if inside {
            "What was sent stays as it is. To make the changes, open the return again: what is sent then \
             takes its place."
                .to_owned()
        } else {
            "Whoever prepares it is told by mail, and reads your words on the return. What you were sent \
             stays as it is; what you are sent then takes its place. What you asked stays on record."
                .to_owned()
        },
        action: format!("/returns/{id}/funder-changes"),
        hidden: Vec::new(),
        fields,
        button: if inside {
            "Record it".to_owned()
        } else {
            "Ask for these changes".to_owned()
        },
        grave: false,
    }
}

pub async fn ask(house: House, id: Id) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::FunderAsksForChanges)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let asks = form(&house, *id, &seen);
    form::show(&house, asks, &Fields::default(), &Wrong::default()).await
}

/// What was said of each question, with the place of each among the page's fields.
fn read(fields: &Fields, wrong: &mut Wrong) -> (NewChangeRequest, Vec<usize>) {
    let mut new = NewChangeRequest {
        reason: fields.text("reason"),
        remarks: Vec::new(),
    };
    let mut at = Vec::new();
    for n in 0..REMARKS {
        let (about, words) = (format!("about_{n}"), format!("words_{n}"));
        match (fields.some(&about), fields.some(&words)) {
            (Some(about), Some(words)) => {
                new.remarks.push(NewRemark {
                    about: about.to_owned(),
                    words: words.to_owned(),
                });
                at.push(n);
            }
            (Some(_), None) => wrong.add(&words, "Say what has to change there."),
            (None, Some(_)) => wrong.add(&about, "Choose the question or the section."),
            (None, None) => {}
        }
    }
    (new, at)
}

pub async fn record(house: House, id: Id, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::FunderAsksForChanges)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(&fields, &[("reason", "Say what has to change, or why.")]);
    let (new, at) = read(&fields, &mut wrong);
    if wrong.is_empty() {
        match ops::ask_for_changes(&house.db, &house.ctx, *id, &new, None).await {
            Ok(_) => return Ok(see_other(&format!("/returns/{id}?done=funder-changes"))),
            Err(domain::Error::Invalid(found)) => {
                for one in found {
                    wrong.add(&field_of(&one.pointer, &at), one.detail);
                }
            }
            Err(error) => wrong.take(error)?,
        }
    }
    form::show(&house, form(&house, *id, &seen), &fields, &wrong).await
}

/// The page's field that a complaint is about: `/remarks/0/words` is about the first that was filled.
fn field_of(pointer: &str, at: &[usize]) -> String {
    let parts: Vec<&str> = pointer.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["remarks", n, what] => {
            let n = n.parse::<usize>().ok().and_then(|n| at.get(n));
            n.map_or_else(String::new, |n| format!("{what}_{n}"))
        }
        [name, ..] => (*name).to_owned(),
        [] => String::new(),
    }
}
