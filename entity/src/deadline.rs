//! A date by which something must be done.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, AwardId, DeadlineId, DeadlineKind, GrantReturnId, PersonId};

/// A date by which something must be done.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeadlineId,
    /// What must be done.
    pub kind: DeadlineKind,
    /// What it is about: the return, the stage, the task, the application, or another record by its kind.
    pub subject_id: Uuid,
    /// The return that is due.
    pub return_id: Option<GrantReturnId>,
    /// The return's award.
    pub award_id: Option<AwardId>,
    /// The application.
    pub application_id: Option<ApplicationId>,
    /// Who does it, where a person is named for it.
    pub who_id: Option<PersonId>,
    /// What is due.
    pub title: String,
    /// London date.
    pub due_on: Date,
    /// The instant after which it is late (UTC).
    pub due_at: DateTimeUtc,
    /// When it was met, or was no longer to be met (UTC).
    pub closed_at: Option<DateTimeUtc>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
