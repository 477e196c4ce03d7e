//! Personal values of an audit entry, beside the chain so that they can be erased.

use sea_orm::entity::prelude::*;

use crate::AuditEntryId;

/// Personal values of an audit entry, beside the chain so that they can be erased.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_personal")]
pub struct Model {
    /// The entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: AuditEntryId,
    /// Random, hashed with the value.
    pub salt: Vec<u8>,
    /// The personal values.
    pub value: Json,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
