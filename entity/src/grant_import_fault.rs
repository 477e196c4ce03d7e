//! What is wrong with a grant of a file, which was left out for it.

use sea_orm::entity::prelude::*;

use crate::GrantImportId;

/// What is wrong with a grant of a file, which was left out for it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_import_fault")]
pub struct Model {
    /// The file's import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: GrantImportId,
    /// Which grant of the file, from 1; in a table the number of its row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_no: i64,
    /// Where in the grant, as a path of the standard's names.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    /// The grant's identifier, if it could be read.
    pub identifier: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
