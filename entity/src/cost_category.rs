//! A line of the charity's own chart of costs.

use sea_orm::entity::prelude::*;

use crate::CostCategoryId;

/// A line of the charity's own chart of costs.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cost_category")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CostCategoryId,
    /// Stable short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// How often it was corrected, from 1.
    pub version: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
