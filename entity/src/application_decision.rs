//! Our own decision whether to apply, and for how much.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, Money, PersonId};

/// Our own decision whether to apply, and for how much.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_decision")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The application.
    pub application_id: ApplicationId,
    /// To apply, or not to.
    pub go: bool,
    /// London date.
    pub decided_on: Date,
    /// Who decided: a board, a meeting, a person.
    pub decided_by: String,
    /// Where it is minuted.
    pub minute: String,
    /// What was then to be asked for, pence.
    pub asked: Money,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
