//! What a funder offers. The newest stands.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, ApplicationOfferId, PersonId};

/// What a funder offers. The newest stands.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_offer")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationOfferId,
    /// The application.
    pub application_id: ApplicationId,
    /// The funder's reference.
    pub reference: String,
    /// London date of the offer.
    pub offered_on: Date,
    /// First London date of its window.
    pub starts_on: Date,
    /// Last London date of its window.
    pub ends_on: Date,
    /// London date by which it must be accepted.
    pub accept_by_on: Date,
    /// The instant after which it has lapsed (UTC).
    pub accept_by_at: DateTimeUtc,
    /// What the funder makes of it a condition; may be empty.
    pub conditions: String,
    /// Who recorded it; absent for the command line.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
    /// When other terms took its place (UTC).
    pub superseded_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
