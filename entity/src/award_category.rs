//! A cost category that an award may pay for; an award without any may pay for all.

use sea_orm::entity::prelude::*;

use crate::{AwardId, CostCategoryId};

/// A cost category that an award may pay for; an award without any may pay for all.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_category")]
pub struct Model {
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
