//! A file that belongs to an application.

use sea_orm::entity::prelude::*;

use crate::{ApplicationDocumentId, ApplicationId, FileId, PersonId};

/// A file that belongs to an application.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_document")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationDocumentId,
    /// The application.
    pub application_id: ApplicationId,
    /// The file.
    pub file_id: FileId,
    /// What it is.
    pub title: String,
    /// It goes to the funder; otherwise it is ours alone.
    pub for_funder: bool,
    /// Who brought it; absent for the command line.
    pub added_by: Option<PersonId>,
    /// When (UTC).
    pub added_at: DateTimeUtc,
    /// When it was taken out (UTC).
    pub removed_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
