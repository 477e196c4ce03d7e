//! A message on its way out, and what became of it.

use sea_orm::entity::prelude::*;

use crate::{MailId, MailKind, MailState, PersonId, SignInLinkId};

/// A message on its way out, and what became of it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    /// What sort of message.
    pub kind: MailKind,
    /// Stable `Message-ID`; a resend has the same.
    pub message_id: String,
    /// Whom it is for.
    pub to_person_id: Option<PersonId>,
    /// Where it goes.
    pub to_address: String,
    /// Names nobody and no health matter.
    pub subject: String,
    /// Plain text; absent for sign-in mail.
    pub text_body: Option<String>,
    /// HTML; absent for sign-in mail.
    pub html_body: Option<String>,
    /// The link that a sign-in mail carries.
    pub link_id: Option<SignInLinkId>,
    /// London date of a digest; one per person and day.
    pub day: Option<Date>,
    /// Where it stands.
    pub state: MailState,
    /// Attempts begun.
    pub attempts: i32,
    /// What the mail server said last.
    pub last_reply: Option<String>,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// When the server took it (UTC).
    pub sent_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
