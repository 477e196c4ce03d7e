//! The rows of links.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    ContactId, FunderLinkId, MailId, OrganisationId, award, contact, funder_link,
    funder_link_opening, funder_link_secret,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::rules::{LinkState, state};
use crate::access::hash;
use crate::mail::Content;
use crate::{Ctx, Error, Result, organisations, settings};

/// Refuses for a funder that gives us no award: there is nothing of it to show.
pub(super) async fn gives(conn: &impl ConnectionTrait, id: OrganisationId) -> Result<()> {
    let awards = award::Entity::find()
        .filter(award::Column::FunderId.eq(id))
        .count(conn)
        .await?;
    if awards > 0 {
        return Ok(());
    }
    let name = organisations::view::name_within(conn, id).await?;
    Err(Error::refused(
        "no-award",
        format!(
            "No award of {name} is recorded, so that a link would show nothing. Record its award first."
        ),
    ))
}

/// One link of a funder.
pub(super) async fn one(
    conn: &impl ConnectionTrait,
    funder: OrganisationId,
    id: FunderLinkId,
) -> Result<funder_link::Model> {
    funder_link::Entity::find_by_id(id)
        .filter(funder_link::Column::FunderId.eq(funder))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// The number of the next link of a funder, whose row is locked.
pub(super) async fn next_number(
    conn: &impl ConnectionTrait,
    funder: OrganisationId,
) -> Result<i32> {
    let last = funder_link::Entity::find()
        .filter(funder_link::Column::FunderId.eq(funder))
        .order_by_desc(funder_link::Column::Number)
        .one(conn)
        .await?;
    Ok(last.map_or(1, |last| last.number.saturating_add(1)))
}

/// The links that went to a contact.
pub(super) async fn of_contact(
    conn: &impl ConnectionTrait,
    contact: ContactId,
) -> Result<Vec<funder_link::Model>> {
    Ok(funder_link::Entity::find()
        .filter(funder_link::Column::ContactId.eq(contact))
        .order_by_asc(funder_link::Column::Id)
        .all(conn)
        .await?)
}

/// The link that this is the secret of, wherever it stands.
pub(super) async fn by_secret(
    conn: &impl ConnectionTrait,
    secret: &str,
) -> Result<Option<funder_link::Model>> {
    let known = funder_link_secret::Entity::find()
        .filter(funder_link_secret::Column::TokenHash.eq(hash(secret)))
        .one(conn)
        .await?;
    match known {
        None => Ok(None),
        Some(known) => Ok(funder_link::Entity::find_by_id(known.link_id)
            .one(conn)
            .await?),
    }
}

/// The opening of which this is the secret in the cookie, with its link.
pub(super) async fn by_cookie(
    conn: &impl ConnectionTrait,
    secret: &str,
) -> Result<Option<(funder_link_opening::Model, funder_link::Model)>> {
    let Some(opening) = funder_link_opening::Entity::find()
        .filter(funder_link_opening::Column::TokenHash.eq(hash(secret)))
        .one(conn)
        .await?
    else {
        return Ok(None);
    };
    let link = funder_link::Entity::find_by_id(opening.link_id)
        .one(conn)
        .await?;
    Ok(link.map(|link| (opening, link)))
}

/// How often links were opened, and when last.
pub(super) async fn openings(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = FunderLinkId>,
) -> Result<HashMap<FunderLinkId, (u64, DateTime<Utc>)>> {
    let rows: Vec<(FunderLinkId, i64, DateTime<Utc>)> = funder_link_opening::Entity::find()
        .select_only()
        .column(funder_link_opening::Column::LinkId)
        .column_as(funder_link_opening::Column::Id.count(), "openings")
        .column_as(funder_link_opening::Column::At.max(), "last_at")
        .filter(crate::db::among(
            conn,
            funder_link_opening::Column::LinkId,
            ids,
        ))
        .group_by(funder_link_opening::Column::LinkId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, openings, last)| (id, (openings.unsigned_abs(), last)))
        .collect())
}

/// How many links of a funder work.
pub(super) async fn working(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    funder: OrganisationId,
) -> Result<u64> {
    Ok(funder_link::Entity::find()
        .filter(funder_link::Column::FunderId.eq(funder))
        .filter(funder_link::Column::RevokedAt.is_null())
        .filter(funder_link::Column::EndsOn.gte(ctx.today()))
        .count(conn)
        .await?)
}

/// What the mail of a link carries; nothing where the link does not work any more.
pub(crate) async fn carried_by(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    mail: MailId,
) -> Result<Option<Content>> {
    let row = funder_link::Entity::find()
        .filter(funder_link::Column::MailId.eq(mail))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    if state(&row, ctx.today()) != LinkState::Works {
        return Ok(None);
    }
    let to = match row.contact_id {
        Some(id) => contact::Entity::find_by_id(id).one(conn).await?,
        None => None,
    };
    let from = match settings::home_in(conn).await? {
        Some(home) => organisations::view::name_within(conn, home).await?,
        None => String::new(),
    };
    Ok(Some(Content::FunderLink {
        link_id: row.id,
        to_name: to.map_or_else(String::new, |to| to.name),
        from,
        ends_on: row.ends_on,
    }))
}
