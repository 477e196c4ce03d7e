//! An amount of a pool that both boards put to a purpose.

use sea_orm::entity::prelude::*;

use crate::{AllocationId, BoardDecisionId, Money, OrganisationId, PaperId, PoolId};

/// An amount of a pool that both boards put to a purpose.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "allocation")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AllocationId,
    /// The paper that both boards agreed to.
    pub paper_id: PaperId,
    /// The version that both agreed to.
    pub revision: i32,
    /// Whose money.
    pub pool_id: PoolId,
    /// How much, in pence.
    pub amount: Money,
    /// What it is for.
    pub purpose: String,
    /// Who would do it, where the paper said.
    pub provider_id: Option<OrganisationId>,
    /// The Trustee Board's agreement.
    pub trustees_decision_id: BoardDecisionId,
    /// The Recovery Advisory Committee's agreement.
    pub committee_decision_id: BoardDecisionId,
    /// London date on which the second of them was decided.
    pub decided_on: Date,
    /// When (UTC).
    pub made_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
