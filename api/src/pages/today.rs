//! Today: what needs me now? And the deadlines ahead.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{Datelike, Days, NaiveDate};
use domain::news::view::NewsItem;
use domain::returns::view::{self, ReturnFilter, ReturnSummary, TodayItem};
use serde::Deserialize;

use super::house::{self, Todo};
use super::shapes::{Choice, Pager};
use super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(web::get().to(today)))
        .service(web::resource("/deadlines").route(web::get().to(deadlines)));
}

#[derive(Template)]
#[template(path = "pages/today.html")]
struct TodayPage {
    page: PageFrame,
    sentence: String,
    duties: Vec<Duty>,
    waiting: Vec<Waiting>,
    unheld: Vec<String>,
    undrafted: Vec<Undrafted>,
    since: Vec<News>,
    since_more: String,
    finance: Vec<Todo>,
    first_steps: Vec<Todo>,
    since_when: String,
    next: Option<Link>,
}

/// A return that is due and cannot be drafted, for whoever can mend that.
struct Undrafted {
    title: String,
    href: String,
    why: String,
}

/// Something that happened since.
struct News {
    what: String,
    about: String,
    href: String,
    why: String,
    who: String,
    when: String,
}

struct Duty {
    urgency: String,
    state: String,
    kind: String,
    title: String,
    href: String,
    due: String,
    readiness: String,
    waits_for: String,
    action: String,
    action_href: String,
}

struct Waiting {
    text: String,
    href: String,
    detail: String,
    state: String,
    kind: String,
}

/// How the tag of a return looks.
pub fn tag_of(summary: &ReturnSummary) -> (String, &'static str) {
    use entity::ReturnState as State;
    if summary.overdue {
        return ("Overdue".to_owned(), "late");
    }
    let kind = match summary.state {
        State::Submitted | State::Accepted => "done",
        State::NotRequired => "off",
        State::Scheduled => "todo",
        State::ChangesRequested => "wrong",
        State::AwaitingApproval | State::AwaitingCertification => "waiting",
        State::Drafted | State::InReview | State::Certified => "doing",
    };
    (capital(&summary.state_in_words), kind)
}

/// With a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn due(summary: &ReturnSummary) -> String {
    let verb = if summary.overdue { "Was due" } else { "Due" };
    format!("{verb} {}, {}", summary.due_in_words, summary.when_in_words)
}

fn readiness(summary: &ReturnSummary) -> String {
    summary.readiness.as_ref().map_or_else(
        || "Its period has not ended yet.".to_owned(),
        |ready| format!("{}.", capital(&ready.in_words)),
    )
}

fn duty(item: &TodayItem) -> Duty {
    let summary = &item.summary;
    let (state, kind) = tag_of(summary);
    let href = format!("/returns/{}", summary.id);
    let (action, action_href) = if item.waits_for_me {
        match summary.state {
            entity::ReturnState::AwaitingCertification => {
                ("Read and certify".to_owned(), format!("{href}/certify"))
            }
            entity::ReturnState::AwaitingApproval => {
                ("Read and agree".to_owned(), format!("{href}/agreement"))
            }
            entity::ReturnState::Certified => {
                ("Record that it was sent".to_owned(), format!("{href}/send"))
            }
            _ => ("Complete it".to_owned(), href.clone()),
        }
    } else {
        (String::new(), String::new())
    };
    Duty {
        urgency: if summary.overdue { "late" } else { "" }.to_owned(),
        state,
        kind: kind.to_owned(),
        title: format!("{}: {}", summary.award, summary.title),
        href,
        due: due(summary),
        readiness: readiness(summary),
        waits_for: if item.waits_for_me {
            "It waits for you".to_owned()
        } else if summary.waits_for.is_empty() {
            String::new()
        } else {
            format!("It waits for {}", summary.waits_for)
        },
        action,
        action_href,
    }
}

async fn today(house: House) -> Result<HttpResponse, Fault> {
    let today = view::today(&house.db, &house.ctx).await?;
    let duties: Vec<Duty> = today.overdue.iter().chain(&today.due).map(duty).collect();
    let sentence = match (today.overdue.len(), today.due.len()) {
        (0, 0) => "Nothing is due in the next six weeks.".to_owned(),
        (0, due) => format!("{} due in the next six weeks.", returns(due)),
        (late, 0) => format!("{} overdue.", returns(late)),
        (late, due) => {
            format!(
                "{} overdue, and {} due in the next six weeks.",
                returns(late),
                returns(due).to_lowercase()
            )
        }
    };
    let mut unheld: Vec<String> = today
        .overdue
        .iter()
        .chain(&today.due)
        .flat_map(|item| {
            item.notes
                .iter()
                .map(|note| format!("{}: {note}", item.summary.award))
        })
        .collect();
    unheld.sort();
    unheld.dedup();
    let shown_above: Vec<_> = today
        .overdue
        .iter()
        .chain(&today.due)
        .map(|item| item.summary.id)
        .collect();
    let waiting = today
        .waiting_for_me
        .iter()
        .filter(|item| !shown_above.contains(&item.summary.id))
        .map(|item| {
            let (state, kind) = tag_of(&item.summary);
            Waiting {
                text: format!("{}: {}", item.summary.award, item.summary.title),
                href: format!("/returns/{}", item.summary.id),
                detail: due(&item.summary),
                state,
                kind: kind.to_owned(),
            }
        })
        .collect();
    let undrafted = today
        .problems
        .into_iter()
        .map(|problem| Undrafted {
            href: problem.return_id.map_or_else(
                || format!("/awards/{}", problem.award_id),
                |id| format!("/returns/{id}"),
            ),
            title: problem.title,
            why: problem.message,
        })
        .collect();
    let (since, since_more, since_when) = today.since_you_were_here.map_or_else(
        || (Vec::new(), String::new(), String::new()),
        |news| {
            let more = match news.more {
                0 => String::new(),
                1 => "One more thing happened; its record says what.".to_owned(),
                many => format!("{many} more things happened; their records say what."),
            };
            let items = news.items.into_iter().map(happened).collect();
            (items, more, words::instant(&news.since))
        },
    );
    page(&TodayPage {
        page: PageFrame::of(&house, "Today").await?,
        sentence,
        duties,
        waiting,
        unheld,
        undrafted,
        since,
        since_more,
        since_when,
        finance: house::for_finance(&house).await?,
        first_steps: house::first_steps(&house).await?,
        next: None,
    })
}

