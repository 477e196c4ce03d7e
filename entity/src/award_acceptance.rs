//! That a term of an award, as it stood then, is what a letter says.

use sea_orm::entity::prelude::*;

use crate::{AwardAcceptanceId, AwardPassageId, PersonId};

/// That a term of an award, as it stood then, is what a letter says.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_acceptance")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardAcceptanceId,
    /// The passage that says it.
    pub passage_id: AwardPassageId,
    /// Counts the passage's acceptances: 1, 2, 3 …
    pub seq: i32,
    /// How the term stood, in words.
    pub stood: String,
    /// London date.
    pub accepted_on: Date,
    /// Who accepted it.
    pub accepted_by: PersonId,
    /// When (UTC).
    pub accepted_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
