//! Addresses at which calendar programs read somebody's deadlines: hashed, shown once, taken back at
//! any time. A calendar program can show no second thing than an address, so the secret is in it; it
//! opens nothing but the calendar.

use chrono::{DateTime, Utc};
use entity::{CalendarFeedId, FeedCovers, PersonId, calendar_feed};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

use super::rules::{Operation, Scope, Sight, sight};
use super::{store, view};
use crate::ctx::{Actor, PersonActor};
use crate::{Clock, Command, Ctx, Db, Error, Result, Tx};

/// How the secret of every address begins, so that one that leaked can be recognised.
pub const PREFIX: &str = "tribcal_";

/// Most addresses of one person that work.
const MOST: u64 = 10;

/// A calendar address to make.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCalendarFeed)]
pub struct NewFeed {
    /// `all`: every return that you may see. `mine`: those in which you have a part; not for a funder's
    /// officer, who sees their funder's only.
    pub covers: FeedCovers,
}

/// A calendar address that was just made. The secret is shown this once.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MadeCalendarFeed)]
pub struct MadeFeed {
    /// The address's id.
    pub id: CalendarFeedId,
    /// What stands for `key` in `/calendar/returns.ics?key=…`. It cannot be shown again.
    pub secret: String,
}

/// A calendar address that works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarFeed)]
pub struct FeedView {
    /// Its id.
    pub id: CalendarFeedId,
    /// Every return, or those in which its owner has a part.
    pub covers: FeedCovers,
    /// The first characters of its secret.
    pub prefix: String,
    /// When it was made (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
}

fn working(person: PersonId) -> sea_orm::Select<calendar_feed::Entity> {
    calendar_feed::Entity::find()
        .filter(calendar_feed::Column::PersonId.eq(person))
        .filter(calendar_feed::Column::RevokedAt.is_null())
}

/// Makes a calendar address for the acting person.
pub async fn create(db: &Db, ctx: &Ctx, new: NewFeed) -> Result<MadeFeed> {
    ctx.require(Operation::MakeCalendarFeed)?;
    let person_id = ctx.person()?.id;
    match (sight(&ctx.actor), new.covers) {
        (Sight::Nothing, _) => {
            return Err(Error::NotAllowed(
                "You have no role here at present, so there is nothing that a calendar could show."
                    .to_owned(),
            ));
        }
        (Sight::Funders(_), FeedCovers::Mine) => {
            return Err(Error::invalid(
                "/covers",
                "not-for-funders",
                "You see your funder’s returns only, so that there is one calendar: choose “all”.",
            ));
        }
        (Sight::Funders(_), FeedCovers::All) | (Sight::All, _) => {}
    }
    let (secret, hash) = store::secret(PREFIX)?;
    let command = Command::new(Operation::MakeCalendarFeed);
    let (id, kept) = db
        .write(ctx, command, async |tx| {
            tx.lock("person", person_id).await?;
            if working(person_id).count(tx.conn()).await? >= MOST {
                return Err(Error::refused(
                    "too-many-calendars",
                    format!(
                        "You have {MOST} calendar addresses that work. Take one back that you do not use."
                    ),
                ));
            }
            let id = CalendarFeedId::new();
            calendar_feed::ActiveModel {
                id: Set(id),
                person_id: Set(person_id),
                covers: Set(new.covers),
                prefix: Set(secret.chars().take(PREFIX.len() + 4).collect()),
                token_hash: Set(hash.clone()),
                created_at: Set(tx.now()),
                revoked_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            tx.subject("calendar-feed", id);
            tx.note("covers", new.covers.slug());
            Ok((id, hash.clone()))
        })
        .await?;
    // a repeated request finds the first one's address, whose secret nobody keeps
    if kept != hash {
        return Err(Error::refused(
            "calendar-shown-once",
            "This request made a calendar address before, and it is shown only once. If it was lost, take \
             that one back and make another with a new Idempotency-Key.",
        ));
    }
    Ok(MadeFeed { id, secret })
}

/// Takes a calendar address of the acting person back: it tells nothing any more.
pub async fn revoke(db: &Db, ctx: &Ctx, id: CalendarFeedId) -> Result<()> {
    ctx.require(Operation::RevokeCalendarFeed)?;
    let person_id = ctx.person()?.id;
    let command = Command::on(Operation::RevokeCalendarFeed, "calendar-feed", id);
    db.write(ctx, command, async |tx| {
        let row = working(person_id)
            .filter(calendar_feed::Column::Id.eq(id))
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let mut row = row.into_active_model();
        row.revoked_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await
}

/// Takes every calendar address of a person back.
pub(super) async fn end(tx: &Tx, person_id: PersonId) -> Result<()> {
    calendar_feed::Entity::update_many()
        .col_expr(calendar_feed::Column::RevokedAt, Expr::value(tx.now()))
        .filter(calendar_feed::Column::PersonId.eq(person_id))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// The addresses of a person that work, in the order in which they were made.
pub(super) async fn of(db: &Db, person_id: PersonId) -> Result<Vec<FeedView>> {
    Ok(working(person_id)
        .order_by_asc(calendar_feed::Column::CreatedAt)
        .order_by_asc(calendar_feed::Column::Id)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| FeedView {
            id: row.id,
            covers: row.covers,
            prefix: row.prefix,
            created_at: row.created_at,
        })
        .collect())
}

/// Who is behind the secret of an address, to read and nothing else, and what it covers. Nobody whose
/// roles have ended.
pub async fn behind(
    db: &Db,
    clock: &Clock,
    request_id: &str,
    secret: &str,
) -> Result<Option<(Ctx, FeedCovers)>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let found = calendar_feed::Entity::find()
        .filter(calendar_feed::Column::TokenHash.eq(store::hash(secret)))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(db.read())
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let system = Ctx::system("calendars", clock.clone());
    let Some(person) = view::load(db, found.person_id, &system).await? else {
        return Ok(None);
    };
    if person.roles.is_empty() {
        return Ok(None);
    }
    let reader = PersonActor {
        scopes: Some(vec![Scope::Read]),
        ..person
    };
    let actor = Actor::Person(Box::new(reader));
    Ok(Some((
        Ctx::of(actor, clock.clone(), request_id.to_owned()),
        found.covers,
    )))
}
