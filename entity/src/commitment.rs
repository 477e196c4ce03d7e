//! A contract or grant agreement with a provider, held by the holder.

use sea_orm::entity::prelude::*;

use crate::{CommitmentId, CommitmentKind, OrganisationId, PersonId};

/// A contract or grant agreement with a provider, held by the holder.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitmentId,
    /// Who delivers.
    pub provider_id: OrganisationId,
    /// Whose contract it is.
    pub holder_id: OrganisationId,
    /// What it is.
    pub kind: CommitmentKind,
    /// The holder's reference, one of its own.
    pub reference: String,
    /// Its latest version, from 1.
    pub revision: i32,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// Who recorded it; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
