//! A scoped, expiring key for programs; only its hash is kept.

use sea_orm::entity::prelude::*;

use crate::{ApiTokenId, PersonId};

/// A scoped, expiring key for programs; only its hash is kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiTokenId,
    /// On whose behalf it acts.
    pub person_id: PersonId,
    /// What it is for, in its owner's words.
    pub name: String,
    /// Its first characters, to recognise it by.
    pub prefix: String,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// A list of scope slugs.
    pub scopes: Json,
    /// When it was made (UTC).
    pub created_at: DateTimeUtc,
    /// When it stops working (UTC).
    pub expires_at: DateTimeUtc,
    /// The last request with it, to the hour (UTC).
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was taken back (UTC).
    pub revoked_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
