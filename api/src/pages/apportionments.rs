//! Splits of spend over pools, cost categories and places: proposed by one person, approved by another.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::apportionments::ops::{self, End, NewApportionment, NewPart};
use domain::apportionments::view::{
    self, ApportionmentPreview, ApportionmentState as State, ApportionmentView,
};
use domain::pools::rules::policies::percent;
use domain::{Error, Money, categories, pools};
use entity::ApportionmentId;

use super::awards::amend::{Pool, pool};
use super::fields::{Fields, Wrong, id};
use super::form::{Choice, Field, Form, show};
use super::house::Todo;
use super::programmes::typed_date;
use super::requirements::terms::per_cent;
use super::shapes::Fact;
use super::{Link, PageFrame, history, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::tables;

type Typed = PageForm<Vec<(String, String)>>;

/// Parts that the page asks for; the API takes more.
const PARTS: usize = 4;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/apportionments")
                .route(web::get().to(list))
                .route(web::post().to(propose)),
        )
        .service(web::resource("/apportionments/apportionments.csv").route(web::get().to(download)))
        .service(web::resource("/apportionments/new").route(web::get().to(new)))
        .service(web::resource("/apportionments/{id}").route(web::get().to(one)))
        .service(web::resource("/apportionments/{id}/approval").route(web::post().to(approve)))
        .service(web::resource("/apportionments/{id}/withdrawal").route(web::post().to(withdraw)))
        .service(
            web::resource("/apportionments/{id}/end")
                .route(web::get().to(ask_end))
                .route(web::post().to(end)),
        );
}

/// Splits that wait for the reader to approve them.
pub async fn todos(house: &House) -> Result<Vec<Todo>, Fault> {
    Ok(view::waiting_for_me(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(|one| Todo {
            name: format!("Split {}: {}", one.number, one.title),
            href: format!("/apportionments/{}", one.id),
            state: "To approve".to_owned(),
            kind: "waiting".to_owned(),
            hint: format!(
                "{}, proposed by {} on {}. It splits nothing yet.",
                words::count(one.parts.len(), "part", "parts"),
                one.proposed_by.as_deref().unwrap_or("somebody"),
                words::day(
                    one.proposed_at
                        .with_timezone(&chrono_tz::Europe::London)
                        .date_naive()
                )
            ),
        })
        .collect())
}

#[derive(Template)]
#[template(path = "pages/apportionments.html")]
struct ListPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    new_href: String,
    rows: Vec<ListRow>,
    downloads: Vec<Link>,
}

struct ListRow {
    name: String,
    href: String,
    takes: String,
    parts: String,
    from: String,
    state: &'static str,
    kind: &'static str,
    split: String,
}

#[derive(Template)]
#[template(path = "pages/apportionment.html")]
struct OnePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    above: String,
    state: &'static str,
    kind: &'static str,
    sentence: String,
    refused: String,
    facts: Vec<Fact>,
    parts: Vec<PartRow>,
    effect: Option<Effect>,
    address: String,
    version: i64,
    may_approve: bool,
    own: bool,
    may_withdraw: bool,
    may_end: bool,
    events: Vec<history::Event>,
}

struct PartRow {
    pool: String,
    category: String,
    place: String,
    share: String,
}

#[derive(Template)]
#[template(path = "pages/apportionment_preview.html")]
struct PreviewPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    heeds: Vec<String>,
    effect: Effect,
    action: String,
    hidden: Vec<(String, String)>,
}

/// What a split moves.
struct Effect {
    moves: Vec<Move>,
    pools: Vec<Pool>,
}

struct Move {
    what: String,
    amount: String,
}

fn effect(seen: &ApportionmentPreview) -> Effect {
    Effect {
        moves: seen
            .spend
            .iter()
            .map(|one| Move {
                what: format!("{}, {}", one.pool, one.category),
                amount: Money(one.moved_pence).in_full(),
            })
            .collect(),
        pools: seen.pools.iter().map(pool).collect(),
    }
}

