//! An award that a pool's rule names: its turn, and its weight.

use sea_orm::entity::prelude::*;

use crate::{AwardId, PoolPolicyId};

/// An award that a pool's rule names: its turn, and its weight.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_policy_award")]
pub struct Model {
    /// The rule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: PoolPolicyId,
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
    /// Its turn, from 1.
    pub position: i32,
    /// Its weight: pence that it put in when a rule in proportion was agreed, basis points of agreed
    /// shares, nothing of a stated order.
    pub weight: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
