//! That a reason no longer stands for which a finding of a return was let stand.

use sea_orm::entity::prelude::*;

use crate::PersonId;

/// That a reason no longer stands for which a finding of a return was let stand.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reason_taken_back")]
pub struct Model {
    /// The finding as it was let stand, with the reason.
    #[sea_orm(primary_key, auto_increment = false)]
    pub silenced_id: Uuid,
    /// Who took it back.
    pub taken_back_by: PersonId,
    /// When (UTC).
    pub taken_back_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
