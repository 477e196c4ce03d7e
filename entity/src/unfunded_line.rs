//! A line that is not paid for, or not all of it, after a run.

use sea_orm::entity::prelude::*;

use crate::{AttributionRunId, Money, SpendLineId};

/// A line that is not paid for, or not all of it, after a run.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unfunded_line")]
pub struct Model {
    /// The run; the newest accepted one of the pool tells.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: AttributionRunId,
    /// London date goods or services were received.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incurred_on: Date,
    /// The spend line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: SpendLineId,
    /// Why not, as `attribution::rules::Unfunded` names it.
    pub reason: String,
    /// Pence that no award pays for.
    pub unfunded: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
