//! Which runs of a pool take effect by themselves.

use sea_orm::entity::prelude::*;

use crate::{PersonId, PoolId, PoolRunRuleId, RunsTakeEffect};

/// Which runs of a pool take effect by themselves; the last one said holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_run_rule")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PoolRunRuleId,
    /// The pool.
    pub pool_id: PoolId,
    /// Its place among what was said of the pool, from 1.
    pub seq: i32,
    /// Which runs do.
    pub runs: RunsTakeEffect,
    /// Who agreed that, and where it is minuted.
    pub agreed_by: String,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
