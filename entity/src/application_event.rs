//! Something that happened to an application, in the past tense.

use sea_orm::entity::prelude::*;

use crate::{ApplicationEventKind, ApplicationId, PersonId};

/// Something that happened to an application, in the past tense.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The application.
    pub application_id: ApplicationId,
    /// Its number in the application, from 1.
    pub seq: i32,
    /// What.
    pub kind: ApplicationEventKind,
    /// London date on which it happened.
    pub happened_on: Date,
    /// When it was recorded (UTC).
    pub at: DateTimeUtc,
    /// Who recorded it; absent for the worker and the command line.
    pub by_person: Option<PersonId>,
    /// Why, or what was said.
    pub reason: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
