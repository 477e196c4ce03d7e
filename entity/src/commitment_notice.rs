//! What a provider was told about the end of an agreement.

use sea_orm::entity::prelude::*;

use crate::{CommitmentId, PersonId};

/// What a provider was told about the end of an agreement.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment_notice")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The commitment.
    pub commitment_id: CommitmentId,
    /// The version that stood then.
    pub revision: i32,
    /// It goes on after its end; otherwise it ends then.
    pub goes_on: bool,
    /// London date on which they were told.
    pub told_on: Date,
    /// How, and where that can be read.
    pub words: String,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
