//! Whom to ask at an organisation.

use sea_orm::entity::prelude::*;

use crate::{ContactId, OrganisationId, PersonId};

/// Whom to ask at an organisation.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactId,
    /// Where they work.
    pub organisation_id: OrganisationId,
    /// What they are called; empty once they were taken out.
    pub name: String,
    /// What to ask them about.
    pub about: String,
    /// Their e-mail address at work.
    pub email: Option<String>,
    /// Their telephone number at work.
    pub telephone: Option<String>,
    /// Who added them; absent for the command line.
    pub added_by: Option<PersonId>,
    /// When (UTC).
    pub added_at: DateTimeUtc,
    /// Who took them out.
    pub removed_by: Option<PersonId>,
    /// When they were taken out (UTC).
    pub removed_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
