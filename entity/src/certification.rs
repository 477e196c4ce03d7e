//! A named officer's statement that a revision is true.

use sea_orm::entity::prelude::*;

use crate::{FileId, GrantReturnId, PersonId};

/// A named officer's statement that a revision is true.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "certification")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// The revision certified.
    pub revision: i32,
    /// The office that signs.
    pub office: String,
    /// The exact words.
    pub statement: String,
    /// Who.
    pub certified_by: PersonId,
    /// When (UTC).
    pub certified_at: DateTimeUtc,
    /// The revision's content hash that was signed.
    pub content_hash: String,
    /// The workbook with its sign-off cells written.
    pub file_id: FileId,
    /// Its hash.
    pub file_sha256: String,
    /// Whose name the paper bears, where it was signed on paper; `certified_by` then recorded it.
    pub signed_by: Option<String>,
    /// The London date on the paper.
    pub signed_on: Option<Date>,
    /// The signed paper, as a file.
    pub paper_file_id: Option<FileId>,
    /// Its hash.
    pub paper_sha256: Option<String>,
    /// When the return was reopened (UTC).
    pub withdrawn_at: Option<DateTimeUtc>,
    /// The last accepted sequence that was known when it was signed: what awards paid up to then stays
    /// while the return stands certified. Of older ones that of the draft counts.
    pub known_seq: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
