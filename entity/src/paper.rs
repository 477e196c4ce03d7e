//! A paper on which both boards decide.

use sea_orm::entity::prelude::*;

use crate::{PaperId, PaperState, PersonId};

/// A paper on which both boards decide.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaperId,
    /// Where it stands: follows from what the boards decided on its latest version.
    pub state: PaperState,
    /// Its latest version, from 1.
    pub revision: i32,
    /// Why it was taken back.
    pub withdrawn_because: Option<String>,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// Who wrote it first; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
