//! Suspending an award, and recording that it goes on.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::awards::view::{self, AwardView};
use domain::calendar::rules::months_in_words;
use domain::suspensions::ops::{self, NewResumption, NewSuspension};
use domain::suspensions::view::{SuspensionPreview, SuspensionView, preview};
use entity::{AwardId, AwardSuspensionId};

use super::super::fields::{Fields, Wrong};
use super::super::form::{Field, Form, show};
use super::super::programmes::typed_date;
use super::super::{Link, PageFrame, history, page, see_other, words};
use super::amend::{Pool, pool};
use super::form::Typed;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/awards/{id}/suspensions").route(web::post().to(suspend)))
        .service(web::resource("/awards/{id}/suspensions/new").route(web::get().to(new)))
        .service(
            web::resource("/awards/{id}/suspensions/{suspension}/resumption")
                .route(web::get().to(ask_resumption))
                .route(web::post().to(resume)),
        );
}

/// The suspension that was not ended.
fn open(award: &AwardView) -> Option<&SuspensionView> {
    award
        .suspensions
        .iter()
        .find(|one| one.resumed_on.is_none())
}

/// What can be done: suspend it, or record that it goes on.
pub fn step(award: &AwardView) -> Link {
    let id = award.summary.id;
    match open(award) {
        Some(one) => Link::new(
            "Record that it goes on",
            format!("/awards/{id}/suspensions/{}/resumption", one.id),
        ),
        None => Link::new("Suspend it", format!("/awards/{id}/suspensions/new")),
    }
}

/// That an award is suspended, as a sentence.
pub fn heed(award: &AwardView) -> Option<String> {
    let one = open(award).filter(|_| award.summary.closed_on.is_none())?;
    Some(format!(
        "Suspended from {}: {} {}",
        words::date(one.from_on),
        one.why.trim_end_matches('.').to_owned() + ".",
        if one.pays_on {
            "Spend incurred meanwhile is paid for all the same, as was agreed."
        } else {
            "Spend incurred from that day on is not paid for by it."
        }
    ))
}

/// The suspensions of an award as its history, the newest first.
pub fn told(award: &AwardView) -> Vec<history::Event> {
    let mut events = Vec::new();
    for one in &award.suspensions {
        if let Some(on) = one.resumed_on {
            events.push(history::Event {
                what: format!("It goes on from {}.", words::day(on)),
                who: one.resumed_told_by.clone().unwrap_or_default(),
                when: format!("from {}", words::day(on)),
                why: one.resumed_why.clone().unwrap_or_default(),
            });
        }
        events.push(history::Event {
            what: format!(
                "Suspended from {}{}.",
                words::day(one.from_on),
                if one.pays_on {
                    "; spend incurred meanwhile is paid for all the same"
                } else {
                    ""
                }
            ),
            who: one.told_by.clone(),
            when: format!("from {}", words::day(one.from_on)),
            why: one.why.clone(),
        });
    }
    events
}

pub fn back(award: &AwardView) -> Link {
    Link::new(
        award.summary.title.clone(),
        format!("/awards/{}", award.summary.id),
    )
}

fn form(award: &AwardView) -> Form {
    let id = award.summary.id;
    Form {
        back: back(award),
        heading: "Suspend the award".to_owned(),
        lead: "Spend incurred from that day on is not paid for by it until it goes on. You see what it \
               does before it is recorded."
            .to_owned(),
        action: format!("/awards/{id}/suspensions"),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields: vec![
            Field::date("from_on", "From which day?"),
            Field::area("why", "Why?"),
            Field::text("told_by", "Who told us, and where is it written?")
                .hint("For example: Bea at the lottery, letter of 3 March"),
            Field::tick(
                "pays_on",
                "It was agreed that spend incurred meanwhile is paid for all the same",
            ),
        ],
        button: "See what it does".to_owned(),
        grave: false,
    }
}

async fn new(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SuspendAward)?;
    let award = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    let typed = Fields::default().with("from_on", typed_date(house.ctx.today()));
    show(&house, form(&award), &typed, &Wrong::default()).await
}

#[derive(Template)]
#[template(path = "pages/award_suspension.html")]
struct PreviewPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    pools: Vec<Pool>,
    returns: String,
    sent: Vec<Link>,
    duties: Vec<String>,
    action: String,
    hidden: Vec<(String, String)>,
}

