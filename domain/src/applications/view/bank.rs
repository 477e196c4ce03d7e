//! The answer bank: what was answered before and won a funder over, found by words.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ApplicationAnswerId, ApplicationId, ApplicationQuestionId, OrganisationId, ProgrammeId,
    application, application_answer, application_question, programme,
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
    Ok(Kept::of(db, ctx).await?.with(words))
}

/// The same for words that nobody typed: where they find nothing, with fewer of them, from the last
/// on, and in the end with none. Gives the words that were looked for too.
pub async fn bank_about(db: &Db, ctx: &Ctx, guess: &str) -> Result<(String, Vec<Earlier>)> {
    let kept = Kept::of(db, ctx).await?;
    let mut words = guess;
    loop {
        let found = kept.with(words);
        if !found.is_empty() || words.is_empty() {
            return Ok((words.to_owned(), found));
        }
        words = words.rsplit_once(' ').map_or("", |(fewer, _)| fewer);
    }
}

/// What was answered and won, with what it belongs to.
#[derive(Default)]
struct Kept {
    won: HashMap<ApplicationId, application::Model>,
    programmes: HashMap<ProgrammeId, programme::Model>,
    funders: HashMap<OrganisationId, String>,
    questions: HashMap<ApplicationQuestionId, application_question::Model>,
    answers: Vec<application_answer::Model>,
}

impl Kept {
    async fn of(db: &Db, ctx: &Ctx) -> Result<Self> {
        ctx.require(Operation::ReadApplications)?;
        if sight(&ctx.actor) != Sight::All {
            return Ok(Self::default());
        }
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
                .filter(
                    application_question::Column::ApplicationId.is_in(won.iter().map(|row| row.id)),
                )
                .filter(application_question::Column::RemovedAt.is_null())
                .all(db.read())
                .await?
                .into_iter()
                .map(|row| (row.id, row))
                .collect();
        let answers = store::answers(db.read(), questions.keys().copied())
            .await?
            .into_values()
            .filter(|row| !row.value.is_empty())
            .collect();
        Ok(Self {
            won: won.into_iter().map(|row| (row.id, row)).collect(),
            programmes,
            funders,
            questions,
            answers,
        })
    }

    fn with(&self, words: &str) -> Vec<Earlier> {
        let wanted: Vec<String> = words
            .split_whitespace()
            .map(str::to_lowercase)
            .take(12)
            .collect();
        let mut found: Vec<(usize, &application_answer::Model)> = self
            .answers
            .iter()
            .filter_map(|row| {
                let asked = self.questions.get(&row.question_id)?.text.to_lowercase();
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
        found
            .into_iter()
            .filter_map(|(_, row)| self.shown(row))
            .collect()
    }

    fn shown(&self, row: &application_answer::Model) -> Option<Earlier> {
        let question = self.questions.get(&row.question_id)?;
        let application = self.won.get(&question.application_id)?;
        let programme = self.programmes.get(&application.programme_id)?;
        Some(Earlier {
            answer_id: row.id,
            question: question.text.clone(),
            words: count_words(&row.value),
            answered_on: london_date(row.entered_at),
            answer: row.value.clone(),
            application_id: application.id,
            application: application.title.clone(),
            programme: programme.name.clone(),
            funder: self
                .funders
                .get(&programme.funder_id)
                .cloned()
                .unwrap_or_default(),
        })
    }
}
