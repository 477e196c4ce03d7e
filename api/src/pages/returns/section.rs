//! One section of a return: figures to read, answers to write. Saves as a person types.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::returns::ops::{self, NewAnswer};
use domain::returns::view::{self, AnswerView, ReturnView};
use domain::{Error, Money};
use entity::{FieldKind, GrantReturnId};
use serde_json::{Value, json};

use crate::http::forms::{self};
use crate::http::{Fault, House};
use crate::pages::shapes::{Choice, crumbs_to};
use crate::pages::{Link, PageFrame, page, see_other, words};

#[derive(Template)]
#[template(path = "pages/section.html")]
struct SectionPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    return_title: String,
    name: String,
    sentence: String,
    address: String,
    version: String,
    errors: Vec<Link>,
    figures: Vec<FigureAnswer>,
    answers: Vec<WrittenAnswer>,
    choices: Vec<ChosenAnswer>,
    frozen: bool,
    next: Option<Link>,
}

struct FigureAnswer {
    label: String,
    place: String,
    value: String,
    href: String,
    note: String,
}

struct WrittenAnswer {
    name: String,
    label: String,
    value: String,
    hint: String,
    error: String,
    words: u32,
    /// Long texts are written in an area; amounts, numbers and dates on a line.
    long: bool,
}

struct ChosenAnswer {
    name: String,
    label: String,
    hint: String,
    error: String,
    choices: Vec<Choice>,
    /// More than a few are a list to open.
    many: bool,
}

