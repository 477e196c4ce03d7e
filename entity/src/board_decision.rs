//! What a board decided on a version of a paper.

use sea_orm::entity::prelude::*;

use crate::{Board, BoardDecisionId, BoardOutcome, Money, PaperId, PersonId};

/// What a board decided on a version of a paper.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "board_decision")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BoardDecisionId,
    /// The paper.
    pub paper_id: PaperId,
    /// The version.
    pub revision: i32,
    /// Which board.
    pub board: Board,
    /// What follows from its members' votes.
    pub outcome: BoardOutcome,
    /// London date of the decision.
    pub decided_on: Date,
    /// Where it is minuted.
    pub minute: String,
    /// So many members had to vote.
    pub quorum: i32,
    /// So many agreed.
    pub agreed: i32,
    /// So many wanted it changed.
    pub changes: i32,
    /// So many did not agree.
    pub against: i32,
    /// So many declared a conflict and did not vote.
    pub conflicts: i32,
    /// What was free in the pool when this was recorded, in pence; may be negative.
    pub free: Money,
    /// The member who recorded it.
    pub recorded_by: PersonId,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
