//! Deadlines: what is coming, and what is at risk?

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{Datelike, Days, NaiveDate};
use domain::access::rules::{Sight, sight};
use domain::awards;
use domain::deadlines::ahead::{self, Ahead, AheadFilter};
use domain::deadlines::view::{DeadlineView, of_applications};
use domain::deadlines::whom::Whom;
use domain::reminders::rules::is_settled;
use domain::returns::view::{self, ReturnFilter, ReturnOrder, ReturnSummary};
use entity::DeadlineKind;
use serde::Deserialize;

use super::fields::id;
use super::funder;
use super::shapes::{Choice, Pager};
use super::today::{
    ROWS, begins, calendar_warning, capital, doer, pager_after, path_of, returns, tag_of,
    tag_of_application,
};
use super::{Link, PageFrame, narrowed, narrows, page, words};
use crate::http::{Fault, House};
use crate::json::{csv, tables};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/deadlines").route(web::get().to(look)))
        .service(web::resource("/deadlines/deadlines.csv").route(web::get().to(download)));
}

#[derive(Template)]
#[template(path = "pages/deadlines.html")]
struct DeadlinesPage {
    page: PageFrame,
    sentence: String,
    weeks: Vec<Week>,
    filter_state: Vec<Choice>,
    filter_who: Vec<Choice>,
    filter_funder: Vec<Choice>,
    filter_kind: Vec<Choice>,
    /// Whether anything was chosen.
    narrows: bool,
    shown: String,
    calendar: Vec<String>,
    rows: Vec<DeadlineRow>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Week {
    heading: String,
    now: bool,
    items: Vec<WeekItem>,
}

struct WeekItem {
    day: String,
    text: String,
    href: String,
    state: String,
    kind: String,
    who: String,
}

struct DeadlineRow {
    title: String,
    href: String,
    due: String,
    funder: String,
    readiness: String,
    who: String,
    state: String,
    kind: String,
}

/// The filters as they stand in the address; what was not chosen is empty.
#[derive(Clone, Debug, Default, Deserialize)]
struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    funder: String,
    #[serde(default)]
    kind: String,
    after: Option<String>,
}

impl Filter {
    fn wanted(&self) -> AheadFilter {
        AheadFilter {
            open_only: self.state != "all",
            kind: DeadlineKind::from_slug(&self.kind),
            funder: id(&self.funder),
            whom: (!self.who.is_empty()).then(|| self.who.clone()),
        }
    }

    fn pairs(&self) -> [(&str, &str); 4] {
        [
            ("state", &self.state),
            ("who", &self.who),
            ("funder", &self.funder),
            ("kind", &self.kind),
        ]
    }
}

/// What a deadline is for, in words.
const fn kind_in_words(kind: DeadlineKind) -> &'static str {
    match kind {
        DeadlineKind::Return => "Returns to send",
        DeadlineKind::Stage => "Stages of applications",
        DeadlineKind::ProgrammeCloses => "Programmes that close",
        DeadlineKind::Task => "Tasks of applications",
        DeadlineKind::Acceptance => "Offers to accept",
        DeadlineKind::Decision => "Papers to decide",
        DeadlineKind::Notice => "Providers to tell",
        DeadlineKind::Condition => "Conditions of awards",
    }
}

/// Those whom something waits for: the reader first, then others by name, then what people do.
fn whom_to_choose(
    house: &House,
    chosen: &str,
    ahead: &[ReturnSummary],
    besides: &[DeadlineView],
) -> Vec<Choice> {
    let me = house.ctx.person_id().map(|id| id.to_string());
    let known: BTreeSet<(bool, String, String)> = ahead
        .iter()
        .flat_map(|one| one.whom.iter().cloned())
        .chain(besides.iter().flat_map(Whom::of))
        .filter(|one| me.as_ref() != Some(&one.key))
        .map(|one| (!one.is_person, one.name, one.key))
        .collect();
    let mut choices = vec![Choice::new("", "Everybody", chosen)];
    choices.extend(me.iter().map(|me| Choice::new(me, "You", chosen)));
    choices.extend(
        known
            .iter()
            .map(|(_, name, key)| Choice::new(key, name, chosen)),
    );
    if !choices.iter().any(|one| one.selected) {
        choices.push(Choice::new(
            chosen,
            "Somebody for whom nothing waits",
            chosen,
        ));
    }
    choices
}

