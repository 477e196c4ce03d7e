//! Taking a mail to hand it over, and recording what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    FunderLinkId, LinkPurpose, MailId, MailKind, MailState, SignInLinkId, mail, person, reminder,
    sign_in_link,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};

use crate::access::rules::Operation;
use crate::reminders::rules::{Digest, leaves_at};
use crate::{Command, Ctx, Db, Error, Result, Tx, funder_links, jobs, reminders};

/// The words of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Names nobody and no health matter.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// What a mail carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Words, as they are stored.
    Words(Written),
    /// Paragraphs that are laid out now.
    Notice {
        /// The name that its reader chose.
        display_name: String,
        /// The paragraphs, with an empty line between them.
        text: String,
    },
    /// A link that signs somebody in: its secret is made at the last moment, and so are the words.
    Link {
        /// The link.
        link_id: SignInLinkId,
        /// What it is for.
        purpose: LinkPurpose,
        /// The name that its reader chose.
        display_name: String,
    },
    /// A link that shows somebody what is their funder's: its secret is made at the last moment too.
    FunderLink {
        /// The link.
        link_id: FunderLinkId,
        /// What the contact is called to whom it goes.
        to_name: String,
        /// The charity that sends it.
        from: String,
        /// Last London date on which it works.
        ends_on: NaiveDate,
    },
}

/// A mail that is being handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The mail.
    pub id: MailId,
    /// The same at every attempt.
    pub message_id: String,
    /// Where it goes.
    pub to_address: String,
    /// Its subject.
    pub subject: String,
    /// What it carries.
    pub content: Content,
    /// Whether an earlier attempt may have delivered it.
    pub may_have_arrived: bool,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The mail server took it; its answer.
    Sent(String),
    /// Not just now; it is tried again.
    Later(String),
    /// The mail server will never take it.
    Refused(String),
    /// The connection ended before the answer; it is sent again.
    Unknown(String),
}

/// What stands in the row while it is being handed over: true if nothing is ever heard again.
const NO_ANSWER: &str = "It was being handed over; no answer was recorded.";

/// What comes of taking a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taken {
    /// To be handed over.
    Outgoing(Box<Outgoing>),
    /// Nothing (more) is to be handed over; the job's end is written with it.
    Over,
    /// Not before then: the morning's mail leaves at nine.
    NotBefore(DateTime<Utc>),
}

/// Takes a mail to hand it over: what was settled meanwhile is left out of it, or cancels it. The
/// morning's mail is taken from nine on, and says what is so then. `sender` is the domain that mail
/// is from; without a mail server there is none, and the mail is kept in the outbox.
///
/// From here until [`record`] it is unknown what became of it.
pub async fn take(
    db: &Db,
    ctx: &Ctx,
    id: MailId,
    sender: Option<&str>,
    compose: &dyn Fn(&Digest) -> Result<Written>,
) -> Result<Taken> {
    db.write(
        ctx,
        Command::on(Operation::RecordDelivery, "mail", id),
        async |tx| {
            tx.lock("mail", id).await?;
            let mut mail = find(tx, id).await?;
            if !matches!(mail.state, MailState::Queued | MailState::Unknown) {
                jobs::end_within(tx, ctx).await?;
                return Ok(Taken::Over);
            }
            let leaves = leaves_at(ctx.today());
            if mail.kind == MailKind::Digest && mail.attempts == 0 && tx.now() < leaves {
                return Ok(Taken::NotBefore(leaves));
            }
            if mail.kind == MailKind::Digest && !still_wanted(tx, ctx, &mut mail, compose).await? {
                end(
                    tx,
                    ctx,
                    mail,
                    MailState::Cancelled,
                    "It was settled before it was sent.",
                )
                .await?;
                return Ok(Taken::Over);
            }
            let Some(sender) = sender else {
                end(
                    tx,
                    ctx,
                    mail,
                    MailState::Kept,
                    "No mail server is configured.",
                )
                .await?;
                return Ok(Taken::Over);
            };
            // From the first attempt on it is the same for ever.
            let message_id = if mail.attempts == 0 {
                format!("{id}@{sender}")
            } else {
                mail.message_id.clone()
            };
            let content = match (mail.link_id, mail.text_body.clone(), mail.html_body.clone()) {
                (Some(link_id), _, _) => link(tx, link_id).await?,
                (None, Some(text), Some(html)) => Content::Words(Written {
                    subject: mail.subject.clone(),
                    text,
                    html,
                }),
                (None, Some(text), None) => Content::Notice {
                    display_name: match mail.to_person_id {
                        Some(id) => person::Entity::find_by_id(id)
                            .one(tx.conn())
                            .await?
                            .map_or_else(String::new, |reader| reader.display_name),
                        None => String::new(),
                    },
                    text,
                },
                _ if mail.kind == MailKind::FunderLink => {
                    match funder_links::store::carried_by(tx.conn(), ctx, mail.id).await? {
                        Some(content) => content,
                        None => {
                            let why = "The link was taken back, or has ended.";
                            end(tx, ctx, mail, MailState::Cancelled, why).await?;
                            return Ok(Taken::Over);
                        }
                    }
                }
                _ => return Err(Error::internal("a mail without words")),
            };
            let outgoing = Outgoing {
                id,
                message_id: message_id.clone(),
                to_address: mail.to_address.clone(),
                subject: mail.subject.clone(),
                content,
                may_have_arrived: mail.state == MailState::Unknown,
            };
            let attempts = mail.attempts.saturating_add(1);
            let mut row = mail.into_active_model();
            row.attempts = Set(attempts);
            row.message_id = Set(message_id);
            row.state = Set(MailState::Unknown);
            row.last_reply = Set(Some(NO_ANSWER.to_owned()));
            row.update(tx.conn()).await?;
            Ok(Taken::Outgoing(Box::new(outgoing)))
        },
    )
    .await
}

