//! A pool whose spend counts towards what must be kept up beside an award; without any, all do.

use sea_orm::entity::prelude::*;

use crate::{AwardId, PoolId};

/// A pool whose spend counts towards what must be kept up beside an award; without any, all do.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_baseline_pool")]
pub struct Model {
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
    /// The pool.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pool_id: PoolId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