fn sentence_of(seen: &ApportionmentPreview) -> String {
    let lines = usize::try_from(seen.lines).unwrap_or(0);
    if lines == 0 {
        return "No line that counts now would be split. Lines that come later would be."
            .to_owned();
    }
    format!(
        "{} would be split: {} in all.",
        words::count(lines, "line that counts now", "lines that count now"),
        Money(seen.amount_pence).in_full()
    )
}

const fn tag(state: State) -> (&'static str, &'static str) {
    match state {
        State::Proposed => ("Waits for approval", "waiting"),
        State::Approved => ("Applied", "done"),
        State::Withdrawn => ("Withdrawn", "off"),
    }
}

/// Which lines it takes, in words.
fn takes(one: &ApportionmentView) -> String {
    let mut parts = Vec::new();
    for (what, named) in [
        ("cost centre", &one.cost_centre),
        ("account", &one.account),
        ("cost category", &one.category),
        ("pool", &one.pool),
    ] {
        if let Some(named) = named {
            parts.push(format!("{what} {named}"));
        }
    }
    parts.join(", ")
}

fn parts_in_words(one: &ApportionmentView) -> String {
    let parts: Vec<String> = one
        .parts
        .iter()
        .map(|part| format!("{} {}%", part.pool, percent(i64::from(part.share_bp))))
        .collect();
    parts.join("; ")
}

async fn list(house: House) -> Result<HttpResponse, Fault> {
    let all = view::list(&house.db, &house.ctx).await?;
    let waiting = all
        .iter()
        .filter(|one| one.state == State::Proposed)
        .count();
    let applied = all
        .iter()
        .filter(|one| one.state == State::Approved)
        .count();
    page(&ListPage {
        page: PageFrame::of(&house, "Apportionments").await?,
        crumbs: vec![Link::new("Imports", "/imports")],
        sentence: match waiting {
            0 => format!(
                "{} applied.",
                words::count(applied, "split is", "splits are")
            ),
            some => format!(
                "{} for approval; {} applied.",
                words::count(some, "split waits", "splits wait"),
                words::count(applied, "is", "are")
            ),
        },
        new_href: if house.ctx.require(Operation::ProposeApportionment).is_ok() {
            "/apportionments/new".to_owned()
        } else {
            String::new()
        },
        downloads: if all.is_empty() {
            Vec::new()
        } else {
            vec![Link::new(
                "Download as CSV",
                "/apportionments/apportionments.csv",
            )]
        },
        rows: all
            .iter()
            .map(|one| {
                let (state, kind) = tag(one.state);
                ListRow {
                    name: format!("{}: {}", one.number, one.title),
                    href: format!("/apportionments/{}", one.id),
                    takes: takes(one),
                    parts: parts_in_words(one),
                    from: words::day(one.starts_on),
                    state,
                    kind,
                    split: Money(one.amount_pence).in_full(),
                }
            })
            .collect(),
    })
}

async fn download(house: House) -> Result<HttpResponse, Fault> {
    Ok(tables::apportionments(
        view::list(&house.db, &house.ctx).await?,
    ))
}

fn crumb() -> Link {
    Link::new("Apportionments", "/apportionments")
}

async fn one(house: House, path: web::Path<ApportionmentId>) -> Result<HttpResponse, Fault> {
    shown(&house, path.into_inner(), String::new()).await
}

