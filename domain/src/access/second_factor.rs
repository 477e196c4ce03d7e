//! The second factor: a time-based code (RFC 6238), each accepted once.

use chrono::{DateTime, Utc};
use entity::{MailKind, PersonId, SessionId, person, session};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};

use super::ops::{self, Begun};
use super::rules::{CODES_END_SESSIONS, Operation, tells_of, wait_after};
use super::store;
use crate::{Command, Ctx, Db, Error, Result, Tx, mail};

/// What an authenticator app needs, shown while the second factor is being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The shared secret in base 32, to type in.
    pub secret: String,
    /// The same as an `otpauth:` address.
    pub address: String,
}

fn totp(secret: &[u8]) -> Totp {
    Builder::new()
        .with_secret(secret.to_vec())
        .build_noncompliant()
}

/// Begins to set up a second factor: with a secret of its own each time, which only this session
/// knows. Refuses when one is in use.
pub async fn begin(db: &Db, ctx: &Ctx) -> Result<Enrolment> {
    let (id, session) = in_a_browser(ctx)?;
    let email = ctx.person()?.email.clone();
    let mut fresh = [0_u8; 20];
    store::random(&mut fresh)?;
    db.write(
        ctx,
        Command::on(Operation::UseSecondFactor, "person", id),
        async |tx| {
            if find(tx, id).await?.totp_confirmed_at.is_some() {
                return Err(Error::refused(
                    "second-factor-in-use",
                    "You have a second factor already. An administrator can reset it.",
                ));
            }
            let mut row = find_session(tx, session).await?.into_active_model();
            row.totp_pending = Set(Some(fresh.to_vec()));
            row.update(tx.conn()).await?;
            tx.note("began", true);
            Ok(())
        },
    )
    .await?;
    Ok(enrolment(&email, fresh.to_vec()))
}

/// What this session is setting up, to be shown again after a wrong code.
pub async fn begun(db: &Db, ctx: &Ctx) -> Result<Option<Enrolment>> {
    let (_, session) = in_a_browser(ctx)?;
    let row = session::Entity::find_by_id(session).one(db.read()).await?;
    Ok(row
        .and_then(|row| row.totp_pending)
        .map(|secret| enrolment(ctx.person().map_or("", |person| &person.email), secret)))
}

fn enrolment(email: &str, secret: Vec<u8>) -> Enrolment {
    let secret = Secret::from(secret).to_base32();
    let address = format!("otpauth://totp/Tributary:{email}?secret={secret}&issuer=Tributary");
    Enrolment { secret, address }
}

fn in_a_browser(ctx: &Ctx) -> Result<(PersonId, SessionId)> {
    let person = ctx.person()?;
    match (&person.scopes, person.session) {
        (None, Some(session)) => Ok((person.id, session)),
        _ => Err(Error::NotAllowed(
            "Only a browser can show a second factor.".to_owned(),
        )),
    }
}

/// What became of a code that was shown.
#[derive(Serialize, Deserialize)]
enum Shown {
    Right,
    Wrong,
}

/// Shows the second factor: the first time this confirms it. The session gets a new secret, and
/// its forms a new token. A wrong code is counted and kept in the record, whoever guesses from
/// wherever: after a few, each next one has to wait.
pub async fn show(db: &Db, ctx: &Ctx, code: &str) -> Result<Begun> {
    let (id, session) = in_a_browser(ctx)?;
    let (secret, hash) = store::secret("")?;
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let shown = db
        .write(
            ctx,
            Command::on(Operation::UseSecondFactor, "person", id),
            async |tx| {
                tx.lock("person", id).await?;
                let row = find(tx, id).await?;
                let failures = u32::try_from(row.totp_failures).unwrap_or(u32::MAX);
                if let Some(failed_at) = row.totp_failed_at
                    && failed_at + wait_after(failures) > tx.now()
                {
                    return Err(Error::refused(
                        "second-factor-wait",
                        format!(
                            "There were {failures} wrong codes. The next one can be tried {}.",
                            at_in_words(failed_at + wait_after(failures))
                        ),
                    ));
                }
                let pending = find_session(tx, session).await?.totp_pending;
                let confirmed = row.totp_confirmed_at.and(row.totp_secret.clone());
                let first = confirmed.is_none();
                let secret = confirmed.or(pending).ok_or_else(|| {
                    Error::refused("second-factor-not-set-up", "Set up a second factor first.")
                })?;
                let now = u64::try_from(tx.now().timestamp()).unwrap_or_default();
                let step = totp(&secret)
                    .check(&code, now)
                    .map(|step| i64::try_from(step).unwrap_or(i64::MAX))
                    .filter(|step| row.totp_last_step.is_none_or(|last| *step > last));
                let Some(step) = step else {
                    wrong(tx, row).await?;
                    return Ok(Shown::Wrong);
                };
                let reader = row.clone();
                let mut row = row.into_active_model();
                row.totp_last_step = Set(Some(step));
                row.totp_failures = Set(0);
                row.totp_failed_at = Set(None);
                if first {
                    row.totp_secret = Set(Some(secret));
                    row.totp_confirmed_at = Set(Some(tx.now()));
                    tx.note("set_up", true);
                }
                row.update(tx.conn()).await?;
                if first {
                    let told = [
                        "An authenticator app was set up as the second check of your account."
                            .to_owned(),
                        "If it was not you, tell an administrator at once: they can take it away."
                            .to_owned(),
                    ];
                    mail::tell(
                        tx,
                        MailKind::Notice,
                        &reader,
                        "Your second check was set up",
                        &told,
                    )
                    .await?;
                }
                ops::rotate(tx, session, hash.clone()).await?;
                Ok(Shown::Right)
            },
        )
        .await?;
    match shown {
        Shown::Right => Ok(Begun {
            secret,
            person_id: id,
            goes_to: None,
        }),
        Shown::Wrong => Err(Error::invalid(
            "/code",
            "wrong-code",
            "That code is not right, or was used already. Wait for the next one.",
        )),
    }
}

