//! That a document was shared with a funder, or that this was taken back.

use sea_orm::entity::prelude::*;

use crate::{
    AwardId, DocumentShareEventId, OrganisationId, PersonId, RecordDocumentId, ShareEventKind,
};

/// That a document was shared with a funder, or that this was taken back.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document_share_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentShareEventId,
    /// The document.
    pub document_id: RecordDocumentId,
    /// The award that it lies beside, or of whose return.
    pub award_id: AwardId,
    /// With whom: the funder of that award.
    pub funder_id: OrganisationId,
    /// Its place among those of the document, from one: the odd ones share, the even ones take back.
    pub seq: i32,
    /// Shared, or taken back.
    pub kind: ShareEventKind,
    /// Why it was taken back; empty where it was shared.
    pub reason: String,
    /// Who did it; absent for the command line.
    pub by_person: Option<PersonId>,
    /// When (UTC).
    pub at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
