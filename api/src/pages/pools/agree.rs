//! Agreeing by which rule awards pay for a pool's spend, and seeing what it moves first.

use actix_web::{HttpResponse, web};
use domain::access::rules::Operation;
use domain::awards::view::PoolEffect;
use domain::commitments::view::CommitmentFilter;
use domain::pools::ops::policies::{NewPolicy, PolicyShare, PurposeShares, agree};
use domain::pools::rules::policies::{Purpose, percent};
use domain::pools::view::policies::{PolicyAward, PolicyPreview, PolicyStanding, preview};
use domain::pools::view::{self, ContributionView, PoolView};
use domain::{Error, Money, categories, commitments};
use entity::{AttributionPolicy as Kind, PoolId};

use super::super::awards::amend::pool as effect;
use super::super::awards::form::Typed;
use super::super::fields::{CHOOSE, Fields, Wrong};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::requirements::terms::per_cent;
use super::super::{Link, PageFrame, page, see_other, words};
use super::moves::MovesPage;
use super::policies::{crumb, crumbs, explained, name};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

/// How many purposes the form asks for at most.
const MOST_PURPOSES: usize = 20;

fn field_of(part: &ContributionView) -> String {
    format!("award_{}", part.award_id)
}

/// What spend can be for: cost categories, and agreements with providers.
async fn purposes(house: &House, id: PoolId) -> Result<Vec<Choice>, Fault> {
    let mut choices = vec![Choice::new("", "Choose one")];
    let all = categories::view::list(&house.db, &house.ctx, None, 1_000).await?;
    choices.extend(all.iter().map(|one| {
        Choice::new(
            Purpose::Category(one.id).named(),
            format!("Cost category: {}", one.name),
        )
    }));
    let filter = CommitmentFilter {
        pool: Some(id),
        ..CommitmentFilter::default()
    };
    let all = commitments::view::list(&house.db, &house.ctx, filter).await?;
    choices.extend(all.iter().map(|one| {
        Choice::new(
            Purpose::Commitment(one.id).named(),
            format!("Agreement: {} ({})", one.title, one.provider),
        )
    }));
    Ok(choices)
}

/// How a purpose goes by in a form.
trait Named: Sized {
    fn named(&self) -> String;
    fn from_named(name: &str) -> Option<Self>;
}

impl Named for Purpose {
    fn named(&self) -> String {
        match self {
            Self::Category(id) => format!("category {id}"),
            Self::Commitment(id) => format!("commitment {id}"),
        }
    }

    fn from_named(name: &str) -> Option<Self> {
        let (of, id) = name.split_once(' ')?;
        match of {
            "category" => id.parse().ok().map(Self::Category),
            "commitment" => id.parse().ok().map(Self::Commitment),
            _ => None,
        }
    }
}

fn purpose_of(n: usize) -> String {
    format!("purpose_{n}")
}

fn share_of(n: usize, part: &ContributionView) -> String {
    format!("share_{n}_{}", part.award_id)
}

/// How many purposes the form asks for.
fn asked(fields: &Fields) -> usize {
    let asked = fields.some("asked").and_then(|text| text.parse().ok());
    asked.unwrap_or(0).min(MOST_PURPOSES)
}

async fn form(house: &House, pool: &PoolView, asked: usize) -> Result<Form, Fault> {
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
                choice(Kind::Manual),
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
    let choices = match asked {
        0 => Vec::new(),
        _ => purposes(house, id).await?,
    };
    fields.push(Field::heading(
        "By agreed shares: spend that has shares of its own",
    ));
    for n in 1..=asked {
        fields.push(
            Field::select(
                &purpose_of(n),
                &format!("Purpose {n}: for which spend?"),
                choices.clone(),
            )
            .hint(
                "What counts against an agreement with a provider follows the agreement, whatever its cost \
                 category. Choose none to leave it out.",
            ),
        );
        for part in &pool.contributions {
            let label = format!("Purpose {n}: {} ({})", part.award, part.funder);
            fields.push(Field::text(&share_of(n, part), &label).width("w5"));
        }
    }
    if asked < MOST_PURPOSES {
        fields.push(Field::button(
            "more",
            "Add shares for one contract or cost category",
        ));
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
    Ok(Form {
        back: crumb(id),
        heading: "Agree how awards pay".to_owned(),
        lead: "What was received before its day stays as it was paid. You see what it moves before it \
               is recorded."
            .to_owned(),
        action: format!("/pools/{id}/policies"),
        hidden: vec![
            ("version".to_owned(), pool.summary.version.to_string()),
            ("asked".to_owned(), asked.to_string()),
        ],
        fields,
        button: "See what it moves".to_owned(),
        grave: false,
    })
}

/// The rule of today, as it would be typed: what changes is mostly a part of it.
fn typed(pool: &PoolView) -> (Fields, usize) {
    let today = pool
        .policies
        .iter()
        .find(|one| one.standing == PolicyStanding::InForce);
    let Some(rule) = today.filter(|rule| !rule.awards.is_empty()) else {
        return (Fields::default(), 0);
    };
    let mut fields = Fields::default().with("policy", rule.policy.slug());
    let share = |one: &PolicyAward| one.share_bp.map(percent);
    for (turn, one) in (1..).zip(&rule.awards) {
        let value = match rule.policy {
            Kind::ProRata | Kind::Manual => continue,
            Kind::Shares => share(one).unwrap_or_default(),
            Kind::InOrder | Kind::Optimal => i32::to_string(&turn),
        };
        fields = fields.with(&format!("award_{}", one.award_id), value);
    }
    for (n, purpose) in (1..).zip(&rule.purposes) {
        if let Some(of) = Purpose::of(purpose.category_id, purpose.commitment_id) {
            fields = fields.with(&purpose_of(n), of.named());
        }
        for one in &purpose.awards {
            let name = format!("share_{n}_{}", one.award_id);
            fields = fields.with(&name, share(one).unwrap_or_default());
        }
    }
    (fields, rule.purposes.len())
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
    let (typed, asked) = typed(&pool);
    let typed = typed
        .with("starts_on", today.clone())
        .with("agreed_on", today);
    let form = form(&house, &pool, asked).await?;
    show(&house, form, &typed, &Wrong::default()).await
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
            Some(Kind::Manual) if fields.some(&name).is_some() => {
                wrong.add(
                    &name,
                    "Leave it empty: by hand, it pays what is pinned to it.",
                );
            }
            Some(Kind::Manual) => found.push((
                0,
                PolicyShare {
                    award_id,
                    share_bp: None,
                },
            )),
            Some(Kind::ProRata) | None => {}
        }
    }
    // by turns; shares stand as the awards do
    found.sort_by_key(|(turn, _)| *turn);
    found.into_iter().map(|(_, share)| share).collect()
}

