//! How many members who vote make a decision of a board, from a day on.

use sea_orm::entity::prelude::*;

use crate::{Board, PersonId};

/// How many members who vote make a decision of a board, from a day on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "board_quorum")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which board.
    pub board: Board,
    /// So many members must vote; those with a conflict do not count.
    pub members: i32,
    /// From which London date; the latest that has come holds.
    pub valid_from: Date,
    /// Where it is written: the governing document, a minute.
    pub minute: String,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
