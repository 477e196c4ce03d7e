//! The record of a return's sending; only this closes its deadline.

use sea_orm::entity::prelude::*;

use crate::{FileId, GrantReturnId, PersonId};

/// The record of a return's sending; only this closes its deadline.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sending")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// The revision sent.
    pub revision: i32,
    /// When it was sent (UTC).
    pub sent_at: DateTimeUtc,
    /// By what means.
    pub how: String,
    /// To whom.
    pub to_whom: String,
    /// The funder's receipt, or what shows that it arrived.
    pub receipt: String,
    /// The receipt as a file.
    pub receipt_file_id: Option<FileId>,
    /// Hash of the workbook that was sent.
    pub file_sha256: String,
    /// Who recorded it.
    pub recorded_by: PersonId,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
