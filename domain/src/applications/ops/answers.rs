//! A funder's questions and our answers: saved without writing over what somebody else wrote, and
//! copied from earlier ones that won a funder over.

use entity::{
    ApplicationAnswerId, ApplicationId, ApplicationQuestionId, FieldKind, StageKind, application,
    application_answer, application_question, person,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use validator::Validate;

use super::{Stands, written};
use crate::access::rules::Operation;
use crate::applications::rules::{MOST_QUESTIONS, outcome_of};
use crate::applications::store;
use crate::returns::ops::{Meanwhile, Saved, TypedAnswer, save_each};
use crate::returns::rules::answers::check_value;
use crate::{Ctx, Db, Error, Result, Tx};

/// Questions that a funder asks.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// In the funder's order.
    #[validate(
        nested,
        length(
            min = 1,
            max = 200,
            message = "Enter at least one question, and at most 200."
        )
    )]
    #[schema(min_items = 1, max_items = 200)]
    pub questions: Vec<NewQuestion>,
}

/// A question that a funder asks.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuestion {
    /// At which stage.
    pub stage: StageKind,
    /// The question.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Enter the question, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub text: String,
    /// What the funder says about it.
    #[validate(
        length(max = 2000, message = "Enter at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 2000)]
    #[serde(default)]
    pub guidance: String,
    /// The most words that the funder reads.
    #[validate(range(
        min = 1,
        max = 20_000,
        message = "Enter a number of words from 1 to 20,000."
    ))]
    #[schema(minimum = 1, maximum = 20_000)]
    #[serde(default)]
    pub word_limit: Option<i32>,
    /// Whether it must be answered.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub required: bool,
}

const fn yes() -> bool {
    true
}

