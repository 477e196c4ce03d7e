//! Saving what somebody typed, question by question, without writing over what another person or
//! another tab typed meanwhile: the later one is told, and chooses.

use chrono::{DateTime, Utc};
use entity::{GrantReturnId, PersonId, person, return_answer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use super::answer::{NewAnswer, answer, reason_of};
use crate::access::rules::Operation;
use crate::forms::store as forms;
use crate::returns::rules::answers::check_value;
use crate::returns::store;
use crate::{Ctx, Db, Error, Result};

/// What somebody typed, and over which answer.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedAnswer {
    /// The question's key.
    pub key: String,
    /// What was typed.
    pub value: Value,
    /// The answer that stood when it was read; none where there was none. Nothing when the client
    /// does not say: then whatever stands is taken to have come meanwhile.
    pub seen: Option<Option<Uuid>>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// It stands now, as this answer.
    Stands(Option<Uuid>),
    /// It was not touched: what stands was written by somebody else since.
    NotTouched,
    /// Somebody else wrote something else meanwhile: nothing was saved.
    Meanwhile(Meanwhile),
    /// It cannot be an answer; what is wrong, in words.
    Wrong(String),
}

/// What somebody else wrote meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct Meanwhile {
    /// The answer that stands.
    pub answer_id: Option<Uuid>,
    /// What it says.
    pub value: Value,
    /// Who wrote it; none for the worker.
    pub by: Option<String>,
    /// When (UTC); none when it was taken back.
    pub at: Option<DateTime<Utc>>,
}

/// Saves each answer that differs from the one that stands, if that is still the one over which it
/// was typed. Each is a write of its own: one that cannot be saved holds no other up.
pub async fn save(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    typed: Vec<TypedAnswer>,
) -> Result<Vec<(String, Saved)>> {
    ctx.require(Operation::AnswerField)?;
    save_each(typed, async |one| save_one(db, ctx, id, one).await).await
}

/// Saves one answer after the other, each by itself: one that cannot be saved holds no other up.
pub(crate) async fn save_each(
    typed: Vec<TypedAnswer>,
    save: impl AsyncFn(&TypedAnswer) -> Result<Saved>,
) -> Result<Vec<(String, Saved)>> {
    let mut all = Vec::with_capacity(typed.len());
    for one in typed {
        // Twice when somebody writes between looking and saving; then it is theirs to be shown.
        let saved = match save(&one).await {
            Err(Error::Stale) => save(&one).await,
            other => other,
        };
        let saved = match saved {
            Err(Error::Invalid(fields)) => Saved::Wrong(
                fields
                    .into_iter()
                    .next()
                    .map_or_else(String::new, |field| field.detail),
            ),
            other => other?,
        };
        all.push((one.key, saved));
    }
    Ok(all)
}

async fn save_one(db: &Db, ctx: &Ctx, id: GrantReturnId, typed: &TypedAnswer) -> Result<Saved> {
    let record = store::seen(db.read(), ctx, id).await?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let field = form.field(&typed.key).ok_or(Error::NotFound)?;
    let standing = store::answers(db.read(), id)
        .await?
        .remove(&field.id)
        .unwrap_or_default();
    let value =
        check_value(field.kind, &typed.value).map_err(|error| Error::Invalid(vec![error]))?;
    let now = standing.row().map(|row| row.id);
    if value == standing.value() {
        return Ok(Saved::Stands(now));
    }
    if typed.seen != Some(now) {
        let before = match typed.seen {
            Some(Some(seen)) => return_answer::Entity::find_by_id(seen)
                .filter(return_answer::Column::ReturnId.eq(id))
                .filter(return_answer::Column::FieldId.eq(field.id))
                .one(db.read())
                .await?
                .map(|row| row.value),
            Some(None) => Some(Value::Null),
            None => None,
        };
        if before.as_ref() == Some(&value) {
            return Ok(Saved::NotTouched);
        }
        let by = match standing.row().and_then(|row| row.entered_by) {
            Some(by) => name(db, by).await?,
            None => None,
        };
        return Ok(Saved::Meanwhile(Meanwhile {
            answer_id: now,
            value: standing.value(),
            by,
            at: standing.row().map(|row| row.entered_at),
        }));
    }
    let new = NewAnswer {
        value,
        reason: standing.typed.as_ref().and_then(reason_of),
    };
    let done = answer(db, ctx, id, &typed.key, &new, Some(now)).await?;
    Ok(Saved::Stands(done.answer_id))
}

async fn name(db: &Db, id: PersonId) -> Result<Option<String>> {
    Ok(person::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .map(|row| row.display_name))
}
