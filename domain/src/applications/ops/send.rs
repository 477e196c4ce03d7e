//! Deciding to apply, and the record of what was sent.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationEventKind as Kind, ApplicationId, StageKind, application, application_decision,
    application_submission, file,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;
use validator::Validate;

use super::plan::mark_stage;
use super::{Stands, not_ahead, written};
use crate::access::rules::Operation;
use crate::applications::rules::{Obstacle, Posed, Programme, is_ours, obstacles};
use crate::applications::store;
use crate::calendar::rules::london_date;
use crate::returns::ops::Receipt;
use crate::{Ctx, Db, Error, FieldError, Result, Tx, audit, files};

/// The largest receipt that is taken, in bytes.
const LARGEST_RECEIPT: usize = 16 << 20;

/// Our own decision whether to apply.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApplicationDecision)]
pub struct NewDecision {
    /// To apply; otherwise not to, which ends the application.
    pub go: bool,
    /// London date of the decision.
    pub decided_on: NaiveDate,
    /// Who decided: a board, a meeting, a person.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say who decided, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub decided_by: String,
    /// Where it is minuted; for a decision not to apply, why.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say where it is minuted, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub minute: String,
}

/// Records the decision, for what is asked for now: where that changes, it is decided again.
pub async fn decide(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &NewDecision,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::DecideApplication)?;
    new.validate()?;
    not_ahead(ctx, "/decided_on", new.decided_on)?;
    let operation = Operation::DecideApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        let kind = if new.go {
            Kind::Decided
        } else {
            Kind::DecidedAgainst
        };
        let why = format!("{}: {}", new.decided_by.trim(), new.minute.trim());
        let life = store::append_event(tx, ctx, id, kind, new.decided_on, Some(&why)).await?;
        let asked = store::asked(tx.conn(), id).await?;
        application_decision::ActiveModel {
            id: Set(Uuid::now_v7()),
            application_id: Set(id),
            go: Set(new.go),
            decided_on: Set(new.decided_on),
            decided_by: Set(new.decided_by.trim().to_owned()),
            minute: Set(new.minute.trim().to_owned()),
            asked: Set(asked),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        store::set_state(tx, id, life).await?;
        tx.note("go", new.go);
        tx.note("amount_pence", asked.pence());
        tx.note("reason", why);
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// The record of a stage's sending.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApplicationSubmission)]
pub struct NewSubmission {
    /// Which stage was sent.
    pub stage: StageKind,
    /// When it was sent (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub submitted_at: DateTime<Utc>,
    /// By what means: a portal, e-mail, post.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say how it was sent, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub how: String,
    /// To whom.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say to whom it was sent, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub to_whom: String,
    /// The funder's receipt, or what shows that it arrived.
    #[validate(
        length(
            min = 1,
            max = 2000,
            message = "Enter the receipt, or what shows that it arrived, in at most 2,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub receipt: String,
}

/// What stands in the way of sending a stage now, and what to think of.
pub(crate) async fn in_the_way(
    conn: &impl sea_orm::ConnectionTrait,
    ctx: &Ctx,
    row: &application::Model,
    stage: StageKind,
) -> Result<Vec<Obstacle>> {
    let asked = store::asked(conn, row.id).await?;
    let decided = store::decisions(conn, &[row.id])
        .await?
        .pop()
        .filter(|decision| decision.go)
        .map(|decision| decision.asked);
    let programme = store::programme_of(conn, row).await?;
    let questions = store::questions(conn, row.id).await?;
    let answers = store::answers(conn, questions.iter().map(|row| row.id)).await?;
    let posed: Vec<Posed<'_>> = questions
        .iter()
        .map(|question| Posed {
            text: &question.text,
            stage: question.stage,
            answer: answers
                .get(&question.id)
                .map_or("", |answer| answer.value.as_str()),
            word_limit: question.word_limit,
            required: question.required,
        })
        .collect();
    let told = Programme {
        smallest: programme.smallest,
        largest: programme.largest,
        closed: programme.closes_at.is_some_and(|at| ctx.now() > at),
    };
    Ok(obstacles(stage, asked, decided, told, &posed))
}

/// Records when, how and to whom a stage was sent, with what was sent: that stays as it was.
pub async fn submit(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &NewSubmission,
    receipt: Option<&Receipt>,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::SubmitApplication)?;
    new.validate()?;
    let mut wrong = Vec::new();
    if new.submitted_at > ctx.now() {
        wrong.push(FieldError::new(
            "/submitted_at",
            "in-the-future",
            "It cannot have been sent after now.",
        ));
    }
    if receipt.is_some_and(|file| file.bytes.is_empty() || file.bytes.len() > LARGEST_RECEIPT) {
        wrong.push(FieldError::new(
            "/receipt_file",
            "size",
            "Choose a file of at most 16 MB.",
        ));
    }
    if !is_ours(new.stage) {
        wrong.push(FieldError::new(
            "/stage",
            "not-ours",
            "The funder’s own stages are not sent: mark them as done.",
        ));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let operation = Operation::SubmitApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, row| {
        let on = london_date(new.submitted_at);
        let life = store::append_event(tx, ctx, id, Kind::Submitted, on, None).await?;
        let found = in_the_way(tx.conn(), ctx, row, new.stage).await?;
        let blocking: Vec<String> = found
            .into_iter()
            .filter(|one| one.blocks)
            .map(|one| one.detail)
            .collect();
        if !blocking.is_empty() {
            return Err(Error::refused("not-ready-to-send", blocking.join(" ")));
        }
        mark_stage(tx, ctx, id, new.stage, true)
            .await
            .map_err(|error| match error {
                Error::NotFound => Error::invalid(
                    "/stage",
                    "unknown",
                    "The application has no such stage: add it first.",
                ),
                other => other,
            })?;
        let content = content(tx, row).await?;
        let content_hash = files::sha256(audit::canonical(&content).as_bytes());
        let receipt_file_id = match receipt {
            Some(file) => {
                Some(files::put(tx, ctx, &file.name, &file.media_type, &file.bytes).await?)
            }
            None => None,
        };
        application_submission::ActiveModel {
            id: Set(Uuid::now_v7()),
            application_id: Set(id),
            stage: Set(new.stage),
            submitted_at: Set(new.submitted_at),
            how: Set(new.how.trim().to_owned()),
            to_whom: Set(new.to_whom.trim().to_owned()),
            receipt: Set(new.receipt.trim().to_owned()),
            receipt_file_id: Set(receipt_file_id),
            content: Set(content),
            content_hash: Set(content_hash.clone()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        store::set_state(tx, id, life).await?;
        tx.note("stage", new.stage.slug());
        tx.note("sent_at", new.submitted_at.to_rfc3339());
        tx.note("content_sha256", content_hash);
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// What is sent: title, amounts, answers, and the documents for the funder with their hashes.
async fn content(tx: &Tx, row: &application::Model) -> Result<Value> {
    let lines: Vec<Value> = store::lines(tx.conn(), &[row.id])
        .await?
        .into_iter()
        .map(|line| {
            json!({
                "year_from": line.year_from, "label": line.label, "capital": line.capital,
                "amount_pence": line.amount.pence(),
            })
        })
        .collect();
    let questions = store::questions(tx.conn(), row.id).await?;
    let answers = store::answers(tx.conn(), questions.iter().map(|row| row.id)).await?;
    let answered: Vec<Value> = questions
        .iter()
        .map(|question| {
            let answer = answers
                .get(&question.id)
                .map_or("", |row| row.value.as_str());
            json!({"stage": question.stage.slug(), "question": question.text, "answer": answer})
        })
        .collect();
    let documents = store::documents(tx.conn(), row.id).await?;
    let files: HashMap<_, file::Model> = file::Entity::find()
        .filter(file::Column::Id.is_in(documents.iter().map(|row| row.file_id)))
        .all(tx.conn())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let documents: Vec<Value> = documents
        .iter()
        .filter(|document| document.for_funder)
        .filter_map(|document| {
            let file = files.get(&document.file_id)?;
            Some(json!({
                "id": document.id, "title": document.title, "name": file.name,
                "sha256": file.sha256,
            }))
        })
        .collect();
    Ok(json!({
        "title": row.title, "purpose": row.purpose, "starts_on": row.starts_on,
        "ends_on": row.ends_on, "lines": lines, "answers": answered, "documents": documents,
    }))
}

/// Records that the funder asks for the next stage of what it was sent: it is prepared further.
pub async fn invite_on(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    happened_on: NaiveDate,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::SubmitApplication)?;
    not_ahead(ctx, "/on", happened_on)?;
    let operation = Operation::SubmitApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        let life = store::append_event(tx, ctx, id, Kind::InvitedOn, happened_on, None).await?;
        store::set_state(tx, id, life).await?;
        tx.note("invited_on", happened_on.to_string());
        Ok(())
    })
    .await?;
    Ok(stands)
}