async fn shown(house: &House, id: ApportionmentId, refused: String) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let waits = seen.state == State::Proposed;
    let previewed = if waits {
        Some(view::preview_of(&house.db, &house.ctx, id).await?)
    } else {
        None
    };
    let may = |operation| house.ctx.require(operation).is_ok();
    let may_approve = waits && may(Operation::ApproveApportionment);
    let (state, kind) = tag(seen.state);
    let lines = usize::try_from(seen.lines).unwrap_or(0);
    let day = |at: chrono::DateTime<chrono::Utc>| {
        words::day(at.with_timezone(&chrono_tz::Europe::London).date_naive())
    };
    let mut facts = vec![
        Fact::new("Splits lines of", takes(&seen)),
        Fact::new("Received from", words::day(seen.starts_on)),
        Fact::new("Until", seen.ends_on.map(words::day).unwrap_or_default()),
        Fact::new(
            "Ended because",
            seen.ended_because.clone().unwrap_or_default(),
        ),
        Fact::new("Why", seen.reason.clone()),
        Fact::new(
            "Proposed by",
            format!(
                "{}, {}",
                seen.proposed_by.as_deref().unwrap_or("somebody"),
                day(seen.proposed_at)
            ),
        ),
        Fact::new("Approved by", seen.approved_by.clone().unwrap_or_default()),
    ];
    facts.retain(|fact| !fact.value.is_empty());
    page(&OnePage {
        page: PageFrame::of(house, &seen.title).await?,
        crumbs: vec![Link::new("Imports", "/imports"), crumb()],
        above: format!("Apportionment {}", seen.number),
        sentence: match (&previewed, seen.state) {
            (Some(seen), _) => sentence_of(seen),
            (None, State::Approved) => format!(
                "{} split: {} in all.",
                words::count(lines, "line is", "lines are"),
                Money(seen.amount_pence).in_full()
            ),
            (None, _) => "It was withdrawn, and splits nothing.".to_owned(),
        },
        refused,
        facts,
        parts: seen
            .parts
            .iter()
            .map(|part| PartRow {
                pool: part.pool.clone(),
                category: part
                    .category
                    .clone()
                    .unwrap_or_else(|| "As the line".to_owned()),
                place: part
                    .place
                    .clone()
                    .unwrap_or_else(|| "As the line".to_owned()),
                share: format!("{}%", percent(i64::from(part.share_bp))),
            })
            .collect(),
        effect: previewed.as_ref().map(effect),
        address: format!("/apportionments/{id}"),
        version: seen.version,
        may_approve: may_approve && !seen.is_mine,
        own: may_approve && seen.is_mine,
        may_withdraw: waits && may(Operation::ProposeApportionment),
        may_end: seen.state == State::Approved
            && seen.ends_on.is_none()
            && may(Operation::ProposeApportionment),
        events: history::latest(house, "apportionment", id.into()).await?,
        title: seen.title,
        state,
        kind,
    })
}

async fn form(house: &House) -> Result<Form, Fault> {
    let choose = |none: &str| Choice::new("", none);
    let known = pools::view::list(&house.db, &house.ctx, None, 500).await?;
    let some_pools = |none: &str| -> Vec<Choice> {
        std::iter::once(choose(none))
            .chain(
                known
                    .iter()
                    .map(|pool| Choice::new(pool.id, pool.name.clone())),
            )
            .collect()
    };
    let all = categories::view::list(&house.db, &house.ctx, None, 1_000).await?;
    let some_categories = |none: &str| -> Vec<Choice> {
        std::iter::once(choose(none))
            .chain(all.iter().map(|one| Choice::new(one.id, one.name.clone())))
            .collect()
    };
    let mut fields = vec![
        Field::text("title", "What does it split?").hint("For example: salaries of the shared team"),
        Field::heading("Which lines"),
        Field::text("cost_centre", "Of which cost centre?")
            .hint("Name a cost centre, an account or a cost category; a line must have all that are named.")
            .width("w10"),
        Field::text("account", "Of which account?").width("w10"),
        Field::select("category_id", "Of which cost category?", some_categories("Any")),
        Field::select("pool_id", "Of which pool?", some_pools("Any")),
        Field::date("starts_on", "Received from which day?"),
        Field::heading("Its parts"),
    ];
    for n in 1..=PARTS {
        fields.extend([
            Field::select(
                &format!("pool_{n}"),
                &format!("Part {n}: pool"),
                some_pools("None"),
            ),
            Field::select(
                &format!("category_{n}"),
                &format!("Part {n}: cost category"),
                some_categories("As the line"),
            ),
            Field::text(&format!("place_{n}"), &format!("Part {n}: place"))
                .hint("Leave it empty to keep the line’s.")
                .width("w20"),
            Field::text(
                &format!("share_{n}"),
                &format!("Part {n}: share in per cent"),
            )
            .width("w5"),
        ]);
    }
    fields.extend([
        Field::heading("Why"),
        Field::area("reason", "Why is it split so?"),
    ]);
    Ok(Form {
        back: crumb(),
        heading: "Propose a split of spend".to_owned(),
        lead: "You see what it moves, then another officer approves it. The ledger’s line stays as it is; \
               its parts are paid for by their own pools."
            .to_owned(),
        action: "/apportionments".to_owned(),
        hidden: Vec::new(),
        fields,
        button: "See what it moves".to_owned(),
        grave: false,
    })
}

