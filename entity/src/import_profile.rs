//! How to read one kind of ledger extract.

use sea_orm::entity::prelude::*;

use crate::ImportProfileId;

/// How to read one kind of ledger extract.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_profile")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportProfileId,
    /// What people call it.
    pub name: String,
    /// The ledger, part of a line's identity.
    pub source_system: String,
    /// Columns, formats, conventions.
    pub spec: Json,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
