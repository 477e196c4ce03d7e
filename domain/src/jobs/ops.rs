//! Claiming, renewing, finishing, and the ticks of the schedules.

use chrono::{DateTime, Utc};
use entity::{JobId, JobKind};
use sea_orm::{ConnectionTrait, DbBackend};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{LEASE, Outcome, backoff};
use super::store::{self, statement};
use crate::access::rules::Operation;
use crate::ctx::Lease;
use crate::{Command, Ctx, Db, Error, Result};

/// A job whose lease is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// What shall be done.
    pub kind: JobKind,
    /// The row that a delivery is about.
    pub row_id: Option<Uuid>,
    /// This attempt, from 1.
    pub attempt: i32,
    /// The last attempt there will be.
    pub max_attempts: i32,
    /// The lease's token.
    pub token: Uuid,
}

impl Claimed {
    /// The proof that write transactions verify.
    #[must_use]
    pub const fn lease(&self) -> Lease {
        Lease {
            job: self.id,
            token: self.token,
        }
    }
}

/// Claims up to `limit` jobs that are due, those of dead workers included. A job whose attempts
/// are used up (its worker died each time) is set aside as dead.
pub async fn claim(db: &Db, ctx: &Ctx, limit: u32) -> Result<Vec<Claimed>> {
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let now = tx.now();
        let skip = match tx.conn().get_database_backend() {
            DbBackend::Sqlite => "",
            _ => " FOR UPDATE SKIP LOCKED",
        };
        tx.conn()
            .execute_raw(statement(
                tx,
                format!(
                    "UPDATE job SET state = 'dead', lease_token = NULL, lease_until = NULL, \
                       finished_at = $1, last_error = COALESCE(last_error, \
                         'the worker stopped each time it tried') \
                     WHERE id IN (SELECT id FROM job WHERE state = 'running' AND lease_until < $1 \
                                  AND attempt >= max_attempts LIMIT 100{skip})"
                ),
                [now.into()],
            ))
            .await?;
        let token = Uuid::new_v4();
        let rows = tx
            .conn()
            .query_all_raw(statement(
                tx,
                format!(
                    "UPDATE job SET state = 'running', attempt = attempt + 1, nudged = false, \
                       lease_token = $1, lease_until = $2 \
                     WHERE id IN (SELECT id FROM job \
                       WHERE (state = 'ready' AND run_at <= $3) \
                          OR (state = 'running' AND lease_until < $3) \
                       ORDER BY run_at LIMIT $4{skip}) \
                     RETURNING id, kind, row_id, attempt, max_attempts"
                ),
                [
                    token.into(),
                    (now + LEASE).into(),
                    now.into(),
                    i64::from(limit).into(),
                ],
            ))
            .await?;
        rows.into_iter()
            .map(|row| {
                let kind: String = row.try_get("", "kind")?;
                Ok(Claimed {
                    id: JobId(row.try_get("", "id")?),
                    kind: JobKind::from_slug(&kind)
                        .ok_or_else(|| Error::internal(format!("a job of unknown kind {kind}")))?,
                    row_id: row.try_get("", "row_id")?,
                    attempt: row.try_get("", "attempt")?,
                    max_attempts: row.try_get("", "max_attempts")?,
                    token,
                })
            })
            .collect()
    })
    .await
}

/// Holds a lease for longer; refuses when it was lost.
pub async fn renew(db: &Db, ctx: &Ctx, lease: Lease) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let changed = tx
            .conn()
            .execute_raw(statement(
                tx,
                "UPDATE job SET lease_until = $1 \
                 WHERE id = $2 AND lease_token = $3 AND state = 'running'",
                [
                    (tx.now() + LEASE).into(),
                    lease.job.into(),
                    lease.token.into(),
                ],
            ))
            .await?;
        if changed.rows_affected() == 1 {
            Ok(())
        } else {
            Err(store::lost())
        }
    })
    .await
}

