//! What a condition of an award says, in versions.

use sea_orm::entity::prelude::*;

use crate::{AwardConditionId, AwardConditionVersionId, ConditionKind, PersonId};

/// A version of what a condition of an award says.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_condition_version")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardConditionVersionId,
    /// The condition.
    pub condition_id: AwardConditionId,
    /// Counts its versions: 1, 2, 3 …
    pub revision: i32,
    /// What is to be done, in a few words.
    pub title: String,
    /// What the funder's letter says, word for word.
    pub passage: String,
    /// Where that is written.
    pub written_where: String,
    /// When it must be met.
    pub kind: ConditionKind,
    /// London date by which it must be met, where there is one.
    pub due_on: Option<Date>,
    /// Who answers for it; the award's lead where nobody is named.
    pub who_id: Option<PersonId>,
    /// Why it was changed; empty for the first version.
    pub reason: String,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
