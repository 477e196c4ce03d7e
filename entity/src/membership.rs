//! A dated role of a person for an organisation.

use sea_orm::entity::prelude::*;

use crate::{MembershipId, OrganisationId, PersonId, Role};

/// A dated role of a person for an organisation.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MembershipId,
    /// Who.
    pub person_id: PersonId,
    /// For whom the role is held.
    pub organisation_id: OrganisationId,
    /// What the person may do.
    pub role: Role,
    /// First London date on which it holds.
    pub starts_on: Date,
    /// Last London date on which it holds.
    pub ends_on: Option<Date>,
    /// Set when it was taken away at once.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it was recorded (UTC).
    pub created_at: DateTimeUtc,
    /// Who gave it; absent for the first administrator.
    pub created_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
