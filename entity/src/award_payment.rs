//! A payment that a funder has promised for a day.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardPaymentId, Money, PersonId};

/// A payment that a funder has promised for a day.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_payment")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardPaymentId,
    /// The award.
    pub award_id: AwardId,
    /// London date.
    pub due_on: Date,
    /// Pence.
    pub amount: Money,
    /// What it depends on, or where it is written.
    pub note: String,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// When it was taken out of the schedule (UTC).
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Why.
    pub withdrawn_because: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
