//! Secrets and the rows they open. Only hashes are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use entity::{OrganisationId, PersonId, Role, membership, person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// A fresh secret of 256 random bits, and the hash that is kept of it.
pub(super) fn secret(prefix: &str) -> Result<(String, Vec<u8>)> {
    let mut bytes = [0_u8; 32];
    random(&mut bytes)?;
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = hash(&text);
    Ok((text, hash))
}

/// Fills with the operating system's randomness.
pub(super) fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::internal(format!("no randomness: {error}")))
}

/// What is kept of a secret. It has 256 random bits, so it needs neither salt nor stretching.
pub(super) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// The roles a person holds on a day.
pub(super) async fn roles(
    conn: &impl ConnectionTrait,
    id: PersonId,
    today: NaiveDate,
) -> Result<Vec<(OrganisationId, Role)>> {
    let held = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(id))
        .filter(membership::Column::RevokedAt.is_null())
        .filter(membership::Column::StartsOn.lte(today))
        .filter(
            membership::Column::EndsOn
                .is_null()
                .or(membership::Column::EndsOn.gte(today)),
        )
        .all(conn)
        .await?;
    Ok(held
        .into_iter()
        .map(|held| (held.organisation_id, held.role))
        .collect())
}

/// A person by e-mail address.
pub(super) async fn by_email(
    conn: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<person::Model>> {
    Ok(person::Entity::find()
        .filter(person::Column::Email.eq(normal(email)))
        .one(conn)
        .await?)
}

/// As addresses are compared: trimmed, in lower case.
pub(super) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}
