//! One run of a pool's policy; its attributions are differences appended.

use sea_orm::entity::prelude::*;

use crate::{AttributionPolicy, AttributionRunId, Money, PoolId, RunState};

/// One run of a pool's policy; its attributions are differences appended.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribution_run")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttributionRunId,
    /// The pool.
    pub pool_id: PoolId,
    /// Computing, accepted or abandoned.
    pub state: RunState,
    /// Why it ran.
    pub cause: String,
    /// The rule that was applied.
    pub policy: AttributionPolicy,
    /// Hash of the order, amounts, windows and fences that it applied.
    pub facts_hash: String,
    /// Spend lines considered.
    pub lines: i64,
    /// Pence attributed after it.
    pub attributed: Money,
    /// Pence unfunded after it.
    pub unfunded: Money,
    /// The last accepted sequence it had seen.
    pub saw_seq: i64,
    /// When it began (UTC).
    pub created_at: DateTimeUtc,
    /// When it took effect (UTC).
    pub accepted_at: Option<DateTimeUtc>,
    /// Its place among everything accepted.
    pub accepted_seq: Option<i64>,
    /// Hash of the agreements with providers that it went by; empty where the pool has none.
    pub commitments_hash: Option<String>,
    /// Hash of the certified returns that it went by; empty where the pool's awards have none.
    pub locks_hash: Option<String>,
    /// Hash of what decides which awards may pay for which lines, where all that it attributed under the newest rule is
    /// the answer of the solver.
    pub classes_hash: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
