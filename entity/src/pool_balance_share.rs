//! A named share of what a pool overspends, or of what it leaves.

use sea_orm::entity::prelude::*;

use crate::{OrganisationId, PoolBalanceRuleId};

/// A named share of what a pool overspends, or of what it leaves.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_balance_share")]
pub struct Model {
    /// The rule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rule_id: PoolBalanceRuleId,
    /// Whether it is of what is left; otherwise of what is overspent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub of_underspend: bool,
    /// Whose share it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: OrganisationId,
    /// The share, in basis points.
    pub share_bp: i32,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
