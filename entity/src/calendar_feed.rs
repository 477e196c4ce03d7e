//! An address at which a calendar program reads returns and their deadlines; only its hash is kept.

use sea_orm::entity::prelude::*;

use crate::{CalendarFeedId, FeedCovers, PersonId};

/// An address at which a calendar program reads returns and their deadlines; only its hash is kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarFeedId,
    /// Whose it is: it tells what they may see.
    pub person_id: PersonId,
    /// Every return that they may see, or those in which they have a part.
    pub covers: FeedCovers,
    /// The first characters of its secret, to recognise it by.
    pub prefix: String,
    /// SHA-256 of its secret.
    pub token_hash: Vec<u8>,
    /// When it was made (UTC).
    pub created_at: DateTimeUtc,
    /// When it was taken back (UTC).
    pub revoked_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
