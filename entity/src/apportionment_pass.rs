//! An import that a split of spend went through.

use sea_orm::entity::prelude::*;

use crate::{ApportionmentId, SpendImportId};

/// An import that a split of spend went through.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "apportionment_pass")]
pub struct Model {
    /// The split.
    #[sea_orm(primary_key, auto_increment = false)]
    pub apportionment_id: ApportionmentId,
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: SpendImportId,
    /// When (UTC).
    pub passed_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
