//! One numbered state of a return, with its workbook.

use sea_orm::entity::prelude::*;

use crate::{FileId, GrantReturnId, PersonId};

/// One numbered state of a return, with its workbook.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "return_revision")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// From 1.
    pub number: i32,
    /// SHA-256 of the form and every answer, lower-case hex.
    pub content_hash: String,
    /// The answers by field key.
    pub answers: Json,
    /// What was found.
    pub findings: Json,
    /// What it rests on, in words.
    pub rests_on: String,
    /// The filled workbook.
    pub file_id: Option<FileId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// Who; absent for the worker.
    pub created_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
