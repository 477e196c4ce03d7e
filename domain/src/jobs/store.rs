//! The queue's SQL. `$1` is understood by both databases.

use chrono::{DateTime, Utc};
use entity::{JobId, JobKind};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::ctx::Lease;
use crate::db::Tx;
use crate::{Error, Result};

/// Attempts before a job is dead.
pub(super) const MAX_ATTEMPTS: i32 = 8;

pub(super) fn statement(
    tx: &Tx,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values)
}

/// Adds a job in the transaction that decided it. With a unique key, a job that waits already is
/// not doubled, and one that runs already will run once more.
pub(crate) async fn enqueue(
    tx: &Tx,
    kind: JobKind,
    unique_key: Option<String>,
    row_id: Option<Uuid>,
    run_at: DateTime<Utc>,
) -> Result<()> {
    tx.conn()
        .execute_raw(statement(
            tx,
            "INSERT INTO job (id, kind, unique_key, row_id, state, run_at, attempt, max_attempts, \
                              nudged, created_at) \
             VALUES ($1, $2, $3, $4, 'ready', $5, 0, $6, false, $7) \
             ON CONFLICT (unique_key) WHERE state IN ('ready','running') DO UPDATE SET \
               nudged = (job.state = 'running'), \
               run_at = CASE WHEN job.state = 'ready' AND excluded.run_at < job.run_at \
                             THEN excluded.run_at ELSE job.run_at END",
            [
                JobId::new().into(),
                kind.slug().into(),
                unique_key.into(),
                row_id.into(),
                run_at.into(),
                MAX_ATTEMPTS.into(),
                tx.now().into(),
            ],
        ))
        .await?;
    tx.will_wake();
    Ok(())
}

/// Refuses unless this lease is still held; on PostgreSQL the job's row stays locked, so that
/// nobody can take it over before the effect commits.
pub(crate) async fn verify(tx: &Tx, lease: Lease) -> Result<()> {
    let lock = match tx.conn().get_database_backend() {
        DbBackend::Sqlite => "",
        _ => " FOR UPDATE",
    };
    let row = tx
        .conn()
        .query_one_raw(statement(
            tx,
            format!(
                "SELECT id FROM job WHERE id = $1 AND lease_token = $2 AND state = 'running'{lock}"
            ),
            [lease.job.into(), lease.token.into()],
        ))
        .await?;
    row.map(|_| ()).ok_or_else(lost)
}

pub(super) fn lost() -> Error {
    Error::refused("lease-lost", "Another worker has taken this job over.")
}
