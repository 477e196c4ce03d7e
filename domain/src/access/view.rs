//! Who is behind a cookie or a token, and what an account page shows.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    ApiTokenId, Board, MembershipId, OrganisationId, PersonId, Role, SessionId, api_token,
    membership, person, session,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::feeds::{self, FeedView};
use super::ops::{self, IDLE};
use super::rules::{Operation, Scope};
use super::{store, tokens};
use crate::ctx::{Actor, PersonActor};
use crate::{Clock, Ctx, Db, Error, Result, decisions, settings};

/// Who is signed in, with the session's CSRF token.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person with today's roles.
    pub person: PersonActor,
    /// What every form of this session must send back.
    pub csrf: String,
    /// Whether a second factor was set up.
    pub has_second_factor: bool,
}

/// Who is behind a session cookie; none when it is unknown, ended, idle too long or revoked.
pub async fn by_cookie(db: &Db, clock: &Clock, secret: &str) -> Result<Option<SignedIn>> {
    let now = clock.now();
    let system = Ctx::system("sessions", clock.clone());
    let token = store::hash(secret);
    let found = store::behind(db.read(), token, now, now - IDLE, system.today()).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    if now - found.last_seen_at > Duration::minutes(1) {
        match ops::touch(db, &system, found.session, found.person).await {
            // A database that cannot be written to just now can still be read.
            Err(Error::Unavailable { detail, .. }) => {
                tracing::warn!(detail, "a session's use was not noted");
            }
            noted => noted?,
        }
    }
    Ok(Some(SignedIn {
        person: PersonActor {
            id: found.person,
            display_name: found.display_name,
            email: found.email,
            roles: found.roles,
            second_factor: found.second_factor,
            session: Some(found.session),
            scopes: None,
        },
        csrf: found.csrf,
        has_second_factor: found.has_second_factor,
    }))
}

/// Who is behind an API token; none when it is unknown, ended or taken back.
pub async fn by_token(db: &Db, clock: &Clock, secret: &str) -> Result<Option<PersonActor>> {
    if !secret.starts_with(tokens::PREFIX) {
        return Ok(None);
    }
    let now = clock.now();
    let found = api_token::Entity::find()
        .filter(api_token::Column::TokenHash.eq(store::hash(secret)))
        .filter(api_token::Column::RevokedAt.is_null())
        .filter(api_token::Column::ExpiresAt.gt(now))
        .one(db.read())
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let slugs: Vec<String> = serde_json::from_value(found.scopes)?;
    let system = Ctx::system("tokens", clock.clone());
    Ok(load(db, found.person_id, &system).await?.map(|mut actor| {
        actor.scopes = Some(
            slugs
                .iter()
                .filter_map(|slug| Scope::from_slug(slug))
                .collect(),
        );
        actor
    }))
}

pub(super) async fn load(db: &Db, id: PersonId, ctx: &Ctx) -> Result<Option<PersonActor>> {
    let Some(row) = person::Entity::find_by_id(id).one(db.read()).await? else {
        return Ok(None);
    };
    let roles = store::roles(db.read(), id, ctx.today()).await?;
    Ok(Some(PersonActor {
        id,
        display_name: row.display_name,
        email: row.email,
        roles,
        second_factor: false,
        session: None,
        scopes: None,
    }))
}

/// The acting person's account.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Account {
    /// The person.
    pub person_id: PersonId,
    /// The chosen name.
    pub display_name: String,
    /// Where links to sign in are sent.
    pub email: String,
    /// Roles held today.
    pub roles: Vec<HeldRole>,
    /// Whether a second factor was set up.
    pub has_second_factor: bool,
    /// Browsers that are signed in.
    pub sessions: Vec<SessionView>,
    /// API tokens that work.
    pub tokens: Vec<TokenView>,
    /// Calendar addresses that work.
    pub calendars: Vec<FeedView>,
}