/// What was typed of purposes, each with its place in the form: one that was left empty is left out.
fn purposes_of(pool: &PoolView, fields: &Fields, wrong: &mut Wrong) -> Vec<(usize, PurposeShares)> {
    let mut found = Vec::new();
    for n in 1..=asked(fields) {
        let mut awards = Vec::new();
        for part in &pool.contributions {
            let name = share_of(n, part);
            if let Some(share_bp) = per_cent(fields, wrong, &name) {
                awards.push(PolicyShare {
                    award_id: part.award_id,
                    share_bp: Some(share_bp),
                });
            }
        }
        let name = purpose_of(n);
        let Some(of) = fields.some(&name) else {
            if !awards.is_empty() {
                wrong.add(&name, "Choose the spend that these shares are for.");
            }
            continue;
        };
        let Some(of) = Purpose::from_named(of) else {
            wrong.add(&name, CHOOSE);
            continue;
        };
        let (category_id, commitment_id) = of.ids();
        if awards.is_empty() {
            wrong.add(
                &name,
                "Enter the shares of those that pay for it. They must come to 100%.",
            );
        }
        let purpose = PurposeShares {
            category_id,
            commitment_id,
            awards,
        };
        found.push((n, purpose));
    }
    found
}

fn read(pool: &PoolView, fields: &Fields, wrong: &mut Wrong) -> Option<(NewPolicy, Vec<usize>)> {
    let policy = wrong.chosen(fields, "policy", Kind::from_slug);
    let awards = awards_of(policy, pool, fields, wrong);
    let (places, purposes) = purposes_of(pool, fields, wrong).into_iter().unzip();
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
    let new = NewPolicy {
        policy: policy?,
        starts_on,
        agreed_by: fields.text("agreed_by"),
        agreed_on,
        minute: fields.text("minute"),
        reason: fields.text("reason"),
        awards,
        purposes,
        reaches_back: fields.some("reaches_back").is_some(),
    };
    wrong.is_empty().then_some((new, places))
}

/// A complaint of the domain, put where the page asks: `places` of the purposes in the form.
fn placed(error: Error, pool: &PoolView, places: &[usize]) -> Error {
    let Error::Invalid(mut found) = error else {
        return error;
    };
    for one in &mut found {
        if one.pointer.starts_with("/awards") {
            one.pointer = pool
                .contributions
                .first()
                .map_or_else(String::new, |part| format!("/{}", field_of(part)));
        } else if let Some(rest) = one.pointer.strip_prefix("/purposes") {
            let at = rest
                .split('/')
                .nth(1)
                .and_then(|at| at.parse::<usize>().ok());
            let place = places.get(at.unwrap_or(0)).copied().unwrap_or(1);
            one.pointer = format!("/{}", purpose_of(place));
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
    if fields.some("more").is_some() {
        let form = form(&house, &pool, (asked(&fields) + 1).min(MOST_PURPOSES)).await?;
        return show(&house, form, &fields, &wrong).await;
    }
    if let Some((new, places)) = read(&pool, &fields, &mut wrong)
        && fields.some("back").is_none()
    {
        if fields.some("confirm").is_some() {
            let expected = fields.version();
            match agree(&house.db, &house.ctx, id, expected, &new).await {
                Ok(_) => return Ok(see_other(&format!("/pools/{id}/policies"))),
                Err(error) => wrong.take(placed(error, &pool, &places))?,
            }
        } else {
            match preview(&house.db, &house.ctx, id, &new).await {
                Ok(seen) => return ask(&house, &pool, &new, &seen, &fields).await,
                Err(error) => wrong.take(placed(error, &pool, &places))?,
            }
        }
    }
    let form = form(&house, &pool, asked(&fields)).await?;
    show(&house, form, &fields, &wrong).await
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
