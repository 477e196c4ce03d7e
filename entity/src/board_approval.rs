//! A board's agreement to one revision.

use sea_orm::entity::prelude::*;

use crate::{Board, GrantReturnId, PersonId};

/// A board's agreement to one revision.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "board_approval")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// The revision agreed to.
    pub revision: i32,
    /// Which board.
    pub board: Board,
    /// London date of the decision.
    pub agreed_on: Date,
    /// Where it is minuted.
    pub minute: String,
    /// Who recorded it.
    pub recorded_by: PersonId,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
