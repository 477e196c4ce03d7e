//! A suspension of an award.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardSuspensionId, PersonId};

/// A suspension of an award. That it goes on is recorded once.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_suspension")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardSuspensionId,
    /// The award.
    pub award_id: AwardId,
    /// Counts the suspensions of the award: 1, 2, 3 …
    pub seq: i32,
    /// First London date of it.
    pub from_on: Date,
    /// Why.
    pub why: String,
    /// Who told us, and where it is written.
    pub told_by: String,
    /// Spend incurred meanwhile is paid for all the same.
    pub pays_on: bool,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// London date from which the award goes on; none while it is suspended.
    pub resumed_on: Option<Date>,
    /// Why it goes on.
    pub resumed_why: Option<String>,
    /// Who told us that, and where it is written.
    pub resumed_told_by: Option<String>,
    /// Who recorded that.
    pub resumed_recorded_by: Option<PersonId>,
    /// When that was recorded (UTC).
    pub resumed_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
