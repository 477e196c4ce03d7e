//! Money moved between fences of one award.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardVirementId, FenceId, Money, PersonId};

/// Money moved between fences of one award: within the funder's tolerance, or with its consent.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_virement")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardVirementId,
    /// The award.
    pub award_id: AwardId,
    /// Counts the virements of the award: 1, 2, 3 …
    pub seq: i32,
    /// The fence that it is moved out of.
    pub from_fence_id: FenceId,
    /// The fence that it is moved into.
    pub to_fence_id: FenceId,
    /// Pence.
    pub amount: Money,
    /// London date on which it was decided.
    pub moved_on: Date,
    /// Why.
    pub reason: String,
    /// More than the tolerance allowed: it waits for the funder's consent.
    pub needs_consent: bool,
    /// The tolerance that it was held against, in pence.
    pub tolerance: Money,
    /// What counted against that tolerance before it, in pence.
    pub counted: Money,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// When it took effect (UTC); none while it has not.
    pub applied_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
