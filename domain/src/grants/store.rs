//! The queries of published grants.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{GrantImportId, GrantImportState, PublishedGrantId, grant_import};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Value,
};

use super::rules::{Fault, Grant};
use crate::db::bulk;
pub(super) use crate::db::statement;
use crate::{Db, Result, Tx};

/// Those published grants, called `g` with their import `i`, that nothing newer supersedes.
pub(super) const CURRENT: &str = "published_grant g JOIN grant_import i ON i.id = g.import_id \
     AND i.state = 'complete' AND NOT EXISTS (SELECT 1 FROM published_grant n \
       JOIN grant_import m ON m.id = n.import_id WHERE n.identifier = g.identifier \
         AND m.seq > i.seq)";

/// Whether any file of grants counts.
pub(super) async fn any_complete(conn: &impl ConnectionTrait) -> Result<bool> {
    Ok(grant_import::Entity::find()
        .filter(grant_import::Column::State.eq(GrantImportState::Complete))
        .one(conn)
        .await?
        .is_some())
}

/// What is known now of the grants with these identifiers.
pub(super) async fn known(
    conn: &impl ConnectionTrait,
    identifiers: &[&str],
) -> Result<HashMap<String, (String, Option<DateTime<Utc>>)>> {
    if identifiers.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=identifiers.len()).map(|n| format!("${n}")).collect();
    let rows = conn
        .query_all_raw(statement(
            conn,
            format!(
                "SELECT g.identifier, g.content_hash, g.modified_at FROM published_grant g \
                 JOIN grant_import i ON i.id = g.import_id \
                 WHERE i.state = 'complete' AND g.identifier IN ({}) ORDER BY i.seq",
                places.join(", ")
            ),
            identifiers.iter().map(|identifier| (*identifier).into()),
        ))
        .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        known.insert(
            row.try_get("", "identifier")?,
            (
                row.try_get("", "content_hash")?,
                row.try_get("", "modified_at")?,
            ),
        );
    }
    Ok(known)
}

/// Locks an import, and says whether it is still being read.
pub(super) async fn still_reading(tx: &Tx, id: GrantImportId) -> Result<Option<()>> {
    tx.lock("grant_import", id).await?;
    let row = grant_import::Entity::find_by_id(id).one(tx.conn()).await?;
    Ok(row
        .filter(|row| row.state == GrantImportState::Reading)
        .map(|_| ()))
}

/// Counts begin anew.
pub(super) async fn forget_counts(conn: &DatabaseTransaction, id: GrantImportId) -> Result<()> {
    conn.execute_raw(statement(
        conn,
        "UPDATE grant_import SET grants_read = 0, grants_new = 0, grants_changed = 0, \
           grants_known = 0, grants_older = 0, grants_faulty = 0 \
         WHERE id = $1 AND state = 'reading'",
        [id.into()],
    ))
    .await?;
    Ok(())
}

/// Removes up to `most` rows of an import that does not count; how many went.
pub(super) async fn remove_some(
    conn: &DatabaseTransaction,
    id: GrantImportId,
    most: i64,
) -> Result<u64> {
    let mut gone = 0;
    for table in ["published_grant", "grant_import_fault"] {
        let row = match conn.get_database_backend() {
            DbBackend::Sqlite => "rowid",
            _ => "ctid",
        };
        let sql = format!(
            "DELETE FROM {table} WHERE {row} IN (SELECT {row} FROM {table} \
               WHERE import_id = $1 LIMIT $2) AND import_id IN \
               (SELECT id FROM grant_import WHERE state <> 'complete')"
        );
        gone += conn
            .execute_raw(statement(conn, sql, [id.into(), most.into()]))
            .await?
            .rows_affected();
    }
    Ok(gone)
}

/// A grant as a row.
pub(super) fn grant_row(
    import: GrantImportId,
    number: i64,
    grant: Grant,
    hash: String,
) -> Vec<Value> {
    vec![
        PublishedGrantId::new().into(),
        import.into(),
        number.into(),
        grant.identifier.into(),
        grant.title.into(),
        grant.description.into(),
        grant.amount.into(),
        grant.awarded_on.into(),
        grant.starts_on.into(),
        grant.ends_on.into(),
        grant.months.into(),
        grant.programme.into(),
        grant.funder.org_id.into(),
        grant.funder.name.into(),
        grant.recipient.org_id.into(),
        grant.recipient.name.into(),
        grant.modified_at.into(),
        hash.into(),
    ]
}

/// The columns of a grant's row.
const GRANT_COLUMNS: &[bulk::Column] = &[
    ("id", "uuid"),
    ("import_id", "uuid"),
    ("row_no", "bigint"),
    ("identifier", "text"),
    ("title", "text"),
    ("description", "text"),
    ("amount", "bigint"),
    ("awarded_on", "date"),
    ("starts_on", "date"),
    ("ends_on", "date"),
    ("months", "int"),
    ("programme", "text"),
    ("funder_org_id", "text"),
    ("funder_name", "text"),
    ("recipient_org_id", "text"),
    ("recipient_name", "text"),
    ("modified_at", "timestamptz"),
    ("content_hash", "text"),
];

/// Rows of grants, to be written as a piece.
pub(super) fn grants(db: &Db) -> bulk::Rows {
    bulk::Rows::new(db, "published_grant", GRANT_COLUMNS)
}

/// A fault as a row.
pub(super) fn fault_row(
    import: GrantImportId,
    number: i64,
    identifier: &str,
    fault: Fault,
) -> Vec<Value> {
    vec![
        import.into(),
        number.into(),
        fault.place.into(),
        identifier.into(),
        fault.message.into(),
    ]
}

/// Rows of faults, to be written as a piece.
pub(super) fn faults(db: &Db) -> bulk::Rows {
    const COLUMNS: &[bulk::Column] = &[
        ("import_id", "uuid"),
        ("row_no", "bigint"),
        ("place", "text"),
        ("identifier", "text"),
        ("message", "text"),
    ];
    bulk::Rows::new(db, "grant_import_fault", COLUMNS)
}
