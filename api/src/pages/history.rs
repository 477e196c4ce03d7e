//! The history of anything, in sentences: what, who, when, and what changed.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::audit::view::{self, HistoryEntry};
use domain::{Error, Money, awards, pools};
use entity::{AwardId, PoolId, Role};
use serde_json::Value;
use uuid::Uuid;

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
    Ok(view::history(&house.db, &house.ctx, kind, id)
        .await?
        .into_iter()
        .take(3)
        .map(|entry| Event {
            what: sentence(&entry.operation).to_owned(),
            when: words::instant(&entry.at),
            why: reason(&entry.detail),
            who: entry.by,
        })
        .collect())
}

async fn history(house: House, path: web::Path<(String, Uuid)>) -> Result<HttpResponse, Fault> {
    let (kind, id) = path.into_inner();
    let entries = view::history(&house.db, &house.ctx, &kind, id).await?;
    if entries.is_empty() {
        return Err(Error::NotFound.into());
    }
    let (subject, back) = subject(&house, &kind, id).await?;
    page(&HistoryPage {
        page: PageFrame::of(&house, &format!("History: {subject}")).await?,
        back,
        subject,
        sentence: format!(
            "{} happened, newest first. Nothing here can be changed.",
            words::count(entries.len(), "thing", "things")
        ),
        entries: entries.into_iter().map(entry).collect(),
    })
}

/// What a record is called, and where it is looked at.
async fn subject(house: &House, kind: &str, id: Uuid) -> Result<(String, Link), Fault> {
    Ok(match kind {
        "award" => {
            let award = awards::view::one(&house.db, &house.ctx, AwardId(id)).await?;
            let title = award.summary.title;
            (title.clone(), Link::new(title, format!("/awards/{id}")))
        }
        "pool" => {
            let pool = pools::view::one(&house.db, &house.ctx, PoolId(id)).await?;
            let name = pool.summary.name;
            (name.clone(), Link::new(name, format!("/pools/{id}")))
        }
        "person" => {
            // who may see people may see whose history it is; nobody else may see it at all
            house.ctx.require(Operation::ReadPeople)?;
            ("A person".to_owned(), Link::new("People", "/people"))
        }
        "membership" => {
            house.ctx.require(Operation::ReadPeople)?;
            ("A role".to_owned(), Link::new("People", "/people"))
        }
        "api-token" => (
            "An API token".to_owned(),
            Link::new("Your account", "/account"),
        ),
        "organisation" => (
            "An organisation".to_owned(),
            Link::new("Organisations", "/organisations"),
        ),
        "cost_category" => (
            "A cost category".to_owned(),
            Link::new("Cost categories", "/cost-categories"),
        ),
        "grant_return" | "return" => (
            "A return".to_owned(),
            Link::new("The return", format!("/returns/{id}")),
        ),
        "spend_import" | "import" => (
            "An import".to_owned(),
            Link::new("The import", format!("/imports/{id}")),
        ),
        "import_profile" => (
            "An import profile".to_owned(),
            Link::new("Imports", "/imports"),
        ),
        "return_form" | "form" => ("A return form".to_owned(), Link::new("Returns", "/returns")),
        "requirement" => (
            "What an award asks for".to_owned(),
            Link::new("Awards", "/awards"),
        ),
        "job" => ("A job".to_owned(), Link::new("Operations", "/operations")),
        _ => ("A record".to_owned(), Link::new("Today", "/")),
    })
}

