//! One journal: what it moves, who prepared it, and whether it counts.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::journals::ops::{self, Objection};
use domain::journals::view::{self, JournalView};
use domain::returns::rules::state_in_words;
use domain::{Error, Money};
use entity::{JournalEventKind, JournalId, JournalState};

use super::list::state;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::awards::amend::{Pool, changed_pools};
use crate::pages::fields::{Fields, Wrong};
use crate::pages::form::{Field, Form, show};
use crate::pages::shapes::Fact;
use crate::pages::{Link, PageFrame, history, page, see_other, words};

type Typed = PageForm<Vec<(String, String)>>;

#[derive(Template)]
#[template(path = "pages/journal.html")]
struct JournalPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    reason: String,
    state: String,
    kind: String,
    sentence: String,
    refused: String,
    facts: Vec<Fact>,
    rows: Vec<Row>,
    total: String,
    /// What approving it would do; nothing once it is decided.
    pools: Vec<Pool>,
    waits: bool,
    restates: Vec<Link>,
    /// Amounts that it takes from spend that no award paid for.
    from_nobody: Vec<String>,
    may_approve: bool,
    may_change: bool,
    reverse_href: String,
    address: String,
    version: i64,
    events: Vec<history::Event>,
}

struct Row {
    what: String,
    href: String,
    on: String,
    pool: String,
    category: String,
    reference: String,
    amount: String,
}

pub async fn page_of(house: House, id: web::Path<JournalId>) -> Result<HttpResponse, Fault> {
    shown(&house, *id, String::new()).await
}

