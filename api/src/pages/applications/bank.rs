//! The answer bank: what was answered before and won a funder over.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::applications::ops;
use domain::applications::view;
use entity::{ApplicationAnswerId, ApplicationId, ApplicationQuestionId};
use serde::Deserialize;

use super::crumbs_to;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::programmes::paragraphs;
use crate::pages::{Link, PageFrame, page, see_other, words};

#[derive(Template)]
#[template(path = "pages/answer_bank.html")]
struct BankPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    question: String,
    limit: String,
    action: String,
    was: String,
    words: String,
    sentence: String,
    replaces: bool,
    found: Vec<Earlier>,
}

struct Earlier {
    id: String,
    question: String,
    answer: Vec<String>,
    from: String,
    href: String,
    note: String,
}

#[derive(Deserialize)]
pub struct Words {
    q: Option<String>,
}

/// The words of a question that say what it is about.
fn telling(question: &str) -> String {
    const USUAL: &[&str] = &[
        "what", "will", "you", "your", "how", "the", "and", "for", "with", "this", "that", "are",
        "does", "from", "tell", "about", "describe", "please", "which", "have", "who", "why",
        "when", "where", "project", "would", "can", "has", "been", "its", "their", "they",
    ];
    question
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2 && !USUAL.contains(&word.to_lowercase().as_str()))
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}

pub async fn show(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    query: web::Query<Words>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AnswerApplication)?;
    let (id, question) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let asked = seen
        .questions
        .iter()
        .find(|one| one.id == question)
        .ok_or(Error::NotFound)?;
    let (typed, found) = match &query.q {
        Some(typed) => (
            typed.clone(),
            view::bank(&house.db, &house.ctx, typed).await?,
        ),
        None => view::bank_about(&house.db, &house.ctx, &telling(&asked.text)).await?,
    };
    let mut crumbs = crumbs_to(&seen.summary.title, id);
    crumbs.push(Link::new(
        "Questions",
        format!("/applications/{id}/answers/{}", asked.stage.slug()),
    ));
    page(&BankPage {
        page: PageFrame::of(&house, "Earlier answers").await?,
        crumbs,
        title: seen.summary.title.clone(),
        question: asked.text.clone(),
        limit: asked.word_limit.map_or_else(String::new, |most| {
            format!("The funder reads {most} words.")
        }),
        action: format!("/applications/{id}/questions/{question}/bank"),
        was: asked
            .answer_id
            .map_or_else(String::new, |id| id.to_string()),
        sentence: match found.len() {
            0 => "No earlier answer has these words.".to_owned(),
            n => format!(
                "{} of applications that won their funder over.",
                words::count(n, "earlier answer", "earlier answers")
            ),
        },
        words: typed,
        replaces: asked.words > 0,
        found: found
            .into_iter()
            .map(|one| Earlier {
                id: one.answer_id.to_string(),
                question: one.question,
                answer: paragraphs(&one.answer),
                from: format!("{}, to {}: {}", one.application, one.funder, one.programme),
                href: format!("/applications/{}", one.application_id),
                note: format!(
                    "{}, written {}",
                    words::count(one.words, "word", "words"),
                    words::day(one.answered_on)
                ),
            })
            .collect(),
    })
}

/// Which earlier answer, over which one that stands.
#[derive(Deserialize)]
pub struct Chosen {
    answer: Option<ApplicationAnswerId>,
    was: Option<ApplicationAnswerId>,
}

pub async fn copy(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    PageForm(chosen): PageForm<Chosen>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AnswerApplication)?;
    let (id, question) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let stage = seen
        .questions
        .iter()
        .find(|one| one.id == question)
        .map(|one| one.stage)
        .ok_or(Error::NotFound)?;
    let from = chosen.answer.ok_or(Error::NotFound)?;
    let was = Some(chosen.was);
    ops::copy_answer(&house.db, &house.ctx, id, question, from, was).await?;
    Ok(see_other(&format!(
        "/applications/{id}/answers/{}#{question}",
        stage.slug()
    )))
}
