//! A dated change of an award's terms.

use sea_orm::entity::prelude::*;

use crate::{AwardAmendmentId, AwardId, Money, PersonId};

/// A dated change of an award's terms.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_amendment")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardAmendmentId,
    /// The award.
    pub award_id: AwardId,
    /// Its place among the award's amendments, from 1.
    pub seq: i32,
    /// London date from which it holds.
    pub effective_on: Date,
    /// Why.
    pub reason: String,
    /// Who agreed, and where it is written.
    pub with_whom: String,
    /// What it changes, each with its new value.
    pub change: Json,
    /// What stood before, each with its old value; none until it takes effect.
    pub before: Option<Json>,
    /// Pence attributed beyond what the award might pay when it took effect.
    pub over_when_applied: Option<Money>,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// When it took effect (UTC).
    pub applied_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
