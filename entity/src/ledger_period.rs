//! A month of the ledger for a pool: open, or closed.

use sea_orm::entity::prelude::*;

use crate::{LedgerPeriodId, PersonId, PoolId};

/// A month of the ledger for a pool: open, or closed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_period")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LedgerPeriodId,
    /// The pool.
    pub pool_id: PoolId,
    /// Its first day.
    pub month: Date,
    /// When it was closed (UTC).
    pub closed_at: DateTimeUtc,
    /// Who closed it.
    pub closed_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