async fn shown(house: &House, id: JournalId, refused: String) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let (state, kind) = state(seen.summary.state);
    let address = format!("/journals/{id}");
    let may = |operation| house.ctx.require(operation).is_ok();
    let title = format!("Journal {}", seen.summary.number);
    let told = !refused.is_empty();
    let mut reply = page(&JournalPage {
        page: PageFrame::of(house, &title).await?,
        crumbs: vec![
            Link::new("Imports", "/imports"),
            Link::new("Journals", "/journals"),
        ],
        title,
        reason: seen.summary.reason.clone(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        sentence: sentence(&seen, may(Operation::ApproveJournal)),
        refused,
        facts: facts(&seen),
        rows: rows(&seen, may(Operation::ReadSpend)),
        total: seen.summary.total_pence.in_full(),
        pools: changed_pools(&seen.effect),
        waits: seen.summary.state == JournalState::Waiting,
        restates: seen
            .restates
            .iter()
            .map(|one| {
                Link::new(
                    format!(
                        "{}: {} ({}), {}",
                        one.award,
                        one.title,
                        state_in_words(one.state),
                        words::count(
                            usize::try_from(one.figures).unwrap_or(usize::MAX),
                            "figure",
                            "figures"
                        )
                    ),
                    format!("/returns/{}", one.id),
                )
            })
            .collect(),
        from_nobody: seen
            .from_nobody
            .iter()
            .map(|one| {
                let what = seen
                    .entries
                    .iter()
                    .find(|line| line.line == one.line)
                    .map_or("", |line| line.description.as_str());
                format!("Line {}, {what}: {}", one.line, one.amount_pence.in_full())
            })
            .collect(),
        may_approve: seen.may_approve,
        may_change: seen.may_change,
        reverse_href: if seen.summary.state == JournalState::Approved
            && seen.reversed_by.is_none()
            && may(Operation::PrepareJournal)
        {
            format!("/journals/new?reverses={id}")
        } else {
            String::new()
        },
        address,
        version: seen.summary.version,
        events: events(&seen),
    })?;
    if told {
        crate::pages::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

fn sentence(seen: &JournalView, approver: bool) -> String {
    match seen.summary.state {
        JournalState::Waiting if seen.may_approve => {
            "It waits for you: read its lines and what shows that they are right, then approve it \
             or send it back."
                .to_owned()
        }
        JournalState::Waiting if approver => {
            "You prepared it. It counts once somebody else approves it.".to_owned()
        }
        JournalState::Waiting => "It counts once somebody else approves it.".to_owned(),
        JournalState::SentBack => format!(
            "It was sent back: {}",
            seen.events
                .iter()
                .rev()
                .find(|event| event.kind == JournalEventKind::SentBack)
                .map_or("", |event| event.words.as_str())
        ),
        JournalState::Approved => match &seen.reversed_by {
            Some(other) if other.state == JournalState::Approved => {
                format!(
                    "Its lines count, and journal {} takes them back.",
                    other.number
                )
            }
            _ => "Its lines count as spend. They are never changed: a further journal takes them \
                  back."
                .to_owned(),
        },
        JournalState::Withdrawn => "It was withdrawn, and counts nowhere.".to_owned(),
    }
}

fn facts(seen: &JournalView) -> Vec<Fact> {
    let summary = &seen.summary;
    let when = |at: chrono::DateTime<chrono::Utc>| {
        words::date(at.with_timezone(&chrono_tz::Europe::London).date_naive())
    };
    let by = |who: &Option<String>, at| {
        format!(
            "{}, {}",
            who.clone().unwrap_or_else(|| "Somebody".to_owned()),
            when(at)
        )
    };
    let mut facts = vec![
        Fact::new("What shows that it is right", seen.evidence.clone()),
        Fact::new("Prepared by", by(&summary.prepared_by, summary.prepared_at)),
    ];
    if let Some(at) = summary.approved_at {
        facts.push(Fact::new("Approved by", by(&summary.approved_by, at)));
    }
    for (key, other) in [
        ("Takes back", &seen.reverses),
        ("Taken back by", &seen.reversed_by),
    ] {
        if let Some(other) = other {
            let words = state(other.state).0.to_lowercase();
            facts.push(Fact {
                href: format!("/journals/{}", other.id),
                ..Fact::new(key, format!("Journal {} ({words})", other.number))
            });
        }
    }
    facts
}

fn rows(seen: &JournalView, reads_spend: bool) -> Vec<Row> {
    seen.entries
        .iter()
        .map(|line| Row {
            what: line.description.clone(),
            href: line
                .spend_line_id
                .filter(|_| reads_spend)
                .map(|id| format!("/spend/{id}"))
                .unwrap_or_default(),
            on: words::day(line.incurred_on),
            pool: line.pool.clone(),
            category: if line.capital {
                format!("{}, capital", line.category)
            } else {
                line.category.clone()
            },
            reference: [&line.ledger_ref, &line.cost_centre]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(", cost centre "),
            amount: line.amount_pence.in_full(),
        })
        .collect()
}

fn events(seen: &JournalView) -> Vec<history::Event> {
    seen.events
        .iter()
        .rev()
        .map(|event| history::Event {
            what: match event.kind {
                JournalEventKind::Prepared => "Prepared".to_owned(),
                JournalEventKind::Changed => format!("Changed: version {}", event.revision),
                JournalEventKind::SentBack => "Sent back".to_owned(),
                JournalEventKind::Approved => "Approved: its lines count".to_owned(),
                JournalEventKind::Withdrawn => "Withdrawn".to_owned(),
            },
            who: event.by.clone().unwrap_or_default(),
            when: words::date(
                event
                    .at
                    .with_timezone(&chrono_tz::Europe::London)
                    .date_naive(),
            ),
            why: event.words.clone(),
        })
        .collect()
}

/// A refusal is said on the journal's own page.
async fn or_say(
    house: &House,
    id: JournalId,
    done: Result<ops::Stands, Error>,
) -> Result<HttpResponse, Fault> {
    match done {
        Ok(_) => Ok(see_other(&format!("/journals/{id}"))),
        Err(Error::Refused { detail, .. }) => shown(house, id, detail).await,
        Err(other) => Err(other.into()),
    }
}

pub async fn approve(
    house: House,
    id: web::Path<JournalId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    let version = Fields(sent).version();
    let done = ops::approve(&house.db, &house.ctx, *id, version).await;
    or_say(&house, *id, done).await
}

pub async fn withdraw(
    house: House,
    id: web::Path<JournalId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    let version = Fields(sent).version();
    let done = ops::withdraw(&house.db, &house.ctx, *id, version).await;
    or_say(&house, *id, done).await
}

fn why_form(seen: &JournalView) -> Form {
    let address = format!("/journals/{}", seen.summary.id);
    Form {
        back: Link::new(format!("Journal {}", seen.summary.number), address.clone()),
        heading: "Send it back".to_owned(),
        lead: format!(
            "{} is asked to change it. It does not count until it is changed and approved.",
            seen.summary
                .prepared_by
                .as_deref()
                .unwrap_or("Whoever prepared it")
        ),
        action: format!("{address}/objection"),
        hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
        fields: vec![Field::area("reason", "What should change?")],
        button: "Send it back".to_owned(),
        grave: false,
    }
}

pub async fn ask_why(house: House, id: web::Path<JournalId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ApproveJournal)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    show(
        &house,
        why_form(&seen),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

pub async fn send_back(
    house: House,
    id: web::Path<JournalId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ApproveJournal)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say what should change.");
    } else {
        let why = Objection {
            reason: fields.text("reason"),
        };
        match ops::send_back(&house.db, &house.ctx, *id, &why, fields.version()).await {
            Ok(_) => return Ok(see_other(&format!("/journals/{}", *id))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, why_form(&seen), &fields, &wrong).await
}

/// An amount as a form begins with it.
pub(super) fn typed(amount: Money) -> String {
    amount.as_typed()
}
