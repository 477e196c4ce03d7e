//! A question of a funder's officer about a figure that they were shown.

use sea_orm::entity::prelude::*;

use crate::{AwardId, FunderQuestionId, GrantReturnId, Money, OrganisationId, PersonId, PoolId};

/// A question of a funder's officer about a figure that they were shown. What was said is in its events.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "funder_question")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FunderQuestionId,
    /// The funder whose officer asks.
    pub funder_id: OrganisationId,
    /// The award that it is about; none where it is about another record.
    pub award_id: Option<AwardId>,
    /// The return that it is about; none where it is about another record.
    pub return_id: Option<GrantReturnId>,
    /// The pool whose position it is about; none where it is about another record.
    pub pool_id: Option<PoolId>,
    /// The figure's short name in that record.
    pub figure: String,
    /// What the figure was called for who asked.
    pub label: String,
    /// What it said to them, in words.
    pub seen: String,
    /// The same in pence, where it was an amount.
    pub seen_amount: Option<Money>,
    /// London date as of which it was shown; of a return, that of its sending.
    pub as_of: Date,
    /// Who asked.
    pub asked_by: PersonId,
    /// When (UTC).
    pub asked_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
