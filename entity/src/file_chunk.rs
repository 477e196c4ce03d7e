//! A piece of a file, in order.

use sea_orm::entity::prelude::*;

use crate::FileId;

/// A piece of a file, in order.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "file_chunk")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: FileId,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    /// Up to one mebibyte.
    pub content: Vec<u8>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
