//! What a member of a board said of a version of a paper.

use sea_orm::entity::prelude::*;

use crate::{Board, PaperId, PersonId, VoteChoice};

/// What a member of a board said of a version of a paper.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vote")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The paper.
    pub paper_id: PaperId,
    /// The version that it is about.
    pub revision: i32,
    /// The board for which it counts: one board for each person and paper.
    pub board: Board,
    /// Who.
    pub person_id: PersonId,
    /// What they said.
    pub choice: VoteChoice,
    /// What should change, or what the interest is; may be empty otherwise.
    pub words: String,
    /// When (UTC).
    pub cast_at: DateTimeUtc,
    /// When the same person said something else of this version (UTC).
    pub superseded_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