/// Ends a run. A job that was asked for again meanwhile becomes ready once more.
pub async fn finish(db: &Db, ctx: &Ctx, job: &Claimed, outcome: &Outcome) -> Result<()> {
    let now = ctx.now();
    // state, run_at, is the attempt given back, error, is it the end
    let (state, run_at, give_back, error, ended) = match outcome {
        Outcome::Done => ("done", now, 0, None, true),
        Outcome::Cancel(reason) => ("cancelled", now, 0, Some(reason.clone()), true),
        Outcome::Snooze(until) => ("ready", *until, 1, None, false),
        Outcome::Retry(error) if job.attempt >= job.max_attempts => {
            ("dead", now, 0, Some(error.clone()), true)
        }
        Outcome::Retry(error) => (
            "ready",
            now + backoff(job.attempt),
            0,
            Some(error.clone()),
            false,
        ),
    };
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let again = "(nudged AND $1 IN ('done','cancelled'))";
        let changed = tx
            .conn()
            .execute_raw(statement(
                tx,
                format!(
                    "UPDATE job SET state = CASE WHEN {again} THEN 'ready' ELSE $1 END, \
                       run_at = CASE WHEN nudged THEN $2 ELSE $3 END, \
                       attempt = CASE WHEN {again} THEN 0 ELSE attempt - $4 END, \
                       last_error = COALESCE($5, last_error), \
                       finished_at = CASE WHEN {again} THEN NULL ELSE $6 END, \
                       lease_token = NULL, lease_until = NULL, nudged = false \
                     WHERE id = $7 AND lease_token = $8 AND state = 'running'"
                ),
                [
                    state.into(),
                    now.into(),
                    run_at.into(),
                    give_back.into(),
                    error.clone().into(),
                    ended.then_some(now).into(),
                    job.id.into(),
                    job.token.into(),
                ],
            ))
            .await?;
        if changed.rows_affected() == 1 {
            Ok(())
        } else {
            Err(store::lost())
        }
    })
    .await
}

/// Hands a job back unfinished: the worker is stopping. The attempt is not counted.
pub async fn hand_back(db: &Db, ctx: &Ctx, job: &Claimed) -> Result<()> {
    finish(db, ctx, job, &Outcome::Snooze(ctx.now())).await
}

/// Turns a tick of a schedule into a job, once, however many schedulers race. Returns whether
/// this call was the one.
pub async fn tick(db: &Db, ctx: &Ctx, kind: JobKind, tick_at: DateTime<Utc>) -> Result<bool> {
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let added = tx
            .conn()
            .execute_raw(statement(
                tx,
                "INSERT INTO schedule_tick (kind, tick_at, created_at) VALUES ($1, $2, $3) \
                 ON CONFLICT DO NOTHING",
                [kind.slug().into(), tick_at.into(), tx.now().into()],
            ))
            .await?;
        if added.rows_affected() == 0 {
            return Ok(false);
        }
        store::enqueue(tx, kind, Some(kind.slug().to_owned()), None, tx.now()).await?;
        Ok(true)
    })
    .await
}

/// Asks a reconciler to look again now.
pub async fn nudge(db: &Db, ctx: &Ctx, kind: JobKind) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        store::enqueue(tx, kind, Some(kind.slug().to_owned()), None, tx.now()).await
    })
    .await
}

/// Lets a dead job try again from its first attempt.
pub async fn retry_dead(db: &Db, ctx: &Ctx, id: JobId) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::RetryJob, "job", id),
        async |tx| {
            let changed = tx
                .conn()
                .execute_raw(statement(
                    tx,
                    "UPDATE job SET state = 'ready', attempt = 0, run_at = $1, finished_at = NULL \
                 WHERE id = $2 AND state = 'dead' AND NOT EXISTS (SELECT 1 FROM job other \
                   WHERE other.unique_key = job.unique_key AND other.state IN ('ready','running'))",
                    [tx.now().into(), id.into()],
                ))
                .await?;
            tx.will_wake();
            if changed.rows_affected() == 1 {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        },
    )
    .await
}
