//! A cost category whose spend is a management charge.

use sea_orm::entity::prelude::*;

use crate::{ChargeCapId, CostCategoryId};

/// A cost category whose spend is a management charge.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "charge_cap_category")]
pub struct Model {
    /// The cap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cap_id: ChargeCapId,
    /// The cost category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
