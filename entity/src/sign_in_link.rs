//! A single-use link; only its hash is kept, and it is made when the mail is delivered.

use sea_orm::entity::prelude::*;

use crate::{LinkPurpose, PersonId, SignInLinkId};

/// A single-use link; only its hash is kept, and it is made when the mail is delivered.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_link")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignInLinkId,
    /// Whom it signs in.
    pub person_id: PersonId,
    /// A sign-in or an invitation.
    pub purpose: LinkPurpose,
    /// SHA-256 of the token.
    pub token_hash: Option<Vec<u8>>,
    /// When it was asked for (UTC).
    pub created_at: DateTimeUtc,
    /// When it stops working (UTC).
    pub expires_at: DateTimeUtc,
    /// When it was used (UTC).
    pub used_at: Option<DateTimeUtc>,
    /// The page here that was wanted when it was asked for.
    pub goes_to: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
