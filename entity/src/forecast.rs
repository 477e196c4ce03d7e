//! What we expect to spend; superseded, never edited.

use sea_orm::entity::prelude::*;

use crate::{AwardId, CostCategoryId, ForecastId, Money, PersonId};

/// What we expect to spend; superseded, never edited.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "forecast")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ForecastId,
    /// The award.
    pub award_id: AwardId,
    /// The cost category, if any.
    pub category_id: Option<CostCategoryId>,
    /// First day of the month.
    pub month: Date,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence.
    pub amount: Money,
    /// Who expects it.
    pub entered_by: PersonId,
    /// When (UTC).
    pub entered_at: DateTimeUtc,
    /// When a later one took its place (UTC).
    pub superseded_at: Option<DateTimeUtc>,
    /// Who took it back, with nothing in its place.
    pub taken_back_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
