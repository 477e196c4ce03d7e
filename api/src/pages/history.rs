//! The history of anything, in sentences: what, who, when, and what changed.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::audit::rules;
use domain::audit::view::{self, HistoryEntry};
use domain::{Money, returns};
use entity::{Board, BoardOutcome, GrantReturnId, Role};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

use super::shapes::Pager;
use super::today::{ROWS, capital, pager};
use super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/history/{kind}/{id}").route(web::get().to(history)));
}

#[derive(Template)]
#[template(path = "pages/history.html")]
struct HistoryPage {
    page: PageFrame,
    back: Link,
    subject: String,
    sentence: String,
    entries: Vec<Entry>,
    pager: Option<Pager>,
}

struct Entry {
    what: String,
    who: String,
    when: String,
    why: String,
    changes: Vec<Change>,
}

struct Change {
    field: String,
    value: String,
}

/// One thing that happened, for a page's "Latest".
pub struct Event {
    /// What, as a sentence.
    pub what: String,
    /// Who did it.
    pub who: String,
    /// When, in London.
    pub when: String,
    /// The reason that was given.
    pub why: String,
}

/// The last few things that happened to a record.
pub async fn latest(house: &House, kind: &str, id: Uuid) -> Result<Vec<Event>, Fault> {
    Ok(view::history(&house.db, &house.ctx, kind, id, 0, 3)
        .await?
        .entries
        .into_iter()
        .map(|entry| Event {
            what: what(&entry),
            when: words::instant(&entry.at),
            why: reason(&entry.detail),
            who: entry.by,
        })
        .collect())
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    page: u64,
}

async fn history(
    house: House,
    path: web::Path<(String, Uuid)>,
    which: web::Query<Which>,
) -> Result<HttpResponse, Fault> {
    let (kind, id) = path.into_inner();
    let number = which.page.min(100_000);
    let found = view::history(&house.db, &house.ctx, &kind, id, number * ROWS, ROWS).await?;
    // The form's own questions, for what was typed into a return.
    let questions = if kind == "grant_return" {
        returns::view::questions(&house.db, &house.ctx, GrantReturnId(id)).await?
    } else {
        HashMap::new()
    };
    let total = usize::try_from(found.total).unwrap_or(usize::MAX);
    page(&HistoryPage {
        page: PageFrame::of(&house, &format!("History: {}", found.name)).await?,
        back: Link::new(found.name.clone(), found.path),
        subject: found.name,
        sentence: format!(
            "{} happened, newest first. Nothing here can be changed.",
            words::count(total, "thing", "things")
        ),
        entries: found
            .entries
            .into_iter()
            .map(|one| entry(one, &questions))
            .collect(),
        pager: pager(
            &format!("/history/{kind}/{id}"),
            &[],
            number,
            (number + 1) * ROWS < found.total,
        ),
    })
}

fn entry(entry: HistoryEntry, questions: &HashMap<String, String>) -> Entry {
    Entry {
        what: what(&entry),
        when: words::instant(&entry.at),
        why: reason(&entry.detail),
        changes: changes(&entry.detail, questions),
        who: entry.by,
    }
}

fn reason(detail: &Value) -> String {
    detail
        .get("reason")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// What an entry says was done.
fn what(entry: &HistoryEntry) -> String {
    let has = |name: &str| entry.detail.get(name).is_some();
    match entry.operation.as_str() {
        "returns.draft" if has("problem") => "Could not be drafted or filled",
        "returns.draft" if has("mended") => "Could be drafted and filled again",
        "returns.draft" if has("due_on") => "Came into being with its period",
        "returns.draft" if has("revision") => "Filled the workbook and had it checked",
        "papers.write" if has("withdrawn") => "Took the paper back",
        "papers.write" if entry.detail.get("revision") != Some(&Value::from(1)) => {
            "Changed the paper"
        }
        "journals.prepare" if has("withdrawn") => "Withdrew the journal",
        "journals.prepare" if has("revision") => "Changed the journal",
        "journals.prepare" => "Prepared the journal",
        "journals.approve" if has("sent_back") => "Sent the journal back",
        "journals.approve" => "Approved the journal: its lines count",
        "commitments.keep" if has("told_on") => "Recorded what the provider was told",
        "commitments.keep" if has("revision") => "Recorded a change of the agreement",
        "commitments.keep" => "Recorded the agreement",
        other => rules::sentence(other),
    }
    .to_owned()
}

/// What is noted for programs, or said by the sentence already.
const UNSAID: &[&str] = &[
    "reason",
    "by",
    "content_hash",
    "slug",
    "code",
    "mended",
    "mail_id",
    "session_id",
    "run",
    "cause",
    "award_id",
    "organisation_id",
];

/// What an entry says of the change: names and amounts, never an id or a slug of ours.
fn changes(detail: &Value, questions: &HashMap<String, String>) -> Vec<Change> {
    let Value::Object(fields) = detail else {
        return Vec::new();
    };
    fields
        .iter()
        .filter(|(name, _)| !UNSAID.contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let value = match (name.as_str(), value) {
                // A question that the form no longer has is not told by its short name.
                ("field", Value::String(key)) => questions.get(key).cloned()?,
                _ => told(name, value)?,
            };
            Some(Change {
                field: field(name),
                value,
            })
        })
        .collect()
}

