//! Writing a mail in the transaction that decided it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{JobKind, MailId, MailKind, MailState, PersonId, SignInLinkId, mail, person};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};

use super::ops::Written;
use crate::{Error, Result, Tx, jobs};

/// A mail to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewMail {
    pub(crate) kind: MailKind,
    pub(crate) to_person_id: Option<PersonId>,
    pub(crate) to_address: String,
    pub(crate) subject: String,
    /// Plain text; none for a mail that carries a secret, which is never stored readable.
    pub(crate) text: Option<String>,
    /// The same as HTML; without it the text is laid out when it is handed over.
    pub(crate) html: Option<String>,
    pub(crate) link_id: Option<SignInLinkId>,
    /// The London date of a digest: one per person and day.
    pub(crate) day: Option<NaiveDate>,
    /// It is not handed over before then (UTC).
    pub(crate) not_before: Option<DateTime<Utc>>,
}

impl NewMail {
    /// A mail whose words are known.
    pub(crate) fn written(kind: MailKind, to: PersonId, address: &str, words: Written) -> Self {
        Self {
            kind,
            to_person_id: Some(to),
            to_address: address.to_owned(),
            subject: words.subject,
            text: Some(words.text),
            html: Some(words.html),
            link_id: None,
            day: None,
            not_before: None,
        }
    }
}

/// Writes the mail and asks for its delivery. Its Message-ID is its own for ever.
pub(crate) async fn write(tx: &Tx, mail: NewMail) -> Result<MailId> {
    // Both become headers; a line break in one would begin another.
    for header in [&mail.subject, &mail.to_address] {
        if header.chars().any(char::is_control) {
            return Err(Error::invalid(
                "/mail",
                "control-character",
                "A subject or an address cannot hold a line break.",
            ));
        }
    }
    let id = MailId::new();
    mail::ActiveModel {
        id: Set(id),
        kind: Set(mail.kind),
        // Its sender's domain is added when it is first handed over.
        message_id: Set(id.to_string()),
        to_person_id: Set(mail.to_person_id),
        to_address: Set(mail.to_address),
        subject: Set(mail.subject),
        text_body: Set(mail.text),
        html_body: Set(mail.html),
        link_id: Set(mail.link_id),
        day: Set(mail.day),
        state: Set(MailState::Queued),
        attempts: Set(0),
        last_reply: Set(None),
        created_at: Set(tx.now()),
        sent_at: Set(None),
    }
    .insert(tx.conn())
    .await?;
    jobs::enqueue(
        tx,
        JobKind::DeliverMail,
        Some(format!("deliver-mail:{id}")),
        Some(id.into()),
        mail.not_before
            .map_or(tx.now(), |earliest| earliest.max(tx.now())),
    )
    .await?;
    Ok(id)
}

/// Forgets to whom mails went, where nothing is kept of the person any more.
pub(crate) async fn forget(tx: &Tx, mails: Vec<MailId>) -> Result<()> {
    mail::Entity::update_many()
        .col_expr(mail::Column::ToAddress, Expr::value(""))
        .col_expr(mail::Column::LastReply, Expr::value(None::<String>))
        .filter(mail::Column::Id.is_in(mails))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Gives a mail that was never handed over other words, and this morning's date where no other has
/// it.
pub(crate) async fn rewrite(
    tx: &Tx,
    mail: mail::Model,
    words: Written,
    day: NaiveDate,
) -> Result<mail::Model> {
    let others = mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(mail.to_person_id))
        .filter(mail::Column::Day.eq(day))
        .filter(mail::Column::Id.ne(mail.id))
        .count(tx.conn())
        .await?;
    let mut row = mail.into_active_model();
    row.subject = Set(words.subject);
    row.text_body = Set(Some(words.text));
    row.html_body = Set(Some(words.html));
    if others == 0 {
        row.day = Set(Some(day));
    }
    Ok(row.update(tx.conn()).await?)
}

/// Tells somebody of something that happened, in a few paragraphs. Neither the subject nor the
/// words name anybody's membership: a mail is read by others.
pub(crate) async fn tell(
    tx: &Tx,
    kind: MailKind,
    to: &person::Model,
    subject: &str,
    paragraphs: &[String],
) -> Result<MailId> {
    write(
        tx,
        NewMail {
            kind,
            to_person_id: Some(to.id),
            to_address: to.email.clone(),
            subject: subject.to_owned(),
            text: Some(paragraphs.join("\n\n")),
            html: None,
            link_id: None,
            day: None,
            not_before: None,
        },
    )
    .await
}

/// Tells each of these people the same.
pub(crate) async fn tell_each(
    tx: &Tx,
    kind: MailKind,
    to: impl IntoIterator<Item = PersonId>,
    subject: &str,
    paragraphs: &[String],
) -> Result<()> {
    for row in person::Entity::find()
        .filter(person::Column::Id.is_in(to))
        .all(tx.conn())
        .await?
    {
        tell(tx, kind, &row, subject, paragraphs).await?;
    }
    Ok(())
}
