//! By which rules awards pay for a pool's spend: what was agreed, agreeing another, what it moves.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::awards::view::PoolEffect;
use domain::pools::ops::policies::{NewPolicy, PolicyShare, agree};
use domain::pools::rules::policies::percent;
use domain::pools::view::policies::{PolicyPreview, PolicyStanding, PolicyView, preview};
use domain::pools::view::{self, ContributionView, PoolView};
use domain::{Error, Money};
use entity::{AttributionPolicy as Kind, PoolId};

use super::super::awards::amend::pool as effect;
use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::requirements::terms::per_cent;
use super::super::{Link, PageFrame, page, see_other, words};
use super::moves::MovesPage;
use crate::http::forms::PageForm;
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
    downloads: Vec<Link>,
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
    match (award.share_bp, award.put_in_pence) {
        (Some(0), _) => "Nothing".to_owned(),
        (Some(share), _) => format!("{}%", percent(share)),
        (None, Some(put_in)) => format!("By {}", put_in.in_full()),
        (None, None) => turn.to_string(),
    }
}

/// Who pays under a rule, in a sentence.
fn who_pays(rule: &PolicyView) -> String {
    if rule.awards.is_empty() {
        return "The awards in the order in which they were put behind the pool".to_owned();
    }
    let parts: Vec<String> = (1..)
        .zip(&rule.awards)
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

fn crumbs(pool: &PoolView) -> Vec<Link> {
    let id = pool.summary.id;
    vec![
        Link::new("Pools", "/pools"),
        Link::new(pool.summary.name.clone(), format!("/pools/{id}")),
    ]
}

fn crumb(id: PoolId) -> Link {
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

fn field_of(part: &ContributionView) -> String {
    format!("award_{}", part.award_id)
}

fn form(pool: &PoolView) -> Form {
    let id = pool.summary.id;
    let choice = |kind: Kind| {
        let mut choice = Choice::new(kind.slug(), name(kind));
        explained(kind).clone_into(&mut choice.hint);
        choice
    };
    let mut fields = vec![
        Field::radios(
            "policy",
            "How shall awards pay?",
            vec![
                choice(Kind::Shares),
                choice(Kind::ProRata),
                choice(Kind::InOrder),
                choice(Kind::Optimal),
            ],
        ),
        Field::heading("Each award: its share in per cent, or its turn"),
    ];
    for part in &pool.contributions {
        fields.push(
            Field::text(
                &field_of(part),
                &format!("{} ({})", part.award, part.funder),
            )
            .hint(
                "By agreed shares: 62.5, or 0 if it pays for nothing. In a stated order: 1 for the \
                 first. As little lost as can be: 1 for the most restricted. In proportion: leave it \
                 empty.",
            )
            .width("w5"),
        );
    }
    fields.extend([
        Field::heading("From when, and who agreed"),
        Field::date("starts_on", "For spend received from which day?"),
        Field::text("agreed_by", "Who agreed it?")
            .hint("For example: Trustee Board and Recovery Advisory Committee"),
        Field::date("agreed_on", "On which day?"),
        Field::text("minute", "Where is that minuted?").hint("For example: minute 4"),
        Field::area("reason", "Why?"),
    ]);
    Form {
        back: crumb(id),
        heading: "Agree how awards pay".to_owned(),
        lead: "What was received before its day stays as it was paid. You see what it moves before it \
               is recorded."
            .to_owned(),
        action: format!("/pools/{id}/policies"),
        hidden: vec![("version".to_owned(), pool.summary.version.to_string())],
        fields,
        button: "See what it moves".to_owned(),
        grave: false,
    }
}

pub async fn new(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AgreePolicy)?;
    let pool = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    if pool.contributions.is_empty() {
        return super::super::awards::form::too_late(
            &house,
            "Agree how awards pay",
            "No award is behind this pool yet. Put one behind it first.",
            Link::new("Go back to the pool", format!("/pools/{}", pool.summary.id)),
        )
        .await;
    }
    let today = typed_date(house.ctx.today());
    let typed = Fields::default()
        .with("starts_on", today.clone())
        .with("agreed_on", today);
    show(&house, form(&pool), &typed, &Wrong::default()).await
}

/// What was typed beside each award: its share, or its turn.
fn awards_of(
    kind: Option<Kind>,
    pool: &PoolView,
    fields: &Fields,
    wrong: &mut Wrong,
) -> Vec<PolicyShare> {
    let mut found: Vec<(usize, PolicyShare)> = Vec::new();
    for part in &pool.contributions {
        let name = field_of(part);
        let award_id = part.award_id;
        match kind {
            Some(Kind::Shares) if fields.some(&name).is_none() => {
                wrong.add(&name, "Enter its share. 0 means that it pays for nothing.");
            }
            Some(Kind::Shares) => {
                let share_bp = per_cent(fields, wrong, &name);
                found.push((0, PolicyShare { award_id, share_bp }));
            }
            Some(Kind::InOrder | Kind::Optimal) => match fields.text(&name).parse::<usize>() {
                Ok(turn) if turn > 0 && !found.iter().any(|(other, _)| *other == turn) => {
                    let share_bp = None;
                    found.push((turn, PolicyShare { award_id, share_bp }));
                }
                Ok(turn) if turn > 0 => wrong.add(&name, "Another award has this turn already."),
                _ => wrong.add(&name, "Enter its turn: 1 for the first, 2 for the next."),
            },
            Some(Kind::ProRata) if fields.some(&name).is_some() => {
                wrong.add(
                    &name,
                    "Leave it empty: in proportion, it pays by what it puts in.",
                );
            }
            Some(Kind::ProRata) | None => {}
        }
    }
    // by turns; shares stand as the awards do
    found.sort_by_key(|(turn, _)| *turn);
    found.into_iter().map(|(_, share)| share).collect()
}

fn read(pool: &PoolView, fields: &Fields, wrong: &mut Wrong) -> Option<NewPolicy> {
    let policy = wrong.chosen(fields, "policy", Kind::from_slug);
    let awards = awards_of(policy, pool, fields, wrong);
    let starts_on = wrong.date(fields, "starts_on");
    let agreed_on = wrong.date(fields, "agreed_on");
    wrong.need(
        fields,
        &[
            ("agreed_by", "Say who agreed it."),
            ("minute", "Say where that is minuted."),
            ("reason", "Say why."),
        ],
    );
    Some(NewPolicy {
        policy: policy?,
        starts_on,
        agreed_by: fields.text("agreed_by"),
        agreed_on,
        minute: fields.text("minute"),
        reason: fields.text("reason"),
        awards,
        reaches_back: fields.some("reaches_back").is_some(),
    })
    .filter(|_| wrong.is_empty())
}

/// A complaint of the domain, put where the page asks.
fn placed(error: Error, pool: &PoolView) -> Error {
    let Error::Invalid(mut found) = error else {
        return error;
    };
    for one in &mut found {
        if one.pointer.starts_with("/awards") {
            one.pointer = pool
                .contributions
                .first()
                .map_or_else(String::new, |part| format!("/{}", field_of(part)));
        }
    }
    Error::Invalid(found)
}

pub async fn record(
    house: House,
    path: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AgreePolicy)?;
    let id = path.into_inner();
    let pool = view::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = read(&pool, &fields, &mut wrong);
    if let Some(new) = new
        && fields.some("back").is_none()
    {
        if fields.some("confirm").is_some() {
            let expected = fields.version();
            match agree(&house.db, &house.ctx, id, expected, &new).await {
                Ok(_) => return Ok(see_other(&format!("/pools/{id}/policies"))),
                Err(error) => wrong.take(placed(error, &pool))?,
            }
        } else {
            match preview(&house.db, &house.ctx, id, &new).await {
                Ok(seen) => return ask(&house, &pool, &new, &seen, &fields).await,
                Err(error) => wrong.take(placed(error, &pool))?,
            }
        }
    }
    show(&house, form(&pool), &fields, &wrong).await
}

