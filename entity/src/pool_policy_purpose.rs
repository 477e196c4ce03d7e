//! What an award pays, under a pool's rule of agreed shares, of spend for one purpose: of a cost category, or against
//! an agreement with a provider.

use sea_orm::entity::prelude::*;

use crate::{AwardId, CommitmentId, CostCategoryId, PoolPolicyId};

/// An award's share of the spend for one purpose.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_policy_purpose")]
pub struct Model {
    /// The rule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: PoolPolicyId,
    /// Which of the rule's purposes, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
    /// The cost category of the spend.
    pub category_id: Option<CostCategoryId>,
    /// Otherwise the agreement that the spend counts against.
    pub commitment_id: Option<CommitmentId>,
    /// Its share, in basis points.
    pub share_bp: i32,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
