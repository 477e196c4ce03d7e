//! Our request to a programme, from first interest to outcome.

use sea_orm::entity::prelude::*;

use crate::{
    ApplicationId, ApplicationState, AwardId, Nation, OrganisationId, PersonId, PoolId, ProgrammeId,
};

/// Our request to a programme, from first interest to outcome.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationId,
    /// What it asks money of.
    pub programme_id: ProgrammeId,
    /// What people call it.
    pub title: String,
    /// The pool that it would fund, if it would fund one.
    pub pool_id: Option<PoolId>,
    /// What it would fund, in words; may be empty where a pool says it.
    pub purpose: String,
    /// First London date of the window that is asked for: when money could arrive.
    pub starts_on: Option<Date>,
    /// Last London date of that window.
    pub ends_on: Option<Date>,
    /// Leads on it.
    pub lead_id: Option<PersonId>,
    /// Would answer to the funder, where that is settled.
    pub accountable_body_id: Option<OrganisationId>,
    /// Would hold the money, where that is settled.
    pub holder_id: Option<OrganisationId>,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// How likely a person thinks it, in basis points; none where nobody has said.
    pub likelihood_bp: Option<i32>,
    /// Who thinks so.
    pub likelihood_by: Option<PersonId>,
    /// Since when (UTC).
    pub likelihood_at: Option<DateTimeUtc>,
    /// Where it stands: the fold of its events.
    pub state: ApplicationState,
    /// The award that it became.
    pub award_id: Option<AwardId>,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// Who began it; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
