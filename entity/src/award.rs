//! The agreement: amount, period, restrictions, and what it asks of us.

use sea_orm::entity::prelude::*;

use crate::{
    AccountsAs, AwardId, LegalBasis, Money, Nation, OrganisationId, PaysFor, PersonId, ProgrammeId,
};

/// The agreement: amount, period, restrictions, and what it asks of us.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardId,
    /// The funder's reference.
    pub reference: String,
    /// What people call it.
    pub title: String,
    /// The funder's scheme.
    pub programme: String,
    /// Gives the money.
    pub funder_id: OrganisationId,
    /// Holds it in its bank account.
    pub holder_id: OrganisationId,
    /// Answers to the funder.
    pub accountable_body_id: OrganisationId,
    /// Pence.
    pub amount: Money,
    /// First London date of its window.
    pub starts_on: Date,
    /// Last London date of its window.
    pub ends_on: Date,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// Capital, revenue or both.
    pub pays_for: PaysFor,
    /// What makes it binding.
    pub legal_basis: LegalBasis,
    /// What is unspent at the end goes back.
    pub lost_if_unspent: bool,
    /// Told when a duty is long overdue.
    pub lead_id: Option<PersonId>,
    /// The programme that it was made under, where that is recorded.
    pub programme_id: Option<ProgrammeId>,
    /// Decides what it is spent on, where that is recorded.
    pub decider_id: Option<OrganisationId>,
    /// In whose accounts it is, where that is recorded.
    pub accounts_of_id: Option<OrganisationId>,
    /// As what it is in those accounts.
    pub accounts_as: Option<AccountsAs>,
    /// The places that it pays for, as spend names them, one on each line; empty: any.
    pub only_places: String,
    /// The groups of people that it pays for, as spend names them, one on each line; empty: any.
    pub only_groups: String,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