/// The funders of awards, and those whom applications are for.
async fn funders_to_choose(
    house: &House,
    chosen: &str,
    besides: &[DeadlineView],
) -> Result<Vec<Choice>, Fault> {
    let known: BTreeSet<(String, String)> = awards::view::funders(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(|one| (one.name, one.id.to_string()))
        .chain(
            besides
                .iter()
                .filter_map(|due| Some((due.funder.clone(), due.funder_id?.to_string()))),
        )
        .collect();
    Ok(std::iter::once(Choice::new("", "Every funder", chosen))
        .chain(known.iter().map(|(name, id)| Choice::new(id, name, chosen)))
        .collect())
}

/// What must be known of the bank holidays behind several dates, each once.
fn calendar_warnings(dates: impl Iterator<Item = NaiveDate>) -> Vec<String> {
    dates
        .map(calendar_warning)
        .filter(|warning| !warning.is_empty())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

async fn look(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    if matches!(sight(&house.ctx.actor), Sight::Funders(_)) {
        return funders_deadlines(&house).await;
    }
    let open = ReturnFilter {
        open_only: true,
        ..ReturnFilter::default()
    };
    let by_need = ReturnOrder::Attention;
    let ahead = view::list(&house.db, &house.ctx, open, by_need, None, 200)
        .await?
        .items;
    let besides = of_applications(&house.db, &house.ctx, true, None, 200)
        .await?
        .items;
    let today = house.ctx.today();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let weeks: Vec<Week> = (0..6)
        .map(|n| week(monday + Days::new(7 * n), n == 0, &ahead, &besides))
        .collect();
    let soon = weeks.iter().map(|week| week.items.len()).sum::<usize>();
    let late = ahead.iter().filter(|summary| summary.overdue).count()
        + besides.iter().filter(|due| due.overdue).count();
    let after = begins(filter.after.as_deref());
    let found = ahead::list(&house.db, &house.ctx, &filter.wanted(), after, ROWS).await?;
    let due_on = found.items.iter().map(|one| match one {
        Ahead::Return(summary) => summary.due_on,
        Ahead::Other(due) => due.due_on,
    });
    let things = |n: usize| {
        if besides.is_empty() {
            returns(n)
        } else {
            match n {
                1 => "One thing is".to_owned(),
                n => format!("{n} things are"),
            }
        }
    };
    page(&DeadlinesPage {
        page: PageFrame::of(&house, "Deadlines").await?,
        sentence: match (soon, late) {
            (0, 0) => "Nothing is due in the next six weeks.".to_owned(),
            (soon, 0) => format!("{} due in the next six weeks.", things(soon)),
            (soon, late) => format!(
                "{} due in the next six weeks; {} overdue.",
                things(soon),
                things(late).to_lowercase()
            ),
        },
        weeks,
        filter_state: vec![
            Choice::new("", "Not yet met", &filter.state),
            Choice::new("all", "Every deadline", &filter.state),
        ],
        filter_who: whom_to_choose(&house, &filter.who, &ahead, &besides),
        filter_funder: funders_to_choose(&house, &filter.funder, &besides).await?,
        filter_kind: std::iter::once(Choice::new("", "Everything", &filter.kind))
            .chain(
                DeadlineKind::all()
                    .map(|kind| Choice::new(kind.slug(), kind_in_words(kind), &filter.kind)),
            )
            .collect(),
        narrows: narrows(&filter.pairs()),
        shown: format!("{} shown, by what needs attention", found.items.len()),
        calendar: calendar_warnings(due_on),
        rows: found.items.iter().map(row).collect(),
        downloads: vec![Link::new(
            "These deadlines (CSV)",
            narrowed("/deadlines/deadlines.csv", &filter.pairs()),
        )],
        pager: pager_after("/deadlines", &filter.pairs(), after, found.next),
    })
}

/// The list as a file, as it is filtered.
async fn download(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    if matches!(sight(&house.ctx.actor), Sight::Funders(_)) {
        let (expected, _) = funder::returns(&house).await?;
        let rows = expected.into_iter().map(|one| {
            let late = if one.late { "yes" } else { "no" };
            vec![one.title, one.due_on.to_string(), late.to_owned()]
        });
        return Ok(csv::reply(
            "deadlines",
            &["what", "due_on", "overdue"],
            rows,
        ));
    }
    let all = ahead::list(&house.db, &house.ctx, &filter.wanted(), None, csv::MOST).await?;
    Ok(tables::ahead(all.items))
}

fn row(one: &Ahead) -> DeadlineRow {
    match one {
        Ahead::Return(summary) => row_of_return(summary),
        Ahead::Other(due) => row_of_application(due),
    }
}

/// What a return still lacks; nothing is said of one that is done with.
fn readiness(summary: &ReturnSummary) -> String {
    if is_settled(summary.state) {
        return String::new();
    }
    summary.readiness.as_ref().map_or_else(
        || "Not drafted yet".to_owned(),
        |ready| capital(&ready.in_words),
    )
}

fn row_of_return(summary: &ReturnSummary) -> DeadlineRow {
    let (state, kind) = tag_of(summary);
    DeadlineRow {
        title: format!("{}: {}", summary.award, summary.title),
        href: format!("/returns/{}", summary.id),
        due: format!("{}, {}", summary.due_in_words, summary.when_in_words),
        funder: summary.funder.clone(),
        readiness: readiness(summary),
        who: summary.waits_for.clone(),
        state,
        kind: kind.to_owned(),
    }
}

fn row_of_application(due: &DeadlineView) -> DeadlineRow {
    let (state, kind) = tag_of_application(due);
    DeadlineRow {
        title: due.title.clone(),
        href: path_of(due),
        due: format!("{}, {}", due.due_in_words, due.when_in_words),
        funder: due.funder.clone(),
        readiness: String::new(),
        who: capital(&doer(due)),
        state: state.to_owned(),
        kind: kind.to_owned(),
    }
}

/// What a funder's officer waits for: the dates, not how far anything is.
async fn funders_deadlines(house: &House) -> Result<HttpResponse, Fault> {
    let (expected, _) = funder::returns(house).await?;
    let soon = funder::soon(house, &expected).len();
    let today = house.ctx.today();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let tag = |late: bool| {
        if late {
            ("Overdue".to_owned(), "late".to_owned())
        } else {
            ("Not sent yet".to_owned(), "todo".to_owned())
        }
    };
    let weeks = (0..6)
        .map(|n| {
            let monday = monday + Days::new(7 * n);
            let items = expected
                .iter()
                .filter(|one| one.due_on >= monday && one.due_on < monday + Days::new(7))
                .map(|one| {
                    let (state, kind) = tag(one.late);
                    WeekItem {
                        day: words::date(one.due_on),
                        text: one.title.clone(),
                        href: one.award_href.clone(),
                        state,
                        kind,
                        who: String::new(),
                    }
                })
                .collect();
            Week {
                heading: heading(monday, n == 0),
                now: n == 0,
                items,
            }
        })
        .collect();
    page(&DeadlinesPage {
        page: PageFrame::of(house, "Deadlines").await?,
        sentence: funder::sentence(&expected, soon),
        weeks,
        filter_state: Vec::new(),
        filter_who: Vec::new(),
        filter_funder: Vec::new(),
        filter_kind: Vec::new(),
        narrows: false,
        shown: format!("{} not sent yet, the earliest due first", expected.len()),
        calendar: calendar_warnings(expected.iter().map(|one| one.due_on)),
        rows: expected
            .iter()
            .map(|one| {
                let (state, kind) = tag(one.late);
                DeadlineRow {
                    title: one.title.clone(),
                    href: one.award_href.clone(),
                    due: words::date(one.due_on),
                    funder: String::new(),
                    readiness: String::new(),
                    who: String::new(),
                    state,
                    kind,
                }
            })
            .collect(),
        downloads: vec![Link::new(
            "These deadlines (CSV)",
            "/deadlines/deadlines.csv",
        )],
        pager: None,
    })
}

fn heading(monday: NaiveDate, now: bool) -> String {
    if now {
        "This week".to_owned()
    } else {
        format!("Week of {}", words::date(monday))
    }
}

fn week(monday: NaiveDate, now: bool, all: &[ReturnSummary], besides: &[DeadlineView]) -> Week {
    let others = besides
        .iter()
        .filter(|due| due.due_on >= monday && due.due_on < monday + Days::new(7))
        .map(|due| {
            let (state, kind) = tag_of_application(due);
            let item = WeekItem {
                day: due.due_in_words.clone(),
                text: due.title.clone(),
                href: path_of(due),
                state: state.to_owned(),
                kind: kind.to_owned(),
                who: match doer(due) {
                    who if who.is_empty() => who,
                    who => format!("Waits for {who}"),
                },
            };
            (due.due_at, item)
        });
    let mut items: Vec<_> = all
        .iter()
        .filter(|summary| summary.due_on >= monday && summary.due_on < monday + Days::new(7))
        .map(|summary| {
            let (state, kind) = tag_of(summary);
            let item = WeekItem {
                day: summary.due_in_words.clone(),
                text: format!("{}: {}", summary.award, summary.title),
                href: format!("/returns/{}", summary.id),
                state,
                kind: kind.to_owned(),
                who: if summary.waits_for.is_empty() {
                    String::new()
                } else {
                    format!("Waits for {}", summary.waits_for)
                },
            };
            (summary.due_at, item)
        })
        .chain(others)
        .collect();
    items.sort_by_key(|(due_at, _)| *due_at);
    let items = items.into_iter().map(|(_, item)| item).collect();
    Week {
        heading: heading(monday, now),
        now,
        items,
    }
}
