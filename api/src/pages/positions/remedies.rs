//! What would use money that is going to be lost: what can be done, and what comes of it?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::positions::view::remedies::{self as view, Remedies, Remedy, RemedyKind};
use entity::PoolId;

use super::super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};

#[derive(Template)]
#[template(path = "pages/remedies.html")]
struct RemediesPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    above: String,
    sentence: String,
    /// Nothing is going to be lost.
    safe: bool,
    rows: Vec<Row>,
    as_of: String,
}

struct Row {
    what: &'static str,
    sentence: String,
    saves: String,
    sooner: Vec<Sooner>,
    awards: Vec<Effect>,
    act: Option<Link>,
}

struct Sooner {
    name: String,
    href: String,
    amount: String,
}

struct Effect {
    name: String,
    href: String,
    now: String,
    then: String,
}

pub async fn of_pool(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let found = view::of_pool(&house.db, &house.ctx, id.into_inner()).await?;
    let id = found.pool_id;
    page(&RemediesPage {
        page: PageFrame::of(&house, &format!("What would use it: {}", found.pool)).await?,
        crumbs: vec![
            Link::new("Pools", "/pools"),
            Link::new(found.pool.clone(), format!("/pools/{id}")),
            Link::new("What will be unspent", format!("/pools/{id}/unspent")),
        ],
        above: found.pool.clone(),
        sentence: sentence(&found),
        safe: found.lost_pence == Money::ZERO,
        as_of: format!(
            "Worked out on what is known on {}.",
            words::day(found.as_of)
        ),
        rows: found.rows.iter().map(|one| row(&house, id, one)).collect(),
    })
}

fn sentence(found: &Remedies) -> String {
    match (found.lost_pence, found.rows.first()) {
        (Money::ZERO, _) => "Nothing of these awards is going to be lost.".to_owned(),
        (lost, None) => format!(
            "{} is going to be lost, and nothing that is known here would use it.",
            lost.in_words()
        ),
        (lost, Some(best)) => format!(
            "{} is going to be lost if nothing is done. One step would save up to {} of it.",
            lost.in_words(),
            best.saves_pence.in_words()
        ),
    }
}

const fn what(kind: RemedyKind) -> &'static str {
    match kind {
        RemedyKind::Rule => "Attribute spend otherwise",
        RemedyKind::BringForward => "Bring spend forward",
        RemedyKind::MoreTime => "Ask for more time",
        RemedyKind::CarryForward => "Ask to carry it forward",
    }
}

/// Where it is done, for those who may.
fn act(house: &House, pool: PoolId, one: &Remedy) -> Option<Link> {
    let may = |operation| house.ctx.require(operation).is_ok();
    match (one.kind, one.award_id, one.year_id) {
        (RemedyKind::Rule, ..) => may(Operation::AgreePolicy).then(|| {
            Link::new(
                "Record another rule, and see what it moves",
                format!("/pools/{pool}/policies/new"),
            )
        }),
        (RemedyKind::MoreTime, Some(award), _) => may(Operation::AmendAward).then(|| {
            Link::new(
                "Record what the funder agreed",
                format!("/awards/{award}/amendments/new"),
            )
        }),
        (RemedyKind::CarryForward, Some(award), Some(year)) => may(Operation::RecordAwardYear)
            .then(|| {
                Link::new(
                    "Record that we asked",
                    format!("/awards/{award}/years/{year}/agreement"),
                )
            }),
        _ => None,
    }
}

fn row(house: &House, pool: PoolId, one: &Remedy) -> Row {
    Row {
        what: what(one.kind),
        sentence: one.sentence.clone(),
        saves: one.saves_pence.in_full(),
        sooner: one
            .sooner
            .iter()
            .map(|of| Sooner {
                name: of.commitment.clone(),
                href: format!("/commitments/{}", of.commitment_id),
                amount: of.amount_pence.in_full(),
            })
            .collect(),
        awards: one
            .awards
            .iter()
            .map(|of| Effect {
                name: of.award.clone(),
                href: format!("/awards/{}", of.award_id),
                now: of.now_pence.in_full(),
                then: of.then_pence.in_full(),
            })
            .collect(),
        act: act(house, pool, one),
    }
}
