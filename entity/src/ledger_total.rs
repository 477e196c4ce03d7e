//! What an import's lines come to by cost centre and ledger month.

use sea_orm::entity::prelude::*;

use crate::{Money, SpendImportId};

/// What an import's lines come to by cost centre and ledger month.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_total")]
pub struct Model {
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: SpendImportId,
    /// The ledger's cost centre; empty where the file names none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cost_centre: String,
    /// First day of the ledger month, or of the month received where the file names none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: Date,
    /// How many lines.
    pub lines: i64,
    /// Pence.
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
