//! What becomes of what a pool overspends, and of what it leaves, from a day on.

use sea_orm::entity::prelude::*;

use crate::{BalanceRule, PersonId, PoolBalanceRuleId, PoolId};

/// What becomes of what a pool overspends, and of what it leaves, from a day on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_balance_rule")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PoolBalanceRuleId,
    /// The pool.
    pub pool_id: PoolId,
    /// Its place among the pool's rules of this kind, from 1: a later one supersedes from its day on.
    pub seq: i32,
    /// Who bears what no award pays for.
    pub overspend: BalanceRule,
    /// Who has what is left of what awards put in.
    pub underspend: BalanceRule,
    /// First London date on which it applies.
    pub starts_on: Date,
    /// Who agreed it.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: Date,
    /// Where that is minuted.
    pub minute: String,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
