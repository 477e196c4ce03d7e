//! The second factor: a time-based code (RFC 6238), each accepted once.

use entity::{PersonId, person};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use totp_rs::{Builder, Secret, Totp};

use super::ops::{self, Begun};
use super::rules::Operation;
use super::store;
use crate::{Command, Ctx, Db, Error, Result, Tx};

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

/// Begins to set up a second factor, or shows again what was begun. Refuses when one is in use.
pub async fn begin(db: &Db, ctx: &Ctx) -> Result<Enrolment> {
    let person = ctx.person()?;
    let (id, email) = (person.id, person.email.clone());
    let mut fresh = [0_u8; 20];
    store::random(&mut fresh)?;
    let secret = db
        .write(
            ctx,
            Command::on(Operation::UseSecondFactor, "person", id),
            async |tx| {
                let row = find(tx, id).await?;
                if row.totp_confirmed_at.is_some() {
                    return Err(Error::refused(
                        "second-factor-in-use",
                        "You have a second factor already. An administrator can reset it.",
                    ));
                }
                if let Some(begun) = row.totp_secret {
                    return Ok(begun);
                }
                let mut row = row.into_active_model();
                row.totp_secret = Set(Some(fresh.to_vec()));
                row.update(tx.conn()).await?;
                Ok(fresh.to_vec())
            },
        )
        .await?;
    let secret = Secret::from(secret).to_base32();
    let address = format!("otpauth://totp/Tributary:{email}?secret={secret}&issuer=Tributary");
    Ok(Enrolment { secret, address })
}

/// Shows the second factor: the first time this confirms it. The session gets a new secret.
pub async fn show(db: &Db, ctx: &Ctx, code: &str) -> Result<Begun> {
    let person = ctx.person()?;
    let (id, Some(session)) = (person.id, person.session) else {
        return Err(Error::NotAllowed(
            "Only a browser can show a second factor.".to_owned(),
        ));
    };
    let (secret, hash) = store::secret("")?;
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    db.write(
        ctx,
        Command::on(Operation::UseSecondFactor, "person", id),
        async |tx| {
            let wrong = || {
                Error::invalid(
                    "/code",
                    "wrong-code",
                    "That code is not right, or was used already. Wait for the next one.",
                )
            };
            tx.lock("person", id).await?;
            let row = find(tx, id).await?;
            let begun = row.totp_secret.clone().ok_or_else(|| {
                Error::refused("second-factor-not-set-up", "Set up a second factor first.")
            })?;
            let now = u64::try_from(tx.now().timestamp()).unwrap_or_default();
            let step = totp(&begun).check(&code, now).ok_or_else(wrong)?;
            let step = i64::try_from(step).unwrap_or(i64::MAX);
            if row.totp_last_step.is_some_and(|last| step <= last) {
                return Err(wrong());
            }
            let first = row.totp_confirmed_at.is_none();
            let mut row = row.into_active_model();
            row.totp_last_step = Set(Some(step));
            if first {
                row.totp_confirmed_at = Set(Some(tx.now()));
                tx.note("set_up", true);
            }
            row.update(tx.conn()).await?;
            ops::rotate(tx, session, hash.clone()).await
        },
    )
    .await?;
    Ok(Begun {
        secret,
        person_id: id,
    })
}

/// Takes a person's second factor away, because the device is lost: they set up a new one when
/// they next sign in. Ends their sessions, for whoever found the device may be signed in with it.
/// Nobody does this for themselves: the second factor would protect nothing.
pub async fn reset(db: &Db, ctx: &Ctx, id: PersonId) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::ResetSecondFactor, "person", id),
        async |tx| {
            tx.lock("person", id).await?;
            let row = find(tx, id).await?;
            if ctx.person_id() == Some(id) {
                return Err(Error::refused(
                    "own-second-factor",
                    "Another administrator must reset your second factor.",
                ));
            }
            if row.totp_secret.is_none() {
                return Err(Error::refused(
                    "no-second-factor",
                    "This person has no second factor: they set one up when they next need it.",
                ));
            }
            let mut row = row.into_active_model();
            row.totp_secret = Set(None);
            row.totp_confirmed_at = Set(None);
            row.totp_last_step = Set(None);
            row.update(tx.conn()).await?;
            let ended = ops::end_sessions(tx, id, None).await?;
            tx.note("sessions", ended);
            Ok(())
        },
    )
    .await
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
