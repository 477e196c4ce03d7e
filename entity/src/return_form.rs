//! One version of a funder's template: its file, byte for byte, and its fields.

use sea_orm::entity::prelude::*;

use crate::{FileId, OrganisationId, ReturnFormId};

/// One version of a funder's template: its file, byte for byte, and its fields.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "return_form")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReturnFormId,
    /// The funder's title.
    pub name: String,
    /// The funder's version.
    pub version_label: String,
    /// Whose form.
    pub funder_id: OrganisationId,
    /// The workbook as the funder made it.
    pub file_id: FileId,
    /// False once the funder has replaced it.
    pub current: bool,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// The funder's own code of the form.
    pub funder_form_code: Option<String>,
    /// The version before it.
    pub replaces_id: Option<ReturnFormId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
