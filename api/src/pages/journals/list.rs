//! The list, and what of it waits for a reader.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::journals::view::{self, JournalFilter, JournalSummary};
use entity::{JournalId, JournalState};
use serde::Deserialize;

use crate::http::{Fault, House};
use crate::json::journals::as_csv;
use crate::pages::fields::id;
use crate::pages::house::Todo;
use crate::pages::shapes::Choice;
use crate::pages::{Link, PageFrame, page, words};

const SHOWN: u64 = 50;

#[derive(Template)]
#[template(path = "pages/journals.html")]
struct JournalsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    may_prepare: bool,
    any: bool,
    filter_state: Vec<Choice>,
    rows: Vec<Row>,
    more: String,
    downloads: Vec<Link>,
}

struct Row {
    name: String,
    href: String,
    reason: String,
    state: String,
    kind: String,
    total: String,
    who: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Narrow {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

impl Narrow {
    fn filter(&self) -> JournalFilter {
        JournalFilter {
            state: JournalState::from_slug(&self.state),
        }
    }
}

/// Where a journal stands, in words, and how its tag looks.
pub(super) const fn state(state: JournalState) -> (&'static str, &'static str) {
    match state {
        JournalState::Waiting => ("Waits to be approved", "waiting"),
        JournalState::SentBack => ("Sent back", "wrong"),
        JournalState::Approved => ("Counts", "done"),
        JournalState::Withdrawn => ("Withdrawn", "off"),
    }
}

/// The list as a file, as it is filtered.
pub async fn csv(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    as_csv(&house, narrow.filter()).await
}

pub async fn page_of(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let after: Option<JournalId> = id(&narrow.after);
    let mut rows = view::list(&house.db, &house.ctx, narrow.filter(), after, SHOWN + 1).await?;
    let mine = view::waiting_for_me(&house.db, &house.ctx).await?.len();
    let any = view::count(&house.db, &house.ctx).await? > 0;
    let most = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = (rows.len() > most)
        .then(|| rows.get(most - 1).map(|row| row.id))
        .flatten()
        .map(|last| format!("/journals?state={}&after={last}", narrow.state))
        .unwrap_or_default();
    rows.truncate(most);
    page(&JournalsPage {
        page: PageFrame::of(&house, "Journals").await?,
        crumbs: vec![Link::new("Imports", "/imports")],
        sentence: match mine {
            0 => "No journal waits for you.".to_owned(),
            1 => "One journal waits for you.".to_owned(),
            many => format!("{many} journals wait for you."),
        },
        may_prepare: house.ctx.require(Operation::PrepareJournal).is_ok(),
        any,
        filter_state: std::iter::once(Choice {
            value: String::new(),
            text: "All".to_owned(),
            hint: String::new(),
            selected: narrow.state.is_empty(),
        })
        .chain(JournalState::all().map(|one| Choice {
            value: one.slug().to_owned(),
            text: state(one).0.to_owned(),
            hint: String::new(),
            selected: narrow.state == one.slug(),
        }))
        .collect(),
        rows: rows.iter().map(row).collect(),
        more,
        downloads: vec![Link::new(
            "Download as CSV",
            format!("/journals/journals.csv?state={}", narrow.state),
        )],
    })
}

fn row(one: &JournalSummary) -> Row {
    let (state, kind) = state(one.state);
    Row {
        name: format!("Journal {}", one.number),
        href: format!("/journals/{}", one.id),
        reason: one.reason.clone(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        total: one.total_pence.in_full(),
        who: one.prepared_by.clone().unwrap_or_default(),
    }
}

/// What of the journals waits for this reader.
pub async fn todos(house: &House) -> Result<Vec<Todo>, Fault> {
    Ok(view::waiting_for_me(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(|one| {
            let (state, kind) = state(one.state);
            Todo {
                name: format!("Journal {}: {}", one.number, one.reason),
                href: format!("/journals/{}", one.id),
                state: state.to_owned(),
                kind: kind.to_owned(),
                hint: format!(
                    "{}, prepared by {} on {}.",
                    words::count(usize::try_from(one.lines).unwrap_or(0), "line", "lines"),
                    one.prepared_by.as_deref().unwrap_or("somebody"),
                    words::day(
                        one.prepared_at
                            .with_timezone(&chrono_tz::Europe::London)
                            .date_naive()
                    )
                ),
            }
        })
        .collect())
}
