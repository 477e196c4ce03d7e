//! The part of one spend line that one award pays for, as a difference added by a run.

use sea_orm::entity::prelude::*;

use crate::{AttributionRunId, AwardId, FenceId, Money, SpendLineId};

/// The part of one spend line that one award pays for, as a difference added by a run.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribution")]
pub struct Model {
    /// The spend line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: SpendLineId,
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The run; it counts once that is accepted.
    pub run_id: AttributionRunId,
    /// The award that pays.
    pub award_id: AwardId,
    /// The deepest fence that it counts in.
    pub fence_id: Option<FenceId>,
    /// Pence added (negative: taken back).
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
