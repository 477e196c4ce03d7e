//! A document beside an award that was read as its letter.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardLetterId, FileId, PersonId, RecordDocumentId};

/// A document beside an award that was read as its letter.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_letter")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardLetterId,
    /// The award.
    pub award_id: AwardId,
    /// Counts the award's letters: 1, 2, 3 …
    pub seq: i32,
    /// The document beside the award.
    pub document_id: RecordDocumentId,
    /// Its file, as it was read.
    pub file_id: FileId,
    /// What the document was called.
    pub title: String,
    /// How many pages it has.
    pub pages: i32,
    /// Who had it read; absent for the command line.
    pub read_by: Option<PersonId>,
    /// When (UTC).
    pub read_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
