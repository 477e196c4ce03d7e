//! Today: what needs me now? And what it shares with other lists.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{Days, NaiveDate};
use domain::access::rules::{Operation, Sight, sight};
use domain::deadlines::view::{DeadlineView, of_applications as deadlines_of_applications};
use domain::news::view::NewsItem;
use domain::paging::Cursor;
use domain::reminders::view::standing_in_besides;
use domain::returns::view::{self, AskedByFunder, ChangedSinceSent, ReturnSummary, TodayItem};
use entity::DeadlineKind;

use super::apportionments;
use super::decisions;
use super::funder;
use super::house::{self, Todo};
use super::journals;
use super::questions;
use super::shapes::{Pager, Undrafted};
use super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/").route(web::get().to(today)));
}

#[derive(Template)]
#[template(path = "pages/today.html")]
struct TodayPage {
    page: PageFrame,
    sentence: String,
    duties: Vec<Duty>,
    waiting: Vec<Waiting>,
    unheld: Vec<Gap>,
    undrafted: Vec<Undrafted>,
    since: Vec<News>,
    since_more: String,
    decisions: Vec<Todo>,
    journals: Vec<Todo>,
    splits: Vec<Todo>,
    /// What funders ask about figures.
    questions: Vec<Todo>,
    /// Sent returns that would say something else today.
    restated: Vec<Todo>,
    /// Sent returns of which the funder asks for changes.
    wanted: Vec<Todo>,
    /// Certified ones, before they are sent.
    changed: Vec<BeforeSending>,
    finance: Vec<Todo>,
    /// Before what is due, where none of that waits for the reader.
    finance_first: bool,
    since_when: String,
    next: Option<Link>,
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

/// Somebody who is missing, and for which returns.
struct Gap {
    note: String,
    of: Vec<String>,
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

/// What must be known of the bank holidays behind a date; mostly nothing.
pub fn calendar_warning(on: NaiveDate) -> String {
    domain::calendar::rules::warning_about(on)
        .map_or_else(String::new, |warning| warning.to_string())
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

/// Whether this reader may do what a return of this state waits for.
fn may_act(house: &House, summary: &ReturnSummary) -> bool {
    use entity::ReturnState as State;
    let operation = match summary.state {
        State::AwaitingCertification | State::AwaitingApproval if summary.overtaken => {
            Operation::AnswerField
        }
        State::AwaitingCertification => Operation::CertifyReturn,
        State::AwaitingApproval => Operation::RecordApproval,
        State::Certified => Operation::RecordSending,
        _ => Operation::AnswerField,
    };
    house.ctx.require(operation).is_ok()
}

fn duty(house: &House, item: &TodayItem) -> Duty {
    let summary = &item.summary;
    let (state, kind) = tag_of(summary);
    let href = format!("/returns/{}", summary.id);
    // Who is told for somebody else does not always hold what it takes.
    let mine = item.waits_for_me && may_act(house, summary);
    let (action, action_href) = if mine {
        match summary.state {
            _ if summary.overtaken => ("Take it back".to_owned(), format!("{href}/taking-back")),
            entity::ReturnState::Certified if summary.changed_figures > 0 => {
                if house.ctx.require(Operation::ReopenReturn).is_ok() {
                    ("Open it again".to_owned(), format!("{href}/reopen"))
                } else {
                    ("Look at what changed".to_owned(), href.clone())
                }
            }
            entity::ReturnState::AwaitingCertification => {
                ("Read and certify".to_owned(), format!("{href}/certify"))
            }
            entity::ReturnState::AwaitingApproval => {
                ("Read and agree".to_owned(), format!("{href}/agreement"))
            }
            entity::ReturnState::Certified => {
                ("Record that it was sent".to_owned(), format!("{href}/send"))
            }
            entity::ReturnState::ChangesRequested => {
                ("Change what was asked for".to_owned(), href.clone())
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
        readiness: if summary.overtaken {
            "Newer facts have arrived, and its figures would be others: nobody can sign it as it is."
                .to_owned()
        } else if summary.changed_figures > 0 {
            format!(
                "{} today than {} certified.",
                words::count(
                    usize::try_from(summary.changed_figures).unwrap_or(usize::MAX),
                    "figure would be another",
                    "figures would be others"
                ),
                if summary.changed_figures == 1 {
                    "was"
                } else {
                    "were"
                }
            )
        } else {
            readiness(summary)
        },
        waits_for: if mine {
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

/// What is due for an application, in words, with its tag's kind.
pub fn tag_of_application(due: &DeadlineView) -> (&'static str, &'static str) {
    match (due.closed_at.is_some(), due.overdue, due.kind) {
        (true, _, _) => ("Done with", "done"),
        (false, true, _) => ("Overdue", "late"),
        (false, false, DeadlineKind::Acceptance) => ("To accept", "waiting"),
        (false, false, DeadlineKind::Decision) => ("To decide", "waiting"),
        (false, false, DeadlineKind::Notice) => ("To tell", "waiting"),
        (false, false, DeadlineKind::Condition) => ("To meet", "todo"),
        (false, false, _) => ("To do", "todo"),
    }
}

/// Where what is due for no return is looked at.
pub fn path_of(due: &DeadlineView) -> String {
    if let (Some(award), Some(id)) = (due.award_id, due.condition_id) {
        return format!("/awards/{award}/conditions/{id}");
    }
    match (due.application_id, due.paper_id, due.commitment_id) {
        (Some(id), _, _) => format!("/applications/{id}"),
        (None, Some(id), _) => format!("/decisions/{id}"),
        (None, None, Some(id)) => format!("/commitments/{id}"),
        (None, None, None) => String::new(),
    }
}

fn of_application(house: &House, due: &DeadlineView) -> Duty {
    let (state, kind) = tag_of_application(due);
    let mine = due.who_id.is_some() && due.who_id == house.ctx.person_id();
    Duty {
        urgency: if due.overdue { "late" } else { "" }.to_owned(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        title: due.title.clone(),
        href: path_of(due),
        due: format!("Due {}, {}", due.due_in_words, due.when_in_words),
        readiness: match due.funder.as_str() {
            "" => due.award.clone(),
            funder => format!("{funder}: {}", due.award),
        },
        waits_for: match (doer(due), mine) {
            (_, true) => "It waits for you".to_owned(),
            (who, false) if who.is_empty() => who,
            (who, false) => format!("It waits for {who}"),
        },
        action: if mine { "Open it" } else { "" }.to_owned(),
        action_href: if mine { path_of(due) } else { String::new() },
    }
}

async fn today(house: House) -> Result<HttpResponse, Fault> {
    if matches!(sight(&house.ctx.actor), Sight::Funders(_)) {
        return funder::today(&house).await;
    }
    let today = view::today(&house.db, &house.ctx).await?;
    // What waits for this reader comes first, then what is overdue, then what is due soonest.
    let mut shown: Vec<&TodayItem> = today.overdue.iter().chain(&today.due).collect();
    shown.sort_by_key(|item| !(item.waits_for_me && may_act(&house, &item.summary)));
    let mut duties: Vec<Duty> = shown.into_iter().map(|item| duty(&house, item)).collect();
    let mine = duties.iter().filter(|duty| !duty.action.is_empty()).count();
    let soon = house.ctx.today() + Days::new(42);
    let decisions = decisions::todos(&house).await?;
    let journals = journals::todos(&house).await?;
    let splits = apportionments::todos(&house).await?;
    let questions = questions::todos(&house).await?;
    let due_for_applications: Vec<DeadlineView> =
        deadlines_of_applications(&house.db, &house.ctx, true, None, 200)
            .await?
            .items
            .into_iter()
            .filter(|due| due.due_on <= soon)
            // those that wait for the reader stand in a list of their own
            .filter(|due| !decisions.iter().any(|todo| todo.href == path_of(due)))
            .collect();
    let besides = due_for_applications
        .iter()
        .filter(|due| due.application_id.is_some())
        .count();
    duties.extend(
        due_for_applications
            .iter()
            .map(|due| of_application(&house, due)),
    );
    duties.sort_by_key(|duty| duty.action.is_empty());
    let all = match (today.overdue.len(), today.due.len()) {
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
    let sentence = match mine {
        0 => all,
        1 => format!("One return waits for you. {all}"),
        many => format!("{many} returns wait for you. {all}"),
    };
    let sentence = match decisions.len() {
        0 => sentence,
        1 => format!("One paper waits for you to decide. {sentence}"),
        many => format!("{many} papers wait for you to decide. {sentence}"),
    };
    let sentence = match journals.len() {
        0 => sentence,
        1 => format!("One journal waits for you. {sentence}"),
        many => format!("{many} journals wait for you. {sentence}"),
    };
    let sentence = match splits.len() {
        0 => sentence,
        1 => format!("One split of spend waits for you. {sentence}"),
        many => format!("{many} splits of spend wait for you. {sentence}"),
    };
    let sentence = match questions.len() {
        0 => sentence,
        1 => format!("One question of a funder waits for an answer. {sentence}"),
        many => format!("{many} questions of funders wait for an answer. {sentence}"),
    };
    let sentence = match today.asked_by_funders.len() {
        0 => sentence,
        1 => format!("A funder asks for changes in one return. {sentence}"),
        many => format!("Funders ask for changes in {many} returns. {sentence}"),
    };
    let sentence = match today.changed_since_sent.len() {
        0 => sentence,
        1 => format!("One return has changed since we sent it. {sentence}"),
        many => format!("{many} returns have changed since we sent them. {sentence}"),
    };
    let sentence = match today.changed_since_certified.len() {
        0 => sentence,
        1 => format!("One return has changed since it was certified, and is not sent. {sentence}"),
        many => format!(
            "{many} returns have changed since they were certified, and are not sent. {sentence}"
        ),
    };
    let sentence = match besides {
        0 => sentence,
        1 => format!("{sentence} One thing is due for an application."),
        many => format!("{sentence} {many} things are due for applications."),
    };
    // What is missing once may be missing for many returns, and for what else is due.
    let besides_unheld = match house.ctx.require(Operation::ReadDeadlines) {
        Ok(()) => standing_in_besides(&house.db, &house.ctx).await?,
        Err(_) => Vec::new(),
    };
    let mut unheld = BTreeMap::<&str, BTreeSet<String>>::new();
    for item in today.overdue.iter().chain(&today.due) {
        for note in &item.notes {
            let of = format!("{}, {}", item.summary.award, item.summary.title);
            unheld.entry(note).or_default().insert(of);
        }
    }
    for one in &besides_unheld {
        let of = unheld.entry(&one.why).or_default();
        of.insert(one.title.clone());
    }
    let unheld = unheld
        .into_iter()
        .map(|(note, of)| Gap {
            note: note.to_owned(),
            of: of.into_iter().collect(),
        })
        .collect();
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
    let finance = house::for_finance(&house).await?;
    let sentence = match finance.len() {
        0 => sentence,
        1 => format!("One thing waits in the ledger. {sentence}"),
        many => format!("{many} things wait in the ledger. {sentence}"),
    };
    let undrafted = today.problems.into_iter().map(Undrafted::from).collect();
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
        decisions,
        journals,
        splits,
        questions,
        wanted: today.asked_by_funders.iter().map(wanted).collect(),
        restated: today.changed_since_sent.iter().map(changed).collect(),
        changed: today
            .changed_since_certified
            .iter()
            .map(|one| BeforeSending {
                todo: changed(one),
                reopen: if house.ctx.require(Operation::ReopenReturn).is_ok() {
                    format!("/returns/{}/reopen", one.id)
                } else {
                    String::new()
                },
            })
            .collect(),
        finance_first: mine == 0,
        finance,
        next: None,
    })
}

/// A return that was sent, in which its funder asks for changes.
fn wanted(one: &AskedByFunder) -> Todo {
    Todo {
        name: format!("{}: {}", one.award, one.title),
        href: format!("/returns/{}", one.id),
        state: "Changes asked for".to_owned(),
        kind: "wrong".to_owned(),
        hint: format!("{}, {}", one.funder, words::instant(&one.at)),
    }
}

/// A certified return that would say something else today.
struct BeforeSending {
    todo: Todo,
    /// Where it is opened again, for whoever may.
    reopen: String,
}

/// A return that was certified or sent and would say something else today.
fn changed(one: &ChangedSinceSent) -> Todo {
    Todo {
        name: format!("{}: {}", one.award, one.title),
        href: format!("/returns/{}#restated", one.id),
        state: "Changed".to_owned(),
        kind: "waiting".to_owned(),
        hint: format!(
            "{} today",
            words::count(
                one.figures,
                "figure would be another",
                "figures would be others"
            )
        ),
    }
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

/// "One return is", "3 returns are".
pub fn returns(n: usize) -> String {
    if n == 1 {
        "One return is".to_owned()
    } else {
        format!("{n} returns are")
    }
}

/// Rows on a page.
pub const ROWS: u64 = 50;

/// Where a page begins, from its address; what cannot be read is the beginning.
pub fn begins(after: Option<&str>) -> Option<Cursor> {
    after.and_then(|text| text.parse().ok())
}

/// The next page of a list that is walked by keys, and its beginning, keeping its filters.
pub fn pager_after(
    address: &str,
    filters: &[(&str, &str)],
    after: Option<Cursor>,
    next: Option<Cursor>,
) -> Option<Pager> {
    if after.is_none() && next.is_none() {
        return None;
    }
    let to = |after: Option<Cursor>| {
        let after = after.map(|after| after.to_string());
        let mut pairs: Vec<(&str, &str)> = filters
            .iter()
            .copied()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        pairs.extend(after.as_deref().map(|after| ("after", after)));
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        format!("{address}?{query}")
    };
    Some(Pager {
        sentence: match (after, next) {
            (None, _) => "The first of several pages".to_owned(),
            (Some(_), None) => "The last page".to_owned(),
            (Some(_), Some(_)) => "More before, and more after".to_owned(),
        },
        previous_href: after.map_or_else(String::new, |_| to(None)),
        next_href: next.map_or_else(String::new, |next| to(Some(next))),
    })
}

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

/// Whom it waits for: whoever is named, or whose part it is.
pub fn doer(due: &DeadlineView) -> String {
    match (&due.who, due.paper_id, due.commitment_id) {
        (Some(who), ..) => who.clone(),
        (None, Some(_), _) => "the boards".to_owned(),
        (None, None, Some(_)) => "a grants officer".to_owned(),
        (None, None, None) => String::new(),
    }
}
