//! What the finance system itself says of a cost centre and a month.

use sea_orm::entity::prelude::*;

use crate::{LedgerBalanceId, Money, PersonId};

/// What the finance system itself says of a cost centre and a month.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_balance")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LedgerBalanceId,
    /// The cost centre.
    pub cost_centre: String,
    /// First day of the ledger month.
    pub month: Date,
    /// Pence that the ledger says were spent in the month.
    pub amount: Money,
    /// When it was stated (UTC).
    pub stated_at: DateTimeUtc,
    /// Who stated it; absent for the command line.
    pub stated_by: Option<PersonId>,
    /// When a later statement took its place (UTC).
    pub superseded_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
