//! The record of what was sent to the funder at a stage.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, FileId, PersonId, StageKind};

/// The record of what was sent to the funder at a stage.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_submission")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The application.
    pub application_id: ApplicationId,
    /// At which stage.
    pub stage: StageKind,
    /// When it was sent (UTC).
    pub submitted_at: DateTimeUtc,
    /// By what means.
    pub how: String,
    /// To whom.
    pub to_whom: String,
    /// The funder's receipt, or what shows that it arrived.
    pub receipt: String,
    /// The receipt as a file.
    pub receipt_file_id: Option<FileId>,
    /// What was sent: title, amounts, answers, documents with their hashes.
    pub content: Json,
    /// SHA-256 of that, lower-case hex.
    pub content_hash: String,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
