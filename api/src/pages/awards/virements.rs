//! Virements: what was moved between parts of an award, what waits for the funder, what may still be moved.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::virements::ops::{self, NewVirement, NewVirementFact};
use domain::virements::rules::VirementState;
use domain::virements::view::{self, FenceEffect, VirementPreview, VirementView, VirementsView};
use domain::{Money, awards};
use entity::{AwardId, AwardVirementId, FenceId, VirementBase, VirementEventKind as Kind};

use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::requirements::terms::typed_variance;
use super::super::{Link, PageFrame, page, see_other, words};
use super::amend::{Pool, pool};
use super::form::Typed;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::virements::as_csv;
use crate::pages::shapes::Fact;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/virements")
                .route(web::get().to(list))
                .route(web::post().to(record)),
        )
        .service(web::resource("/awards/{id}/virements.csv").route(web::get().to(file)))
        .service(web::resource("/awards/{id}/virements/new").route(web::get().to(new)))
        .service(
            web::resource("/awards/{id}/virements/{virement}/fact")
                .route(web::get().to(ask_fact))
                .route(web::post().to(settle)),
        );
}

#[derive(Template)]
#[template(path = "pages/award_virements.html")]
struct VirementsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    sentence: String,
    tolerated: String,
    new_href: String,
    few: bool,
    tolerances: Vec<ToleranceRow>,
    rows: Vec<Row>,
    may: bool,
    downloads: Vec<Link>,
}

struct ToleranceRow {
    name: String,
    tolerance: String,
    counted: String,
    left: String,
}

struct Row {
    what: String,
    on: String,
    amount: String,
    why: String,
    state: &'static str,
    kind: &'static str,
    told: String,
    href: String,
}

#[derive(Template)]
#[template(path = "pages/award_virement.html")]
struct PreviewPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    /// What is to be confirmed, as it was typed.
    asked: Vec<Fact>,
    heeds: Vec<String>,
    fences: Vec<FenceRow>,
    pools: Vec<Pool>,
    action: String,
    hidden: Vec<(String, String)>,
    button: &'static str,
}

struct FenceRow {
    name: String,
    reserved: String,
    reserved_then: String,
    limit: String,
    limit_then: String,
    attributed: String,
}

const fn tag(state: VirementState) -> (&'static str, &'static str) {
    match state {
        VirementState::Made => ("Made", "done"),
        VirementState::ToAsk => ("Funder to be asked", "todo"),
        VirementState::Asked => ("Waits for the funder", "waiting"),
        VirementState::Refused => ("Refused", "off"),
        VirementState::Withdrawn => ("Withdrawn", "off"),
    }
}

/// What may be moved without asking, in a sentence.
fn tolerated(seen: &VirementsView) -> String {
    let Some(share) = seen.share_bp else {
        return "No tolerance is recorded: the funder must consent to any virement. If its letter allows \
                some, record that by an amendment."
            .to_owned();
    };
    let of = match seen.of {
        VirementBase::Award => "the award may be moved between its parts",
        VirementBase::Fence => "each part, as it was set up, may be moved out of or into it",
    };
    format!(
        "Up to {}% of {of} without asking, in all ({}).",
        typed_variance(share),
        seen.source
    )
}

fn sentence(seen: &VirementsView) -> String {
    if seen.items.is_empty() {
        return "Nothing was moved between its parts.".to_owned();
    }
    let moved = if seen.moved_pence == Money::ZERO {
        "Nothing was moved between its parts yet".to_owned()
    } else {
        format!(
            "{} was moved between its parts, {} of it without asking",
            seen.moved_pence.in_words(),
            seen.without_asking_pence.in_words()
        )
    };
    if seen.waiting_pence > Money::ZERO {
        format!(
            "{moved}. {} waits for the funder’s consent, and has no effect until then.",
            seen.waiting_pence.in_words()
        )
    } else {
        format!("{moved}.")
    }
}

