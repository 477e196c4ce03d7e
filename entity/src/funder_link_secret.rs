//! What is kept of a secret of a funder's link.

use sea_orm::entity::prelude::*;

use crate::{FunderLinkId, FunderLinkSecretId};

/// What is kept of a secret of a funder's link.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "funder_link_secret")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FunderLinkSecretId,
    /// The link that it opens.
    pub link_id: FunderLinkId,
    /// SHA-256 of the secret.
    pub token_hash: Vec<u8>,
    /// When it was made (UTC).
    pub made_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
