//! A finding that a person has answered for one return, with the reason.

use sea_orm::entity::prelude::*;

use crate::{GrantReturnId, PersonId};

/// A finding that a person has answered for one return, with the reason.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "silenced_finding")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// The finding's code.
    pub code: String,
    /// Sheet and cell, or empty.
    pub cell: String,
    /// What was found, in its words; empty in rows from before they were kept.
    pub found: String,
    /// Why it may stand.
    pub reason: String,
    /// Who.
    pub silenced_by: PersonId,
    /// When (UTC).
    pub silenced_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