fn happened(item: NewsItem) -> News {
    News {
        what: item.what,
        about: item.about,
        href: item.path,
        why: item.why.unwrap_or_default(),
        who: item.by,
        when: words::instant(&item.at),
    }
}

fn returns(n: usize) -> String {
    if n == 1 {
        "One return is".to_owned()
    } else {
        format!("{n} returns are")
    }
}

#[derive(Template)]
#[template(path = "pages/deadlines.html")]
struct DeadlinesPage {
    page: PageFrame,
    sentence: String,
    weeks: Vec<Week>,
    filter_state: Vec<Choice>,
    shown: String,
    rows: Vec<DeadlineRow>,
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
    who: String,
    state: String,
    kind: String,
}

#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    page: u64,
}

/// Rows on a page.
pub const ROWS: u64 = 50;

/// The next and the previous page of a list, keeping its filters.
pub fn pager(address: &str, filters: &[(&str, &str)], number: u64, more: bool) -> Option<Pager> {
    if number == 0 && !more {
        return None;
    }
    let to = |number: u64| {
        let number = number.to_string();
        let mut pairs: Vec<(&str, &str)> = filters
            .iter()
            .copied()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        pairs.push(("page", &number));
        format!(
            "{address}?{}",
            serde_urlencoded::to_string(pairs).unwrap_or_default()
        )
    };
    Some(Pager {
        sentence: format!("Page {}", number + 1),
        previous_href: if number > 0 {
            to(number - 1)
        } else {
            String::new()
        },
        next_href: if more { to(number + 1) } else { String::new() },
    })
}

async fn deadlines(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    let open = ReturnFilter {
        open_only: true,
        ..ReturnFilter::default()
    };
    let ahead = view::list(&house.db, &house.ctx, open, 0, 200).await?;
    let today = house.ctx.today();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let weeks: Vec<Week> = (0..6)
        .map(|n| week(monday + Days::new(7 * n), n == 0, &ahead))
        .collect();
    let soon = weeks.iter().map(|week| week.items.len()).sum::<usize>();
    let late = ahead.iter().filter(|summary| summary.overdue).count();
    let listed = ReturnFilter {
        open_only: filter.state != "all",
        ..ReturnFilter::default()
    };
    let number = filter.page.min(10_000);
    let mut rows = view::list(&house.db, &house.ctx, listed, number * ROWS, ROWS + 1).await?;
    let more = u64::try_from(rows.len()).unwrap_or(u64::MAX) > ROWS;
    rows.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    page(&DeadlinesPage {
        page: PageFrame::of(&house, "Deadlines").await?,
        sentence: match (soon, late) {
            (0, 0) => "Nothing is due in the next six weeks.".to_owned(),
            (soon, 0) => format!("{} due in the next six weeks.", returns(soon)),
            (soon, late) => format!(
                "{} due in the next six weeks; {} overdue.",
                returns(soon),
                returns(late).to_lowercase()
            ),
        },
        weeks,
        filter_state: vec![
            Choice::new("", "Not yet met", &filter.state),
            Choice::new("all", "Every deadline", &filter.state),
        ],
        shown: format!("{} shown, by what needs attention", rows.len()),
        rows: rows
            .iter()
            .map(|summary| {
                let (state, kind) = tag_of(summary);
                DeadlineRow {
                    title: format!("{}: {}", summary.award, summary.title),
                    href: format!("/returns/{}", summary.id),
                    due: format!("{}, {}", summary.due_in_words, summary.when_in_words),
                    funder: summary.funder.clone(),
                    who: summary.waits_for.clone(),
                    state,
                    kind: kind.to_owned(),
                }
            })
            .collect(),
        pager: pager("/deadlines", &[("state", &filter.state)], number, more),
    })
}

fn week(monday: NaiveDate, now: bool, all: &[ReturnSummary]) -> Week {
    let items = all
        .iter()
        .filter(|summary| summary.due_on >= monday && summary.due_on < monday + Days::new(7))
        .map(|summary| {
            let (state, kind) = tag_of(summary);
            WeekItem {
                day: words::date(summary.due_on),
                text: format!("{}: {}", summary.award, summary.title),
                href: format!("/returns/{}", summary.id),
                state,
                kind: kind.to_owned(),
                who: if summary.waits_for.is_empty() {
                    String::new()
                } else {
                    format!("Waits for {}", summary.waits_for)
                },
            }
        })
        .collect();
    Week {
        heading: if now {
            "This week".to_owned()
        } else {
            format!("Week of {}", words::date(monday))
        },
        now,
        items,
    }
}
