//! What was agreed with a provider for a month.

use sea_orm::entity::prelude::*;

use crate::{CommitmentId, Money};

/// What was agreed with a provider for a month.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment_month")]
pub struct Model {
    /// The commitment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub commitment_id: CommitmentId,
    /// The version that says it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// The first day of the month.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: Date,
    /// How much, in pence.
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
