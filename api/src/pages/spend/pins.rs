//! Pins of a spend line: what they say, pinning part of it to an award, taking a pin off.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::pins::ops::{self, NewPin, TakingOff};
use domain::pins::view::{PinPreview, PinView, of_line, payers, preview};
use domain::spend::view::{self, SpendView};
use entity::{SpendLineId, SpendPinId};

use super::super::awards::amend::{Pool, pool};
use super::super::awards::form::{Typed, too_late};
use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::{Link, PageFrame, page, see_other, words};
use super::parts::money;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/spend/{id}/pins").route(web::post().to(pin)))
        .service(web::resource("/spend/{id}/pins/new").route(web::get().to(new)))
        .service(
            web::resource("/spend/{id}/pins/{pin}/taking-off")
                .route(web::get().to(ask_taking_off))
                .route(web::post().to(take_off)),
        );
}

/// A pin on its line's page.
pub(super) struct Row {
    pub(super) award: String,
    pub(super) award_href: String,
    pub(super) amount: String,
    pub(super) state: &'static str,
    pub(super) kind: &'static str,
    pub(super) told: String,
    pub(super) why: String,
    pub(super) waits: String,
    pub(super) off_href: String,
}

/// The pins of a line, and where part of it can be pinned; nowhere for those who may not, and where no
/// award may pay for it.
pub(super) async fn on_the_page(
    house: &House,
    line: &SpendView,
) -> Result<(Vec<Row>, String), Fault> {
    let pins = of_line(&house.db, &house.ctx, line.id).await?;
    let may = house.ctx.require(Operation::PinSpend).is_ok();
    let rows = pins.into_iter().map(|pin| row(may, pin)).collect();
    let can = may && !payers(&house.db, &house.ctx, line.id).await?.is_empty();
    let href = match can {
        true => format!("/spend/{}/pins/new", line.id),
        false => String::new(),
    };
    Ok((rows, href))
}

fn row(may: bool, pin: PinView) -> Row {
    let by = |who: Option<String>| who.unwrap_or_else(|| "the command line".to_owned());
    let pinned = format!(
        "Pinned by {} on {}",
        by(pin.pinned_by),
        words::date(domain::calendar::rules::london_date(pin.pinned_at))
    );
    let (state, kind) = match (&pin.taken_off_at, &pin.waits) {
        (Some(_), _) => ("Taken off", "off"),
        (None, Some(_)) => ("Waits", "doing"),
        (None, None) => ("Holds", "done"),
    };
    let told = match (pin.taken_off_at, pin.taken_off_why) {
        (Some(at), Some(why)) => format!(
            "{pinned}. Taken off by {} on {}: {why}",
            by(pin.taken_off_by),
            words::date(domain::calendar::rules::london_date(at))
        ),
        _ => pinned,
    };
    Row {
        award: pin.award_title,
        award_href: format!("/awards/{}", pin.award_id),
        amount: money(pin.amount_pence),
        state,
        kind,
        told,
        why: pin.why,
        waits: pin.waits.unwrap_or_default(),
        off_href: match may && pin.taken_off_at.is_none() {
            true => format!("/spend/{}/pins/{}/taking-off", pin.line_id, pin.id),
            false => String::new(),
        },
    }
}

fn name(line: &SpendView) -> String {
    let supplier = line.supplier.clone();
    let supplier = supplier.unwrap_or_else(|| "Spend line".to_owned());
    format!("{supplier}, {}", money(line.amount_pence))
}

fn back(line: &SpendView) -> Link {
    Link::new(name(line), format!("/spend/{}", line.id))
}

async fn form(house: &House, line: &SpendView) -> Result<Form, Fault> {
    let awards = payers(&house.db, &house.ctx, line.id).await?;
    let choices = std::iter::once(Choice::new("", "Choose"))
        .chain(
            awards
                .into_iter()
                .map(|award| Choice::new(award.id, award.title)),
        )
        .collect();
    Ok(Form {
        back: back(line),
        heading: "Pin it to an award".to_owned(),
        lead: format!(
            "That award pays for at least so much of the {} before the rule of the pool has its turn. You \
             see what moves before it is recorded.",
            money(line.amount_pence)
        ),
        action: format!("/spend/{}/pins", line.id),
        hidden: Vec::new(),
        fields: vec![
            Field::select("award_id", "Which award?", choices)
                .hint("Those behind the pool that may pay for it."),
            Field::money("amount_pence", "How much of it?"),
            Field::area("why", "Why?")
                .hint("For example: the funder’s letter of 3 March names this work."),
        ],
        button: "See what it moves".to_owned(),
        grave: false,
    })
}

