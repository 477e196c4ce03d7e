//! Signing in and out.

use chrono::Duration;
use entity::{PersonId, SessionId, api_token, person, session, sign_in_link};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::rules::Operation;
use super::{feeds, store, visits};
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// A session ends when nothing was asked for so long.
pub const IDLE: Duration = Duration::hours(2);
/// A session ends at the latest after so long.
pub const LONGEST: Duration = Duration::hours(12);

/// A session that has just begun or was renewed: the cookie's secret is shown once.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Goes into the cookie.
    pub secret: String,
    /// Who is signed in.
    pub person_id: PersonId,
    /// The page here that they wanted when they asked for the link.
    pub goes_to: Option<String>,
}

/// Uses a link: once, while it lasts. A preview (GET) must not call this.
pub async fn use_link(db: &Db, ctx: &Ctx, secret: &str, device: &str) -> Result<Begun> {
    let link_hash = store::hash(secret);
    let (cookie, cookie_hash) = store::secret("")?;
    let (csrf, _) = store::secret("")?;
    let (person_id, goes_to) = db
        .write(ctx, Command::new(Operation::SignIn), async |tx| {
            let refused = || {
                Error::refused(
                    "link-spent",
                    "This link was used already or is too old. Ask for a new one.",
                )
            };
            let link = sign_in_link::Entity::find()
                .filter(sign_in_link::Column::TokenHash.eq(link_hash.clone()))
                .one(tx.conn())
                .await?
                .ok_or_else(refused)?;
            // decided by the update, so that two clicks cannot both win
            let won = sign_in_link::Entity::update_many()
                .col_expr(sign_in_link::Column::UsedAt, Expr::value(tx.now()))
                .filter(sign_in_link::Column::Id.eq(link.id))
                .filter(sign_in_link::Column::UsedAt.is_null())
                .filter(sign_in_link::Column::ExpiresAt.gt(tx.now()))
                .exec(tx.conn())
                .await?;
            if won.rows_affected != 1 {
                return Err(refused());
            }
            if store::roles(tx.conn(), link.person_id, ctx.today())
                .await?
                .is_empty()
            {
                return Err(Error::refused(
                    "no-role",
                    "You have no role here at present. Ask an administrator.",
                ));
            }
            // One way in was used: the others that wait in mails are spent with it.
            end_links(tx, link.person_id).await?;
            let id = SessionId::new();
            session::ActiveModel {
                id: Set(id),
                person_id: Set(link.person_id),
                token_hash: Set(cookie_hash.clone()),
                csrf: Set(csrf.clone()),
                device: Set(device.chars().take(120).collect()),
                created_at: Set(tx.now()),
                last_seen_at: Set(tx.now()),
                expires_at: Set(tx.now() + LONGEST),
                second_factor_at: Set(None),
                totp_pending: Set(None),
                revoked_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            visits::is_here(tx, link.person_id).await?;
            tx.subject("person", link.person_id);
            tx.note("session_id", id.to_string());
            Ok((link.person_id, link.goes_to))
        })
        .await?;
    Ok(Begun {
        secret: cookie,
        person_id,
        goes_to,
    })
}

/// The name by which somebody wants to be shown.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnName {
    /// The name: also in what was done before, for rows keep who, not what they were called.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter a name of at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub display_name: String,
}

/// Changes the name by which the acting person is shown, everywhere and at once. A name that was certified or minuted in a
/// file stays in that file.
pub async fn change_own_name(db: &Db, ctx: &Ctx, new: &OwnName) -> Result<()> {
    ctx.require(Operation::ChangeOwnName)?;
    new.validate()?;
    let id = ctx.person()?.id;
    let command = Command::on(Operation::ChangeOwnName, "person", id);
    db.write(ctx, command, async |tx| {
        tx.lock("person", id).await?;
        let row = person::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let before = row.display_name.clone();
        let mut row = row.into_active_model();
        row.display_name = Set(new.display_name.trim().to_owned());
        row.update(tx.conn()).await?;
        tx.note_personal(json!({
            "display_name": new.display_name.trim(), "before": before,
        }));
        Ok(())
    })
    .await
}

/// What ends with a sign-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// This browser.
    Here,
    /// Every browser of the person, and the links that wait in mails.
    Everywhere,
    /// The same, and every program that acts for them.
    EverywhereAndPrograms,
}

