//! A line of an import that the coding map could not code: no spend until a person codes it.

use sea_orm::entity::prelude::*;

use crate::{Money, SpendImportId, WaitingLineId};

/// A line of an import that the coding map could not code: no spend until a person codes it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "waiting_line")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WaitingLineId,
    /// The import it came with; it waits once that is accepted.
    pub import_id: SpendImportId,
    /// The row as a spreadsheet numbers it.
    pub row_no: i32,
    /// What makes it the same line in another extract.
    pub identity: String,
    /// The ledger's cost centre.
    pub cost_centre: Option<String>,
    /// The ledger's account.
    pub account: Option<String>,
    /// The ledger's project.
    pub project: Option<String>,
    /// Who was paid.
    pub supplier: Option<String>,
    /// The ledger's words.
    pub description: Option<String>,
    /// London date goods or services were received.
    pub incurred_on: Date,
    /// First day of the ledger period, or of the month received where the file names none.
    pub ledger_month: Date,
    /// Pence, net of recovered VAT; negative for credits.
    pub amount: Money,
    /// Everything that the file says of it.
    pub draft: Json,
    /// The earlier row of its file that it may repeat.
    pub suspect_of: Option<i32>,
    /// What its spend line counts with, once it was coded.
    pub coded_by_import_id: Option<SpendImportId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
