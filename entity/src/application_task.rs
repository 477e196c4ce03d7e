//! Something to be done for an application.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, ApplicationTaskId, PersonId};

/// Something to be done for an application.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_task")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationTaskId,
    /// The application.
    pub application_id: ApplicationId,
    /// What.
    pub title: String,
    /// Who does it.
    pub who_id: Option<PersonId>,
    /// London date by which.
    pub due_on: Option<Date>,
    /// The instant after which it is late (UTC).
    pub due_at: Option<DateTimeUtc>,
    /// When it was done (UTC).
    pub done_at: Option<DateTimeUtc>,
    /// Who said so.
    pub done_by: Option<PersonId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
