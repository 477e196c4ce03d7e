//! What was said to a funder's question, or happened to it.

use sea_orm::entity::prelude::*;

use crate::{FunderQuestionEventId, FunderQuestionId, PersonId, QuestionEventKind};

/// What was said to a funder's question, or happened to it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "funder_question_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FunderQuestionEventId,
    /// The question.
    pub question_id: FunderQuestionId,
    /// Counts what happened to it: 1, 2, 3 …
    pub seq: i32,
    /// Asked, answered, settled or withdrawn.
    pub kind: QuestionEventKind,
    /// What was asked or answered; may be empty of one that is settled or withdrawn.
    pub words: String,
    /// Who said it.
    pub by_person: PersonId,
    /// When (UTC).
    pub at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