fn entry(entry: HistoryEntry) -> Entry {
    Entry {
        what: sentence(&entry.operation).to_owned(),
        when: words::instant(&entry.at),
        why: reason(&entry.detail),
        changes: changes(&entry.detail),
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

/// What an operation did, in the past tense. One that has no words yet is said plainly.
pub fn sentence(operation: &str) -> &'static str {
    match operation {
        "sign-in.ask" => "Asked for a sign-in link",
        "sign-in.use" => "Signed in",
        "sign-out" => "Signed out",
        "second-factor.use" => "Set up or showed the second check",
        "tokens.create" => "Made an API token",
        "tokens.revoke" => "Took an API token back",
        "people.invite" => "Invited with a role",
        "memberships.revoke" => "Took the role away",
        "organisations.create" => "Added the organisation",
        "categories.create" => "Added the cost category",
        "awards.create" => "Recorded the award",
        "fences.create" => "Set a part of the award apart",
        "pools.create" => "Set up the pool",
        "contributions.create" => "Put an award’s money behind the pool",
        "forecasts.enter" => "Entered forecasts",
        "match.enter" => "Recorded match funding",
        "import-profiles.save" => "Saved how files are read",
        "imports.start" => "Brought the file",
        "imports.settle" => "Settled a faulty row",
        "imports.control-total" => "Corrected the file’s control total",
        "imports.accept" => "Accepted the file: from then on its spend counts",
        "imports.abandon" => "Gave the file up",
        "ledger-periods.close" => "Closed a month of the ledger",
        "ledger-periods.reopen" => "Opened a month of the ledger again",
        "forms.create" => "Added the return form",
        "requirements.create" => "Stated what is to be reported",
        "returns.draft" => "Drafted the return from the facts",
        "returns.answer" => "Typed an answer",
        "returns.undo-answer" => "Took a typed answer back",
        "returns.build" => "Filled the workbook and had it checked",
        "returns.refresh" => "Brought the figures up to date",
        "returns.silence" => "Silenced a finding",
        "returns.review" => "Sent it round to be read",
        "returns.offer" => "Offered a revision for agreement and certification",
        "returns.approve" => "Recorded a board’s agreement",
        "returns.request-changes" => "Asked for changes",
        "returns.certify" => "Certified it",
        "returns.send" => "Recorded that it was sent",
        "returns.accept" => "Recorded that the funder accepted it",
        "returns.reopen" => "Opened it again",
        "returns.waive" => "Recorded that the funder does not want it",
        "jobs.retry" => "Let the job try again",
        "attribution.run" => "Attributed spend",
        "reminders.send" => "Wrote the morning’s reminders",
        "setup" => "Set Tributary up",
        _ => "Changed it",
    }
}

/// What an entry says of the change: names and amounts, never an id or a slug of ours.
fn changes(detail: &Value) -> Vec<Change> {
    let Value::Object(fields) = detail else {
        return Vec::new();
    };
    fields
        .iter()
        .filter(|(name, _)| *name != "reason")
        .filter_map(|(name, value)| {
            let value = told(name, value)?;
            let field = name.trim_end_matches("_pence").replace('_', " ");
            let mut letters = field.chars();
            let field = letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            });
            Some(Change { field, value })
        })
        .collect()
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
            if name == "role" {
                return Some(words::role(Role::from_slug(text)?).to_owned());
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
                ("policy", "in-order") => "In a stated order".to_owned(),
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
    fn every_audited_operation_has_words() {
        let without: Vec<&str> = Operation::ALL
            .iter()
            .filter(|operation| operation.audited())
            .map(|operation| operation.slug())
            .filter(|slug| sentence(slug) == "Changed it")
            .collect();
        assert!(without.is_empty(), "say what these did: {without:?}");
    }

    #[test]
    fn changes_are_told_without_ids_and_slugs() {
        let detail = json!({
            "amount_pence": 123_456, "award_id": "00000000-0000-7000-8000-000000000000",
            "month": "2026-09-01", "starts_on": "2026-04-01", "role": "trustee",
            "reason": "because", "everywhere": true, "policy": "in-order", "limit_pence": null,
        });
        let told: Vec<String> = changes(&detail)
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
                "Everywhere: Yes",
                "Policy: In a stated order",
            ]
        );
        assert_eq!(reason(&detail), "because");
    }
}