/// Adds questions after those that are there. Gives their ids.
pub async fn add_questions(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &Questions,
) -> Result<Vec<ApplicationQuestionId>> {
    ctx.require(Operation::ChangeApplication)?;
    new.validate()?;
    let operation = Operation::ChangeApplication;
    let (ids, _) = written(db, ctx, operation, id, None, async |tx, _| {
        store::life(tx.conn(), id).await?.may_change()?;
        let known = store::all_questions(tx.conn(), &[id]).await?;
        if known.len() + new.questions.len() > MOST_QUESTIONS {
            return Err(Error::refused(
                "too-many-questions",
                format!("An application has at most {MOST_QUESTIONS} questions."),
            ));
        }
        let last = known.iter().map(|row| row.position).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(new.questions.len());
        for (n, question) in new.questions.iter().enumerate() {
            let question_id = ApplicationQuestionId::new();
            application_question::ActiveModel {
                id: Set(question_id),
                application_id: Set(id),
                stage: Set(question.stage),
                position: Set(last
                    .saturating_add(1)
                    .saturating_add(i32::try_from(n).unwrap_or(i32::MAX))),
                text: Set(question.text.trim().to_owned()),
                guidance: Set(question.guidance.trim().to_owned()),
                word_limit: Set(question.word_limit),
                required: Set(question.required),
                removed_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            ids.push(question_id);
        }
        tx.note("questions", new.questions.len());
        Ok(ids)
    })
    .await?;
    Ok(ids)
}

/// Changes a question; its answer stays.
pub async fn change_question(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    question: ApplicationQuestionId,
    new: &NewQuestion,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::ChangeApplication)?;
    new.validate()?;
    let operation = Operation::ChangeApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        let row = store::question(tx.conn(), id, question).await?;
        store::life(tx.conn(), id).await?.may_change()?;
        let mut row = row.into_active_model();
        row.stage = Set(new.stage);
        row.text = Set(new.text.trim().to_owned());
        row.guidance = Set(new.guidance.trim().to_owned());
        row.word_limit = Set(new.word_limit);
        row.required = Set(new.required);
        row.update(tx.conn()).await?;
        tx.note("question", new.text.trim());
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// Takes a question out: the funder does not ask it. What was answered is kept.
pub async fn remove_question(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    question: ApplicationQuestionId,
) -> Result<Stands> {
    ctx.require(Operation::ChangeApplication)?;
    let operation = Operation::ChangeApplication;
    let ((), stands) = written(db, ctx, operation, id, None, async |tx, _| {
        let row = store::question(tx.conn(), id, question).await?;
        store::life(tx.conn(), id).await?.may_change()?;
        tx.note("question_removed", row.text.clone());
        let mut row = row.into_active_model();
        row.removed_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// An answer that a person writes.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplicationAnswer {
    /// The text; empty to empty it.
    #[schema(max_length = 32767)]
    pub text: String,
}

/// An earlier answer to be copied.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// The earlier answer: see the answer bank.
    pub answer_id: ApplicationAnswerId,
}

/// What was answered, as the client then knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ApplicationAnswered)]
pub struct Answered {
    /// The answer that stands now, for If-Match; none when nothing was ever answered.
    pub answer_id: Option<ApplicationAnswerId>,
    /// Where the application stands.
    pub stands: Stands,
}

/// Writes an answer. `expected` is the answer that its writer saw standing, when the client says.
pub async fn answer(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    question: ApplicationQuestionId,
    new: &NewApplicationAnswer,
    expected: Option<Option<ApplicationAnswerId>>,
) -> Result<Answered> {
    ctx.require(Operation::AnswerApplication)?;
    let text = checked(&new.text)?;
    let operation = Operation::AnswerApplication;
    let (answer_id, stands) = written(db, ctx, operation, id, None, async |tx, _| {
        put(tx, ctx, id, question, &text, None, expected).await
    })
    .await?;
    Ok(Answered { answer_id, stands })
}

/// Copies an earlier answer in: one of an application that won its funder over. Where it came from
/// is kept with it.
pub async fn copy_answer(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    question: ApplicationQuestionId,
    from: ApplicationAnswerId,
    expected: Option<Option<ApplicationAnswerId>>,
) -> Result<Answered> {
    ctx.require(Operation::AnswerApplication)?;
    let operation = Operation::AnswerApplication;
    let (answer_id, stands) = written(db, ctx, operation, id, None, async |tx, _| {
        let earlier = application_answer::Entity::find_by_id(from)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let asked = application_question::Entity::find_by_id(earlier.question_id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let won = application::Entity::find_by_id(asked.application_id)
            .one(tx.conn())
            .await?
            .is_some_and(|row| outcome_of(row.state));
        if !won || earlier.superseded_at.is_some() {
            return Err(Error::NotFound);
        }
        put(tx, ctx, id, question, &earlier.value, Some(from), expected).await
    })
    .await?;
    Ok(Answered { answer_id, stands })
}

/// The text to keep, or what is wrong with it: as an answer of a return's.
fn checked(text: &str) -> Result<String> {
    let value = check_value(FieldKind::Text, &Value::from(text))
        .map_err(|error| Error::invalid("/text", error.code, error.detail))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

async fn put(
    tx: &Tx,
    ctx: &Ctx,
    id: ApplicationId,
    question: ApplicationQuestionId,
    text: &str,
    copied_from: Option<ApplicationAnswerId>,
    expected: Option<Option<ApplicationAnswerId>>,
) -> Result<Option<ApplicationAnswerId>> {
    store::question(tx.conn(), id, question).await?;
    store::life(tx.conn(), id).await?.may_change()?;
    let standing = store::answers(tx.conn(), [question])
        .await?
        .remove(&question);
    if expected.is_some_and(|expected| expected != standing.as_ref().map(|row| row.id)) {
        return Err(Error::Stale);
    }
    let now = standing.as_ref().map_or("", |row| row.value.as_str());
    if now == text && copied_from.is_none() {
        // Saved twice: nothing to add.
        return Ok(standing.map(|row| row.id));
    }
    if let Some(row) = standing {
        let mut row = row.into_active_model();
        row.superseded_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
    }
    let answer = ApplicationAnswerId::new();
    application_answer::ActiveModel {
        id: Set(answer),
        question_id: Set(question),
        value: Set(text.to_owned()),
        copied_from_id: Set(copied_from),
        entered_by: Set(ctx.person_id()),
        entered_at: Set(tx.now()),
        superseded_at: Set(None),
    }
    .insert(tx.conn())
    .await?;
    tx.note("question_id", question.to_string());
    if copied_from.is_some() {
        tx.note("copied", true);
    }
    Ok(Some(answer))
}

/// Saves each answer that differs from the one that stands, if that is still the one over which it
/// was typed; a key is a question's id. Each is a write of its own: one that cannot be saved holds
/// no other up.
pub async fn save(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    typed: Vec<TypedAnswer>,
) -> Result<Vec<(String, Saved)>> {
    ctx.require(Operation::AnswerApplication)?;
    save_each(typed, async |one| save_one(db, ctx, id, one).await).await
}

async fn save_one(db: &Db, ctx: &Ctx, id: ApplicationId, typed: &TypedAnswer) -> Result<Saved> {
    let question: ApplicationQuestionId = typed.key.parse().map_err(|_no_id| Error::NotFound)?;
    store::one(db.read(), ctx, id).await?;
    store::question(db.read(), id, question).await?;
    let standing = store::answers(db.read(), [question])
        .await?
        .remove(&question);
    let text = checked(typed.value.as_str().unwrap_or_default())?;
    let now = standing.as_ref().map(|row| row.id);
    let stands = standing.as_ref().map_or("", |row| row.value.as_str());
    if text == stands {
        return Ok(Saved::Stands(now.map(Into::into)));
    }
    if typed.seen != Some(now.map(Uuid::from)) {
        let before = match typed.seen {
            Some(Some(seen)) => store::answer_of(db.read(), question, ApplicationAnswerId(seen))
                .await?
                .map(|row| row.value),
            Some(None) => Some(String::new()),
            None => None,
        };
        if before.as_deref() == Some(text.as_str()) {
            return Ok(Saved::NotTouched);
        }
        let by = match standing.as_ref().and_then(|row| row.entered_by) {
            Some(by) => person::Entity::find_by_id(by)
                .one(db.read())
                .await?
                .map(|row| row.display_name),
            None => None,
        };
        return Ok(Saved::Meanwhile(Meanwhile {
            answer_id: now.map(Into::into),
            value: match stands {
                "" => Value::Null,
                text => Value::from(text),
            },
            by,
            at: standing.as_ref().map(|row| row.entered_at),
        }));
    }
    let new = NewApplicationAnswer { text };
    let done = answer(db, ctx, id, question, &new, Some(now)).await?;
    Ok(Saved::Stands(done.answer_id.map(Into::into)))
}
