//! When people were here: for "since you were here" on Today.
//!
//! A visit lasts while its person asks for something at least every half hour, in any browser.
//! Coming back after a longer pause begins another, and what happened since the end of the one
//! before is news until that next visit ends: looking at Today again does not empty it.

use chrono::{DateTime, Duration, Utc};
use entity::{PersonId, visit};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use crate::{Db, Result, Tx};

/// A pause that ends a visit.
pub const PAUSE: Duration = Duration::minutes(30);

/// Notes that a person is here now.
pub(crate) async fn is_here(tx: &Tx, person: PersonId) -> Result<()> {
    let now = tx.now();
    tx.conn()
        .execute_raw(Statement::from_sql_and_values(
            tx.conn().get_database_backend(),
            "INSERT INTO visit (person_id, here_at, before_at) VALUES ($1, $2, NULL) \
             ON CONFLICT (person_id) DO UPDATE SET \
               before_at = CASE WHEN visit.here_at < $3 THEN visit.here_at ELSE visit.before_at END, \
               here_at = CASE WHEN visit.here_at < $2 THEN excluded.here_at ELSE visit.here_at END",
            [person.into(), now.into(), (now - PAUSE).into()],
        ))
        .await?;
    Ok(())
}

/// When the visit before the present one ended; none during the first.
pub(crate) async fn before(db: &Db, person: PersonId) -> Result<Option<DateTime<Utc>>> {
    Ok(visit::Entity::find_by_id(person)
        .one(db.read())
        .await?
        .and_then(|visit| visit.before_at))
}
