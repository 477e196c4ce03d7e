//! A part of a split of spend.

use sea_orm::entity::prelude::*;

use crate::{ApportionmentId, CostCategoryId, PoolId};

/// A part of a split of spend.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "apportionment_part")]
pub struct Model {
    /// The split.
    #[sea_orm(primary_key, auto_increment = false)]
    pub apportionment_id: ApportionmentId,
    /// Its place, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The pool that pays for it.
    pub pool_id: PoolId,
    /// Its cost category; absent: the line's own.
    pub category_id: Option<CostCategoryId>,
    /// Its place on the map; absent: the line's own.
    pub place: Option<String>,
    /// Its share, in basis points.
    pub share_bp: i32,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
