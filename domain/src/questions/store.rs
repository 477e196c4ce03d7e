//! The rows of questions. Every query of theirs starts from [`seen`].

use std::collections::HashMap;

use entity::{FunderQuestionId, QuestionEventKind, funder_question, funder_question_event};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::rules::{QuestionState, state};
use crate::access::rules::{Sight, sight};
use crate::db::among;
use crate::{Ctx, Error, Result};

/// A question with what was said to it, the first first.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) row: funder_question::Model,
    pub(crate) events: Vec<funder_question_event::Model>,
}

impl Question {
    pub(crate) fn said(&self) -> Vec<QuestionEventKind> {
        self.events.iter().map(|event| event.kind).collect()
    }

    pub(crate) fn state(&self) -> QuestionState {
        state(self.said())
    }

    /// Since when it waits for our answer: what was asked first after what we answered last.
    pub(crate) fn waits_since(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        if self.state() != QuestionState::Waiting {
            return None;
        }
        self.events
            .iter()
            .rev()
            .take_while(|event| event.kind == QuestionEventKind::Asked)
            .last()
            .map(|event| event.at)
    }

    /// When something was last said to it.
    pub(crate) fn last_at(&self) -> chrono::DateTime<chrono::Utc> {
        self.events
            .last()
            .map_or(self.row.asked_at, |event| event.at)
    }
}

/// The questions that an actor may see: those inside all, a funder's officer those of their funder.
pub(crate) fn seen(ctx: &Ctx) -> Select<funder_question::Entity> {
    let query = funder_question::Entity::find();
    match sight(&ctx.actor) {
        Sight::All => query,
        Sight::Funders(funders) => query.filter(funder_question::Column::FunderId.is_in(funders)),
        Sight::Nothing => query.filter(Expr::cust("1 = 0")),
    }
}

/// These questions with what was said to them.
pub(crate) async fn with_events(
    conn: &impl ConnectionTrait,
    rows: Vec<funder_question::Model>,
) -> Result<Vec<Question>> {
    let mut events: HashMap<FunderQuestionId, Vec<_>> = HashMap::new();
    for row in funder_question_event::Entity::find()
        .filter(among(
            conn,
            funder_question_event::Column::QuestionId,
            rows.iter().map(|row| row.id),
        ))
        .order_by_asc(funder_question_event::Column::Seq)
        .all(conn)
        .await?
    {
        events.entry(row.question_id).or_default().push(row);
    }
    Ok(rows
        .into_iter()
        .map(|row| Question {
            events: events.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// One question, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: FunderQuestionId,
) -> Result<Question> {
    let row = seen(ctx)
        .filter(funder_question::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    with_events(conn, vec![row])
        .await?
        .pop()
        .ok_or(Error::NotFound)
}
