//! That part of a spend line is paid for by an award, on a person's word.

use sea_orm::entity::prelude::*;

use crate::{AwardId, Money, PersonId, SpendLineId, SpendPinId};

/// That part of a spend line is paid for by an award, on a person's word. It is taken off once.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "spend_pin")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SpendPinId,
    /// The line.
    pub line_id: SpendLineId,
    /// The award.
    pub award_id: AwardId,
    /// Pence of the line: at least so much is paid for by the award.
    pub amount: Money,
    /// Why.
    pub why: String,
    /// Who pinned it.
    pub pinned_by: Option<PersonId>,
    /// When (UTC).
    pub pinned_at: DateTimeUtc,
    /// Why it was taken off; absent while it holds.
    pub taken_off_why: Option<String>,
    /// Who took it off.
    pub taken_off_by: Option<PersonId>,
    /// When (UTC).
    pub taken_off_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
