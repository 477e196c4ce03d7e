//! A link that we send to somebody at a funder: it shows what is that funder's.

use sea_orm::entity::prelude::*;

use crate::{ContactId, FunderLinkId, MailId, OrganisationId, PersonId};

/// A link that we send to somebody at a funder: it shows what is that funder's.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "funder_link")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FunderLinkId,
    /// The funder whose things it shows.
    pub funder_id: OrganisationId,
    /// Counts the links of this funder.
    pub number: i32,
    /// To whom it goes by mail; absent where it is handed over otherwise.
    pub contact_id: Option<ContactId>,
    /// The mail that carries it; absent where it is handed over otherwise.
    pub mail_id: Option<MailId>,
    /// For whom it is, in the words of who made it; absent where the contact says so.
    pub for_whom: Option<String>,
    /// Last London date on which it works.
    pub ends_on: Date,
    /// Who made it.
    pub made_by: PersonId,
    /// When (UTC).
    pub made_at: DateTimeUtc,
    /// Who took it back; absent while it was not, and for the command line.
    pub revoked_by: Option<PersonId>,
    /// When it was taken back (UTC).
    pub revoked_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