async fn suspend(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SuspendAward)?;
    let id = path.into_inner();
    let award = view::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(
        &fields,
        &[
            ("why", "Say why."),
            ("told_by", "Say who told us, and where it is written."),
        ],
    );
    let new = NewSuspension {
        from_on: wrong.date(&fields, "from_on"),
        why: fields.text("why"),
        told_by: fields.text("told_by"),
        pays_on: fields.some("pays_on").is_some(),
    };
    if wrong.is_empty() && fields.some("back").is_none() {
        if fields.some("confirm").is_some() {
            match ops::suspend(&house.db, &house.ctx, id, fields.version(), &new).await {
                Ok(_) => return Ok(see_other(&format!("/awards/{id}"))),
                Err(error) => wrong.take(error)?,
            }
        } else {
            match preview(&house.db, &house.ctx, id, &new).await {
                Ok(seen) => return ask(&house, &award, &new, &seen, &fields).await,
                Err(error) => wrong.take(error)?,
            }
        }
    }
    show(&house, form(&award), &fields, &wrong).await
}

async fn ask(
    house: &House,
    award: &AwardView,
    new: &NewSuspension,
    seen: &SuspensionPreview,
    fields: &Fields,
) -> Result<HttpResponse, Fault> {
    page(&PreviewPage {
        page: PageFrame::of(house, "What the suspension does").await?,
        crumbs: vec![Link::new("Awards", "/awards"), back(award)],
        sentence: format!(
            "Suspended from {}. {}",
            words::date(new.from_on),
            if new.pays_on {
                "Spend incurred meanwhile is paid for all the same: nothing is attributed anew."
            } else {
                "Spend incurred from that day on is paid for by others, or by none, until it goes on."
            }
        ),
        pools: seen.pools.iter().map(pool).collect(),
        returns: match (new.pays_on, seen.open_returns) {
            (true, _) => "No figure of a return changes.".to_owned(),
            (false, 0) => "No return of it is open.".to_owned(),
            (false, 1) => "1 open return takes the new facts in.".to_owned(),
            (false, many) => format!("{many} open returns take the new facts in."),
        },
        sent: seen.sent_returns.iter().map(sent_return).collect(),
        duties: seen.duties.iter().map(duty).collect(),
        action: format!("/awards/{}/suspensions", award.summary.id),
        hidden: fields
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back"))
            .cloned()
            .collect(),
    })
}

/// A return that stays as it was sent, as a link.
pub fn sent_return(one: &view::SentReturn) -> Link {
    Link::new(
        format!(
            "{}, {}",
            one.name,
            months_in_words(one.period_from, one.period_to)
        ),
        format!("/returns/{}", one.id),
    )
}

/// Something that is due, with its day.
pub fn duty(one: &view::AwardDuty) -> String {
    format!("{}, due {}", one.title, words::date(one.due_on))
}

fn resumption_form(award: &AwardView, one: &SuspensionView) -> Form {
    let id = award.summary.id;
    Form {
        back: back(award),
        heading: "Record that the award goes on".to_owned(),
        lead: format!(
            "It is suspended from {}. Spend incurred from the day that it goes on is paid for again. This \
             stays in the record.",
            words::date(one.from_on)
        ),
        action: format!("/awards/{id}/suspensions/{}/resumption", one.id),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields: vec![
            Field::date("resumed_on", "From which day does it go on?"),
            Field::area("why", "Why?"),
            Field::text("told_by", "Who told us, and where is it written?"),
        ],
        button: "Record that it goes on".to_owned(),
        grave: false,
    }
}

async fn found(
    house: &House,
    award: AwardId,
    suspension: AwardSuspensionId,
) -> Result<(AwardView, SuspensionView), Fault> {
    let award = view::one(&house.db, &house.ctx, award).await?;
    let one = award
        .suspensions
        .iter()
        .find(|one| one.id == suspension)
        .cloned()
        .ok_or(domain::Error::NotFound)?;
    Ok((award, one))
}

async fn ask_resumption(
    house: House,
    path: web::Path<(AwardId, AwardSuspensionId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SuspendAward)?;
    let (award, suspension) = path.into_inner();
    let (award, one) = found(&house, award, suspension).await?;
    if one.resumed_on.is_some() {
        return super::form::too_late(
            &house,
            "Record that the award goes on",
            "The award went on already. If it is suspended once more, record that anew.",
            back(&award),
        )
        .await;
    }
    let typed = Fields::default().with("resumed_on", typed_date(house.ctx.today()));
    let form = resumption_form(&award, &one);
    show(&house, form, &typed, &Wrong::default()).await
}

async fn resume(
    house: House,
    path: web::Path<(AwardId, AwardSuspensionId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SuspendAward)?;
    let (id, suspension) = path.into_inner();
    let (award, one) = found(&house, id, suspension).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(
        &fields,
        &[
            ("why", "Say why."),
            ("told_by", "Say who told us, and where it is written."),
        ],
    );
    let new = NewResumption {
        resumed_on: wrong.date(&fields, "resumed_on"),
        why: fields.text("why"),
        told_by: fields.text("told_by"),
    };
    if wrong.is_empty() {
        let expected = fields.version();
        match ops::resume(&house.db, &house.ctx, id, suspension, expected, &new).await {
            Ok(_) => return Ok(see_other(&format!("/awards/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, resumption_form(&award, &one), &fields, &wrong).await
}
