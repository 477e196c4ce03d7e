//! What a funder requires us to submit, for one period.

use sea_orm::entity::prelude::*;

use crate::{AwardId, GrantReturnId, RequirementId, ReturnFormId, ReturnState};

/// What a funder requires us to submit, for one period.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_return")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantReturnId,
    /// What asks for it.
    pub requirement_id: RequirementId,
    /// The award.
    pub award_id: AwardId,
    /// The form it is made on.
    pub form_id: ReturnFormId,
    /// First London date of the period.
    pub period_from: Date,
    /// Last London date of the period.
    pub period_to: Date,
    /// The fold of its events.
    pub state: ReturnState,
    /// Number of the newest revision; 0 before the first.
    pub revision: i32,
    /// The last accepted sequence its figures rest on.
    pub drafted_seq: i64,
    /// When the facts of the draft were read (UTC).
    pub drafted_at: Option<DateTimeUtc>,
    /// What the draft rests on, in words.
    pub rests_on: String,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
