//! A stage of an application: each funder has some of the seven.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, PersonId, StageKind};

/// A stage of an application: each funder has some of the seven.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_stage")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The application.
    pub application_id: ApplicationId,
    /// Which.
    pub kind: StageKind,
    /// London date by which it is due, or expected of the funder.
    pub due_on: Option<Date>,
    /// The instant after which it is late (UTC).
    pub due_at: Option<DateTimeUtc>,
    /// Does it, or watches for it.
    pub who_id: Option<PersonId>,
    /// When it was done (UTC).
    pub done_at: Option<DateTimeUtc>,
    /// Who said so.
    pub done_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
