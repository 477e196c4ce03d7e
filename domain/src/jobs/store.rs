//! The queue's SQL. `$1` is understood by both databases.

use chrono::{DateTime, Utc};
use entity::{JobId, JobKind};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use super::rules;
use crate::ctx::{Ctx, Lease};
use crate::db::Tx;
use crate::{Db, Error, Result};

pub(super) fn statement(
    tx: &Tx,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values)
}

/// Asks a reconciler to look again, in the transaction of what it shall look at.
pub(crate) async fn ask(tx: &Tx, kind: JobKind) -> Result<()> {
    enqueue(tx, kind, Some(kind.slug().to_owned()), None, tx.now()).await
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
                rules::attempts(kind).into(),
                tx.now().into(),
            ],
        ))
        .await?;
    tx.will_wake();
    Ok(())
}

/// Whether a lease is still held.
pub(crate) const VERIFY: &str =
    "SELECT id FROM job WHERE id = $1 AND lease_token = $2 AND state = 'running'";
/// The same; on PostgreSQL the job's row stays locked.
pub(crate) const VERIFY_LOCKED: &str =
    "SELECT id FROM job WHERE id = $1 AND lease_token = $2 AND state = 'running' FOR UPDATE";

/// Refuses unless this lease is still held; on PostgreSQL the job's row stays locked, so that
/// nobody can take it over before the effect commits.
pub(crate) async fn verify(tx: &Tx, lease: Lease) -> Result<()> {
    let sql = match tx.conn().get_database_backend() {
        DbBackend::Sqlite => VERIFY,
        _ => VERIFY_LOCKED,
    };
    let row = tx
        .conn()
        .query_one_raw(statement(tx, sql, [lease.job.into(), lease.token.into()]))
        .await?;
    row.map(|_| ()).ok_or_else(lost)
}

/// How a job is asked for again while it ran: it becomes ready once more. `$1` is the state that
/// it ends in.
pub(super) const AGAIN: &str = "(nudged AND $1 IN ('done','cancelled'))";

/// Writes a job's end in the transaction of its effect, so that neither commits without the other:
/// the effect happens once, however often its worker dies. Its run answers
/// [`Outcome::Recorded`](rules::Outcome::Recorded). Outside a job it does nothing.
pub(crate) async fn end_within(tx: &Tx, ctx: &Ctx) -> Result<()> {
    let Some(lease) = ctx.lease else {
        return Ok(());
    };
    let changed = tx
        .conn()
        .execute_raw(statement(
            tx,
            format!(
                "UPDATE job SET state = CASE WHEN {AGAIN} THEN 'ready' ELSE $1 END, \
                   run_at = CASE WHEN nudged THEN $2 ELSE run_at END, \
                   attempt = CASE WHEN {AGAIN} THEN 0 ELSE attempt END, \
                   finished_at = CASE WHEN {AGAIN} THEN NULL ELSE $2 END, \
                   lease_token = NULL, lease_until = NULL, nudged = false \
                 WHERE id = $3 AND lease_token = $4 AND state = 'running'"
            ),
            [
                "done".into(),
                tx.now().into(),
                lease.job.into(),
                lease.token.into(),
            ],
        ))
        .await?;
    if changed.rows_affected() == 1 {
        Ok(())
    } else {
        Err(lost())
    }
}

/// The rows that a statement may take: locked and passed over where somebody holds them
/// (PostgreSQL), in one reading of the queue.
pub(super) fn chosen(tx: &Tx, which: &str, limit: &str) -> String {
    match tx.conn().get_database_backend() {
        DbBackend::Sqlite => format!("id IN (SELECT id FROM job WHERE {which} LIMIT {limit})"),
        // ARRAY(…) is computed once; IN (…) may be computed again for each row that is joined.
        _ => format!(
            "id = ANY(ARRAY(SELECT id FROM job WHERE {which} LIMIT {limit} FOR UPDATE SKIP LOCKED))"
        ),
    }
}

/// Placeholders for a list of jobs, whose ids are added to the values.
pub(super) fn list(values: &mut Vec<Value>, ids: &[JobId]) -> String {
    ids.iter()
        .map(|id| {
            values.push((*id).into());
            format!("${}", values.len())
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether a job is due: asked before the write lock is taken, for the queue is empty mostly.
pub(super) async fn any_due(db: &Db, now: DateTime<Utc>) -> Result<bool> {
    any(db, "state = 'ready' AND run_at <= $1", now).await
}

/// Whether a running job's lease has ended.
pub(super) async fn any_abandoned(db: &Db, now: DateTime<Utc>) -> Result<bool> {
    any(db, "state = 'running' AND lease_until < $1", now).await
}

/// The same, asked in a transaction.
pub(super) async fn is_abandoned(tx: &Tx) -> Result<bool> {
    let found = tx
        .conn()
        .query_one_raw(statement(
            tx,
            "SELECT id FROM job WHERE state = 'running' AND lease_until < $1 LIMIT 1",
            [tx.now().into()],
        ))
        .await?;
    Ok(found.is_some())
}

async fn any(db: &Db, which: &str, now: DateTime<Utc>) -> Result<bool> {
    let found = db
        .read()
        .query_one_raw(Statement::from_sql_and_values(
            db.read().get_database_backend(),
            format!("SELECT id FROM job WHERE {which} LIMIT 1"),
            [now.into()],
        ))
        .await?;
    Ok(found.is_some())
}

pub(crate) fn lost() -> Error {
    Error::refused("lease-lost", "Another worker has taken this job over.")
}
