//! What happened to a condition of an award.

use sea_orm::entity::prelude::*;

use crate::{AwardConditionEventId, AwardConditionId, ConditionEventKind, PersonId};

/// What happened to a condition of an award.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_condition_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardConditionEventId,
    /// The condition.
    pub condition_id: AwardConditionId,
    /// Counts what happened to it: 1, 2, 3 …
    pub seq: i32,
    /// Met, waived, opened again or withdrawn.
    pub kind: ConditionEventKind,
    /// London date on which it happened.
    pub happened_on: Date,
    /// Who met it or does without it: a body or a person, as people name them.
    pub by_whom: String,
    /// What shows it; of one that is opened again or withdrawn, why.
    pub evidence: String,
    /// Where the evidence is kept, where that is said.
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
