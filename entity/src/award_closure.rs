//! A closure of an award.

use sea_orm::entity::prelude::*;

use crate::{AwardClosureId, AwardId, Money, PersonId};

/// A closure of an award, with what it came to then. That it is open again is recorded once.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_closure")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardClosureId,
    /// The award.
    pub award_id: AwardId,
    /// Counts the closures of the award: 1, 2, 3 …
    pub seq: i32,
    /// London date from which it is closed.
    pub closed_on: Date,
    /// Why.
    pub why: String,
    /// With whom it was agreed, and where it is written.
    pub told_by: String,
    /// What stood in the way then, a sentence a line; empty: nothing.
    pub overridden: String,
    /// Why it was closed all the same.
    pub despite: String,
    /// Its place in the order of what was accepted: what earlier runs attributed stays.
    pub closed_seq: i64,
    /// Attributed to it, in pence.
    pub attributed: Money,
    /// Of that, what the funder pays, in pence: not what is beyond the award, nor what was spent at risk.
    pub payable: Money,
    /// Received from the funder, in pence.
    pub received: Money,
    /// Repaid to the funder, in pence.
    pub repaid: Money,
    /// Claimed from the funder, in pence.
    pub claimed: Money,
    /// Received, not spent, and carried forward, in pence: it stays with us.
    pub kept: Money,
    /// Owed to us then, in pence.
    pub owed_to_us: Money,
    /// To be repaid to the funder then, in pence.
    pub to_repay: Money,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// London date from which the award is open again; none while it is closed.
    pub reopened_on: Option<Date>,
    /// Why it is open again.
    pub reopened_why: Option<String>,
    /// With whom that was agreed, and where it is written.
    pub reopened_told_by: Option<String>,
    /// Who recorded that.
    pub reopened_recorded_by: Option<PersonId>,
    /// When that was recorded (UTC).
    pub reopened_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
