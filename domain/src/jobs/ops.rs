//! Claiming, renewing, finishing, and the ticks of the schedules.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use entity::{JobId, JobKind};
use sea_orm::{ConnectionTrait, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{DEATHS_TOGETHER, LEASE, Outcome, backoff};
use super::schedule::Schedule;
use super::store::{self, statement};
use crate::access::rules::Operation;
use crate::ctx::Lease;
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// Ticks that one transaction records: few enough to hold the lock only briefly.
const TICKS_AT_ONCE: usize = 500;

/// A tick recorded so far ahead of the clock was recorded under a clock that was wrong.
pub(super) const AHEAD: Duration = Duration::hours(1);

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

/// A run that ended, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The job.
    pub job: Claimed,
    /// How its run ended.
    pub outcome: Outcome,
}

/// What one turn of the loop brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Jobs that are now ours.
    pub claimed: Vec<Claimed>,
    /// Runs whose lease was lost before their end could be written: somebody else has them.
    pub lost: Vec<JobId>,
}

/// One turn of the loop in one short transaction: writes the ends of the runs that are over, and
/// claims up to `limit` jobs that are due.
pub async fn turn(
    db: &Db,
    ctx: &Ctx,
    ended: &[Ended],
    limit: u32,
    lease: Duration,
) -> Result<Turn> {
    if ended.is_empty() && (limit == 0 || !store::any_due(db, ctx.now()).await?) {
        return Ok(Turn::default());
    }
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let lost = write_ends(tx, ended).await?;
        let claimed = if limit == 0 {
            Vec::new()
        } else {
            let due = "state = 'ready' AND run_at <= $3 ORDER BY run_at";
            take(tx, due, limit, lease).await?
        };
        Ok(Turn { claimed, lost })
    })
    .await
}

/// Claims up to `limit` jobs that are due.
pub async fn claim(db: &Db, ctx: &Ctx, limit: u32, lease: Duration) -> Result<Vec<Claimed>> {
    Ok(turn(db, ctx, &[], limit, lease).await?.claimed)
}

/// What came of looking for a job whose worker died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TakenOver {
    /// There is none.
    Nothing,
    /// It is ours now.
    One(Claimed),
    /// There is one, whose worker died so often that it must not run beside others.
    NotBesideOthers,
}

/// Takes over one job whose worker died or stood still past its lease. One at a time: it may be
/// what its worker died of, and must not take others with it again. One whose worker died
/// [`DEATHS_TOGETHER`] times is taken over only when it is `quiet`: when nothing else runs here.
/// Those whose attempts are used up (their worker died each time) are set aside as dead.
pub async fn take_over(db: &Db, ctx: &Ctx, lease: Duration, quiet: bool) -> Result<TakenOver> {
    if !store::any_abandoned(db, ctx.now()).await? {
        return Ok(TakenOver::Nothing);
    }
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let among = store::chosen(
            tx,
            "state = 'running' AND lease_until < $1 AND attempt >= max_attempts",
            "100",
        );
        tx.conn()
            .execute_raw(statement(
                tx,
                format!(
                    "UPDATE job SET state = 'dead', lease_token = NULL, lease_until = NULL, \
                       finished_at = $1, last_error = COALESCE(last_error, \
                         'the worker stopped each time it tried') WHERE {among}"
                ),
                [tx.now().into()],
            ))
            .await?;
        // Fewest attempts first: what killed its worker often waits behind what did once.
        let among = match quiet {
            true => String::new(),
            false => format!("AND attempt < {DEATHS_TOGETHER}"),
        };
        let abandoned =
            format!("state = 'running' AND lease_until < $3 {among} ORDER BY attempt, run_at");
        Ok(match take(tx, &abandoned, 1, lease).await?.pop() {
            Some(job) => TakenOver::One(job),
            None if store::is_abandoned(tx).await? => TakenOver::NotBesideOthers,
            None => TakenOver::Nothing,
        })
    })
    .await
}

