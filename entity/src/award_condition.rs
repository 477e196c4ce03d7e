//! A condition of an award.

use sea_orm::entity::prelude::*;

use crate::{AwardConditionId, AwardId, PersonId};

/// A condition of an award. What it says is its latest version; how it stands is its last event.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_condition")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardConditionId,
    /// The award.
    pub award_id: AwardId,
    /// Counts the conditions of the award: 1, 2, 3 …
    pub seq: i32,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
