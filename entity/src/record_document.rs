//! A file that somebody put beside a record.

use sea_orm::entity::prelude::*;

use crate::{FileId, PersonId, RecordDocumentId};

/// A file that somebody put beside a record.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "record_document")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordDocumentId,
    /// What sort of record it is beside, as the audit log names it.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: Uuid,
    /// The file.
    pub file_id: FileId,
    /// What it is.
    pub title: String,
    /// Who brought it; absent for the command line.
    pub added_by: Option<PersonId>,
    /// When (UTC).
    pub added_at: DateTimeUtc,
    /// Who took it out.
    pub removed_by: Option<PersonId>,
    /// When it was taken out (UTC).
    pub removed_at: Option<DateTimeUtc>,
    /// Why it was taken out.
    pub removal_reason: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
