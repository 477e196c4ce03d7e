//! Bytes somebody gave us or we made, known by their hash.

use sea_orm::entity::prelude::*;

use crate::{FileId, PersonId};

/// Bytes somebody gave us or we made, known by their hash.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "file")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FileId,
    /// Lower-case hex.
    pub sha256: String,
    /// The name to download it by.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// False while chunks are still being written.
    pub complete: bool,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// Who brought it; absent when made by the worker.
    pub created_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
