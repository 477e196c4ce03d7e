//! What an import's lines come to, by pool, cost category and day.

use sea_orm::entity::prelude::*;

use crate::{CostCategoryId, Money, PoolId, SpendImportId};

/// What an import's lines come to, by pool, cost category and day.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "spend_total")]
pub struct Model {
    /// The import; it counts once that is accepted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: SpendImportId,
    /// The pool that pays.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pool_id: PoolId,
    /// The cost category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
    /// London date goods or services were received.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incurred_on: Date,
    /// How many lines.
    pub lines: i64,
    /// Pence of all of them.
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
