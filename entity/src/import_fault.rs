//! A row that could not be loaded as it stands.

use sea_orm::entity::prelude::*;

use crate::{FaultResolution, ImportFaultId, Money, PersonId, SpendImportId};

/// A row that could not be loaded as it stands.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_fault")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportFaultId,
    /// The import.
    pub import_id: SpendImportId,
    /// The row as a spreadsheet numbers it.
    pub row_no: i32,
    /// What is wrong, each with column, code, message.
    pub faults: Json,
    /// The row's own texts by column.
    pub raw: Json,
    /// Pence, where it could be read or was stated.
    pub amount: Option<Money>,
    /// What a person decided.
    pub resolution: Option<FaultResolution>,
    /// Why it was set aside.
    pub reason: Option<String>,
    /// Who decided.
    pub resolved_by: Option<PersonId>,
    /// When (UTC).
    pub resolved_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
