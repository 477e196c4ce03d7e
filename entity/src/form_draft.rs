//! A version of a form that is still being mapped: kept as it is worked on, until it is used.

use sea_orm::entity::prelude::*;

use crate::{FileId, FormDraftId, OrganisationId, PersonId, ReturnFormId};

/// A version of a form that is still being mapped: kept as it is worked on, until it is used.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "form_draft")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FormDraftId,
    /// The funder's title.
    pub name: String,
    /// The funder's version.
    pub version_label: String,
    /// Whose form.
    pub funder_id: OrganisationId,
    /// The funder's own code of the form.
    pub funder_form_code: Option<String>,
    /// The workbook as the funder made it.
    pub file_id: FileId,
    /// A copy that was submitted before, where one was given.
    pub copy_id: Option<FileId>,
    /// The version that it takes the place of.
    pub replaces_id: Option<ReturnFormId>,
    /// What was noticed when the workbook was read: a list of sentences.
    pub notes: Json,
    /// The form that it became.
    pub used_as_id: Option<ReturnFormId>,
    /// When it was given up (UTC).
    pub given_up_at: Option<DateTimeUtc>,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// Who began it.
    pub created_by: Option<PersonId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// When it was last worked on (UTC).
    pub changed_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
