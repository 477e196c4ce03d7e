//! What a run found to be spent against an agreement with a provider, by cost category and month.

use sea_orm::entity::prelude::*;

use crate::{AttributionRunId, CommitmentId, CostCategoryId, Money};

/// What a run found to be spent against an agreement with a provider, by cost category and month.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment_total")]
pub struct Model {
    /// The run; the newest of its pool tells.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: AttributionRunId,
    /// The agreement.
    #[sea_orm(primary_key, auto_increment = false)]
    pub commitment_id: CommitmentId,
    /// The lines name its reference; otherwise they name its provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub by_reference: bool,
    /// The cost category of the lines.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CostCategoryId,
    /// First day of the month received.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: Date,
    /// Lines.
    pub lines: i64,
    /// Pence.
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
