//! What somebody said beside a record.

use sea_orm::entity::prelude::*;

use crate::{PersonId, RecordCommentId};

/// What somebody said beside a record.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "record_comment")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordCommentId,
    /// What sort of record it is beside, as the audit log names it.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: Uuid,
    /// What was said; empty once it was taken back.
    pub words: String,
    /// Who said it; absent for the command line.
    pub said_by: Option<PersonId>,
    /// When (UTC).
    pub said_at: DateTimeUtc,
    /// Who took it back.
    pub withdrawn_by: Option<PersonId>,
    /// When it was taken back (UTC).
    pub withdrawn_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
