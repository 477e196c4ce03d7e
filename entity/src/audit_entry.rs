//! One thing that was done. Entries commit with the change, unchained; the sealer chains them.

use sea_orm::entity::prelude::*;

use crate::{ActorKind, AuditEntryId};

/// One thing that was done. Entries commit with the change, unchained; the sealer chains them.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// When (UTC).
    pub at: DateTimeUtc,
    /// A person, a token, the system or nobody.
    pub actor_kind: ActorKind,
    /// The person's id.
    pub actor_id: Option<Uuid>,
    /// The operation's name.
    pub command: String,
    /// What was acted on.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: Option<Uuid>,
    /// What changed and why, without secrets or personal values.
    pub detail: Json,
    /// Ties it to the logs.
    pub request_id: String,
    /// Salted hash of the personal values beside it.
    pub personal_hash: Option<Vec<u8>>,
    /// Its place in the chain.
    pub sealed_seq: Option<i64>,
    /// SHA-256 over the previous hash and this entry.
    pub chain_hash: Option<Vec<u8>>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
