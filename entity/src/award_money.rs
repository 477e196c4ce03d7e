//! Money of an award: received, claimed or repaid.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardMoneyId, AwardMoneyKind, AwardPaymentId, Money, PersonId};

/// Money of an award: received, claimed or repaid.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_money")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardMoneyId,
    /// The award.
    pub award_id: AwardId,
    /// Received, claimed or repaid.
    pub kind: AwardMoneyKind,
    /// London date.
    pub happened_on: Date,
    /// Pence; negative for a correction, which takes all of the entry that it names back.
    pub amount: Money,
    /// How the holder's ledger names it.
    pub ledger_reference: String,
    /// The payment of the schedule that it is, where that is said; otherwise it goes to the earliest.
    pub payment_id: Option<AwardPaymentId>,
    /// What else is to be said; of a correction, why.
    pub note: String,
    /// The entry that it takes back.
    pub corrects_id: Option<AwardMoneyId>,
    /// Who recorded it; none when the house did.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
