//! A line of a journal.

use sea_orm::entity::prelude::*;

use crate::{CostCategoryId, JournalId, Money, PoolId};

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_line")]
pub struct Model {
    /// The journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub journal_id: JournalId,
    /// Of which version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// Its number, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i32,
    /// London date goods or services were received.
    pub incurred_on: Date,
    /// The pool that pays.
    pub pool_id: PoolId,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence; negative for what is taken back.
    pub amount: Money,
    /// What for.
    pub description: String,
    /// The ledger's transaction that it is about.
    pub ledger_ref: Option<String>,
    /// The ledger's cost centre.
    pub cost_centre: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
