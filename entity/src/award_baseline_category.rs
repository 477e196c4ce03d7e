//! A cost category whose spend counts towards what must be kept up beside an award; without any, all do.

use sea_orm::entity::prelude::*;

use crate::{AwardId, CostCategoryId};

/// A cost category whose spend counts towards what must be kept up beside an award; without any, all do.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_baseline_category")]
pub struct Model {
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
    /// The cost category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
