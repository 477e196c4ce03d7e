//! What a funder of a pool agreed of being shown to the pool's other funders. The last one holds.

use sea_orm::entity::prelude::*;

use crate::{OrganisationId, PersonId, PoolDisclosureId, PoolId};

/// What a funder of a pool agreed of being shown to the pool's other funders. The last one holds.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_disclosure")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PoolDisclosureId,
    /// The pool.
    pub pool_id: PoolId,
    /// Its place among the pool's disclosures, from 1: a later one supersedes from its day on.
    pub seq: i32,
    /// The funder.
    pub funder_id: OrganisationId,
    /// Shown by name with its own figures; otherwise only within a sum.
    pub by_name: bool,
    /// First London date on which it applies.
    pub starts_on: Date,
    /// Who agreed it for the funder.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: Date,
    /// Where that is written.
    pub reference: String,
    /// Who recorded it.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
