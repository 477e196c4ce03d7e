//! The outbox, as an administrator reads it. Mail that carries a secret is never in it.

use chrono::{DateTime, Utc};
use entity::{MailId, MailKind, MailState, mail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::reminders::rules::leaves_at;
use crate::{Ctx, Db, Error, Result};

/// A mail in the outbox.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MailView {
    /// The mail.
    pub id: MailId,
    /// What sort of mail.
    pub kind: MailKind,
    /// Its Message-ID, the same however often it was sent.
    pub message_id: String,
    /// The chosen name of its reader.
    pub to_name: String,
    /// Where it goes.
    pub to_address: String,
    /// Its subject.
    pub subject: String,
    /// Where it stands.
    pub state: MailState,
    /// The same in words.
    pub state_in_words: String,
    /// How often it was tried.
    pub attempts: i32,
    /// What the mail server said last.
    pub last_reply: Option<String>,
    /// When it was written (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
    /// When the mail server took it (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub sent_at: Option<DateTime<Utc>>,
    /// What it says, as plain text.
    pub text: String,
}

/// The outbox, newest first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Outbox {
    /// One page of it.
    pub mails: Vec<MailView>,
    /// Ask for those before this one, for the next page.
    pub next: Option<MailId>,
    /// Mails that were refused, or of which it is not known whether they arrived.
    pub troubled: u64,
}

/// A state in plain words.
#[must_use]
pub const fn state_in_words(state: MailState) -> &'static str {
    match state {
        MailState::Queued => "Waits to be sent",
        MailState::Kept => "Kept here, because no mail server is configured",
        MailState::Sent => "The mail server took it",
        MailState::Unknown => "Not known whether it arrived; it is sent again",
        MailState::Refused => "The mail server refused it",
        MailState::Cancelled => "Not sent, because it was settled before",
    }
}

fn readable() -> sea_orm::Select<mail::Entity> {
    mail::Entity::find()
        .filter(mail::Column::Kind.is_not_in([MailKind::SignIn, MailKind::FunderLink]))
}

/// A page of the outbox, of one state or of all.
pub async fn outbox(
    db: &Db,
    ctx: &Ctx,
    state: Option<MailState>,
    before: Option<MailId>,
    limit: u64,
) -> Result<Outbox> {
    ctx.require(Operation::ReadOutbox)?;
    let mut rows = readable().order_by_desc(mail::Column::Id).limit(limit);
    if let Some(state) = state {
        rows = rows.filter(mail::Column::State.eq(state));
    }
    if let Some(before) = before {
        rows = rows.filter(mail::Column::Id.lt(before));
    }
    let rows = rows.all(db.read()).await?;
    let next = rows
        .last()
        .filter(|_| u64::try_from(rows.len()).is_ok_and(|len| len == limit))
        .map(|last| last.id);
    let troubled = readable()
        .filter(mail::Column::State.is_in([MailState::Refused, MailState::Unknown]))
        .count(db.read())
        .await?;
    Ok(Outbox {
        mails: named(db, ctx, rows).await?,
        next,
        troubled,
    })
}

/// How many mails of the last week the mail server refused, or of which it is not known whether they arrived: whoever was
/// to read them was told nothing.
pub async fn not_delivered(db: &Db, ctx: &Ctx) -> Result<u64> {
    ctx.require(Operation::ReadOperations)?;
    Ok(readable()
        .filter(mail::Column::State.is_in([MailState::Refused, MailState::Unknown]))
        .filter(mail::Column::CreatedAt.gt(ctx.now() - chrono::Duration::days(7)))
        .count(db.read())
        .await?)
}

/// One mail.
pub async fn one(db: &Db, ctx: &Ctx, id: MailId) -> Result<MailView> {
    ctx.require(Operation::ReadOutbox)?;
    let row = readable()
        .filter(mail::Column::Id.eq(id))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    named(db, ctx, vec![row])
        .await?
        .pop()
        .ok_or(Error::NotFound)
}

async fn named(db: &Db, ctx: &Ctx, rows: Vec<mail::Model>) -> Result<Vec<MailView>> {
    let names = names_of(db, rows.iter().filter_map(|row| row.to_person_id)).await?;
    Ok(rows
        .into_iter()
        .map(|row| MailView {
            state_in_words: if waits_for_nine(ctx, &row) {
                "Leaves at 9am, with what changes until then"
            } else {
                state_in_words(row.state)
            }
            .to_owned(),
            id: row.id,
            kind: row.kind,
            message_id: row.message_id,
            to_name: row
                .to_person_id
                .and_then(|id| names.get(&id).cloned())
                .unwrap_or_default(),
            to_address: row.to_address,
            subject: row.subject,
            state: row.state,
            attempts: row.attempts,
            last_reply: row.last_reply,
            created_at: row.created_at,
            sent_at: row.sent_at,
            text: row.text_body.unwrap_or_default(),
        })
        .collect())
}

/// Whether a mail is the coming morning's.
fn waits_for_nine(ctx: &Ctx, mail: &mail::Model) -> bool {
    mail.kind == MailKind::Digest
        && mail.state == MailState::Queued
        && mail.attempts == 0
        && ctx.now() < leaves_at(ctx.today())
}
