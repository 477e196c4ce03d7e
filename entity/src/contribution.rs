//! What an award puts into a pool, and its place in the stated order.

use sea_orm::entity::prelude::*;

use crate::{AwardId, ContributionId, Money, PoolId};

/// What an award puts into a pool, and its place in the stated order.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contribution")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContributionId,
    /// The pool.
    pub pool_id: PoolId,
    /// The award.
    pub award_id: AwardId,
    /// The stated order, from 1.
    pub position: i32,
    /// Pence.
    pub agreed: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