async fn new(house: House, path: web::Path<SpendLineId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PinSpend)?;
    let line = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    if payers(&house.db, &house.ctx, line.id).await?.is_empty() {
        return too_late(
            &house,
            "Pin it to an award",
            "No award behind the pool may pay for this line, or all that may have part of it pinned to them \
             already. Its page says what stands in the way.",
            back(&line),
        )
        .await;
    }
    let typed = Fields::default().with("amount_pence", Money(line.amount_pence).as_typed());
    show(
        &house,
        form(&house, &line).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

#[derive(Template)]
#[template(path = "pages/spend_pin.html")]
struct PreviewPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    pool: Pool,
    action: String,
    hidden: Vec<(String, String)>,
}

async fn pin(
    house: House,
    path: web::Path<SpendLineId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PinSpend)?;
    let line = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(&fields, &[("why", "Say why.")]);
    let award = wrong.chosen(&fields, "award_id", id);
    let amount_pence = wrong.money(&fields, "amount_pence");
    if let Some(award_id) = award.filter(|_| wrong.is_empty() && fields.some("back").is_none()) {
        let new = NewPin {
            award_id,
            amount_pence,
            why: fields.text("why"),
        };
        if fields.some("confirm").is_some() {
            match ops::pin(&house.db, &house.ctx, line.id, &new).await {
                Ok(_) => return Ok(see_other(&format!("/spend/{}#pins", line.id))),
                Err(error) => wrong.take(error)?,
            }
        } else {
            match preview(&house.db, &house.ctx, line.id, &new).await {
                Ok(seen) => return ask(&house, &line, &new, &seen, &fields).await,
                Err(error) => wrong.take(error)?,
            }
        }
    }
    show(&house, form(&house, &line).await?, &fields, &wrong).await
}

async fn ask(
    house: &House,
    line: &SpendView,
    new: &NewPin,
    seen: &PinPreview,
    fields: &Fields,
) -> Result<HttpResponse, Fault> {
    let award = seen
        .pool
        .awards
        .iter()
        .find(|one| one.award_id == new.award_id);
    let award = award.map(|one| one.award.clone()).unwrap_or_default();
    let pinned = new.amount_pence.pence();
    let short = match seen.then_pence < pinned {
        true => format!(
            " It has no more left than that: the other {} goes by the pool’s rule, until it has.",
            money(pinned - seen.then_pence)
        ),
        false => String::new(),
    };
    page(&PreviewPage {
        page: PageFrame::of(house, "What the pin moves").await?,
        crumbs: vec![Link::new("Spend", "/spend"), back(line)],
        sentence: format!(
            "Of this line, “{award}” pays for {} now and for {} then.{short}",
            money(seen.now_pence),
            money(seen.then_pence)
        ),
        pool: pool(&seen.pool),
        action: format!("/spend/{}/pins", line.id),
        hidden: fields
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back"))
            .cloned()
            .collect(),
    })
}

fn off_form(line: &SpendView, pin: &PinView) -> Form {
    Form {
        back: back(line),
        heading: "Take the pin off".to_owned(),
        lead: format!(
            "{} of the line is pinned to “{}”. Once that is off, all of the line goes by the pool’s rule \
             again. The pin stays in the record.",
            money(pin.amount_pence),
            pin.award_title
        ),
        action: format!("/spend/{}/pins/{}/taking-off", line.id, pin.id),
        hidden: Vec::new(),
        fields: vec![Field::area("why", "Why?")],
        button: "Take the pin off".to_owned(),
        grave: false,
    }
}

async fn found(
    house: &House,
    (line, pin): (SpendLineId, SpendPinId),
) -> Result<(SpendView, PinView), Fault> {
    let line = view::one(&house.db, &house.ctx, line).await?;
    let pins = of_line(&house.db, &house.ctx, line.id).await?;
    let pin = pins.into_iter().find(|one| one.id == pin);
    Ok((line, pin.ok_or(domain::Error::NotFound)?))
}

async fn ask_taking_off(
    house: House,
    path: web::Path<(SpendLineId, SpendPinId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PinSpend)?;
    let (line, pin) = found(&house, path.into_inner()).await?;
    if pin.taken_off_at.is_some() {
        return too_late(
            &house,
            "Take the pin off",
            "This pin was taken off already. Nothing needs to be done.",
            back(&line),
        )
        .await;
    }
    show(
        &house,
        off_form(&line, &pin),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn take_off(
    house: House,
    path: web::Path<(SpendLineId, SpendPinId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PinSpend)?;
    let (line, pin) = found(&house, path.into_inner()).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(&fields, &[("why", "Say why.")]);
    if wrong.is_empty() {
        let new = TakingOff {
            why: fields.text("why"),
        };
        match ops::take_off(&house.db, &house.ctx, line.id, pin.id, &new).await {
            Ok(_) => return Ok(see_other(&format!("/spend/{}#pins", line.id))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, off_form(&line, &pin), &fields, &wrong).await
}
