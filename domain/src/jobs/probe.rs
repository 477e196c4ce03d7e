//! Jobs that do nothing of use, for tests of the engine: each has a script, made in the same
//! transaction as the job, and leaves one countable effect, written under its lease.

use entity::{JobId, JobKind, JobState, job, setting};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ops::Claimed;
use super::store::{self, statement};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result};

/// What a probe shall do before its effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// How long it takes, in milliseconds.
    pub takes_ms: u64,
    /// Handed to whoever runs the engine: a test makes it abort or panic.
    pub word: String,
    /// How many attempts it may have; the usual number when absent.
    pub attempts: Option<i32>,
}

/// What became of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The row its job is about.
    pub row_id: Uuid,
    /// Where its job stands.
    pub state: JobState,
    /// Attempts begun.
    pub attempt: i32,
    /// How often its effect was written.
    pub effects: i64,
}

fn script_key(row_id: Uuid) -> String {
    format!("probe:{row_id}")
}

/// Asks for probes in one transaction: each with its script, the change that caused it.
pub async fn ask(db: &Db, ctx: &Ctx, scripts: &[Script]) -> Result<Vec<Uuid>> {
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        let mut rows = Vec::with_capacity(scripts.len());
        for script in scripts {
            let row_id = Uuid::now_v7();
            setting::ActiveModel {
                key: Set(script_key(row_id)),
                value: Set(serde_json::to_value(script)?),
            }
            .insert(tx.conn())
            .await?;
            store::enqueue(
                tx,
                JobKind::Probe,
                Some(script_key(row_id)),
                Some(row_id),
                tx.now(),
            )
            .await?;
            if let Some(attempts) = script.attempts {
                tx.conn()
                    .execute_raw(statement(
                        tx,
                        "UPDATE job SET max_attempts = $1 WHERE row_id = $2",
                        [attempts.into(), row_id.into()],
                    ))
                    .await?;
            }
            rows.push(row_id);
        }
        Ok(rows)
    })
    .await
}

/// The script of a probe; a probe without one (from a schedule) does nothing.
pub async fn script(db: &Db, job: &Claimed) -> Result<Script> {
    let Some(row_id) = job.row_id else {
        return Ok(Script::default());
    };
    let row = setting::Entity::find_by_id(script_key(row_id))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(serde_json::from_value(row.value)?)
}

/// Writes the probe's effect and its end in one transaction, under its lease.
pub async fn effect(db: &Db, ctx: &Ctx, job: &Claimed) -> Result<()> {
    let name = match job.row_id {
        Some(row_id) => script_key(row_id),
        None => "probe-ticks".to_owned(),
    };
    db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
        tx.conn()
            .execute_raw(statement(
                tx,
                "INSERT INTO counter (name, value) VALUES ($1, 1) \
                 ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
                [name.clone().into()],
            ))
            .await?;
        store::end_within(tx, ctx).await
    })
    .await
}

/// What became of every probe.
pub async fn fates(db: &Db) -> Result<Vec<Fate>> {
    let jobs = job::Entity::find()
        .filter(job::Column::Kind.eq(JobKind::Probe))
        .filter(job::Column::RowId.is_not_null())
        .all(db.read())
        .await?;
    let counters = entity::counter::Entity::find()
        .filter(entity::counter::Column::Name.starts_with("probe:"))
        .all(db.read())
        .await?;
    let effects: std::collections::HashMap<String, i64> = counters
        .into_iter()
        .map(|counter| (counter.name, counter.value))
        .collect();
    Ok(jobs
        .into_iter()
        .filter_map(|job| {
            let row_id = job.row_id?;
            Some(Fate {
                row_id,
                state: job.state,
                attempt: job.attempt,
                effects: effects.get(&script_key(row_id)).copied().unwrap_or(0),
            })
        })
        .collect())
}

/// How many scripts there are: one for each probe that was accepted, none for any that was not.
pub async fn scripts(db: &Db) -> Result<u64> {
    Ok(setting::Entity::find()
        .filter(setting::Column::Key.starts_with("probe:"))
        .count(db.read())
        .await?)
}

/// The ticks recorded for probes, in order.
pub async fn ticks(db: &Db) -> Result<Vec<chrono::DateTime<chrono::Utc>>> {
    use sea_orm::QueryOrder;
    Ok(entity::schedule_tick::Entity::find()
        .filter(entity::schedule_tick::Column::Kind.eq(JobKind::Probe))
        .order_by_asc(entity::schedule_tick::Column::TickAt)
        .all(db.read())
        .await?
        .into_iter()
        .map(|tick| tick.tick_at)
        .collect())
}

/// The newest probe job made by a schedule.
pub async fn tick_job(db: &Db) -> Result<Option<(JobId, JobState)>> {
    use sea_orm::QueryOrder;
    Ok(job::Entity::find()
        .filter(job::Column::Kind.eq(JobKind::Probe))
        .filter(job::Column::RowId.is_null())
        .order_by_desc(job::Column::CreatedAt)
        .one(db.read())
        .await?
        .map(|job| (job.id, job.state)))
}