/// Records what became of an attempt; when that is the last word, the job ends with it.
pub async fn record(db: &Db, ctx: &Ctx, outgoing: &Outgoing, delivery: &Delivery) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::RecordDelivery, "mail", outgoing.id),
        async |tx| {
            let mail = find(tx, outgoing.id).await?;
            let (state, reply, over) = match delivery {
                Delivery::Sent(reply) => (MailState::Sent, reply, true),
                Delivery::Refused(reply) => (MailState::Refused, reply, true),
                Delivery::Unknown(reply) => (MailState::Unknown, reply, false),
                // What may have arrived once does not become certain by failing again.
                Delivery::Later(reply) if outgoing.may_have_arrived => {
                    (MailState::Unknown, reply, false)
                }
                Delivery::Later(reply) => (MailState::Queued, reply, false),
            };
            let mut row = mail.into_active_model();
            row.state = Set(state);
            row.last_reply = Set(Some(reply.clone()));
            if state == MailState::Sent {
                row.sent_at = Set(Some(tx.now()));
            }
            row.update(tx.conn()).await?;
            if over {
                jobs::end_within(tx, ctx).await?;
            }
            Ok(())
        },
    )
    .await
}

async fn find(tx: &Tx, id: MailId) -> Result<mail::Model> {
    mail::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

async fn end(tx: &Tx, ctx: &Ctx, mail: mail::Model, state: MailState, why: &str) -> Result<()> {
    let mut row = mail.into_active_model();
    row.state = Set(state);
    row.last_reply = Set(Some(why.to_owned()));
    row.update(tx.conn()).await?;
    jobs::end_within(tx, ctx).await
}

/// Whether any duty that a digest speaks of is still open and still waits for its reader. If only
/// some are, it is written again without the others.
async fn still_wanted(
    tx: &Tx,
    ctx: &Ctx,
    mail: &mut mail::Model,
    compose: &dyn Fn(&Digest) -> Result<Written>,
) -> Result<bool> {
    let today = ctx.today();
    let open = reminders::still_open(tx, today, mail.id).await?;
    if open.is_empty() {
        return Ok(false);
    }
    let spoken_of = reminder::Entity::find()
        .filter(reminder::Column::MailId.eq(mail.id))
        .filter(reminder::Column::Merged.eq(false))
        .count(tx.conn())
        .await?;
    // Written before nine, it may say "due today" of what has fallen due since.
    let early = mail.attempts == 0 && mail.created_at < leaves_at(today);
    if !early && u64::try_from(open.len()).is_ok_and(|open| open == spoken_of) {
        return Ok(true);
    }
    let name = match mail.to_person_id {
        Some(id) => person::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .map(|person| person.display_name),
        None => None,
    };
    let Some(digest) = reminders::rules::digest(&name.unwrap_or_default(), tx.now(), &open) else {
        return Ok(false);
    };
    let day = if mail.attempts == 0 {
        today
    } else {
        mail.day.unwrap_or(today)
    };
    *mail = super::store::rewrite(tx, mail.clone(), compose(&digest)?, day).await?;
    Ok(true)
}

async fn link(tx: &Tx, link_id: SignInLinkId) -> Result<Content> {
    let link = sign_in_link::Entity::find_by_id(link_id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let reader = person::Entity::find_by_id(link.person_id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Content::Link {
        link_id,
        purpose: link.purpose,
        display_name: reader.display_name,
    })
}
