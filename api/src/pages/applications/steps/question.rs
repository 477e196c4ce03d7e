//! Changing a question that a funder asks, and taking it out.

use actix_web::{HttpResponse, web};
use domain::Error;
use domain::access::rules::Operation;
use domain::applications::ops::{self, NewQuestion};
use domain::applications::rules::is_ours;
use domain::applications::view::{self, ApplicationView};
use domain::programmes::rules::stage_in_words;
use entity::{ApplicationId, ApplicationQuestionId, StageKind};

use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::pages::awards::form::Typed;
use crate::pages::fields::{Fields, Wrong};
use crate::pages::form::{Choice, Field, Form, show};
use crate::pages::today::capital;
use crate::pages::{Link, see_other};

fn question_form(seen: &ApplicationView, question: ApplicationQuestionId) -> Result<Form, Fault> {
    let id = seen.summary.id;
    let known = seen
        .questions
        .iter()
        .find(|one| one.id == question)
        .ok_or(Error::NotFound)?;
    Ok(Form {
        back: Link::new(
            format!("Questions of the {}", stage_in_words(known.stage)),
            format!("/applications/{id}/answers/{}", known.stage.slug()),
        ),
        heading: "Change the question".to_owned(),
        lead: "As the funder asks it. Its answer stays.".to_owned(),
        action: format!("/applications/{id}/questions/{question}"),
        hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
        fields: vec![
            Field::text("text", "The question"),
            Field::select(
                "stage",
                "At which stage?",
                StageKind::all()
                    .filter(|stage| is_ours(*stage))
                    .map(|stage| Choice::new(stage.slug(), capital(stage_in_words(stage))))
                    .collect(),
            ),
            Field::area("guidance", "What the funder says about it (optional)"),
            Field::text(
                "word_limit",
                "The most words that the funder reads (optional)",
            )
            .width("w5"),
            Field::tick("required", "It must be answered"),
        ],
        button: "Save the question".to_owned(),
        grave: false,
    })
}

pub async fn ask_question(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeApplication)?;
    let (id, question) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let form = question_form(&seen, question)?;
    let known = seen.questions.iter().find(|one| one.id == question);
    let typed = known.map_or_else(Fields::default, |one| {
        Fields::default()
            .with("text", one.text.clone())
            .with("stage", one.stage.slug())
            .with("guidance", one.guidance.clone())
            .with(
                "word_limit",
                one.word_limit.map_or_else(String::new, |n| n.to_string()),
            )
            .with("required", if one.required { "yes" } else { "" })
    });
    show(&house, form, &typed, &Wrong::default()).await
}

pub async fn change_question(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeApplication)?;
    let (id, question) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let form = question_form(&seen, question)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let stage = wrong.chosen(&fields, "stage", StageKind::from_slug);
    let typed = fields.some("word_limit");
    let word_limit = typed.and_then(|text| text.parse().ok());
    if typed.is_some() && word_limit.is_none() {
        wrong.add("word_limit", "Enter a number of words, such as 250.");
    }
    if let (true, Some(stage)) = (wrong.is_empty(), stage) {
        let new = NewQuestion {
            stage,
            text: fields.text("text"),
            guidance: fields.text("guidance"),
            word_limit,
            required: fields.some("required").is_some(),
        };
        let expected = fields.version();
        match ops::change_question(&house.db, &house.ctx, id, question, &new, expected).await {
            Ok(_) => {
                return Ok(see_other(&format!(
                    "/applications/{id}/answers/{}",
                    stage.slug()
                )));
            }
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form, &fields, &wrong).await
}

pub async fn remove_question(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    _form: PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeApplication)?;
    let (id, question) = path.into_inner();
    ops::remove_question(&house.db, &house.ctx, id, question).await?;
    Ok(see_other(&format!("/applications/{id}")))
}
