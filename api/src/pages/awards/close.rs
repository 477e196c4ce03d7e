//! Closing an award, and opening it again.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::awards::view::{self, AwardView};
use domain::closures::ops::{self, ClosureFigures, NewClosure, NewReopening};
use domain::closures::view::{ClosurePreview, ClosureView, preview};
use entity::{AwardClosureId, AwardId};

use super::super::fields::{Fields, Wrong};
use super::super::form::{Field, Form, show};
use super::super::programmes::typed_date;
use super::super::{Link, PageFrame, history, mark_as_wrong, page, see_other, words};
use super::form::Typed;
use super::suspend::{back, duty};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/awards/{id}/closures").route(web::post().to(close)))
        .service(web::resource("/awards/{id}/closures/new").route(web::get().to(new)))
        .service(
            web::resource("/awards/{id}/closures/{closure}/reopening")
                .route(web::get().to(ask_reopening))
                .route(web::post().to(reopen)),
        );
}

/// The closure that stands.
fn standing(award: &AwardView) -> Option<&ClosureView> {
    award.closures.iter().find(|one| one.reopened_on.is_none())
}

/// What can be done: close it once it is over, or open it again.
pub fn step(award: &AwardView) -> Option<Link> {
    let id = award.summary.id;
    match standing(award) {
        Some(one) => Some(Link::new(
            "Open it again",
            format!("/awards/{id}/closures/{}/reopening", one.id),
        )),
        None if award.summary.days_left.is_none() => {
            Some(Link::new("Close it", format!("/awards/{id}/closures/new")))
        }
        None => None,
    }
}

/// The closures of an award as its history, the newest first.
pub fn told(award: &AwardView) -> Vec<history::Event> {
    let mut events = Vec::new();
    for one in &award.closures {
        if let Some(on) = one.reopened_on {
            events.push(history::Event {
                what: format!("Opened again from {}.", words::day(on)),
                who: one.reopened_told_by.clone().unwrap_or_default(),
                when: format!("from {}", words::day(on)),
                why: one.reopened_why.clone().unwrap_or_default(),
            });
        }
        let mut what = format!(
            "Closed from {} with {} attributed and {} received",
            words::day(one.closed_on),
            one.attributed_pence.in_full(),
            one.received_pence.in_full()
        );
        for (amount, said) in [
            (one.owed_to_us_pence, "owed to us"),
            (one.to_repay_pence, "to repay"),
            (one.kept_pence, "carried forward"),
        ] {
            if amount > Money::ZERO {
                what.push_str(&format!("; {} {said}", amount.in_full()));
            }
        }
        what.push('.');
        let why = if one.overridden.is_empty() {
            one.why.clone()
        } else {
            format!(
                "{} Closed although: {} Because: {}",
                one.why,
                one.overridden.join(" "),
                one.despite
            )
        };
        events.push(history::Event {
            what,
            who: one.told_by.clone(),
            when: format!("from {}", words::day(one.closed_on)),
            why,
        });
    }
    events
}

fn form(award: &AwardView) -> Form {
    let id = award.summary.id;
    Form {
        back: back(award),
        heading: "Close the award".to_owned(),
        lead: "It pays for nothing more, what it pays for stays as it is, and nothing of it is due any \
               more. You see what is owed before it is recorded."
            .to_owned(),
        action: format!("/awards/{id}/closures"),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields: vec![
            Field::date("closed_on", "From which day?"),
            Field::area("why", "Why?").hint("For example: the final claim was paid"),
            Field::text("told_by", "With whom was it agreed, and where is it written?")
                .hint("For example: Bea at the lottery, closing letter of 3 March"),
            Field::money(
                "kept_pence",
                "How much that is not spent may we keep? (optional)",
            )
            .hint(if award.lost_if_unspent {
                "Only if the funder agreed to it. Leave it empty otherwise: it goes back, unless it is \
                 carried forward by right."
            } else {
                "Leave it empty for all of it: what is unspent at the end does not go back."
            }),
        ],
        button: "See what it does".to_owned(),
        grave: false,
    }
}