/// A value as people read it.
pub fn shown(kind: FieldKind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (FieldKind::Money, value) => value
            .as_i64()
            .map_or_else(|| value.to_string(), |pence| Money(pence).in_full()),
        (FieldKind::YesNo, Value::Bool(true)) => "Yes".to_owned(),
        (FieldKind::YesNo, Value::Bool(false)) => "No".to_owned(),
        (FieldKind::Date, Value::String(text)) => {
            text.parse().map_or_else(|_| text.clone(), words::date)
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// A value as it stands in an input.
fn typed(kind: FieldKind, value: &Value) -> String {
    match (kind, value) {
        (FieldKind::Money, value) => value.as_i64().map_or_else(String::new, |pence| {
            Money(pence).in_full().replace(['£', ','], "")
        }),
        (FieldKind::Date, Value::String(text)) => text
            .parse::<chrono::NaiveDate>()
            .map_or_else(|_| text.clone(), |on| on.format("%d/%m/%Y").to_string()),
        _ => shown(kind, value),
    }
}

/// What somebody typed, as the domain takes it.
pub fn read(kind: FieldKind, text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match kind {
        FieldKind::Money => Money::from_typed(text)
            .map(|amount| json!(amount.pence()))
            .ok_or_else(|| "Enter an amount in pounds, such as 1,234.56.".to_owned()),
        FieldKind::Number => text
            .replace(',', "")
            .parse::<i64>()
            .map(|number| json!(number))
            .map_err(|_letters| "Enter a whole number.".to_owned()),
        FieldKind::Date => ["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"]
            .iter()
            .find_map(|shape| chrono::NaiveDate::parse_from_str(text, shape).ok())
            .map(|on| json!(on.to_string()))
            .ok_or_else(|| "Enter a date, such as 30/10/2026.".to_owned()),
        FieldKind::YesNo => match text {
            "yes" => Ok(json!(true)),
            "no" => Ok(json!(false)),
            _ => Err("Choose yes or no.".to_owned()),
        },
        FieldKind::Text | FieldKind::Choice => Ok(json!(text)),
    }
}

/// Whether a person is asked for it here; drafted figures open on a page of their own.
fn is_asked(answer: &AnswerView) -> bool {
    !answer.written_when_signed
        && !(answer.kind == FieldKind::Money
            && (!answer.drafted.is_null() || answer.sentence.is_some()))
}

fn build(
    frame: PageFrame,
    seen: &ReturnView,
    n: usize,
    typed_now: &[(String, String)],
    wrong: &[(String, String)],
) -> Result<SectionPage, Fault> {
    let section = seen.sections.get(n).ok_or(Error::NotFound)?;
    let address = format!("/returns/{}", seen.summary.id);
    let error = |key: &str| {
        wrong
            .iter()
            .find(|(name, _)| name == key)
            .map_or_else(String::new, |(_, text)| text.clone())
    };
    let now = |answer: &AnswerView| {
        typed_now
            .iter()
            .find(|(name, _)| *name == answer.key)
            .map_or_else(
                || typed(answer.kind, &answer.value),
                |(_, text)| text.clone(),
            )
    };
    let (mut figures, mut answers, mut choices) = (Vec::new(), Vec::new(), Vec::new());
    for answer in &section.answers {
        if !is_asked(answer) {
            figures.push(FigureAnswer {
                label: answer.label.clone(),
                place: answer.place.replace('!', ", cell "),
                value: match shown(answer.kind, &answer.value) {
                    empty if empty.is_empty() => "Not answered".to_owned(),
                    value => value,
                },
                href: if answer.written_when_signed {
                    String::new()
                } else {
                    format!("{address}/figures/{}", answer.key)
                },
                note: if answer.written_when_signed {
                    "Written when the return is signed".to_owned()
                } else if answer.overridden {
                    format!(
                        "Typed by {}",
                        answer.typed_by.as_deref().unwrap_or("somebody")
                    )
                } else {
                    String::new()
                },
            });
            continue;
        }
        let mut hint = answer.guidance.clone();
        if let Some(by) = &answer.typed_by {
            hint = format!("{hint} Last written by {by}.").trim().to_owned();
        }
        let label = if answer.required {
            answer.label.clone()
        } else {
            format!("{} (optional)", answer.label)
        };
        match answer.kind {
            FieldKind::Choice | FieldKind::YesNo => {
                let chosen = match answer.kind {
                    FieldKind::YesNo => now(answer).to_lowercase(),
                    _ => now(answer),
                };
                let listed = if answer.kind == FieldKind::YesNo {
                    vec![
                        Choice::new("yes", "Yes", &chosen),
                        Choice::new("no", "No", &chosen),
                    ]
                } else {
                    answer
                        .choices
                        .iter()
                        .map(|text| Choice::new(text, text, &chosen))
                        .collect()
                };
                let many = listed.len() > 5;
                let mut listed: Vec<Choice> = listed;
                if many {
                    listed.insert(0, Choice::new("", "Choose one", &chosen));
                }
                choices.push(ChosenAnswer {
                    name: answer.key.clone(),
                    label,
                    hint,
                    error: error(&answer.key),
                    choices: listed,
                    many,
                });
            }
            _ => answers.push(WrittenAnswer {
                name: answer.key.clone(),
                label,
                value: now(answer),
                hint,
                error: error(&answer.key),
                words: answer
                    .word_limit
                    .and_then(|n| u32::try_from(n).ok())
                    .unwrap_or(0),
                long: answer.kind == FieldKind::Text,
            }),
        }
    }
    let next = seen
        .sections
        .get(n + 1)
        .map(|next| {
            Link::new(
                format!("Next: {}", next.title),
                format!("{address}/sections/{}", n + 1),
            )
        })
        .or_else(|| Some(Link::new("Back to the return", address.clone())));
    let mut crumbs = crumbs_to(&seen.summary.title, &address);
    crumbs.push(Link::new(
        section.title.clone(),
        format!("{address}/sections/{n}"),
    ));
    Ok(SectionPage {
        page: frame,
        crumbs,
        return_title: format!("{}: {}", seen.summary.award, seen.summary.title),
        name: section.title.clone(),
        sentence: format!("{}.", section.state_in_words),
        address: format!("{address}/sections/{n}"),
        version: seen.summary.version.to_string(),
        errors: wrong
            .iter()
            .map(|(key, text)| Link::new(text.clone(), format!("#{key}")))
            .collect(),
        figures,
        answers,
        choices,
        frozen: !seen.may_change,
        next,
    })
}

pub async fn section(
    house: House,
    at: web::Path<(GrantReturnId, usize)>,
) -> Result<HttpResponse, Fault> {
    let (id, n) = at.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let frame = PageFrame::of(&house, &seen.summary.title).await?;
    page(&build(frame, &seen, n, &[], &[])?)
}

/// Saves what was typed: each answer that differs from the one that stands. From the script
/// (`X-Autosave`) the reply is a line of JSON, otherwise the page again.
pub async fn save(
    house: House,
    at: web::Path<(GrantReturnId, usize)>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Fault> {
    let (id, n) = at.into_inner();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&body)
        .map_err(|error| Fault::bad_query(&error.to_string()))?;
    let csrf = pairs
        .iter()
        .find(|(name, _)| name == "csrf")
        .map(|(_, value)| value.as_str());
    forms::check(&request, csrf)?;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let section = seen.sections.get(n).ok_or(Error::NotFound)?;
    let mut wrong: Vec<(String, String)> = Vec::new();
    for answer in section.answers.iter().filter(|answer| is_asked(answer)) {
        let Some((_, text)) = pairs.iter().find(|(name, _)| *name == answer.key) else {
            continue;
        };
        let text = text.replace("\r\n", "\n");
        let value = match read(answer.kind, &text) {
            Ok(value) => value,
            Err(detail) => {
                wrong.push((answer.key.clone(), detail));
                continue;
            }
        };
        if value == answer.value {
            continue;
        }
        let new = NewAnswer {
            value,
            reason: answer.reason.clone(),
        };
        match ops::answer(&house.db, &house.ctx, id, &answer.key, &new, None).await {
            Ok(_) => {}
            Err(Error::Invalid(fields)) => wrong.push((
                answer.key.clone(),
                fields
                    .first()
                    .map_or_else(String::new, |field| field.detail.clone()),
            )),
            Err(other) => return Err(other.into()),
        }
    }
    if request.headers().contains_key("x-autosave") {
        if let Some((_, detail)) = wrong.first() {
            return Ok(HttpResponse::UnprocessableEntity()
                .insert_header(("x-page", "1"))
                .json(json!({"detail": detail})));
        }
        let saved = view::one(&house.db, &house.ctx, id).await?;
        return Ok(HttpResponse::Ok().json(json!({
            "saved_at": words::time(&house.ctx.now()),
            "version": saved.summary.version.to_string(),
        })));
    }
    if wrong.is_empty() {
        return Ok(see_other(&format!("/returns/{id}?done=saved")));
    }
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let frame = PageFrame::of(&house, &seen.summary.title).await?;
    page(&build(frame, &seen, n, &pairs, &wrong)?)
}
