//! A cost category whose lines fit a fence.

use sea_orm::entity::prelude::*;

use crate::{CostCategoryId, FenceId};

/// A cost category whose lines fit a fence.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fence_category")]
pub struct Model {
    /// The fence.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fence_id: FenceId,
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