async fn take(tx: &Tx, which: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>> {
    let token = Uuid::new_v4();
    let rows = tx
        .conn()
        .query_all_raw(statement(
            tx,
            format!(
                "UPDATE job SET state = 'running', attempt = attempt + 1, nudged = false, \
                   lease_token = $1, lease_until = $2 WHERE {} \
                 RETURNING id, kind, row_id, attempt, max_attempts",
                store::chosen(tx, which, "$4")
            ),
            [
                token.into(),
                (tx.now() + lease).into(),
                tx.now().into(),
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
}

/// Holds leases for longer. Returns the jobs that are still ours.
pub async fn renew(
    db: &Db,
    ctx: &Ctx,
    leases: &[Lease],
    lease: Duration,
) -> Result<BTreeSet<JobId>> {
    if leases.is_empty() {
        return Ok(BTreeSet::new());
    }
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let mut held = BTreeSet::new();
        for (token, ids) in by_token(leases.iter().map(|lease| (lease.token, lease.job))) {
            let mut values: Vec<Value> = vec![(tx.now() + lease).into(), token.into()];
            let list = store::list(&mut values, &ids);
            let rows = tx
                .conn()
                .query_all_raw(statement(
                    tx,
                    format!(
                        "UPDATE job SET lease_until = $1 WHERE state = 'running' \
                         AND lease_token = $2 AND id IN ({list}) RETURNING id"
                    ),
                    values,
                ))
                .await?;
            for row in rows {
                held.insert(JobId(row.try_get("", "id")?));
            }
        }
        Ok(held)
    })
    .await
}

/// Ends a run. A job that was asked for again meanwhile becomes ready once more.
pub async fn finish(db: &Db, ctx: &Ctx, job: &Claimed, outcome: &Outcome) -> Result<()> {
    let ended = Ended {
        job: job.clone(),
        outcome: outcome.clone(),
    };
    let turn = turn(db, ctx, &[ended], 0, LEASE).await?;
    if turn.lost.is_empty() {
        Ok(())
    } else {
        Err(store::lost())
    }
}

/// Hands jobs back unfinished: the worker is stopping. The attempts are not counted.
pub async fn hand_back(db: &Db, ctx: &Ctx, jobs: &[Claimed]) -> Result<()> {
    let ended: Vec<Ended> = jobs
        .iter()
        .map(|job| Ended {
            job: job.clone(),
            outcome: Outcome::Snooze(ctx.now()),
        })
        .collect();
    turn(db, ctx, &ended, 0, LEASE).await.map(|_| ())
}

fn by_token(jobs: impl Iterator<Item = (Uuid, JobId)>) -> BTreeMap<Uuid, Vec<JobId>> {
    let mut grouped: BTreeMap<Uuid, Vec<JobId>> = BTreeMap::new();
    for (token, id) in jobs {
        grouped.entry(token).or_default().push(id);
    }
    grouped
}

/// Writes how runs ended; returns those whose lease was lost. Those that are simply done, nearly
/// all, take one statement for each batch that was claimed together.
async fn write_ends(tx: &Tx, ended: &[Ended]) -> Result<Vec<JobId>> {
    let mut lost = Vec::new();
    let done = ended
        .iter()
        .filter(|ended| ended.outcome == Outcome::Done)
        .map(|ended| (ended.job.token, ended.job.id));
    for (token, ids) in by_token(done) {
        let written = write_end(tx, token, &ids, &End::of(&Outcome::Done, 0, 0, tx.now())).await?;
        lost.extend(ids.into_iter().filter(|id| !written.contains(id)));
    }
    for Ended { job, outcome } in ended {
        if matches!(outcome, Outcome::Done | Outcome::Recorded) {
            continue;
        }
        let end = End::of(outcome, job.attempt, job.max_attempts, tx.now());
        if write_end(tx, job.token, &[job.id], &end).await?.is_empty() {
            lost.push(job.id);
        }
    }
    Ok(lost)
}

/// How the end of a run changes a job's row.
struct End {
    state: &'static str,
    run_at: DateTime<Utc>,
    given_back: i32,
    error: Option<String>,
    finished_at: Option<DateTime<Utc>>,
}

impl End {
    fn of(outcome: &Outcome, attempt: i32, max_attempts: i32, now: DateTime<Utc>) -> Self {
        let end = |state, error| Self {
            state,
            run_at: now,
            given_back: 0,
            error,
            finished_at: Some(now),
        };
        let again = |run_at, given_back, error| Self {
            state: "ready",
            run_at,
            given_back,
            error,
            finished_at: None,
        };
        match outcome {
            Outcome::Done | Outcome::Recorded => end("done", None),
            Outcome::Cancel(reason) => end("cancelled", Some(reason.clone())),
            Outcome::Snooze(until) => again(*until, 1, None),
            Outcome::Retry(error) if attempt >= max_attempts => end("dead", Some(error.clone())),
            Outcome::Retry(error) => again(now + backoff(attempt), 0, Some(error.clone())),
        }
    }
}

async fn write_end(tx: &Tx, token: Uuid, ids: &[JobId], end: &End) -> Result<Vec<JobId>> {
    let again = store::AGAIN;
    let mut values: Vec<Value> = vec![
        end.state.into(),
        tx.now().into(),
        end.run_at.into(),
        end.given_back.into(),
        end.error.clone().into(),
        end.finished_at.into(),
        token.into(),
    ];
    let list = store::list(&mut values, ids);
    let rows = tx
        .conn()
        .query_all_raw(statement(
            tx,
            format!(
                "UPDATE job SET state = CASE WHEN {again} THEN 'ready' ELSE $1 END, \
                   run_at = CASE WHEN nudged THEN $2 ELSE $3 END, \
                   attempt = CASE WHEN {again} THEN 0 ELSE attempt - $4 END, \
                   last_error = COALESCE($5, last_error), \
                   finished_at = CASE WHEN {again} THEN NULL ELSE $6 END, \
                   lease_token = NULL, lease_until = NULL, nudged = false \
                 WHERE state = 'running' AND lease_token = $7 AND id IN ({list}) RETURNING id"
            ),
            values,
        ))
        .await?;
    rows.iter()
        .map(|row| Ok(JobId(row.try_get("", "id")?)))
        .collect()
}

/// Accounts for the ticks of a schedule that have come since it was last looked at: records each
/// once, however many schedulers race, and asks for one run. Returns the ticks that this call
/// recorded.
///
/// A tick that was recorded over an hour ahead of time was recorded under a clock that was wrong;
/// it is recorded again when it comes, or the house would stand still until the clock catches up.
pub async fn tick(db: &Db, ctx: &Ctx, schedule: &Schedule) -> Result<Vec<DateTime<Utc>>> {
    let now = ctx.now();
    let recorded = super::view::last_tick(db, schedule.kind, now).await?;
    let mut won = Vec::new();
    for ticks in schedule.missed(recorded, now)?.chunks(TICKS_AT_ONCE) {
        let recorded = db
            .write(ctx, Command::new(Operation::KeepQueue), async |tx| {
                let mut values: Vec<Value> = vec![
                    schedule.kind.slug().into(),
                    tx.now().into(),
                    (tx.now() + AHEAD).into(),
                ];
                let rows: Vec<String> = ticks
                    .iter()
                    .map(|tick| {
                        values.push((*tick).into());
                        format!("($1, ${}, $2)", values.len())
                    })
                    .collect();
                let recorded = tx
                    .conn()
                    .query_all_raw(statement(
                        tx,
                        format!(
                            "INSERT INTO schedule_tick (kind, tick_at, created_at) VALUES {} \
                             ON CONFLICT (kind, tick_at) DO UPDATE \
                               SET created_at = excluded.created_at \
                               WHERE schedule_tick.created_at > $3 \
                             RETURNING tick_at",
                            rows.join(", ")
                        ),
                        values,
                    ))
                    .await?
                    .iter()
                    .map(|row| Ok(row.try_get("", "tick_at")?))
                    .collect::<Result<Vec<DateTime<Utc>>>>()?;
                if !recorded.is_empty() {
                    let key = schedule.kind.slug().to_owned();
                    store::enqueue(tx, schedule.kind, Some(key), None, tx.now()).await?;
                }
                Ok(recorded)
            })
            .await?;
        won.extend(recorded);
    }
    Ok(won)
}

/// Ends the job that runs, and asks a reconciler to look at what it did, in one transaction: whoever is asked
/// finds it over. Its run answers [`Outcome::Recorded`].
pub async fn end_asking(db: &Db, ctx: &Ctx, kind: JobKind) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        store::end_within(tx, ctx).await?;
        store::ask(tx, kind).await
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