async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ProposeApportionment)?;
    let typed = Fields::default().with("starts_on", typed_date(house.ctx.today()));
    show(&house, form(&house).await?, &typed, &Wrong::default()).await
}

fn parts_of(fields: &Fields, wrong: &mut Wrong) -> Vec<NewPart> {
    let mut parts = Vec::new();
    for n in 1..=PARTS {
        let share = format!("share_{n}");
        let pool_id = fields.some(&format!("pool_{n}")).and_then(id);
        match (pool_id, per_cent(fields, wrong, &share)) {
            (Some(pool_id), Some(share_bp)) => parts.push(NewPart {
                pool_id,
                category_id: fields.some(&format!("category_{n}")).and_then(id),
                place: fields.some(&format!("place_{n}")).map(str::to_owned),
                share_bp,
            }),
            (Some(_), None) => wrong.add(&share, "Enter its share, such as 40 or 12.5."),
            (None, Some(_)) => wrong.add(&format!("pool_{n}"), "Choose the pool that pays for it."),
            (None, None) => {}
        }
    }
    if parts.is_empty() {
        wrong.add("pool_1", "Say at least one part.");
    }
    parts
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<NewApportionment> {
    wrong.need(
        fields,
        &[("title", "Say what it splits."), ("reason", "Say why.")],
    );
    let starts_on = wrong.date(fields, "starts_on");
    let parts = parts_of(fields, wrong);
    Some(NewApportionment {
        title: fields.text("title"),
        cost_centre: fields.some("cost_centre").map(str::to_owned),
        account: fields.some("account").map(str::to_owned),
        category_id: fields.some("category_id").and_then(id),
        pool_id: fields.some("pool_id").and_then(id),
        starts_on,
        parts,
        reason: fields.text("reason"),
        reaches_back: fields.some("reaches_back").is_some(),
    })
    .filter(|_| wrong.is_empty())
}

/// A complaint of the domain, put where the page asks.
fn placed(error: Error) -> Error {
    let Error::Invalid(mut found) = error else {
        return error;
    };
    for one in &mut found {
        if let Some(rest) = one.pointer.strip_prefix("/parts") {
            let mut steps = rest.trim_start_matches('/').split('/');
            let n = steps.next().and_then(|n| n.parse::<usize>().ok());
            let what = match steps.next() {
                Some("pool_id") => "pool",
                Some("category_id") => "category",
                Some("place") => "place",
                _ => "share",
            };
            one.pointer = format!("/{what}_{}", n.unwrap_or(0) + 1);
        }
    }
    Error::Invalid(found)
}

async fn propose(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ProposeApportionment)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = read(&fields, &mut wrong);
    if let Some(new) = new
        && fields.some("back").is_none()
    {
        if fields.some("confirm").is_some() {
            match ops::propose(&house.db, &house.ctx, &new).await {
                Ok(id) => return Ok(see_other(&format!("/apportionments/{id}"))),
                Err(error) => wrong.take(placed(error))?,
            }
        } else {
            match view::preview(&house.db, &house.ctx, &new).await {
                Ok(seen) => return ask(&house, &new, &seen, &fields).await,
                Err(error) => wrong.take(placed(error))?,
            }
        }
    }
    show(&house, form(&house).await?, &fields, &wrong).await
}

