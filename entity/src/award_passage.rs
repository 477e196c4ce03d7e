//! Where a letter says a term of its award.

use sea_orm::entity::prelude::*;

use crate::{AwardId, AwardLetterId, AwardPassageId, AwardTerm, PersonId};

/// Where a letter says a term of its award.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_passage")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardPassageId,
    /// The award.
    pub award_id: AwardId,
    /// Counts the award's passages: 1, 2, 3 …
    pub seq: i32,
    /// The letter that says it.
    pub letter_id: AwardLetterId,
    /// On which of its pages.
    pub page: i32,
    /// Which term.
    pub term: AwardTerm,
    /// Of a year, a fence, a payment or a requirement: which one.
    pub subject_id: Option<Uuid>,
    /// What the letter says, word for word.
    pub words: String,
    /// The page has no words to compare: somebody read it and typed them.
    pub typed: bool,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
    /// Who took it back.
    pub withdrawn_by: Option<PersonId>,
    /// When it was taken back (UTC).
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Why it was taken back.
    pub withdrawal_reason: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
