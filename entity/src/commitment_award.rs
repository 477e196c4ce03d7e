//! An award that an agreement names to pay for it.

use sea_orm::entity::prelude::*;

use crate::{AwardId, CommitmentId};

/// An award that an agreement names to pay for it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment_award")]
pub struct Model {
    /// The commitment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub commitment_id: CommitmentId,
    /// The version that names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