async fn new(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CloseAward)?;
    let award = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    let heading = "Close the award";
    if standing(&award).is_some() {
        let told = "The award is closed already.";
        return super::form::too_late(&house, heading, told, back(&award)).await;
    }
    if award.summary.days_left.is_some() {
        let told = format!(
            "The award runs until {}, so it can be closed from the day after. If it ends earlier, record \
             that as an amendment first.",
            words::date(award.summary.ends_on)
        );
        return super::form::too_late(&house, heading, &told, back(&award)).await;
    }
    let typed = Fields::default().with("closed_on", typed_date(house.ctx.today()));
    show(&house, form(&award), &typed, &Wrong::default()).await
}

#[derive(Template)]
#[template(path = "pages/award_closure.html")]
struct PreviewPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    lead: String,
    errors: Vec<Link>,
    /// What is new since it was looked at.
    news: String,
    sentences: Vec<String>,
    hard: Vec<String>,
    soft: Vec<String>,
    despite: String,
    wrong: String,
    deadlines: Vec<String>,
    action: String,
    hidden: Vec<(String, String)>,
}

/// The figures that were shown, as they were sent along.
fn seen(fields: &Fields) -> Option<ClosureFigures> {
    let read = |name: &str| {
        fields
            .some(name)
            .and_then(|text| text.parse().ok())
            .map(Money)
    };
    Some(ClosureFigures {
        attributed_pence: read("attributed")?,
        received_pence: read("received")?,
        repaid_pence: read("repaid")?,
    })
}

async fn close(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CloseAward)?;
    let id = path.into_inner();
    let award = view::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(
        &fields,
        &[
            ("why", "Say why."),
            (
                "told_by",
                "Say with whom it was agreed, and where it is written.",
            ),
        ],
    );
    let kept_pence = fields
        .some("kept_pence")
        .map(|_typed| wrong.money(&fields, "kept_pence"));
    let new = NewClosure {
        closed_on: wrong.date(&fields, "closed_on"),
        why: fields.text("why"),
        told_by: fields.text("told_by"),
        kept_pence,
        despite: fields.text("despite"),
        seen: seen(&fields),
    };
    if wrong.is_empty() && fields.some("back").is_none() {
        let looked = preview(&house.db, &house.ctx, id, &new).await;
        match looked {
            Err(error) => wrong.take(error)?,
            Ok(looked) if fields.some("confirm").is_none() => {
                return ask(&house, &award, &new, &looked, &fields, ("", "")).await;
            }
            // Somebody may have recorded money meanwhile: the figures are shown anew.
            Ok(looked) if new.seen != Some(looked.figures) => {
                let told = "The figures changed since you looked. These are the new ones.";
                return ask(&house, &award, &new, &looked, &fields, (told, "")).await;
            }
            Ok(looked) if !looked.obstacles.is_empty() && new.despite.trim().is_empty() => {
                let told = "Say why it is closed all the same.";
                return ask(&house, &award, &new, &looked, &fields, ("", told)).await;
            }
            Ok(_) => match ops::close(&house.db, &house.ctx, id, fields.version(), &new).await {
                Ok(_) => return Ok(see_other(&format!("/awards/{id}"))),
                Err(error) => wrong.take(error)?,
            },
        }
    }
    show(&house, form(&award), &fields, &wrong).await
}

