//! The answer bank: what was answered before and won a funder over, found by words.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ApplicationAnswerId, ApplicationId, ApplicationQuestionId, application, application_answer,
    application_question,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::rules::{Operation, Sight, sight};
use crate::applications::rules::outcome_of;
use crate::applications::store;
use crate::calendar::rules::london_date;
use crate::returns::rules::answers::words as count_words;
use crate::{Ctx, Db, Result, organisations};

/// How many earlier answers are shown.
const MOST: usize = 20;
/// How many applications are looked at, the newest first.
const LOOKED_AT: u64 = 500;

/// An earlier answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = EarlierAnswer)]
pub struct Earlier {
    /// The answer, to be copied.
    pub answer_id: ApplicationAnswerId,
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
    /// How many words that is.
    pub words: usize,
    /// The application that it stands in.
    pub application_id: ApplicationId,
    /// What the application is called.
    pub application: String,
    /// The programme that it was sent to.
    pub programme: String,
    /// The funder's name.
    pub funder: String,
    /// London date on which it was written.
    pub answered_on: NaiveDate,
}

/// Earlier answers in which each of these words is found, in the question or in the answer; those
/// whose question has more of them first, then the newest. Only of applications that won their
/// funder over; for the house alone.
pub async fn bank(db: &Db, ctx: &Ctx, words: &str) -> Result<Vec<Earlier>> {
    ctx.require(Operation::ReadApplications)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = words
        .split_whitespace()
        .map(str::to_lowercase)
        .take(12)
        .collect();
    let won: Vec<application::Model> = store::seen(ctx)
        .filter(
            application::Column::State
                .is_in(entity::ApplicationState::all().filter(|state| outcome_of(*state))),
        )
        .order_by_desc(application::Column::Id)
        .limit(LOOKED_AT)
        .all(db.read())
        .await?;
    let programmes = store::programmes(db.read(), &won).await?;
    let funders =
        organisations::view::names(db, programmes.values().map(|row| row.funder_id)).await?;
    let questions: HashMap<ApplicationQuestionId, application_question::Model> =
        application_question::Entity::find()
            .filter(application_question::Column::ApplicationId.is_in(won.iter().map(|row| row.id)))
            .filter(application_question::Column::RemovedAt.is_null())
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
    let answers: Vec<application_answer::Model> =
        store::answers(db.read(), questions.keys().copied())
            .await?
            .into_values()
            .filter(|row| !row.value.is_empty())
            .collect();
    let won: HashMap<ApplicationId, application::Model> =
        won.into_iter().map(|row| (row.id, row)).collect();
    let mut found: Vec<(usize, application_answer::Model)> = answers
        .into_iter()
        .filter_map(|row| {
            let asked = questions.get(&row.question_id)?.text.to_lowercase();
            let said = row.value.to_lowercase();
            let all = wanted
                .iter()
                .all(|word| asked.contains(word) || said.contains(word));
            let in_question = wanted.iter().filter(|word| asked.contains(*word)).count();
            all.then_some((in_question, row))
        })
        .collect();
    found.sort_by(|(a, one), (b, other)| {
        (b, other.entered_at, other.id).cmp(&(a, one.entered_at, one.id))
    });
    found.truncate(MOST);
    Ok(found
        .into_iter()
        .filter_map(|(_, row)| {
            let question = questions.get(&row.question_id)?;
            let application = won.get(&question.application_id)?;
            let programme = programmes.get(&application.programme_id)?;
            Some(Earlier {
                answer_id: row.id,
                question: question.text.clone(),
                words: count_words(&row.value),
                answered_on: london_date(row.entered_at),
                answer: row.value,
                application_id: application.id,
                application: application.title.clone(),
                programme: programme.name.clone(),
                funder: funders
                    .get(&programme.funder_id)
                    .cloned()
                    .unwrap_or_default(),
            })
        })
        .collect())
}
