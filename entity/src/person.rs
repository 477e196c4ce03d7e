//! Somebody who signs in or is written to. No field records anyone's history.

use sea_orm::entity::prelude::*;

use crate::PersonId;

/// Somebody who signs in or is written to. No field records anyone's history.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    /// Lower case; unique.
    pub email: String,
    /// The name the person chose to be shown by.
    pub display_name: String,
    /// The second factor's shared secret, once it was confirmed.
    pub totp_secret: Option<Vec<u8>>,
    /// When the person proved that the second factor works.
    pub totp_confirmed_at: Option<DateTimeUtc>,
    /// The last time step accepted, so that a code works once.
    pub totp_last_step: Option<i64>,
    /// Wrong codes since the last right one.
    pub totp_failures: i32,
    /// When the last wrong code came (UTC).
    pub totp_failed_at: Option<DateTimeUtc>,
    /// When the person was added (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
