//! Making a link, sending it, opening it, leaving it, taking it back. Only hashes of secrets are kept: one is
//! shown when the link is made, or made when its mail is handed over.

use chrono::NaiveDate;
use entity::{
    ContactId, FunderLinkId, FunderLinkOpeningId, FunderLinkSecretId, MailKind, OrganisationId,
    contact, funder_link, funder_link_opening, funder_link_secret,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::rules::{LinkState, MOST, check_end, is_open, state};
use super::store;
use crate::access::rules::Operation;
use crate::access::{hash, secret};
use crate::ctx::Actor;
use crate::mail::{self, NewMail};
use crate::organisations::view as organisations;
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// How the secret of every link begins, so that one that leaked can be recognised.
pub const PREFIX: &str = "tribview_";
/// How the secret in the cookie of a browser begins that opened one.
pub const OPENED: &str = "tribopen_";

/// A link to make: it goes to a contact by mail, or is handed over by whoever makes it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFunderLink)]
pub struct NewLink {
    /// The contact of this funder to whom it goes by mail. Left out, its secret is shown this once instead.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// For whom it is, where it goes to no contact: what they do rather than their name.
    #[serde(default)]
    #[validate(
        length(max = 200, message = "Say for whom it is, in at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    pub for_whom: Option<String>,
    /// Last London date on which it works: at most 90 days from today.
    pub ends_on: NaiveDate,
}

/// Whom a link reaches, and how.
#[derive(Clone, Copy)]
enum Reach<'a> {
    /// A contact, by mail.
    Contact(ContactId),
    /// Somebody to whom it is handed over.
    Hand(&'a str),
}

impl NewLink {
    fn reach(&self) -> Result<Reach<'_>> {
        let said = self.for_whom.as_deref().map(str::trim);
        match (self.contact_id, said.filter(|said| !said.is_empty())) {
            (Some(contact), None) => Ok(Reach::Contact(contact)),
            (None, Some(said)) => Ok(Reach::Hand(said)),
            (Some(_), Some(_)) => Err(Error::invalid(
                "/for_whom",
                "one-of-two",
                "It goes to the contact: leave out for whom it is, or leave out the contact.",
            )),
            (None, None) => Err(Error::invalid(
                "/for_whom",
                "required",
                "Say for whom it is.",
            )),
        }
    }
}

/// A link that was just made.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MadeFunderLink)]
pub struct MadeLink {
    /// Its id.
    pub id: FunderLinkId,
    /// What stands for `key` in `/funder-link?key=…`. It cannot be shown again. Absent where the link goes by
    /// mail: then nobody here ever reads it.
    pub secret: Option<String>,
}

/// Makes a link that shows what is this funder's, and writes the mail that carries it where it goes by mail.
pub async fn make(db: &Db, ctx: &Ctx, funder: OrganisationId, new: &NewLink) -> Result<MadeLink> {
    ctx.require(Operation::MakeFunderLink)?;
    let made_by = ctx.person()?.id;
    organisations::one(db, ctx, funder).await?;
    new.validate()?;
    let reach = new.reach()?;
    check_end(ctx.today(), new.ends_on)?;
    let (shown, kept) = secret(PREFIX)?;
    let command = Command::on(Operation::MakeFunderLink, "organisation", funder);
    let (id, by_mail, first) = db
        .write(ctx, command, async |tx| {
            tx.lock("organisation", funder).await?;
            store::gives(tx.conn(), funder).await?;
            if store::working(tx.conn(), ctx, funder).await? >= MOST {
                return Err(Error::refused(
                    "too-many-links",
                    format!("A funder has at most {MOST} links that work. Take one back that nobody needs."),
                ));
            }
            let (contact_id, mail_id, for_whom) = match reach {
                Reach::Hand(said) => (None, None, Some(said.to_owned())),
                Reach::Contact(contact) => {
                    let address = address_of(tx, funder, contact).await?;
                    (Some(contact), Some(write(tx, &address).await?), None)
                }
            };
            let id = FunderLinkId::new();
            let row = funder_link::ActiveModel {
                id: Set(id),
                funder_id: Set(funder),
                number: Set(store::next_number(tx.conn(), funder).await?),
                contact_id: Set(contact_id),
                mail_id: Set(mail_id),
                for_whom: Set(for_whom),
                ends_on: Set(new.ends_on),
                made_by: Set(made_by),
                made_at: Set(tx.now()),
                revoked_by: Set(None),
                revoked_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            // what goes by mail gets its secret when it leaves
            if mail_id.is_none() {
                keep(tx, id, kept.clone()).await?;
            }
            named(tx, &row).await?;
            tx.note("ends_on", new.ends_on.to_string());
            tx.note("by_mail", mail_id.is_some());
            Ok((id, mail_id.is_some(), kept.clone()))
        })
        .await?;
    if by_mail {
        return Ok(MadeLink { id, secret: None });
    }
    // a repeated request finds the first one's link, whose secret nobody keeps
    if first != kept {
        return Err(Error::refused(
            "link-shown-once",
            "This request made a link before, and it is shown only once. If it was lost, take that one back \
             and make another with a new Idempotency-Key.",
        ));
    }
    Ok(MadeLink {
        id,
        secret: Some(shown),
    })
}

/// The mail that will carry the link: its words are made when it is handed over, for they hold the secret.
async fn write(tx: &Tx, address: &str) -> Result<entity::MailId> {
    mail::write(
        tx,
        NewMail {
            kind: MailKind::FunderLink,
            to_person_id: None,
            to_address: address.to_owned(),
            subject: "See where your funding stands".to_owned(),
            text: None,
            html: None,
            link_id: None,
            day: None,
            not_before: None,
        },
    )
    .await
}

/// The address of a contact of this funder.
async fn address_of(tx: &Tx, funder: OrganisationId, id: ContactId) -> Result<String> {
    let row = contact::Entity::find_by_id(id)
        .filter(contact::Column::OrganisationId.eq(funder))
        .filter(contact::Column::RemovedAt.is_null())
        .one(tx.conn())
        .await?
        .ok_or_else(|| {
            Error::invalid(
                "/contact_id",
                "unknown",
                "This funder has no such contact. Choose one of those that are named.",
            )
        })?;
    row.email
        .filter(|email| !email.trim().is_empty())
        .ok_or_else(|| {
            Error::invalid(
                "/contact_id",
                "no-address",
                "No e-mail address of this contact is recorded. Add it, or hand the link over yourself.",
            )
        })
}

async fn keep(tx: &Tx, link: FunderLinkId, token_hash: Vec<u8>) -> Result<()> {
    funder_link_secret::ActiveModel {
        id: Set(FunderLinkSecretId::new()),
        link_id: Set(link),
        token_hash: Set(token_hash),
        made_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}

/// A secret for a link whose mail is about to be handed over. A second one does not spoil the first: that
/// mail may have arrived.
pub async fn issue_secret(db: &Db, ctx: &Ctx, id: FunderLinkId) -> Result<String> {
    let (shown, kept) = secret(PREFIX)?;
    db.write(ctx, Command::new(Operation::RecordDelivery), async |tx| {
        keep(tx, id, kept.clone()).await
    })
    .await?;
    Ok(shown)
}

/// Takes a link back: whoever has it open sees nothing more from the next request on.
pub async fn revoke(db: &Db, ctx: &Ctx, funder: OrganisationId, id: FunderLinkId) -> Result<()> {
    ctx.require(Operation::RevokeFunderLink)?;
    organisations::one(db, ctx, funder).await?;
    let command = Command::on(Operation::RevokeFunderLink, "organisation", funder);
    db.write(ctx, command, async |tx| {
        store::one(tx.conn(), funder, id).await?;
        tx.lock("funder_link", id).await?;
        let row = store::one(tx.conn(), funder, id).await?;
        match state(&row, ctx.today()) {
            LinkState::Works => {}
            LinkState::TakenBack => {
                return Err(Error::refused(
                    "taken-back-already",
                    "This link was taken back already.",
                ));
            }
            LinkState::Over => {
                return Err(Error::refused(
                    "link-ended-already",
                    "This link has ended already: its last day is over.",
                ));
            }
        }
        named(tx, &row).await?;
        end(tx, ctx, row).await
    })
    .await
}

/// Says in the record which link it is, and for whom; what a contact is called stands beside the record, where
/// it can be erased.
async fn named(tx: &Tx, row: &funder_link::Model) -> Result<()> {
    tx.note("link", row.number);
    if let Some(said) = &row.for_whom {
        tx.note("for_whom", said.as_str());
    }
    if let Some(id) = row.contact_id
        && let Some(to) = contact::Entity::find_by_id(id).one(tx.conn()).await?
    {
        tx.note_personal(json!({"contact": to.name}));
    }
    Ok(())
}

async fn end(tx: &Tx, ctx: &Ctx, row: funder_link::Model) -> Result<()> {
    let mut row = row.into_active_model();
    row.revoked_by = Set(ctx.person_id());
    row.revoked_at = Set(Some(tx.now()));
    row.update(tx.conn()).await?;
    Ok(())
}

/// A contact is taken out, and of the person nothing is kept: links that went to them work no longer, and their
/// mail forgets its address. How many links ended so.
pub(crate) async fn contact_leaves(tx: &Tx, ctx: &Ctx, contact: ContactId) -> Result<u64> {
    let mut ended = 0_u64;
    let mut mails = Vec::new();
    for row in store::of_contact(tx.conn(), contact).await? {
        mails.extend(row.mail_id);
        tx.lock("funder_link", row.id).await?;
        let row = store::one(tx.conn(), row.funder_id, row.id).await?;
        if state(&row, ctx.today()) == LinkState::Works {
            end(tx, ctx, row).await?;
            ended = ended.saturating_add(1);
        }
    }
    mail::forget(tx, mails).await?;
    Ok(ended)
}

/// What is said of every link that does not open: not whether there ever was one.
pub(crate) fn over() -> Error {
    Error::refused(
        "link-over",
        "This link does not work: it has ended, or it was taken back. Ask whoever sent it to you for a new \
         one.",
    )
}

/// Opens a link in a browser: gives what goes into its cookie. It can be opened again, as long as it works.
/// Looking at the page before it (as a mail program's preview does) must not call this.
pub async fn open(db: &Db, ctx: &Ctx, link_secret: &str) -> Result<String> {
    ctx.require(Operation::OpenFunderLink)?;
    if matches!(ctx.actor, Actor::Person(_)) {
        return Err(Error::refused(
            "signed-in-already",
            "You are signed in here, and see what your role shows. Sign out first, or open the link in a \
             private window.",
        ));
    }
    let (cookie, kept) = secret(OPENED)?;
    let (csrf, _) = secret("")?;
    db.write(ctx, Command::new(Operation::OpenFunderLink), async |tx| {
        let row = store::by_secret(tx.conn(), link_secret)
            .await?
            .filter(|row| state(row, ctx.today()) == LinkState::Works)
            .ok_or_else(over)?;
        // one that is taken back at this moment is not opened after it
        tx.lock("funder_link", row.id).await?;
        let row = store::one(tx.conn(), row.funder_id, row.id).await?;
        if state(&row, ctx.today()) != LinkState::Works {
            return Err(over());
        }
        funder_link_opening::ActiveModel {
            id: Set(FunderLinkOpeningId::new()),
            link_id: Set(row.id),
            at: Set(tx.now()),
            token_hash: Set(kept.clone()),
            csrf: Set(csrf.clone()),
            left_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.subject("organisation", row.funder_id);
        named(tx, &row).await
    })
    .await?;
    Ok(cookie)
}

/// Leaves what a link shows in this browser. The link can be opened again.
pub async fn leave(db: &Db, ctx: &Ctx, cookie: &str) -> Result<()> {
    ctx.require(Operation::LeaveFunderLink)?;
    let kept = hash(cookie);
    db.write(ctx, Command::new(Operation::LeaveFunderLink), async |tx| {
        let open = funder_link_opening::Entity::find()
            .filter(funder_link_opening::Column::TokenHash.eq(kept.clone()))
            .one(tx.conn())
            .await?
            .filter(|row| is_open(row.at, row.left_at.is_some(), tx.now()));
        if let Some(open) = open {
            funder_link_opening::Entity::update_many()
                .col_expr(funder_link_opening::Column::LeftAt, Expr::value(tx.now()))
                .filter(funder_link_opening::Column::Id.eq(open.id))
                .filter(funder_link_opening::Column::LeftAt.is_null())
                .exec(tx.conn())
                .await?;
        }
        Ok(())
    })
    .await
}
