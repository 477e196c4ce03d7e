//! What was agreed with a provider, as it stood from a day on: the last one stands.

use sea_orm::entity::prelude::*;

use crate::{AllocationId, CommitmentId, CostCategoryId, PersonId, PoolId};

/// What was agreed with a provider, as it stood from a day on: the last one stands.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment_version")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The commitment.
    pub commitment_id: CommitmentId,
    /// Its number, from 1.
    pub revision: i32,
    /// What people call it.
    pub title: String,
    /// Whose money pays.
    pub pool_id: PoolId,
    /// The cost category of its spend, where it is one.
    pub category_id: Option<CostCategoryId>,
    /// Where it is for, if anywhere in particular.
    pub place: Option<String>,
    /// Which group of people it is for, if any in particular.
    pub people_group: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
    /// The decision of both boards that it comes of.
    pub allocation_id: Option<AllocationId>,
    /// How the finance system names the provider: spend of this name in the pool counts against it.
    pub supplier: String,
    /// First London date.
    pub starts_on: Date,
    /// Last London date.
    pub ends_on: Date,
    /// So many days before its end the provider must be told.
    pub notice_days: Option<i32>,
    /// From which London date this version holds.
    pub effective_on: Date,
    /// What changed, and why.
    pub reason: String,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
