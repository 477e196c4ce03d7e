//! One file of grants that a funder published: its grants count once it is complete.

use sea_orm::entity::prelude::*;

use crate::{FileId, GrantFormat, GrantImportId, GrantImportState, PersonId};

/// One file of grants that a funder published: its grants count once it is complete.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_import")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantImportId,
    /// The file as it came.
    pub file_id: FileId,
    /// How it is written.
    pub format: GrantFormat,
    /// Where it stands.
    pub state: GrantImportState,
    /// Grants read so far.
    pub grants_read: i64,
    /// Grants that nobody had published here before.
    pub grants_new: i64,
    /// Grants that supersede what was known of them.
    pub grants_changed: i64,
    /// Grants that were known just so.
    pub grants_known: i64,
    /// Grants of which something newer is known.
    pub grants_older: i64,
    /// Grants that were left out, for what is wrong with them.
    pub grants_faulty: i64,
    /// Why the file could not be read.
    pub failure: Option<String>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// Who brought it; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When it was complete (UTC).
    pub completed_at: Option<DateTimeUtc>,
    /// Its place among complete ones: a later one supersedes.
    pub seq: Option<i64>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