fn row(award: AwardId, one: &VirementView, may: bool) -> Row {
    let (state, kind) = tag(one.state);
    let told: Vec<String> = one
        .facts
        .iter()
        .rev()
        .map(|fact| {
            let on = words::day(fact.happened_on);
            let (who, written) = (&fact.with_whom, &fact.reference);
            match fact.kind {
                Kind::Asked => format!("{who} was asked on {on} ({written})"),
                Kind::Given => format!("{who} consented on {on} ({written})"),
                Kind::Refused => format!("{who} refused on {on} ({written})"),
                Kind::Withdrawn => format!("withdrawn on {on}: {written}"),
            }
        })
        .collect();
    Row {
        what: format!("From {} to {}", one.from, one.to),
        on: words::day(one.moved_on),
        amount: one.amount_pence.in_full(),
        why: one.reason.clone(),
        state,
        kind,
        told: if told.is_empty() && !one.needs_consent {
            format!(
                "Within the tolerance of {}, of which {} was used before",
                one.tolerance_pence.in_full(),
                one.counted_pence.in_full()
            )
        } else if told.is_empty() {
            format!(
                "More than the tolerance of {}, of which {} was used before",
                one.tolerance_pence.in_full(),
                one.counted_pence.in_full()
            )
        } else {
            told.join("; ")
        },
        href: if may && !one.next.is_empty() {
            format!("/awards/{award}/virements/{}/fact", one.id)
        } else {
            String::new()
        },
    }
}

async fn list(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let award_id = path.into_inner();
    let seen = view::of_award(&house.db, &house.ctx, award_id).await?;
    let award = awards::view::one(&house.db, &house.ctx, award_id).await?;
    let may = house.ctx.require(Operation::MoveMoney).is_ok();
    let few = award.fences.len() < 2;
    page(&VirementsPage {
        page: PageFrame::of(&house, "Virements").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.summary.title.clone(), format!("/awards/{award_id}")),
        ],
        sentence: sentence(&seen),
        tolerated: tolerated(&seen),
        new_href: if may && !few {
            format!("/awards/{award_id}/virements/new")
        } else {
            String::new()
        },
        few,
        tolerances: if seen.share_bp.is_some() {
            seen.tolerances
                .iter()
                .map(|one| ToleranceRow {
                    name: if one.fence_id.is_some() {
                        one.fence.clone()
                    } else {
                        "The award".to_owned()
                    },
                    tolerance: one.tolerance_pence.in_full(),
                    counted: one.counted_pence.in_full(),
                    left: one.left_pence.in_full(),
                })
                .collect()
        } else {
            Vec::new()
        },
        rows: seen
            .items
            .iter()
            .map(|one| row(award_id, one, may))
            .collect(),
        downloads: if seen.items.is_empty() {
            Vec::new()
        } else {
            vec![Link::new(
                "Download these virements as CSV",
                format!("/awards/{award_id}/virements.csv"),
            )]
        },
        award: award.summary.title,
        may,
    })
}

async fn file(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(as_csv(seen.items))
}

fn crumb(award: AwardId) -> Link {
    Link::new("Virements", format!("/awards/{award}/virements"))
}

async fn form(house: &House, award_id: AwardId) -> Result<Form, Fault> {
    let award = awards::view::one(&house.db, &house.ctx, award_id).await?;
    let seen = view::of_award(&house.db, &house.ctx, award_id).await?;
    let parts: Vec<Choice> = std::iter::once(Choice::new("", "Choose"))
        .chain(award.fences.iter().map(|fence| {
            let held = match (fence.reserved_pence, fence.limit_pence) {
                (Some(reserved), Some(limit)) if reserved != limit => format!(
                    "{} ring-fenced, at most {}",
                    reserved.in_full(),
                    limit.in_full()
                ),
                (Some(reserved), _) => format!("{} ring-fenced", reserved.in_full()),
                (None, limit) => format!("at most {}", limit.unwrap_or_default().in_full()),
            };
            Choice::new(fence.id, format!("{}: {held}", fence.name))
        }))
        .collect();
    Ok(Form {
        back: crumb(award_id),
        heading: "Move money between parts".to_owned(),
        lead: format!(
            "{} You see what it does before it is recorded.",
            tolerated(&seen)
        ),
        action: format!("/awards/{award_id}/virements"),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields: vec![
            Field::select("from_fence_id", "Out of which part?", parts.clone()),
            Field::select("to_fence_id", "Into which part?", parts),
            Field::money("amount_pence", "How much?"),
            Field::date("moved_on", "On which day was it decided?"),
            Field::area("reason", "Why?"),
        ],
        button: "See what it does".to_owned(),
        grave: false,
    })
}