/// Signs this browser out, or every browser of the person, also with the programs that act for them.
pub async fn sign_out(db: &Db, ctx: &Ctx, ending: SignOut) -> Result<()> {
    let person = ctx.person()?;
    let (person_id, current) = (person.id, person.session);
    db.write(
        ctx,
        Command::on(Operation::SignOut, "person", person_id),
        async |tx| {
            let only = match ending {
                SignOut::Here => Some(current.ok_or(Error::NotFound)?),
                SignOut::Everywhere | SignOut::EverywhereAndPrograms => None,
            };
            let ended = end_sessions(tx, person_id, only).await?;
            if ending != SignOut::Here {
                end_links(tx, person_id).await?;
            }
            if ending == SignOut::EverywhereAndPrograms {
                tx.note("tokens", end_tokens(tx, person_id).await?);
            }
            tx.note("everywhere", ending != SignOut::Here);
            tx.note("sessions", ended);
            Ok(())
        },
    )
    .await
}

/// Ends a person's sessions, or only one of them. Gives how many ended.
pub(super) async fn end_sessions(
    tx: &Tx,
    person_id: PersonId,
    only: Option<SessionId>,
) -> Result<u64> {
    let mut ending = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(tx.now()))
        .filter(session::Column::PersonId.eq(person_id))
        .filter(session::Column::RevokedAt.is_null());
    if let Some(id) = only {
        ending = ending.filter(session::Column::Id.eq(id));
    }
    Ok(ending.exec(tx.conn()).await?.rows_affected)
}

/// Spends the sign-in links of a person that nobody has used yet.
async fn end_links(tx: &Tx, person_id: PersonId) -> Result<()> {
    sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::UsedAt, Expr::value(tx.now()))
        .filter(sign_in_link::Column::PersonId.eq(person_id))
        .filter(sign_in_link::Column::UsedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Ends every way in that a person has: sessions, programs, links. Gives how many sessions ended.
pub(super) async fn end_everything(tx: &Tx, person_id: PersonId) -> Result<u64> {
    end_links(tx, person_id).await?;
    end_tokens(tx, person_id).await?;
    end_sessions(tx, person_id, None).await
}

/// Takes every token and every calendar address of a person back. Gives how many tokens.
async fn end_tokens(tx: &Tx, person_id: PersonId) -> Result<u64> {
    feeds::end(tx, person_id).await?;
    Ok(api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(api_token::Column::PersonId.eq(person_id))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected)
}

/// Gives a session a new secret, and its forms a new token: after the second factor was shown.
pub(super) async fn rotate(tx: &Tx, id: SessionId, hash: Vec<u8>) -> Result<()> {
    let (csrf, _) = store::secret("")?;
    let row = session::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let mut row = row.into_active_model();
    row.token_hash = Set(hash);
    row.csrf = Set(csrf);
    row.totp_pending = Set(None);
    row.second_factor_at = Set(Some(tx.now()));
    row.update(tx.conn()).await?;
    Ok(())
}

/// Notes that a session was used, at most once a minute; and with it that its person is here.
pub(super) async fn touch(db: &Db, ctx: &Ctx, id: SessionId, person: PersonId) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        session::Entity::update_many()
            .col_expr(session::Column::LastSeenAt, Expr::value(tx.now()))
            .filter(session::Column::Id.eq(id))
            .exec(tx.conn())
            .await?;
        visits::is_here(tx, person).await
    })
    .await
}

/// What a person may end from the account page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EndSession {
    /// Which session.
    pub session_id: SessionId,
}

/// Ends another session of the same person.
pub async fn end_session(db: &Db, ctx: &Ctx, ending: EndSession) -> Result<()> {
    let person_id = ctx.person()?.id;
    db.write(
        ctx,
        Command::on(Operation::SignOut, "person", person_id),
        async |tx| {
            let ended = session::Entity::update_many()
                .col_expr(session::Column::RevokedAt, Expr::value(tx.now()))
                .filter(
                    session::Column::PersonId
                        .eq(person_id)
                        .and(session::Column::Id.eq(ending.session_id))
                        .and(session::Column::RevokedAt.is_null()),
                )
                .exec(tx.conn())
                .await?;
            if ended.rows_affected == 1 {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        },
    )
    .await
}
