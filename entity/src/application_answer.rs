//! An answer to a question of an application. The newest stands.

use sea_orm::entity::prelude::*;

use crate::{ApplicationAnswerId, ApplicationQuestionId, PersonId};

/// An answer to a question of an application. The newest stands.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_answer")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationAnswerId,
    /// The question.
    pub question_id: ApplicationQuestionId,
    /// What is answered; empty when it was emptied.
    pub value: String,
    /// The earlier answer that it was copied from.
    pub copied_from_id: Option<ApplicationAnswerId>,
    /// Who wrote it; absent for the command line.
    pub entered_by: Option<PersonId>,
    /// When (UTC).
    pub entered_at: DateTimeUtc,
    /// When another took its place (UTC).
    pub superseded_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
