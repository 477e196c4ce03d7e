//! A line that counts and that a newer extract of the same period does not have.

use sea_orm::entity::prelude::*;

use crate::{GoneResolution, Money, PersonId, SpendImportId, SpendLineId};

/// A line that counts and that a newer extract of the same period does not have.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gone_line")]
pub struct Model {
    /// The newer extract's import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: SpendImportId,
    /// The line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: SpendLineId,
    /// Its pence.
    pub amount: Money,
    /// What a person decided.
    pub resolution: Option<GoneResolution>,
    /// Why.
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
