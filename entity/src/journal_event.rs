//! What happened to a journal.

use sea_orm::entity::prelude::*;

use crate::{JournalEventKind, JournalId, PersonId};

/// What happened to a journal.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The journal.
    pub journal_id: JournalId,
    /// To which version.
    pub revision: i32,
    /// What.
    pub kind: JournalEventKind,
    /// What was said.
    pub words: String,
    /// Who; absent for the command line.
    pub happened_by: Option<PersonId>,
    /// When (UTC).
    pub happened_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
