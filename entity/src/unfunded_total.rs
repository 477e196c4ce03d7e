//! What the lines come to that are not paid for, or not all of them, after a run.

use sea_orm::entity::prelude::*;

use crate::{AttributionRunId, CostCategoryId, Money, SpendImportId};

/// What the lines come to that are not paid for, or not all of them, after a run.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unfunded_total")]
pub struct Model {
    /// The run; the newest accepted one of the pool tells.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: AttributionRunId,
    /// The import they came with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: SpendImportId,
    /// The cost category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
    /// London date goods or services were received.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incurred_on: Date,
    /// Why not, as `attribution::rules::Unfunded` names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reason: String,
    /// How many lines.
    pub lines: i64,
    /// Pence of all of them.
    pub amount: Money,
    /// Pence that no award pays for.
    pub unfunded: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
