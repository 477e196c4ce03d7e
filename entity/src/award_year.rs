//! A year of an award: its own amount and window.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardYearId, CarryForward, Money, YearStanding};

/// A year of an award: its own amount and window.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_year")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardYearId,
    /// The award.
    pub award_id: AwardId,
    /// First London date of its window.
    pub starts_on: Date,
    /// Last London date of its window.
    pub ends_on: Date,
    /// Pence.
    pub amount: Money,
    /// Whether the funder has promised it.
    pub standing: YearStanding,
    /// What becomes of money that is not used by its end.
    pub carry_forward: CarryForward,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
