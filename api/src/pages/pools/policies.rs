//! By which rules awards pay for a pool's spend: what was agreed.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::pools::rules::policies::percent;
use domain::pools::view::policies::{PolicyAward, PolicyStanding, PolicyView};
use domain::pools::view::{self, ContributionView, PoolView};
use entity::{AttributionPolicy as Kind, PoolId};

use super::super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};

#[derive(Template)]
#[template(path = "pages/pool_policies.html")]
struct PoliciesPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    pool: String,
    sentence: String,
    new_href: String,
    rows: Vec<Row>,
    apart: Vec<Apart>,
    downloads: Vec<Link>,
}

/// Spend that has shares of its own.
struct Apart {
    of: String,
    from: String,
    state: &'static str,
    kind: &'static str,
    who_pays: String,
}

struct Row {
    rule: &'static str,
    from: String,
    to: String,
    state: &'static str,
    kind: &'static str,
    who_pays: String,
    agreed: String,
    why: String,
}

/// The rule in a few words.
pub(super) const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::InOrder => "In a stated order",
        Kind::ProRata => "In proportion to what each puts in",
        Kind::Shares => "By agreed shares",
        Kind::Optimal => "As little lost as can be",
        Kind::Manual => "By hand",
    }
}

/// What it does with a line of spend.
pub(super) const fn explained(kind: Kind) -> &'static str {
    match kind {
        Kind::InOrder => {
            "Each line of spend is paid for by the first award, in the stated order, that may pay for \
             it and has money left; what is still open goes to the next."
        }
        Kind::ProRata => {
            "Each line of spend is shared between the awards that may pay for it, in proportion to \
             what each put in when the rule was agreed, to the penny. What one cannot pay is offered \
             to the others in proportion; the rest is not covered."
        }
        Kind::Shares => {
            "Each line of spend is shared between the awards that may pay for it by their agreed \
             shares, to the penny. What one cannot pay is offered to the others by their shares; the \
             rest is not covered."
        }
        Kind::Manual => {
            "An award pays what a person pinned to it, with the reason, and nothing else. What nobody pinned is not \
             covered."
        }
        Kind::Optimal => {
            "All spend together is shared out so that as little as can be is not covered; then ring-fenced \
             money is used; then money that would go back, what ends soonest first; then the more \
             restricted money before the less. Nothing moves unless that is better."
        }
    }
}

/// What a contribution pays under the rule of today: its turn, or its share.
pub(super) fn pays(pool: &PoolView, part: &ContributionView) -> String {
    let today = pool
        .policies
        .iter()
        .find(|one| one.standing == PolicyStanding::InForce);
    let Some(rule) = today.filter(|rule| !rule.awards.is_empty()) else {
        return part.position.to_string();
    };
    let named = rule
        .awards
        .iter()
        .position(|one| one.award_id == part.award_id);
    let Some((turn, award)) = named.and_then(|at| Some((at + 1, rule.awards.get(at)?))) else {
        return "After the others: it came since".to_owned();
    };
    let share = match (award.share_bp, award.put_in_pence) {
        (Some(0), _) => "Nothing".to_owned(),
        (Some(share), _) => format!("{}%", percent(share)),
        (None, Some(put_in)) => format!("By {}", put_in.in_full()),
        (None, None) => turn.to_string(),
    };
    let own = |awards: &[PolicyAward]| {
        let here = awards.iter().find(|one| one.award_id == part.award_id);
        here.and_then(|one| one.share_bp).unwrap_or(0)
    };
    let otherwise = rule
        .purposes
        .iter()
        .filter(|one| own(&one.awards) != own(&rule.awards));
    match otherwise.count() {
        0 => share,
        some => format!("{share}, {}", but_for(some)),
    }
}

fn but_for(purposes: usize) -> String {
    match purposes {
        1 => "but for one purpose".to_owned(),
        some => format!("but for {some} purposes"),
    }
}

/// Who pays under a rule, in a sentence.
fn who_pays(rule: &PolicyView) -> String {
    if rule.awards.is_empty() {
        return "The awards in the order in which they were put behind the pool".to_owned();
    }
    let who = who(&rule.awards);
    match rule.purposes.len() {
        0 => who,
        some => format!("{who}, {}", but_for(some)),
    }
}

fn who(awards: &[PolicyAward]) -> String {
    let parts: Vec<String> = (1..)
        .zip(awards)
        .map(|(turn, one)| {
            let award = format!("{} ({})", one.award, one.funder);
            match (one.share_bp, one.put_in_pence) {
                (Some(share), _) => format!("{award} {}%", percent(share)),
                (None, Some(put_in)) => format!("{award} by {}", put_in.in_full()),
                (None, None) => format!("{turn}. {award}"),
            }
        })
        .collect();
    parts.join("; ")
}

pub(in crate::pages) const fn tag(standing: PolicyStanding) -> (&'static str, &'static str) {
    match standing {
        PolicyStanding::InForce => ("Applies now", "done"),
        PolicyStanding::ToCome => ("To come", "waiting"),
        PolicyStanding::Past => ("Past", "off"),
        PolicyStanding::Superseded => ("Superseded", "off"),
    }
}

fn row(rule: &PolicyView) -> Row {
    let (state, kind) = tag(rule.standing);
    let agreed = match rule.agreed_on {
        Some(on) => format!("{}, {} ({})", rule.agreed_by, words::day(on), rule.minute),
        None => rule.agreed_by.clone(),
    };
    Row {
        rule: name(rule.policy),
        from: words::day(rule.starts_on),
        to: match (rule.standing, rule.ends_on) {
            (PolicyStanding::Superseded, _) => "Another took its place".to_owned(),
            (_, Some(on)) => words::day(on),
            (_, None) => "Until another is agreed".to_owned(),
        },
        state,
        kind,
        who_pays: who_pays(rule),
        agreed,
        why: rule.reason.clone(),
    }
}

/// The spend that has shares of its own under a rule.
fn apart(rule: &PolicyView) -> impl Iterator<Item = Apart> {
    let (state, kind) = tag(rule.standing);
    rule.purposes.iter().map(move |one| Apart {
        of: one.name.clone(),
        from: words::day(rule.starts_on),
        state,
        kind,
        who_pays: who(&one.awards),
    })
}

pub(super) fn crumbs(pool: &PoolView) -> Vec<Link> {
    let id = pool.summary.id;
    vec![
        Link::new("Pools", "/pools"),
        Link::new(pool.summary.name.clone(), format!("/pools/{id}")),
    ]
}

pub(super) fn crumb(id: PoolId) -> Link {
    Link::new("How awards pay", format!("/pools/{id}/policies"))
}

pub async fn list(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let pool = view::one(&house.db, &house.ctx, id).await?;
    let may = house.ctx.require(Operation::AgreePolicy).is_ok();
    page(&PoliciesPage {
        page: PageFrame::of(&house, "How awards pay").await?,
        crumbs: crumbs(&pool),
        sentence: explained(pool.policy).to_owned(),
        new_href: if may && !pool.contributions.is_empty() {
            format!("/pools/{id}/policies/new")
        } else {
            String::new()
        },
        rows: pool.policies.iter().map(row).collect(),
        apart: pool.policies.iter().flat_map(apart).collect(),
        downloads: vec![Link::new(
            "Download as CSV",
            format!("/pools/{id}/policies.csv"),
        )],
        pool: pool.summary.name,
    })
}

pub async fn download(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let rules = view::policies::of_pool(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(crate::json::tables::policies(rules))
}
