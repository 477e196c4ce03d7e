//! One immutable line of spend; corrected only by another line.

use sea_orm::entity::prelude::*;

use crate::{CodingMapRowId, CostCategoryId, Money, PoolId, SpendImportId, SpendKind, SpendLineId};

/// One immutable line of spend; corrected only by another line.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "spend_line")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SpendLineId,
    /// The import it came with; it counts once that is accepted.
    pub import_id: SpendImportId,
    /// The row as a spreadsheet numbers it.
    pub row_no: i32,
    /// What makes it the same line in another extract.
    pub identity: String,
    /// The ledger's transaction.
    pub transaction_ref: Option<String>,
    /// The ledger's line within it.
    pub line_ref: Option<String>,
    /// London date goods or services were received.
    pub incurred_on: Date,
    /// London date it was posted.
    pub posted_on: Option<Date>,
    /// First day of the ledger period.
    pub ledger_month: Option<Date>,
    /// Invoice, accrual, journal, ….
    pub kind: SpendKind,
    /// Pence, net of recovered VAT; negative for credits.
    pub amount: Money,
    /// Capital, or revenue.
    pub capital: bool,
    /// The pool that pays.
    pub pool_id: PoolId,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub people_group: Option<String>,
    /// Who was paid.
    pub supplier: Option<String>,
    /// The ledger's words.
    pub description: Option<String>,
    /// Looks like a duplicate.
    pub suspect: bool,
    /// The earlier row of its file that it may repeat.
    pub suspect_of: Option<i32>,
    /// The ledger's cost centre.
    pub cost_centre: Option<String>,
    /// The ledger's account.
    pub account: Option<String>,
    /// The ledger's project.
    pub project: Option<String>,
    /// The row of the coding map that coded it; absent where the file or a person did.
    pub coding_id: Option<CodingMapRowId>,
    /// The contract's or order's number, as the finance system gives it.
    pub commitment_ref: Option<String>,
    /// The line that this one takes back, whole.
    pub reverses_id: Option<SpendLineId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