/// What moves, in a sentence.
fn moved(seen: &PolicyPreview) -> String {
    let PoolEffect {
        unfunded_before_pence: now,
        unfunded_after_pence: then,
        ..
    } = &seen.effect;
    let covered = match then.minus(*now).unwrap_or_default() {
        more if more > Money::ZERO => format!("{} more would not be covered.", more.in_full()),
        less if less < Money::ZERO => format!(
            "{} more would be covered.",
            Money::ZERO.minus(less).unwrap_or_default().in_full()
        ),
        _ => "As much is covered as today.".to_owned(),
    };
    if seen.moved_pence == Money::ZERO {
        "Nothing that is recorded today moves: it applies to what is still to come.".to_owned()
    } else {
        format!(
            "{} of spend would be paid by another award than today. {covered}",
            seen.moved_pence.in_full()
        )
    }
}

async fn ask(
    house: &House,
    pool: &PoolView,
    new: &NewPolicy,
    seen: &PolicyPreview,
    fields: &Fields,
) -> Result<HttpResponse, Fault> {
    let id = pool.summary.id;
    let mut heeds = Vec::new();
    if seen.reaches_back {
        heeds.push(format!(
            "It reaches back: spend received since {} is attributed again. What awards pay inside \
             certified returns stays as it is.",
            words::day(new.starts_on)
        ));
    }
    if !seen.supersedes.is_empty() {
        heeds.push(format!(
            "It takes the place of {} recorded for the same day or a later one.",
            words::count(seen.supersedes.len(), "rule that is", "rules that are")
        ));
    }
    let mut hidden: Vec<(String, String)> = fields
        .0
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back" | "reaches_back"))
        .cloned()
        .collect();
    if seen.reaches_back {
        hidden.push(("reaches_back".to_owned(), "yes".to_owned()));
    }
    let mut crumbs = crumbs(pool);
    crumbs.push(crumb(id));
    page(&MovesPage {
        page: PageFrame::of(house, "What the rule moves").await?,
        crumbs,
        heading: "What the rule moves",
        sentence: moved(seen),
        heeds,
        says: format!(
            "{}, for spend received from {}.",
            name(new.policy),
            words::day(new.starts_on)
        ),
        pool: effect(&seen.effect),
        action: format!("/pools/{id}/policies"),
        hidden,
        kept: "A rule stays in the record. To change it, agree another.",
        button: "Record this rule",
    })
}
