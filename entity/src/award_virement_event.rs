//! What happened to a virement that waits for the funder's consent.

use sea_orm::entity::prelude::*;

use crate::{AwardVirementEventId, AwardVirementId, PersonId, VirementEventKind};

/// What happened to a virement that waits for the funder's consent.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_virement_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardVirementEventId,
    /// The virement.
    pub virement_id: AwardVirementId,
    /// Counts what happened to it: 1, 2, 3 …
    pub seq: i32,
    /// Asked, given, refused or withdrawn.
    pub kind: VirementEventKind,
    /// London date on which it happened.
    pub happened_on: Date,
    /// Who was asked, or who answered.
    pub with_whom: String,
    /// Where that is written; of one that is withdrawn, why.
    pub reference: String,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
