//! Somebody else's money shown beside an award; never counted as our spend.

use sea_orm::entity::prelude::*;

use crate::{AwardId, MatchFundingId, Money, OrganisationKind, PersonId};

/// Somebody else's money shown beside an award; never counted as our spend.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "match_funding")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MatchFundingId,
    /// The award.
    pub award_id: AwardId,
    /// Whose money.
    pub source: String,
    /// What sort of body that is.
    pub source_kind: OrganisationKind,
    /// Given in kind.
    pub in_kind: bool,
    /// How something in kind is valued.
    pub valued_how: Option<String>,
    /// First day of the month.
    pub month: Date,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence.
    pub amount: Money,
    /// Promised in writing.
    pub secured: bool,
    /// What shows it.
    pub evidence: Option<String>,
    /// Who recorded it.
    pub entered_by: PersonId,
    /// When (UTC).
    pub entered_at: DateTimeUtc,
    /// When a later one took its place (UTC).
    pub superseded_at: Option<DateTimeUtc>,
    /// Who took it back, with nothing in its place.
    pub taken_back_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
