//! Links as readers get them, and who is behind the cookie of one.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ContactId, FunderLinkId, MailId, MailState, OrganisationId, PersonId, contact, funder_link,
    mail,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::ops::OPENED;
use super::rules::{LinkState, is_open, state};
use super::store;
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::ctx::GuestActor;
use crate::paging::{Cursor, Slice};
use crate::{Clock, Ctx, Db, Result, organisations};

/// A link of a funder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FunderLink)]
pub struct LinkView {
    /// Its id.
    pub id: FunderLinkId,
    /// The funder whose things it shows.
    pub funder_id: OrganisationId,
    /// Counts the links of this funder; its history names it so.
    pub number: i32,
    /// The contact to whom it goes by mail; absent where it is handed over otherwise.
    pub contact_id: Option<ContactId>,
    /// For whom it is; absent where the contact was taken out.
    pub for_whom: Option<String>,
    /// Where it stands.
    pub state: LinkState,
    /// Last London date on which it works.
    pub ends_on: NaiveDate,
    /// Where the mail stands that carries it; absent where it was handed over otherwise.
    pub mail_state: Option<MailState>,
    /// The chosen name of who made it.
    pub made_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub made_at: DateTime<Utc>,
    /// How often it was opened.
    pub openings: u64,
    /// When it was last opened (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub last_opened_at: Option<DateTime<Utc>>,
    /// The chosen name of who took it back.
    pub revoked_by: Option<String>,
    /// When it was taken back (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether this reader may take it back, and it is not over.
    pub may_revoke: bool,
}

/// The links of a funder, the newest first.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    funder: OrganisationId,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<LinkView>> {
    ctx.require(Operation::ReadFunderLinks)?;
    organisations::view::one(db, ctx, funder).await?;
    let mut keyed = funder_link::Entity::find()
        .filter(funder_link::Column::FunderId.eq(funder))
        .cursor_by((funder_link::Column::MadeAt, funder_link::Column::Id));
    keyed.desc();
    if let Some(after) = after {
        keyed.after((after.instant(), FunderLinkId(after.id)));
    }
    let rows = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::at(row.made_at, row.id));
    Ok(Slice {
        next: rows.next,
        items: told(db, ctx, rows.items).await?,
    })
}

/// One of them.
pub async fn one(db: &Db, ctx: &Ctx, funder: OrganisationId, id: FunderLinkId) -> Result<LinkView> {
    ctx.require(Operation::ReadFunderLinks)?;
    let row = store::one(db.read(), funder, id).await?;
    told(db, ctx, vec![row])
        .await?
        .pop()
        .ok_or(crate::Error::NotFound)
}

/// How many links of a funder work; nothing for those who are not told.
pub async fn working(db: &Db, ctx: &Ctx, funder: OrganisationId) -> Result<Option<u64>> {
    if ctx.require(Operation::ReadFunderLinks).is_err() {
        return Ok(None);
    }
    Ok(Some(store::working(db.read(), ctx, funder).await?))
}

async fn told(db: &Db, ctx: &Ctx, rows: Vec<funder_link::Model>) -> Result<Vec<LinkView>> {
    let opened = store::openings(db.read(), rows.iter().map(|row| row.id)).await?;
    let people = names_of(
        db,
        rows.iter()
            .map(|row| row.made_by)
            .chain(rows.iter().filter_map(|row| row.revoked_by)),
    )
    .await?;
    let mails: HashMap<MailId, MailState> = mail::Entity::find()
        .filter(mail::Column::Id.is_in(rows.iter().filter_map(|row| row.mail_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.state))
        .collect();
    let contacts: HashMap<ContactId, String> = contact::Entity::find()
        .filter(contact::Column::Id.is_in(rows.iter().filter_map(|row| row.contact_id)))
        .filter(contact::Column::RemovedAt.is_null())
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let named = |id: PersonId| people.get(&id).cloned();
    let may = ctx.require(Operation::RevokeFunderLink).is_ok();
    Ok(rows
        .into_iter()
        .map(|row| {
            let stands = state(&row, ctx.today());
            let (openings, last) = opened
                .get(&row.id)
                .map_or((0, None), |(many, last)| (*many, Some(*last)));
            LinkView {
                id: row.id,
                funder_id: row.funder_id,
                number: row.number,
                contact_id: row.contact_id,
                state: stands,
                ends_on: row.ends_on,
                mail_state: row.mail_id.and_then(|id| mails.get(&id).copied()),
                made_by: named(row.made_by),
                made_at: row.made_at,
                openings,
                last_opened_at: last,
                revoked_by: row.revoked_by.and_then(named),
                revoked_at: row.revoked_at,
                may_revoke: may && stands == LinkState::Works,
                for_whom: row
                    .for_whom
                    .or_else(|| contacts.get(&row.contact_id?).cloned()),
            }
        })
        .collect())
}

/// Who is behind the cookie of a browser that opened a link, with what its forms must send back; nobody
/// where the link has ended or was taken back, or the browser left it.
pub async fn by_cookie(
    db: &Db,
    clock: &Clock,
    cookie: &str,
) -> Result<Option<(GuestActor, String)>> {
    if !cookie.starts_with(OPENED) {
        return Ok(None);
    }
    let system = Ctx::system("links", clock.clone());
    let Some((opening, link)) = store::by_cookie(db.read(), cookie).await? else {
        return Ok(None);
    };
    let open = is_open(opening.at, opening.left_at.is_some(), system.now());
    if !open || state(&link, system.today()) != LinkState::Works {
        return Ok(None);
    }
    let guest = GuestActor {
        link: link.id,
        funder: link.funder_id,
        ends_on: link.ends_on,
    };
    Ok(Some((guest, opening.csrf)))
}