/// A noted name in people's words.
fn field(name: &str) -> String {
    let known = match name {
        "field" => "Question",
        "sha256" | "file_sha256" => "Fingerprint of the file (SHA-256)",
        "paper_sha256" => "Fingerprint of the signed paper (SHA-256)",
        "due_on" => "Due",
        "sent_at" => "Sent",
        "signed_on" => "Signed on",
        "signed_by" => "Signed by",
        "period_from" => "Period from",
        "everywhere" => "In every browser",
        "superseded" => "Took the place of",
        "was_closed_at" => "Had been closed on",
        "set_up" => "Set up",
        "revision" => "Version",
        "goes_on" => "Goes on",
        "told_on" => "Told",
        "total_pence" => "In all",
        "conflict" => "Has an interest in it",
        "withdrawn" => "Taken back",
        "allocated_pence" => "Put to it",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    capital(&name.trim_end_matches("_pence").replace('_', " "))
}

fn told(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Bool(yes) => Some(if *yes { "Yes" } else { "No" }.to_owned()),
        Value::Number(number) => {
            let number = number.as_i64()?;
            Some(if name.ends_with("_pence") {
                Money(number).in_full()
            } else {
                number.to_string()
            })
        }
        Value::String(text) => {
            if text.is_empty() || text.parse::<Uuid>().is_ok() {
                return None;
            }
            if let Ok(on) = text.parse::<chrono::NaiveDate>() {
                return Some(if name == "month" {
                    words::month(on)
                } else {
                    words::date(on)
                });
            }
            if let Ok(at) = text.parse::<chrono::DateTime<chrono::Utc>>() {
                return Some(words::instant(&at));
            }
            Some(match (name, text.as_str()) {
                ("role", slug) => words::role(Role::from_slug(slug)?).to_owned(),
                ("board", slug) => words::board(Board::from_slug(slug)?).to_owned(),
                ("outcome", slug) if BoardOutcome::from_slug(slug).is_some() => {
                    match BoardOutcome::from_slug(slug)? {
                        BoardOutcome::Agreed => "Agreed",
                        BoardOutcome::ChangesAsked => "Asked for changes",
                        BoardOutcome::NotAgreed => "Did not agree",
                    }
                    .to_owned()
                }
                ("overspend" | "underspend", slug) => super::pools::balance_rule(slug)?.to_owned(),
                ("policy", slug) => super::pools::rule(slug)?.to_owned(),
                ("decision", "set-aside") => "Set aside".to_owned(),
                ("decision", "corrected") => "Corrected".to_owned(),
                ("place", place) => place.replace('!', ", cell "),
                _ => text.clone(),
            })
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_without_ids_and_slugs() {
        let detail = json!({
            "amount_pence": 123_456, "award_id": "00000000-0000-7000-8000-000000000000",
            "month": "2026-09-01", "starts_on": "2026-04-01", "role": "trustee",
            "reason": "because", "everywhere": true, "policy": "in-order", "limit_pence": null,
            "field": "finances.q1", "code": "check-failed", "board": "committee",
            "place": "Finances!E17", "slug": "recovery", "by": "worker",
        });
        let questions = HashMap::from([("finances.q1".to_owned(), "Spend, quarter 1".to_owned())]);
        let told: Vec<String> = changes(&detail, &questions)
            .into_iter()
            .map(|change| format!("{}: {}", change.field, change.value))
            .collect();
        assert_eq!(
            told,
            [
                "Amount: £1,234.56",
                "Month: September 2026",
                "Starts on: Wednesday 1 April 2026",
                "Role: Trustee",
                "In every browser: Yes",
                "Policy: In a stated order",
                "Question: Spend, quarter 1",
                "Board: Recovery Advisory Committee",
                "Place: Finances, cell E17",
            ]
        );
        assert_eq!(reason(&detail), "because");
    }
}
