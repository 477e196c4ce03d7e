//! The queue as people see it on the Operations page.

use chrono::{DateTime, Utc};
use entity::{JobId, JobKind, JobState, job, schedule_tick};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;

use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// The queue in numbers, with what failed.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct QueueView {
    /// Jobs that wait for their time.
    pub ready: u64,
    /// Jobs that are being worked on.
    pub running: u64,
    /// Jobs that should have begun over five minutes ago.
    pub overdue: u64,
    /// Jobs that wait or run, by kind.
    pub by_kind: Vec<KindCount>,
    /// Jobs that failed as often as they may.
    pub dead: Vec<DeadJob>,
    /// The newest tick of each schedule that was noticed.
    pub last_ticks: Vec<LastTick>,
    /// When a job of each kind was last done.
    pub last_runs: Vec<LastRun>,
}

/// How many jobs of a kind wait or run.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct KindCount {
    /// What shall be done.
    pub kind: JobKind,
    /// Jobs that wait for their time.
    pub ready: u64,
    /// Jobs that are being worked on.
    pub running: u64,
    /// When the first of them was or will be due (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub oldest_at: Option<DateTime<Utc>>,
}

/// A job that failed as often as it may.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DeadJob {
    /// The job.
    pub id: JobId,
    /// What it should have done.
    pub kind: JobKind,
    /// Why the last attempt failed.
    pub last_error: String,
    /// When it was given up (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub finished_at: Option<DateTime<Utc>>,
}

/// The newest tick of a schedule.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct LastTick {
    /// Whose schedule.
    pub kind: JobKind,
    /// Which tick (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub tick_at: DateTime<Utc>,
}

/// When a job of a kind was last done. A tick is accounted for even where the house did not exist
/// yet; a run was.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct LastRun {
    /// What was done.
    pub kind: JobKind,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub finished_at: DateTime<Utc>,
}

/// The queue, for those who look after operations.
pub async fn queue(db: &Db, ctx: &Ctx) -> Result<QueueView> {
    ctx.require(Operation::ReadOperations)?;
    let count = |state: JobState| {
        job::Entity::find()
            .filter(job::Column::State.eq(state))
            .count(db.read())
    };
    let dead = job::Entity::find()
        .filter(job::Column::State.eq(JobState::Dead))
        .order_by_desc(job::Column::FinishedAt)
        .limit(100)
        .all(db.read())
        .await?;
    let mut last_ticks = Vec::new();
    for kind in JobKind::all() {
        let newest = schedule_tick::Entity::find()
            .filter(schedule_tick::Column::Kind.eq(kind))
            .order_by_desc(schedule_tick::Column::TickAt)
            .one(db.read())
            .await?;
        last_ticks.extend(newest.map(|tick| LastTick {
            kind,
            tick_at: tick.tick_at,
        }));
    }
    let mut last_runs = Vec::new();
    for kind in JobKind::all() {
        let newest = job::Entity::find()
            .filter(job::Column::Kind.eq(kind))
            .filter(job::Column::State.eq(JobState::Done))
            .order_by_desc(job::Column::FinishedAt)
            .one(db.read())
            .await?;
        let at = newest.and_then(|job| job.finished_at);
        last_runs.extend(at.map(|finished_at| LastRun { kind, finished_at }));
    }
    let mut by_kind = Vec::new();
    for kind in JobKind::all() {
        let of = |state: JobState| {
            job::Entity::find()
                .filter(job::Column::Kind.eq(kind))
                .filter(job::Column::State.eq(state))
                .count(db.read())
        };
        let (ready, running) = (of(JobState::Ready).await?, of(JobState::Running).await?);
        if ready + running > 0 {
            let oldest = job::Entity::find()
                .filter(job::Column::Kind.eq(kind))
                .filter(job::Column::State.is_in([JobState::Ready, JobState::Running]))
                .order_by_asc(job::Column::RunAt)
                .one(db.read())
                .await?;
            by_kind.push(KindCount {
                kind,
                ready,
                running,
                oldest_at: oldest.map(|job| job.run_at),
            });
        }
    }
    Ok(QueueView {
        by_kind,
        ready: count(JobState::Ready).await?,
        running: count(JobState::Running).await?,
        overdue: overdue(db, ctx).await?,
        dead: dead
            .into_iter()
            .map(|job| DeadJob {
                id: job.id,
                kind: job.kind,
                last_error: job.last_error.unwrap_or_default(),
                finished_at: job.finished_at,
            })
            .collect(),
        last_ticks,
        last_runs,
    })
}

/// Jobs that should have begun over five minutes ago: the worker is not keeping up, or is gone.
pub async fn overdue(db: &Db, ctx: &Ctx) -> Result<u64> {
    Ok(job::Entity::find()
        .filter(job::Column::State.eq(JobState::Ready))
        .filter(job::Column::RunAt.lt(ctx.now() - chrono::Duration::minutes(5)))
        .count(db.read())
        .await?)
}

/// Jobs that are being worked on, or should be by now.
fn due(ctx: &Ctx) -> SimpleExpr {
    job::Column::State
        .eq(JobState::Running)
        .or(job::Column::State
            .eq(JobState::Ready)
            .and(job::Column::RunAt.lte(ctx.now())))
}

/// Ready and running jobs: a test's house has settled when there are none that are due.
pub async fn unsettled(db: &Db, ctx: &Ctx) -> Result<u64> {
    Ok(job::Entity::find()
        .filter(due(ctx))
        .count(db.read())
        .await?)
}

/// The newest tick of a schedule that was recorded, of those that have come; one recorded over an
/// hour ahead of time, under a clock that was wrong, does not count.
pub async fn last_tick(
    db: &Db,
    kind: JobKind,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(schedule_tick::Entity::find()
        .filter(schedule_tick::Column::Kind.eq(kind))
        .filter(schedule_tick::Column::TickAt.lte(now))
        .filter(schedule_tick::Column::CreatedAt.lte(now + super::ops::AHEAD))
        .order_by_desc(schedule_tick::Column::TickAt)
        .one(db.read())
        .await?
        .map(|tick| tick.tick_at))
}

/// Whether a job of this kind is being worked on, or should be by now.
pub async fn in_hand(db: &Db, ctx: &Ctx, kind: JobKind) -> Result<bool> {
    let found = job::Entity::find()
        .filter(job::Column::Kind.eq(kind))
        .filter(due(ctx))
        .count(db.read())
        .await?;
    Ok(found > 0)
}
