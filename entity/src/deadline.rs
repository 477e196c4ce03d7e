//! A date by which something must be done.

use sea_orm::entity::prelude::*;

use crate::{AwardId, DeadlineId, GrantReturnId};

/// A date by which something must be done.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeadlineId,
    /// The return that is due.
    pub return_id: GrantReturnId,
    /// The award.
    pub award_id: AwardId,
    /// What is due.
    pub title: String,
    /// London date.
    pub due_on: Date,
    /// The instant after which it is late (UTC).
    pub due_at: DateTimeUtc,
    /// When it was met (UTC).
    pub closed_at: Option<DateTimeUtc>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
