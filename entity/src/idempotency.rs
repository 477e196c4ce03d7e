//! A reply already given, for a client that asks again.

use sea_orm::entity::prelude::*;

/// A reply already given, for a client that asks again.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose key it is.
    pub actor_key: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// The operation it was for.
    pub operation: String,
    /// SHA-256 of the request.
    pub body_hash: Vec<u8>,
    /// HTTP status of the reply.
    pub status: i32,
    /// The reply's body and location.
    pub reply: Json,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
