//! Why a return that is due cannot be drafted or filled; gone once it can.

use sea_orm::entity::prelude::*;

use crate::RequirementId;

/// Why a return that is due cannot be drafted or filled; gone once it can.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "drafting_problem")]
pub struct Model {
    /// What asks for the return.
    #[sea_orm(primary_key, auto_increment = false)]
    pub requirement_id: RequirementId,
    /// First London date of the return's period.
    #[sea_orm(primary_key, auto_increment = false)]
    pub period_from: Date,
    /// What is in the way and what to do, in plain words.
    pub message: String,
    /// Since when it is so (UTC).
    pub since: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
