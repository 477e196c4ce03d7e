//! Any legal body, known by its org-id; it may play several roles.

use sea_orm::entity::prelude::*;

use crate::{OrganisationId, OrganisationKind};

/// Any legal body, known by its org-id; it may play several roles.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganisationId,
    /// The public identifier, such as `GB-CHC-…`; unique.
    pub org_id: String,
    /// The name people know it by.
    pub name: String,
    /// What sort of body it is.
    pub kind: OrganisationKind,
    /// When it was added (UTC).
    pub created_at: DateTimeUtc,
    /// How often it was corrected, from 1.
    pub version: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
