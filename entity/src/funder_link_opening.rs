//! That a funder's link was opened in a browser.

use sea_orm::entity::prelude::*;

use crate::{FunderLinkId, FunderLinkOpeningId};

/// That a funder's link was opened in a browser.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "funder_link_opening")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FunderLinkOpeningId,
    /// The link.
    pub link_id: FunderLinkId,
    /// When (UTC).
    pub at: DateTimeUtc,
    /// SHA-256 of the secret in the browser's cookie.
    pub token_hash: Vec<u8>,
    /// What every form of this browser must send back.
    pub csrf: String,
    /// When the browser left it (UTC).
    pub left_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
