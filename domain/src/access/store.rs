//! Secrets and the rows they open. Only hashes are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    OrganisationId, OrganisationKind, PersonId, Role, SessionId, award, membership, organisation,
    person, pool,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Select,
};
use sha2::{Digest, Sha256};

use super::rules::{Place, Sight, fits, sight};
use crate::db::statement;
use crate::{Ctx, Db, Error, Result, settings};

/// A fresh secret of 256 random bits, and the hash that is kept of it.
pub(crate) fn secret(prefix: &str) -> Result<(String, Vec<u8>)> {
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
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A session with its person and the roles that they hold.
pub(super) struct Behind {
    pub(super) session: SessionId,
    pub(super) csrf: String,
    pub(super) last_seen_at: DateTime<Utc>,
    /// Whether a second factor was shown in this session.
    pub(super) second_factor: bool,
    pub(super) person: PersonId,
    pub(super) display_name: String,
    pub(super) email: String,
    /// Whether one was set up.
    pub(super) has_second_factor: bool,
    pub(super) roles: Vec<(OrganisationId, Role)>,
}

/// The session that this is the hash of the token of, if it was used since `idle_since`, with who is
/// signed in and the roles that they hold on a day: asked at once, for every request asks it.
pub(super) async fn behind(
    conn: &impl ConnectionTrait,
    token: Vec<u8>,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Option<Behind>> {
    const ASKED: &str = "SELECT s.id, s.csrf, s.last_seen_at, s.second_factor_at, p.id, \
           p.display_name, p.email, p.totp_confirmed_at, m.organisation_id, m.role, h.value \
         FROM session s JOIN person p ON p.id = s.person_id \
         LEFT JOIN membership m ON m.person_id = p.id AND m.revoked_at IS NULL \
           AND m.starts_on <= $4 AND (m.ends_on IS NULL OR m.ends_on >= $4) \
         LEFT JOIN setting h ON h.key = $5 \
         WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
           AND s.last_seen_at > $3 \
         ORDER BY m.id";
    let rows = conn
        .query_all_raw(statement(
            conn,
            ASKED,
            [
                token.into(),
                now.into(),
                idle_since.into(),
                today.into(),
                settings::HOME.into(),
            ],
        ))
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let home: Option<serde_json::Value> = first.try_get_by_index(10)?;
    let home: Option<OrganisationId> = home.map(serde_json::from_value).transpose()?;
    let mut held: Vec<(OrganisationId, Role)> = Vec::with_capacity(rows.len());
    for row in &rows {
        let organisation: Option<OrganisationId> = row.try_get_by_index(8)?;
        let role: Option<Role> = row.try_get_by_index(9)?;
        held.extend(organisation.zip(role));
    }
    // the charity is there and its own, whatever else it is; what another is to it is looked up
    let places = if held
        .iter()
        .all(|(organisation, _)| home == Some(*organisation))
    {
        let own = Place {
            kind: OrganisationKind::Charity,
            is_home: true,
            is_accountable_body: false,
            is_holder: false,
            is_funder: false,
        };
        home.map(|home| (home, own)).into_iter().collect()
    } else {
        places(conn, held.iter().map(|(organisation, _)| *organisation)).await?
    };
    held.retain(|(organisation, role)| {
        let place = places.get(organisation);
        place.is_some_and(|place| fits(*role, *place).is_ok())
    });
    let second_factor_at: Option<DateTime<Utc>> = first.try_get_by_index(3)?;
    let confirmed_at: Option<DateTime<Utc>> = first.try_get_by_index(7)?;
    Ok(Some(Behind {
        session: first.try_get_by_index(0)?,
        csrf: first.try_get_by_index(1)?,
        last_seen_at: first.try_get_by_index(2)?,
        second_factor: second_factor_at.is_some(),
        person: first.try_get_by_index(4)?,
        display_name: first.try_get_by_index(5)?,
        email: first.try_get_by_index(6)?,
        has_second_factor: confirmed_at.is_some(),
        roles: held,
    }))
}

/// The roles a person holds on a day. One that does not fit its organisation is not believed.
pub(super) async fn roles(
    conn: &impl ConnectionTrait,
    id: PersonId,
    today: NaiveDate,
) -> Result<Vec<(OrganisationId, Role)>> {
    let held = held_on(today)
        .filter(membership::Column::PersonId.eq(id))
        .all(conn)
        .await?;
    Ok(fitting(conn, held)
        .await?
        .into_iter()
        .map(|held| (held.organisation_id, held.role))
        .collect())
}

/// The chosen names of these people.
pub(crate) async fn names_of(
    db: &Db,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<HashMap<PersonId, String>> {
    let ids: HashSet<PersonId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(person::Entity::find()
        .filter(person::Column::Id.is_in(ids))
        .all(db.read())
        .await?
        .into_iter()
        .map(|person| (person.id, person.display_name))
        .collect())
}

/// Everybody's roles that hold on a day and fit their organisations.
pub(crate) async fn everybody(
    conn: &impl ConnectionTrait,
    today: NaiveDate,
) -> Result<Vec<membership::Model>> {
    let held = held_on(today).all(conn).await?;
    fitting(conn, held).await
}

/// The officers of a funder on a day.
pub(crate) async fn officers_of(
    conn: &impl ConnectionTrait,
    funder: OrganisationId,
    today: NaiveDate,
) -> Result<BTreeSet<PersonId>> {
    Ok(everybody(conn, today)
        .await?
        .into_iter()
        .filter(|held| held.role == Role::FundersOfficer && held.organisation_id == funder)
        .map(|held| held.person_id)
        .collect())
}

/// The rows that are there for those inside the charity, all of them, and for nobody else any.
pub(crate) fn for_those_inside<E: EntityTrait>(ctx: &Ctx, query: Select<E>) -> Select<E> {
    match sight(&ctx.actor) {
        Sight::All => query,
        Sight::Funders(_) | Sight::Nothing => query.filter(Expr::cust("1 = 0")),
    }
}

/// The roles that hold on a day, whatever their organisations are today.
pub(crate) fn held_on(day: NaiveDate) -> Select<membership::Entity> {
    membership::Entity::find()
        .filter(membership::Column::RevokedAt.is_null())
        .filter(membership::Column::StartsOn.lte(day))
        .filter(
            membership::Column::EndsOn
                .is_null()
                .or(membership::Column::EndsOn.gte(day)),
        )
}

/// Those of these roles that fit their organisations, as these are today.
async fn fitting(
    conn: &impl ConnectionTrait,
    held: Vec<membership::Model>,
) -> Result<Vec<membership::Model>> {
    let places = places(conn, held.iter().map(|held| held.organisation_id)).await?;
    Ok(held
        .into_iter()
        .filter(|held| {
            places
                .get(&held.organisation_id)
                .is_some_and(|place| fits(held.role, *place).is_ok())
        })
        .collect())
}

/// What these organisations are to this charity; unknown ones are left out.
pub(super) async fn places(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrganisationId>,
) -> Result<HashMap<OrganisationId, Place>> {
    let ids: BTreeSet<OrganisationId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let home = settings::home_in(conn).await?;
    let listed = || ids.iter().copied();
    let mut places: HashMap<OrganisationId, Place> = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(listed()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| {
            let place = Place {
                kind: row.kind,
                is_home: home == Some(row.id),
                is_accountable_body: false,
                is_holder: false,
                is_funder: false,
            };
            (row.id, place)
        })
        .collect();
    if places.values().all(|place| place.is_home) {
        // Whatever else the charity is to an award, nothing more fits it.
        return Ok(places);
    }
    let named: Vec<(OrganisationId, OrganisationId, OrganisationId)> = award::Entity::find()
        .filter(
            award::Column::FunderId
                .is_in(listed())
                .or(award::Column::HolderId.is_in(listed()))
                .or(award::Column::AccountableBodyId.is_in(listed())),
        )
        .select_only()
        .columns([
            award::Column::FunderId,
            award::Column::HolderId,
            award::Column::AccountableBodyId,
        ])
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    let holders: Vec<OrganisationId> = pool::Entity::find()
        .filter(pool::Column::HolderId.is_in(listed()))
        .select_only()
        .column(pool::Column::HolderId)
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    for (id, place) in &mut places {
        place.is_funder = named.iter().any(|(funder, _, _)| funder == id);
        place.is_holder = holders.contains(id) || named.iter().any(|(_, holder, _)| holder == id);
        place.is_accountable_body = named.iter().any(|(_, _, body)| body == id);
    }
    Ok(places)
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