/// A role and for whom it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HeldRole {
    /// For whom.
    pub organisation_id: OrganisationId,
    /// What.
    pub role: Role,
}

/// A browser that is signed in.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// What the browser calls itself.
    pub device: String,
    /// When it began (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
    /// Its last request (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub last_seen_at: DateTime<Utc>,
    /// Whether it is this one.
    pub current: bool,
}

/// An API token that works.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    /// Its id.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// What it may do.
    #[schema(value_type = Vec<Scope>)]
    pub scopes: serde_json::Value,
    /// When it stops working (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub expires_at: DateTime<Utc>,
}

/// The acting person's account.
pub async fn account(db: &Db, ctx: &Ctx) -> Result<Account> {
    ctx.require(Operation::ReadAccount)?;
    let me = ctx.person()?;
    let now = ctx.now();
    let row = person::Entity::find_by_id(me.id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let sessions = session::Entity::find()
        .filter(session::Column::PersonId.eq(me.id))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::LastSeenAt.gt(now - IDLE))
        .order_by_desc(session::Column::LastSeenAt)
        .all(db.read())
        .await?;
    let tokens = api_token::Entity::find()
        .filter(api_token::Column::PersonId.eq(me.id))
        .filter(api_token::Column::RevokedAt.is_null())
        .filter(api_token::Column::ExpiresAt.gt(now))
        .order_by_asc(api_token::Column::CreatedAt)
        .all(db.read())
        .await?;
    Ok(Account {
        calendars: feeds::of(db, me.id).await?,
        person_id: me.id,
        display_name: me.display_name.clone(),
        email: me.email.clone(),
        roles: me
            .roles
            .iter()
            .map(|(organisation_id, role)| HeldRole {
                organisation_id: *organisation_id,
                role: *role,
            })
            .collect(),
        has_second_factor: row.totp_confirmed_at.is_some(),
        sessions: sessions
            .into_iter()
            .map(|row| SessionView {
                id: row.id,
                device: row.device,
                created_at: row.created_at,
                last_seen_at: row.last_seen_at,
                current: me.session == Some(row.id),
            })
            .collect(),
        tokens: tokens
            .into_iter()
            .map(|row| TokenView {
                id: row.id,
                name: row.name,
                prefix: row.prefix,
                scopes: row.scopes,
                expires_at: row.expires_at,
            })
            .collect(),
    })
}

/// A person with a role, as administrators see them.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PersonView {
    /// The person.
    pub id: PersonId,
    /// The chosen name.
    pub display_name: String,
    /// Where mail goes.
    pub email: String,
    /// Whether a second factor was set up.
    pub has_second_factor: bool,
    /// Every role given, past ones too.
    pub memberships: Vec<MembershipView>,
}

/// A role given to a person.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MembershipView {
    /// Its id.
    pub id: MembershipId,
    /// For whom.
    pub organisation_id: OrganisationId,
    /// What.
    pub role: Role,
    /// First London date.
    pub starts_on: NaiveDate,
    /// Last London date.
    pub ends_on: Option<NaiveDate>,
    /// When it was taken away (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// What taking it away would do to a board, where it would be left with too few members to decide:
    /// to be read before it is.
    pub if_taken_away: Option<String>,
}

/// Everybody, by name.
pub async fn people(db: &Db, ctx: &Ctx) -> Result<Vec<PersonView>> {
    ctx.require(Operation::ReadPeople)?;
    let rows = person::Entity::find()
        .order_by_asc(person::Column::DisplayName)
        .order_by_asc(person::Column::Id)
        .all(db.read())
        .await?;
    with_roles(db, ctx, rows).await
}