/// Counts a wrong code, says so in the record, and tells the person when there were many.
async fn wrong(tx: &Tx, reader: person::Model) -> Result<()> {
    let failures = u32::try_from(reader.totp_failures)
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    tx.note("wrong_code", failures);
    let id = reader.id;
    let mut row = reader.clone().into_active_model();
    row.totp_failures = Set(i32::try_from(failures).unwrap_or(i32::MAX));
    row.totp_failed_at = Set(Some(tx.now()));
    row.update(tx.conn()).await?;
    let ends = failures.is_multiple_of(CODES_END_SESSIONS);
    if ends {
        let ended = ops::end_sessions(tx, id, None).await?;
        tx.note("sessions", ended);
    }
    if tells_of(failures) {
        let mut told = vec![format!(
            "Somebody who is signed in as you typed {failures} wrong codes for your second check."
        )];
        if ends {
            told.push("You were signed out everywhere.".to_owned());
        }
        told.push(
            "If it was not you, sign in, choose “Sign out everywhere” on your account page, and \
             tell an administrator."
                .to_owned(),
        );
        mail::tell(
            tx,
            MailKind::Notice,
            &reader,
            "Wrong codes for your second check",
            &told,
        )
        .await?;
    }
    Ok(())
}

fn at_in_words(at: DateTime<Utc>) -> String {
    let london = at.with_timezone(&chrono_tz::Europe::London);
    // To the next minute: what is said is never too early.
    let shown = london + chrono::Duration::seconds(59);
    format!("from {}", shown.format("%-I:%M%P"))
}

/// Takes a person's second factor away, because the device is lost: they set up a new one when
/// they next sign in. Ends their sessions, for whoever found the device may be signed in with it,
/// and tells them by mail. Nobody does this for themselves: the second factor would protect
/// nothing.
pub async fn reset(db: &Db, ctx: &Ctx, id: PersonId) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::ResetSecondFactor, "person", id),
        async |tx| {
            let reader = find(tx, id).await?;
            tx.lock("person", id).await?;
            if ctx.person_id() == Some(id) {
                return Err(Error::refused(
                    "own-second-factor",
                    "Another administrator must reset your second factor.",
                ));
            }
            if reader.totp_confirmed_at.is_none() {
                return Err(Error::refused(
                    "no-second-factor",
                    "This person has no second factor: they set one up when they next need it.",
                ));
            }
            let mut row = reader.clone().into_active_model();
            row.totp_secret = Set(None);
            row.totp_confirmed_at = Set(None);
            row.totp_last_step = Set(None);
            row.totp_failures = Set(0);
            row.totp_failed_at = Set(None);
            row.update(tx.conn()).await?;
            let ended = ops::end_sessions(tx, id, None).await?;
            tx.note("sessions", ended);
            let told = [
                "An administrator took your second check away, as is done when its device is \
                 lost. You were signed out everywhere."
                    .to_owned(),
                "When you next sign in, set up a new one on your account page. If you did not ask \
                 for this, tell another administrator at once."
                    .to_owned(),
            ];
            mail::tell(
                tx,
                MailKind::Notice,
                &reader,
                "Your second check was taken away",
                &told,
            )
            .await?;
            Ok(())
        },
    )
    .await
}

async fn find_session(tx: &Tx, id: SessionId) -> Result<session::Model> {
    session::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

async fn find(tx: &Tx, id: PersonId) -> Result<person::Model> {
    person::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

/// The code of an instant, for the demo's certifier and for tests.
#[must_use]
pub fn code_at(base32: &str, at: chrono::DateTime<chrono::Utc>) -> Option<String> {
    let secret = Secret::try_from_base32(base32).ok()?;
    let now = u64::try_from(at.timestamp()).ok()?;
    Some(totp(secret.as_ref()).generate(now).to_string())
}