async fn new(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MoveMoney)?;
    let form = form(&house, path.into_inner()).await?;
    let typed = Fields::default().with("moved_on", typed_date(house.ctx.today()));
    show(&house, form, &typed, &Wrong::default()).await
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<NewVirement> {
    let from = wrong.chosen(fields, "from_fence_id", id::<FenceId>);
    let to = wrong.chosen(fields, "to_fence_id", id::<FenceId>);
    let amount_pence = wrong.money(fields, "amount_pence");
    let moved_on = wrong.date(fields, "moved_on");
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say why.");
    }
    Some(NewVirement {
        from_fence_id: from?,
        to_fence_id: to?,
        amount_pence,
        moved_on,
        reason: fields.text("reason"),
    })
    .filter(|_| wrong.is_empty())
}

async fn record(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MoveMoney)?;
    let award = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = read(&fields, &mut wrong);
    if let Some(new) = new
        && fields.some("back").is_none()
    {
        if fields.some("confirm").is_some() {
            let expected = fields.version();
            match ops::record(&house.db, &house.ctx, award, expected, &new).await {
                Ok(_) => return Ok(see_other(&format!("/awards/{award}/virements"))),
                Err(error) => wrong.take(error)?,
            }
        } else {
            match view::preview(&house.db, &house.ctx, award, &new).await {
                Ok(preview) => return ask(&house, award, &new, &preview, &fields).await,
                Err(error) => wrong.take(error)?,
            }
        }
    }
    show(&house, form(&house, award).await?, &fields, &wrong).await
}

fn fence(effect: &FenceEffect) -> FenceRow {
    let held = |amount: Option<Money>| amount.map_or_else(|| "None".to_owned(), Money::in_full);
    FenceRow {
        name: effect.fence.clone(),
        reserved: held(effect.reserved_before_pence),
        reserved_then: held(effect.reserved_after_pence),
        limit: held(effect.limit_before_pence),
        limit_then: held(effect.limit_after_pence),
        attributed: effect.attributed_pence.in_full(),
    }
}

async fn ask(
    house: &House,
    award_id: AwardId,
    new: &NewVirement,
    preview: &VirementPreview,
    fields: &Fields,
) -> Result<HttpResponse, Fault> {
    let award = awards::view::one(&house.db, &house.ctx, award_id)
        .await?
        .summary;
    let against = &preview.held_against;
    let of = if against.fence_id.is_some() {
        format!(" of “{}”", against.fence)
    } else {
        String::new()
    };
    let amount = new.amount_pence.in_full();
    let sentence = if preview.needs_consent {
        format!(
            "{amount} is more than may be moved without asking: {} of the tolerance{of} is left. It is \
             recorded, and has no effect until the funder consents.",
            against.left_pence.in_full()
        )
    } else {
        format!(
            "{amount} is within the tolerance{of}: {} is left of it before. It takes effect at once.",
            against.left_pence.in_full()
        )
    };
    page(&PreviewPage {
        page: PageFrame::of(house, "What the virement does").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.title, format!("/awards/{award_id}")),
            crumb(award_id),
        ],
        sentence,
        asked: {
            let named = |id: FenceId| {
                preview
                    .fences
                    .iter()
                    .find(|one| one.fence_id == id)
                    .map_or_else(String::new, |one| one.fence.clone())
            };
            vec![
                Fact::new("Out of", named(new.from_fence_id)),
                Fact::new("Into", named(new.to_fence_id)),
                Fact::new("How much", amount.clone()),
                Fact::new("Decided on", words::date(new.moved_on)),
                Fact::new("Why", new.reason.clone()),
            ]
        },
        heeds: preview
            .fences
            .iter()
            .filter(|one| one.over_pence > Money::ZERO)
            .map(|one| {
                format!(
                    "{} is attributed within “{}” today beyond what it may take then. What is not \
                     certified is attributed again; the rest stays over, and is shown as over \
                     allocation until a grants officer agrees with the funder what becomes of it.",
                    one.over_pence.in_full(),
                    one.fence
                )
            })
            .collect(),
        fences: preview.fences.iter().map(fence).collect(),
        pools: preview.pools.iter().map(pool).collect(),
        action: format!("/awards/{award_id}/virements"),
        hidden: fields
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back"))
            .cloned()
            .collect(),
        button: if preview.needs_consent {
            "Record it; the funder is to be asked"
        } else {
            "Move the money"
        },
    })
}

