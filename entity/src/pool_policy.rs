//! A rule by which awards pay for a pool's spend, from a day on: agreed, dated, never changed.

use sea_orm::entity::prelude::*;

use crate::{AttributionPolicy, PersonId, PoolId, PoolPolicyId};

/// A rule by which awards pay for a pool's spend, from a day on: agreed, dated, never changed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_policy")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PoolPolicyId,
    /// The pool.
    pub pool_id: PoolId,
    /// Its place among the pool's rules, from 1: a later one supersedes from its day on.
    pub seq: i32,
    /// The rule.
    pub policy: AttributionPolicy,
    /// First London date of spend, by the day received, that it applies to.
    pub starts_on: Date,
    /// Who agreed it.
    pub agreed_by: String,
    /// London date on which it was agreed; absent of a first rule recorded without one.
    pub agreed_on: Option<Date>,
    /// Where that is minuted; empty of a first rule, which says it with who agreed.
    pub minute: String,
    /// Why; empty of a first rule.
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