async fn ask(
    house: &House,
    award: &AwardView,
    new: &NewClosure,
    looked: &ClosurePreview,
    fields: &Fields,
    (news, wrong): (&str, &str),
) -> Result<HttpResponse, Fault> {
    let (soft, hard): (Vec<_>, Vec<_>) = looked
        .obstacles
        .iter()
        .partition(|one| one.can_be_overridden);
    let told = |all: Vec<&domain::closures::rules::Obstacle>| -> Vec<String> {
        all.into_iter().map(|one| one.sentence.clone()).collect()
    };
    let mut hidden: Vec<(String, String)> = fields
        .0
        .iter()
        .filter(|(name, _)| {
            !matches!(
                name.as_str(),
                "confirm" | "back" | "despite" | "attributed" | "received" | "repaid"
            )
        })
        .cloned()
        .collect();
    let figures = looked.figures;
    for (name, amount) in [
        ("attributed", figures.attributed_pence),
        ("received", figures.received_pence),
        ("repaid", figures.repaid_pence),
    ] {
        hidden.push((name.to_owned(), amount.pence().to_string()));
    }
    let mut title = "What closing the award does".to_owned();
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let asked = PreviewPage {
        page: PageFrame::of(house, &title).await?,
        crumbs: vec![Link::new("Awards", "/awards"), back(award)],
        lead: format!("Closed from {}.", words::date(new.closed_on)),
        errors: if wrong.is_empty() {
            Vec::new()
        } else {
            vec![Link::new(wrong, "#despite")]
        },
        news: news.to_owned(),
        sentences: looked.sentences.clone(),
        hard: told(hard),
        soft: told(soft),
        despite: new.despite.clone(),
        wrong: wrong.to_owned(),
        deadlines: looked.deadlines.iter().map(duty).collect(),
        action: format!("/awards/{}/closures", award.summary.id),
        hidden,
    };
    if wrong.is_empty() {
        page(&asked)
    } else {
        let mut reply = page(&asked)?;
        mark_as_wrong(&mut reply);
        Ok(reply)
    }
}

fn reopening_form(award: &AwardView, one: &ClosureView) -> Form {
    let id = award.summary.id;
    Form {
        back: back(award),
        heading: "Open the award again".to_owned(),
        lead: format!(
            "It is closed from {}. Once it is open it pays as its terms say, so spend is attributed again \
             within minutes, and what was not sent or settled is due again. This stays in the record.",
            words::date(one.closed_on)
        ),
        action: format!("/awards/{id}/closures/{}/reopening", one.id),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields: vec![
            Field::date("reopened_on", "From which day?"),
            Field::area("why", "Why?"),
            Field::text(
                "told_by",
                "With whom was it agreed, and where is it written?",
            ),
        ],
        button: "Open the award again".to_owned(),
        grave: false,
    }
}

async fn found(
    house: &House,
    award: AwardId,
    closure: AwardClosureId,
) -> Result<(AwardView, ClosureView), Fault> {
    let award = view::one(&house.db, &house.ctx, award).await?;
    let one = award
        .closures
        .iter()
        .find(|one| one.id == closure)
        .cloned()
        .ok_or(domain::Error::NotFound)?;
    Ok((award, one))
}

async fn ask_reopening(
    house: House,
    path: web::Path<(AwardId, AwardClosureId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CloseAward)?;
    let (award, closure) = path.into_inner();
    let (award, one) = found(&house, award, closure).await?;
    if one.reopened_on.is_some() {
        return super::form::too_late(
            &house,
            "Open the award again",
            "The award was opened again already. If it is closed once more, record that anew.",
            back(&award),
        )
        .await;
    }
    let typed = Fields::default().with("reopened_on", typed_date(house.ctx.today()));
    show(
        &house,
        reopening_form(&award, &one),
        &typed,
        &Wrong::default(),
    )
    .await
}

async fn reopen(
    house: House,
    path: web::Path<(AwardId, AwardClosureId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CloseAward)?;
    let (id, closure) = path.into_inner();
    let (award, one) = found(&house, id, closure).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(
        &fields,
        &[
            ("why", "Say why."),
            (
                "told_by",
                "Say with whom it was agreed, and where it is written.",
            ),
        ],
    );
    let new = NewReopening {
        reopened_on: wrong.date(&fields, "reopened_on"),
        why: fields.text("why"),
        told_by: fields.text("told_by"),
    };
    if wrong.is_empty() {
        let expected = fields.version();
        match ops::reopen(&house.db, &house.ctx, id, closure, expected, &new).await {
            Ok(_) => return Ok(see_other(&format!("/awards/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, reopening_form(&award, &one), &fields, &wrong).await
}