fn fact_form(award: AwardId, one: &VirementView) -> Form {
    let choice = |kind: &Kind| {
        let (text, hint) = match kind {
            Kind::Asked => ("We asked the funder", ""),
            Kind::Given => (
                "The funder consented",
                "It takes effect at once, and spend is attributed again.",
            ),
            Kind::Refused => ("The funder refused", ""),
            Kind::Withdrawn => ("We no longer want it", ""),
        };
        let mut choice = Choice::new(kind.slug(), text);
        hint.clone_into(&mut choice.hint);
        choice
    };
    Form {
        back: crumb(award),
        heading: "Record what the funder said".to_owned(),
        lead: format!(
            "{} from {} to {}. What is recorded cannot be removed.",
            one.amount_pence.in_full(),
            one.from,
            one.to
        ),
        action: format!("/awards/{award}/virements/{}/fact", one.id),
        hidden: Vec::new(),
        fields: vec![
            Field::radios(
                "kind",
                "What happened?",
                one.next.iter().map(choice).collect(),
            ),
            Field::date("happened_on", "On which day?"),
            Field::text("with_whom", "Who was asked, or who answered?")
                .hint("For example: Bea at the lottery. Leave it empty if it is no longer wanted."),
            Field::text("reference", "Where is that written?")
                .hint("For example: her e-mail of 3 March. If it is no longer wanted: why"),
        ],
        button: "Record it".to_owned(),
        grave: false,
    }
}

async fn found(
    house: &House,
    award: AwardId,
    virement: AwardVirementId,
) -> Result<VirementView, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, award).await?;
    let one = seen.items.into_iter().find(|one| one.id == virement);
    Ok(one.ok_or(domain::Error::NotFound)?)
}

async fn ask_fact(
    house: House,
    path: web::Path<(AwardId, AwardVirementId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MoveMoney)?;
    let (award, virement) = path.into_inner();
    let one = found(&house, award, virement).await?;
    if one.next.is_empty() {
        return super::form::too_late(
            &house,
            "Record what the funder said",
            "This virement is settled. To undo one that was made, move the money back by another.",
            Link::new("Go back to virements", format!("/awards/{award}/virements")),
        )
        .await;
    }
    let typed = Fields::default().with("happened_on", typed_date(house.ctx.today()));
    show(&house, fact_form(award, &one), &typed, &Wrong::default()).await
}

async fn settle(
    house: House,
    path: web::Path<(AwardId, AwardVirementId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MoveMoney)?;
    let (award, virement) = path.into_inner();
    let one = found(&house, award, virement).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let kind = wrong.chosen(&fields, "kind", Kind::from_slug);
    let happened_on = wrong.date(&fields, "happened_on");
    if fields.some("reference").is_none() {
        wrong.add("reference", "Say where it is written, or why.");
    }
    if let (true, Some(kind)) = (wrong.is_empty(), kind) {
        let new = NewVirementFact {
            kind,
            happened_on,
            with_whom: fields.text("with_whom"),
            reference: fields.text("reference"),
        };
        match ops::settle(&house.db, &house.ctx, award, virement, &new).await {
            Ok(_) => return Ok(see_other(&format!("/awards/{award}/virements"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, fact_form(award, &one), &fields, &wrong).await
}
