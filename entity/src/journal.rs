//! A journal: lines that one person prepares and that count once another approved them.

use sea_orm::entity::prelude::*;

use crate::{JournalId, JournalState};

/// A journal: lines that one person prepares and that count once another approved them.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JournalId,
    /// Its number, from 1.
    pub number: i64,
    /// Where it stands.
    pub state: JournalState,
    /// Its version that stands, from 1.
    pub revision: i32,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// The journal that it takes back.
    pub reverses_id: Option<JournalId>,
    /// When it was prepared first (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
