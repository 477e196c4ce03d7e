//! The questions of a stage, answered: as a section of a return, and saved as one types.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::Error;
use domain::access::rules::{Operation, Sight, sight};
use domain::applications::ops;
use domain::applications::view::{self, ApplicationView, QuestionView};
use domain::ctx::Actor;
use domain::programmes::rules::stage_in_words;
use domain::returns::ops::{Meanwhile, Saved, TypedAnswer};
use entity::{ApplicationId, FieldKind, StageKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

use super::crumbs_to;
use crate::http::{Fault, House, forms};
use crate::pages::returns::section::{
    NONE, Other, Question, SectionPage, Sent, WrittenAnswer, shown, signed_out, was, who_and_when,
};
use crate::pages::shapes::{Choice, Fact};
use crate::pages::today::capital;
use crate::pages::{Link, PageFrame, page, see_other, words};

/// What was sent in, with what became of it.
#[derive(Default)]
struct Tried {
    typed: BTreeMap<String, String>,
    wrong: Vec<(String, String)>,
    meanwhile: BTreeMap<String, Meanwhile>,
    unchosen: BTreeSet<String>,
    seen: BTreeMap<String, String>,
    was_signed_out: bool,
}

fn asked(seen: &ApplicationView, stage: StageKind) -> Vec<&QuestionView> {
    seen.questions
        .iter()
        .filter(|one| one.stage == stage)
        .collect()
}

/// One application for the house: a funder's officer has no part in writing it.
async fn found(house: &House, id: ApplicationId) -> Result<ApplicationView, Fault> {
    house.ctx.require(Operation::ReadApplications)?;
    if sight(&house.ctx.actor) != Sight::All {
        return Err(Error::NotFound.into());
    }
    Ok(view::one(&house.db, &house.ctx, id).await?)
}

fn address(id: ApplicationId, stage: StageKind) -> String {
    format!("/applications/{id}/answers/{}", stage.slug())
}

/// How many words there are, in a few.
fn length(one: &QuestionView) -> String {
    match one.word_limit {
        Some(most) => format!("{} of {most} words.", one.words),
        None => format!("{}.", words::count(one.words, "word", "words")),
    }
}

fn hint(one: &QuestionView) -> String {
    let mut said = Vec::new();
    if !one.guidance.is_empty() {
        said.push(one.guidance.clone());
    }
    if let Some(from) = &one.copied_from {
        said.push(format!("Copied from “{from}”."));
    }
    if let Some(by) = &one.answered_by {
        said.push(format!("Last written by {by}."));
    }
    said.join(" ")
}

fn written(id: ApplicationId, one: &QuestionView, tried: &Tried) -> WrittenAnswer {
    let key = one.id.to_string();
    let stands = was(one.answer_id.map(Into::into));
    let other = tried.meanwhile.get(&key);
    WrittenAnswer {
        label: if one.required {
            one.text.clone()
        } else {
            format!("{} (optional)", one.text)
        },
        value: tried
            .typed
            .get(&key)
            .cloned()
            .unwrap_or_else(|| one.answer.clone()),
        hint: hint(one),
        error: tried
            .wrong
            .iter()
            .find(|(name, _)| *name == key)
            .map_or_else(String::new, |(_, text)| text.clone()),
        words: one
            .word_limit
            .and_then(|most| u32::try_from(most).ok())
            .unwrap_or(0),
        long: true,
        rows: 8,
        width: "",
        was: match (other, tried.seen.get(&key)) {
            (Some(other), _) => was(other.answer_id),
            (None, Some(seen)) => seen.clone(),
            (None, None) => stands,
        },
        meanwhile: other.map(|other| Other {
            text: match shown(FieldKind::Text, &other.value) {
                empty if empty.is_empty() => "(It was emptied.)".to_owned(),
                text => text,
            },
            who_and_when: who_and_when(other),
            choices: vec![
                Choice::new("mine", "What I typed, as it stands here", ""),
                Choice::new("theirs", "What they wrote", ""),
            ],
            error: if tried.unchosen.contains(&key) {
                "Choose which of the two stands.".to_owned()
            } else {
                String::new()
            },
        }),
        more: vec![
            Link::new(
                "Use an earlier answer",
                format!("/applications/{id}/questions/{key}/bank"),
            ),
            Link::new(
                "Change the question",
                format!("/applications/{id}/questions/{key}"),
            ),
        ],
        name: key,
    }
}

async fn render(
    house: &House,
    seen: &ApplicationView,
    stage: StageKind,
    tried: &Tried,
) -> Result<HttpResponse, Fault> {
    let id = seen.summary.id;
    let all = asked(seen, stage);
    if all.is_empty() {
        return Err(Error::NotFound.into());
    }
    let may_write = seen.may_change && house.ctx.require(Operation::AnswerApplication).is_ok();
    let answered = all.iter().filter(|one| one.words > 0).count();
    let named = stage_in_words(stage);
    let mut crumbs = crumbs_to(&seen.summary.title, id);
    crumbs.push(Link::new(
        format!("Questions of the {named}"),
        address(id, stage),
    ));
    let home = format!("/applications/{id}");
    let errors = tried
        .wrong
        .iter()
        .map(|(key, text)| {
            let label = all
                .iter()
                .find(|one| one.id.to_string() == *key)
                .map_or("", |one| one.text.as_str());
            Link::new(format!("{label}: {text}"), format!("#{key}"))
        })
        .chain(all.iter().filter_map(|one| {
            let key = one.id.to_string();
            let other = tried.meanwhile.get(&key)?;
            let text = format!(
                "“{}” was changed while you typed: {}. Choose which text stands.",
                one.text,
                who_and_when(other)
            );
            Some(Link::new(text, format!("#choose.{key}")))
        }))
        .collect();
    page(&SectionPage {
        page: PageFrame::of(house, &seen.summary.title).await?,
        crumbs,
        return_title: format!("{}: {}", seen.summary.programme, seen.summary.title),
        name: capital(&format!("Questions of the {named}")),
        sentence: format!("{answered} of {} answered.", all.len()),
        address: address(id, stage),
        after: home.clone(),
        keep: house
            .ctx
            .person_id()
            .map_or_else(String::new, |id| id.to_string()),
        was_signed_out: tried.was_signed_out,
        errors,
        checks: Vec::new(),
        explain: String::new(),
        figures: Vec::new(),
        questions: if may_write {
            all.iter()
                .map(|one| Question::Written(written(id, one, tried)))
                .collect()
        } else {
            Vec::new()
        },
        said: if may_write {
            Vec::new()
        } else {
            all.iter()
                .map(|one| {
                    let text = match one.answer.as_str() {
                        "" => "Not answered".to_owned(),
                        text => format!("{text} ({})", length(one).trim_end_matches('.')),
                    };
                    Fact::new(one.text.clone(), text)
                })
                .collect()
        },
        frozen: !may_write,
        why_frozen: if seen.may_change {
            String::new()
        } else {
            "It was sent, or is over: what was answered stays.".to_owned()
        },
        take_back: String::new(),
        next: Some(Link::new("Back to the application", home)),
    })
}

pub async fn show(
    house: House,
    path: web::Path<(ApplicationId, StageKind)>,
) -> Result<HttpResponse, Fault> {
    let (id, stage) = path.into_inner();
    let seen = found(&house, id).await?;
    render(&house, &seen, stage, &Tried::default()).await
}

/// Saves what was typed: each answer that differs from the one over which it was typed. Where
/// somebody else wrote meanwhile, both texts are shown, and nothing is lost. From the script
/// (`X-Autosave`) the reply is JSON, otherwise the page again.
pub async fn save(
    house: House,
    path: web::Path<(ApplicationId, StageKind)>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Fault> {
    let (id, stage) = path.into_inner();
    let sent = Sent(
        serde_urlencoded::from_bytes(&body)
            .map_err(|error| Fault::bad_query(&error.to_string()))?,
    );
    let by_script = request.headers().contains_key("x-autosave");
    if !by_script && matches!(house.ctx.actor, Actor::Nobody) {
        return signed_out(&house, &address(id, stage), &sent);
    }
    let forged = forms::check(&request, sent.field("csrf")).err();
    if by_script && let Some(fault) = forged {
        return Err(fault);
    }
    house.ctx.require(Operation::AnswerApplication)?;
    let seen = found(&house, id).await?;
    let mut tried = Tried {
        was_signed_out: forged.is_some(),
        ..Tried::default()
    };
    let mut typed = Vec::new();
    for one in asked(&seen, stage) {
        let key = one.id.to_string();
        let Some(text) = sent.field(&key) else {
            continue;
        };
        let text = text.replace("\r\n", "\n");
        if sent.about("conflict", &key).is_some() {
            match sent.about("choose", &key) {
                Some("theirs") => continue,
                Some("mine") => {}
                _ => {
                    tried.unchosen.insert(key.clone());
                }
            }
        }
        let unread = tried.unchosen.contains(&key);
        if let Some(was) = sent.about("was", &key) {
            // What is not yet chosen is shown again, not taken for read.
            let seen = if unread { "unread" } else { was };
            tried.seen.insert(key.clone(), seen.to_owned());
        }
        tried.typed.insert(key.clone(), text.clone());
        typed.push(TypedAnswer {
            seen: sent.seen(&key).filter(|_| !unread),
            value: match text.trim() {
                "" => Value::Null,
                _ => json!(text),
            },
            key,
        });
    }
    if tried.was_signed_out {
        return render(&house, &seen, stage, &tried).await;
    }
    let mut stands = serde_json::Map::new();
    for (key, saved) in ops::save(&house.db, &house.ctx, id, typed).await? {
        match saved {
            Saved::Stands(answer) => {
                tried.seen.remove(&key);
                let now = answer.map_or_else(|| NONE.to_owned(), |id| id.to_string());
                stands.insert(key, json!(now));
            }
            Saved::NotTouched => {
                tried.typed.remove(&key);
                tried.seen.remove(&key);
            }
            Saved::Meanwhile(other) => {
                tried.meanwhile.insert(key, other);
            }
            Saved::Wrong(detail) => tried.wrong.push((key, detail)),
        }
    }
    if by_script {
        return Ok(told_to_script(&house, &seen, &tried, &stands));
    }
    if tried.wrong.is_empty() && tried.meanwhile.is_empty() {
        return Ok(see_other(&format!("/applications/{id}")));
    }
    let seen = found(&house, id).await?;
    render(&house, &seen, stage, &tried).await
}

fn told_to_script(
    house: &House,
    seen: &ApplicationView,
    tried: &Tried,
    stands: &serde_json::Map<String, Value>,
) -> HttpResponse {
    let label = |key: &str| {
        seen.questions
            .iter()
            .find(|one| one.id.to_string() == key)
            .map_or("", |one| one.text.as_str())
    };
    let meanwhile: Vec<Value> = tried
        .meanwhile
        .iter()
        .map(|(key, other)| {
            let text = shown(FieldKind::Text, &other.value);
            json!({
                "name": key, "label": label(key), "text": text, "shown": text,
                "who_and_when": who_and_when(other), "was": was(other.answer_id),
            })
        })
        .collect();
    let wrong: Vec<Value> = tried
        .wrong
        .iter()
        .map(|(key, detail)| json!({"name": key, "label": label(key), "detail": detail}))
        .collect();
    let mut reply = if !meanwhile.is_empty() {
        HttpResponse::Conflict()
    } else if !wrong.is_empty() {
        HttpResponse::UnprocessableEntity()
    } else {
        HttpResponse::Ok()
    };
    reply.insert_header(("x-page", "1")).json(json!({
        "saved_at": words::time(&house.ctx.now()),
        "stands": stands,
        "meanwhile": meanwhile,
        "wrong": wrong,
    }))
}
