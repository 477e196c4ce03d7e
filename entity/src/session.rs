//! A signed-in browser.

use sea_orm::entity::prelude::*;

use crate::{PersonId, SessionId};

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Who is signed in.
    pub person_id: PersonId,
    /// SHA-256 of the cookie's token.
    pub token_hash: Vec<u8>,
    /// The token that every form of this session must send.
    pub csrf: String,
    /// What the browser calls itself, shortened.
    pub device: String,
    /// When it began (UTC).
    pub created_at: DateTimeUtc,
    /// The last request, to the minute (UTC).
    pub last_seen_at: DateTimeUtc,
    /// Its absolute end (UTC).
    pub expires_at: DateTimeUtc,
    /// When the second factor was last shown (UTC).
    pub second_factor_at: Option<DateTimeUtc>,
    /// The secret of a second factor that this session is setting up.
    pub totp_pending: Option<Vec<u8>>,
    /// When it was signed out (UTC).
    pub revoked_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
