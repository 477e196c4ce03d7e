//! What was agreed of an award year: that it is confirmed, what is carried on, what is spent at risk.

use sea_orm::entity::prelude::*;

use crate::{AwardYearEventId, AwardYearEventKind, AwardYearId, Money, PersonId};

/// What was agreed of an award year: that it is confirmed, what is carried on, what is spent at risk.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_year_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardYearEventId,
    /// The award year.
    pub year_id: AwardYearId,
    /// Its place among what was agreed of the year, from 1.
    pub seq: i32,
    /// What was agreed.
    pub kind: AwardYearEventKind,
    /// London date.
    pub happened_on: Date,
    /// Pence: confirmed, asked for, carried on, or the most that may be spent at risk.
    pub amount: Money,
    /// Of spending at risk: the last London date of spend that it covers.
    pub until_on: Option<Date>,
    /// Who agreed, and where it is written.
    pub with_whom: String,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
