//! A funder's scheme that awards are made under.

use sea_orm::entity::prelude::*;

use crate::{Money, OrganisationId, PersonId, ProgrammeId};

/// A funder's scheme that awards are made under.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "programme")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgrammeId,
    /// Whose scheme it is.
    pub funder_id: OrganisationId,
    /// What the funder calls it, with its year where it has one.
    pub name: String,
    /// What the funder wants to pay for; may be empty.
    pub priorities: String,
    /// The least that may be asked for, pence.
    pub smallest: Option<Money>,
    /// The most that may be asked for, pence.
    pub largest: Option<Money>,
    /// First London date on which it takes applications.
    pub opens_on: Option<Date>,
    /// The instant from which it does (UTC): the day begins, where no time is stated.
    pub opens_at: Option<DateTimeUtc>,
    /// Last London date on which it takes them.
    pub closes_on: Option<Date>,
    /// The instant after which it takes none (UTC): the day ends, where no time is stated.
    pub closes_at: Option<DateTimeUtc>,
    /// The stages that its applications go through, in order: slugs.
    pub stages: Json,
    /// The funder's own page about it; may be empty.
    pub link: String,
    /// What we know of it; may be empty.
    pub notes: String,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// Who recorded it; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