/// A page of people by id, after `after`.
pub async fn people_page(
    db: &Db,
    ctx: &Ctx,
    after: Option<PersonId>,
    limit: u64,
) -> Result<Vec<PersonView>> {
    ctx.require(Operation::ReadPeople)?;
    let mut query = person::Entity::find();
    if let Some(after) = after {
        query = query.filter(person::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(person::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    with_roles(db, ctx, rows).await
}

/// One person.
pub async fn person(db: &Db, ctx: &Ctx, id: PersonId) -> Result<PersonView> {
    ctx.require(Operation::ReadPeople)?;
    let row = person::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(crate::Error::NotFound)?;
    with_roles(db, ctx, vec![row])
        .await?
        .pop()
        .ok_or(crate::Error::NotFound)
}

/// What boards would be left with.
struct Left {
    /// Their members today, each as often as they hold the role.
    members: Vec<(Board, PersonId)>,
    /// How many must vote.
    quorums: BTreeMap<Board, i32>,
}

impl Left {
    async fn today(db: &Db, ctx: &Ctx) -> Result<Self> {
        let home = settings::home(db).await?;
        let quorums = decisions::store::quorums(db.read(), ctx.today()).await?;
        Ok(Self {
            members: super::everybody(db.read(), ctx.today())
                .await?
                .into_iter()
                .filter(|held| Some(held.organisation_id) == home)
                .filter_map(|held| Some((board_of(held.role)?, held.person_id)))
                .collect(),
            quorums: quorums
                .into_iter()
                .map(|(board, row)| (board, row.members))
                .collect(),
        })
    }

    /// What a board is left with if this role is taken away, where that is too few.
    fn without(&self, row: &membership::Model) -> Option<String> {
        let board = board_of(row.role)?;
        let of_it = |person: PersonId| {
            let all = self.members.iter();
            all.filter(|one| **one == (board, person)).count()
        };
        // whoever holds the role twice stays a member
        if row.revoked_at.is_some() || of_it(row.person_id) != 1 {
            return None;
        }
        let mut left: Vec<PersonId> = self
            .members
            .iter()
            .filter(|(of, person)| *of == board && *person != row.person_id)
            .map(|(_, person)| *person)
            .collect();
        left.sort_unstable();
        left.dedup();
        let name = decisions::rules::board_name(board);
        let needed = self
            .quorums
            .get(&board)
            .and_then(|members| usize::try_from(*members).ok());
        match (needed, left.len()) {
            (Some(needed), members) if members < needed => Some(format!(
                "{name} is left with {} then, and {needed} must vote: it can decide nothing until \
                 somebody is invited, or another number is recorded.",
                match members {
                    1 => "1 member".to_owned(),
                    many => format!("{many} members"),
                }
            )),
            (None, 0) => Some(format!("{name} has no member then.")),
            _ => None,
        }
    }
}

fn board_of(role: Role) -> Option<Board> {
    Board::all().find(|board| decisions::rules::role_on(*board) == role)
}

async fn with_roles(db: &Db, ctx: &Ctx, rows: Vec<person::Model>) -> Result<Vec<PersonView>> {
    let left = Left::today(db, ctx).await?;
    let mut held = std::collections::HashMap::<PersonId, Vec<MembershipView>>::new();
    for row in membership::Entity::find()
        .filter(membership::Column::PersonId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(membership::Column::StartsOn)
        .order_by_asc(membership::Column::Id)
        .all(db.read())
        .await?
    {
        held.entry(row.person_id).or_default().push(MembershipView {
            id: row.id,
            organisation_id: row.organisation_id,
            role: row.role,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            revoked_at: row.revoked_at,
            if_taken_away: left.without(&row),
        });
    }
    Ok(rows
        .into_iter()
        .map(|row| PersonView {
            memberships: held.remove(&row.id).unwrap_or_default(),
            id: row.id,
            has_second_factor: row.totp_confirmed_at.is_some(),
            display_name: row.display_name,
            email: row.email,
        })
        .collect())
}

/// Who a request comes from: used by `api` to build its context.
#[must_use]
pub fn actor(person: Option<PersonActor>) -> Actor {
    person.map_or(Actor::Nobody, |person| Actor::Person(Box::new(person)))
}
