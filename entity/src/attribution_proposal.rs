//! A run that a person was asked about before it took effect.

use sea_orm::entity::prelude::*;

use crate::{AttributionRunId, Money, PersonId, PoolId};

/// A run that a person was asked about before it took effect, and what they said.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attribution_proposal")]
pub struct Model {
    /// The run: what it would change are its attributions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: AttributionRunId,
    /// The pool.
    pub pool_id: PoolId,
    /// The place of the run before it among everything accepted; none where it would be the first.
    pub base_seq: Option<i64>,
    /// Hash of what it would change: whoever applies it applies that, and nothing else.
    pub digest: String,
    /// Pence that it would take away from awards that pay them as people were shown.
    pub taken: Money,
    /// How many parts of lines it would change.
    pub parts: i64,
    /// When it was proposed (UTC).
    pub proposed_at: DateTimeUtc,
    /// Who set it aside.
    pub set_aside_by: Option<PersonId>,
    /// When (UTC); it may still be applied.
    pub set_aside_at: Option<DateTimeUtc>,
    /// Why.
    pub reason: Option<String>,
    /// Who applied it.
    pub applied_by: Option<PersonId>,
    /// When (UTC); it takes effect soon after, unless what it rests on changed.
    pub applied_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
