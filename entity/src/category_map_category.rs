//! A cost category that a funder's budget line is made of.

use sea_orm::entity::prelude::*;

use crate::CostCategoryId;

/// A cost category that a funder's budget line is made of.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_map_category")]
pub struct Model {
    /// The budget line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: Uuid,
    /// The cost category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
