//! What a run's differences come to, by award, fence, kind of spend and day.

use sea_orm::entity::prelude::*;

use crate::{AttributionRunId, AwardId, CostCategoryId, FenceId, Money};

/// What a run's differences come to, by award, fence, kind of spend and day.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribution_total")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The run; it counts once that is accepted.
    pub run_id: AttributionRunId,
    /// The award that pays.
    pub award_id: AwardId,
    /// The deepest fence that it counts in.
    pub fence_id: Option<FenceId>,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub people_group: Option<String>,
    /// London date goods or services were received.
    pub incurred_on: Date,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence added (negative: taken back).
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