async fn ask(
    house: &House,
    new: &NewApportionment,
    seen: &ApportionmentPreview,
    fields: &Fields,
) -> Result<HttpResponse, Fault> {
    let mut hidden: Vec<(String, String)> = fields
        .0
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back" | "reaches_back"))
        .cloned()
        .collect();
    let mut heeds = Vec::new();
    if seen.reaches_back {
        hidden.push(("reaches_back".to_owned(), "yes".to_owned()));
        heeds.push(format!(
            "It reaches back: spend received since {} is split. What was certified or sent stays as it \
             was, and shows what changed since.",
            words::day(new.starts_on)
        ));
    }
    page(&PreviewPage {
        page: PageFrame::of(house, "What the split moves").await?,
        crumbs: vec![Link::new("Imports", "/imports"), crumb()],
        sentence: sentence_of(seen),
        heeds,
        effect: effect(seen),
        action: "/apportionments".to_owned(),
        hidden,
    })
}

/// Where to go on; a refusal is said on the page.
async fn or_say(
    house: &House,
    id: ApportionmentId,
    done: Result<(), Error>,
) -> Result<HttpResponse, Fault> {
    match done {
        Ok(()) => Ok(see_other(&format!("/apportionments/{id}"))),
        Err(Error::Refused { detail, .. }) => shown(house, id, detail).await,
        Err(other) => Err(other.into()),
    }
}

async fn approve(
    house: House,
    path: web::Path<ApportionmentId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let version = Fields(sent).version();
    let done = ops::approve(&house.db, &house.ctx, id, version).await;
    or_say(&house, id, done).await
}

async fn withdraw(
    house: House,
    path: web::Path<ApportionmentId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let version = Fields(sent).version();
    let done = ops::withdraw(&house.db, &house.ctx, id, version).await;
    or_say(&house, id, done).await
}

fn end_form(one: &ApportionmentView) -> Form {
    Form {
        back: Link::new(one.title.clone(), format!("/apportionments/{}", one.id)),
        heading: "End this split".to_owned(),
        lead: "Spend received after that day is split no more. What was split stays. An end cannot be \
               taken back; propose the split again if it is needed."
            .to_owned(),
        action: format!("/apportionments/{}/end", one.id),
        hidden: vec![("version".to_owned(), one.version.to_string())],
        fields: vec![
            Field::date("ends_on", "What is the last day?"),
            Field::text("reason", "Why does it end?"),
        ],
        button: "End it".to_owned(),
        grave: true,
    }
}

async fn ask_end(house: House, path: web::Path<ApportionmentId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ProposeApportionment)?;
    let one = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    if one.state != State::Approved || one.ends_on.is_some() {
        return super::awards::form::too_late(
            &house,
            "End this split",
            "Only a split that was approved and has no end can be ended.",
            Link::new(
                "Go back to the split",
                format!("/apportionments/{}", one.id),
            ),
        )
        .await;
    }
    let typed = Fields::default().with("ends_on", typed_date(house.ctx.today()));
    show(&house, end_form(&one), &typed, &Wrong::default()).await
}

async fn end(
    house: House,
    path: web::Path<ApportionmentId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ProposeApportionment)?;
    let id = path.into_inner();
    let one = view::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let ends_on = wrong.date(&fields, "ends_on");
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say why it ends.");
    }
    if wrong.is_empty() {
        let end = End {
            ends_on,
            reason: fields.text("reason"),
        };
        match ops::end(&house.db, &house.ctx, id, fields.version(), &end).await {
            Ok(()) => return Ok(see_other(&format!("/apportionments/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, end_form(&one), &fields, &wrong).await
}
