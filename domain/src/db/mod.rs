//! The only door to the database: [`Db::read`] for reading, [`Db::write`] for a transaction.
//!
//! On SQLite there is one write connection, reached through a fair queue in which writers that wait
//! for each other share a commit, and a separate read-only pool. On PostgreSQL each write is READ COMMITTED and locks its aggregate first;
//! serialization failures are retried, a bounded number of times.

mod at_once;
pub(crate) mod bulk;
mod ids;
mod load;
mod open;
mod pace;
mod restore;
mod shared;
mod tx;
#[cfg(test)]
mod upgrade_tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

pub(crate) use ids::Ids;
pub(crate) use load::{Guard, Piece};
pub use open::{Location, Migrated, backup_sqlite, check_schema, is_empty, migrate};
pub(crate) use pace::Pace;
pub use restore::{Restored, restore_sqlite};
use shared::{Fate, Group, Line};
pub use tx::{Command, Tx};

use crate::access::rules::Operation;
use crate::ctx::Ctx;
use crate::{Error, Result, audit, jobs};

/// A statement in the database's own kind; `$1` is understood by both.
pub(crate) fn statement(
    conn: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

/// That a column is one of these. PostgreSQL is handed them as one value: the statement is the same
/// however many there are, so that it is planned once.
pub(crate) fn among<C, V>(
    conn: &impl ConnectionTrait,
    column: C,
    ids: impl IntoIterator<Item = V>,
) -> sea_orm::sea_query::Expr
where
    C: sea_orm::ColumnTrait,
    V: Into<uuid::Uuid>,
{
    let ids = ids.into_iter().map(Into::into);
    match conn.get_database_backend() {
        DbBackend::Postgres => column.eq_any(ids),
        _ => column.is_in(ids),
    }
}

/// The same of texts.
pub(crate) fn named<C: sea_orm::ColumnTrait>(
    conn: &impl ConnectionTrait,
    column: C,
    texts: impl IntoIterator<Item = String>,
) -> sea_orm::sea_query::Expr {
    match conn.get_database_backend() {
        DbBackend::Postgres => column.eq_any(texts),
        _ => column.is_in(texts),
    }
}

/// What a lost connection is called.
const UNREACHABLE: &str = "the database cannot be reached";
/// What PostgreSQL's going and coming is called.
const RESTARTING: &str = "the database is restarting";
/// A write of which it is not known whether it was saved.
const PERHAPS_SAVED: &str = "the database went away while this was being saved, and it may have \
                             been saved: look before you try again";

/// How often a write is tried again after a serialization failure or a deadlock.
const RETRIES: u32 = 5;

/// The database, with its write door.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    location: Location,
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// SQLite: one writer at a time, first come first served.
    line: Option<Line>,
    longest_write_us: AtomicU64,
    /// Rung when a job was added by this process.
    bell: Notify,
}

impl Db {
    /// Opens a migrated database; refuses one that is newer than this program, or older.
    pub async fn open(location: Location) -> Result<Self> {
        let (read, write) = open::pools(&location).await?;
        check_schema(&write).await?;
        let line = match write.get_database_backend() {
            DbBackend::Sqlite => Some(Line::default()),
            _ => None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                location,
                read,
                write,
                line,
                longest_write_us: AtomicU64::new(0),
                bell: Notify::new(),
            }),
        })
    }

    /// A connection that only reads.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.inner.read
    }

    /// Rung when this process added a job.
    pub(crate) fn bell(&self) -> &Notify {
        &self.inner.bell
    }

    /// A snapshot to read several things from that belong together. Rolled back when dropped.
    pub(crate) async fn snapshot(&self) -> Result<sea_orm::DatabaseTransaction> {
        Ok(self
            .inner
            .read
            .begin_with_options(TransactionOptions {
                isolation_level: (!self.is_sqlite()).then_some(IsolationLevel::RepeatableRead),
                sqlite_transaction_mode: self
                    .is_sqlite()
                    .then_some(SqliteTransactionMode::Deferred),
                access_mode: None,
            })
            .await?)
    }

    /// Where the database is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.inner.location
    }

    /// Whether it is SQLite: one process only.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.inner.line.is_some()
    }

    /// The longest that a write transaction has held its lock since the start or the last call.
    pub fn take_longest_write(&self) -> Duration {
        Duration::from_micros(self.inner.longest_write_us.swap(0, Ordering::Relaxed))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.inner.read.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// The reply that this request was given before, if it is a repeat: for operations that look at
    /// what they changed before they come to their write, which would then refuse them.
    pub(crate) async fn repeated<T: DeserializeOwned>(
        &self,
        ctx: &Ctx,
        operation: Operation,
    ) -> Result<Option<T>> {
        ctx.require(operation)?;
        let Some(promise) = &ctx.idempotency else {
            return Ok(None);
        };
        let kept = tx::kept_reply(self.read(), ctx, promise, operation).await?;
        Ok(kept.map(serde_json::from_value).transpose()?)
    }

    /// One write transaction: decides access, verifies the job's lease, answers a repeated
    /// request from its first reply, runs `work`, appends the audit entry, commits.
    ///
    /// `work` may run more than once (each time in a new transaction), so it must not have
    /// effects outside of it.
    pub async fn write<T>(
        &self,
        ctx: &Ctx,
        command: Command,
        work: impl AsyncFn(&Tx) -> Result<T>,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
    {
        ctx.require(command.operation)?;
        if let Some(line) = &self.inner.line {
            return self.write_in_line(line, ctx, &command, &work).await;
        }
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.try_write(ctx, &command, &work).await {
                Err(Error::Unavailable { detail, .. })
                    if attempt <= RETRIES
                        // Under a key, what was saved is found again.
                        && (detail != PERHAPS_SAVED || ctx.idempotency.is_some()) =>
                {
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 15)).await;
                }
                result => return result,
            }
        }
    }

    async fn begin(&self) -> Result<DatabaseTransaction> {
        Ok(self
            .inner
            .write
            .begin_with_options(TransactionOptions {
                // READ COMMITTED on PostgreSQL, as every connection is opened.
                isolation_level: None,
                sqlite_transaction_mode: self
                    .is_sqlite()
                    .then_some(SqliteTransactionMode::Immediate),
                access_mode: None,
            })
            .await?)
    }

    async fn try_write<T>(
        &self,
        ctx: &Ctx,
        command: &Command,
        work: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
    {
        let conn = self.begin().await?;
        let began = Instant::now();
        let tx = Tx::new(conn, ctx, command);
        // Dropping `tx` on an error rolls back.
        let value = within(&tx, ctx, command, work).await?;
        let nudges = tx.nudges();
        tx.commit().await.map_err(perhaps_saved)?;
        self.held(command, began.elapsed());
        if nudges {
            self.inner.bell.notify_one();
        }
        Ok(value)
    }

    /// SQLite: waits for its turn, and does its work in a transaction of its own or, where others
    /// are being kept from the disk, in one that they share.
    async fn write_in_line<T>(
        &self,
        line: &Line,
        ctx: &Ctx,
        command: &Command,
        work: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
    {
        if let Some(result) = self
            .try_in_line(line, ctx, command, work, command.long)
            .await
        {
            return result;
        }
        // What it shared was undone by another: once more, by itself.
        self.try_in_line(line, ctx, command, work, true)
            .await
            .unwrap_or_else(|| Err(Error::internal("a transaction of its own was undone")))
    }

    /// One attempt: nothing when what was shared was not saved, through no fault of this one.
    async fn try_in_line<T>(
        &self,
        line: &Line,
        ctx: &Ctx,
        command: &Command,
        work: &impl AsyncFn(&Tx) -> Result<T>,
        alone: bool,
    ) -> Option<Result<T>>
    where
        T: Serialize + DeserializeOwned,
    {
        let mut turn = line.front().await;
        let mut joined = None;
        if let Some(group) = turn.upgrade() {
            if !alone && group.is_young() {
                joined = group.join();
            } else {
                // How it ended is told to those who worked in it.
                group.save().await;
            }
        }
        let worked = match joined {
            None => self.first_part(ctx, command, work).await,
            Some(joined) => self.further_part(joined, ctx, command, work).await,
        };
        let (group, result, nudges) = match worked {
            Ok(worked) => worked,
            Err(error) => return Some(Err(error)),
        };
        let (fate, error) = if !alone && line.others_wait() && group.is_young() {
            *turn = Arc::downgrade(&group);
            drop(turn);
            tokio::select! {
                biased;
                fate = group.over() => (fate, None),
                turn = line.front() => {
                    let done = group.save().await;
                    self.held(command, group.held_for());
                    drop(turn);
                    done
                }
            }
        } else {
            let done = group.save().await;
            self.held(command, group.held_for());
            drop(turn);
            done
        };
        match (fate, error, result) {
            (Fate::Saved, _, result) => {
                if nudges {
                    self.inner.bell.notify_one();
                }
                Some(result)
            }
            (_, Some(error), Ok(_)) => Some(Err(perhaps_saved(error))),
            (Fate::Undone, ..) => None,
            (Fate::Open | Fate::Unknown, _, Ok(_)) => Some(Err(Error::Unavailable {
                detail: PERHAPS_SAVED.to_owned(),
                retry_after_s: 2,
            })),
            (Fate::Open | Fate::Unknown, _, result) => Some(result),
        }
    }

    /// Work in a transaction of its own, which others may join afterwards.
    async fn first_part<T>(
        &self,
        ctx: &Ctx,
        command: &Command,
        work: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> Result<(Arc<Group>, Result<T>, bool)>
    where
        T: Serialize + DeserializeOwned,
    {
        let conn = self.begin().await?;
        let began = Instant::now();
        let tx = Tx::new(conn, ctx, command);
        // Dropping `tx` on an error rolls back.
        let value = within(&tx, ctx, command, work).await?;
        let nudges = tx.nudges();
        Ok((Group::new(tx.into_conn(), began), Ok(value), nudges))
    }

    /// Work in a transaction that others have worked in. What is refused takes back only its own
    /// part; a failure of the database undoes the whole.
    async fn further_part<T>(
        &self,
        joined: shared::Joined,
        ctx: &Ctx,
        command: &Command,
        work: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> Result<(Arc<Group>, Result<T>, bool)>
    where
        T: Serialize + DeserializeOwned,
    {
        let tx = Tx::new(joined.part().await?, ctx, command);
        match within(&tx, ctx, command, work).await {
            Ok(value) => {
                let nudges = tx.nudges();
                tx.commit().await?;
                Ok((joined.give_back(), Ok(value), nudges))
            }
            Err(error @ (Error::Unavailable { .. } | Error::Internal(_))) => Err(error),
            Err(refused) => {
                tx.into_conn().rollback().await?;
                Ok((joined.give_back(), Err(refused), false))
            }
        }
    }

    /// Remembers how long a write held its lock.
    fn held(&self, command: &Command, held: Duration) {
        let held = u64::try_from(held.as_micros()).unwrap_or(u64::MAX);
        self.inner
            .longest_write_us
            .fetch_max(held, Ordering::Relaxed);
        if held > 250_000 {
            tracing::warn!(
                held_ms = held / 1000,
                operation = command.operation.slug(),
                "long write"
            );
        }
    }
}

/// What happens inside of a write transaction, up to its commit.
async fn within<T>(
    tx: &Tx,
    ctx: &Ctx,
    command: &Command,
    work: &impl AsyncFn(&Tx) -> Result<T>,
) -> Result<T>
where
    T: Serialize + DeserializeOwned,
{
    if let Some(lease) = ctx.lease {
        jobs::verify(tx, lease).await?;
    }
    if let Some(reply) = tx::earlier_reply(tx, ctx, command).await? {
        return Ok(serde_json::from_value(reply)?);
    }
    let value = work(tx).await?;
    tx::keep_reply(tx, ctx, command, &value).await?;
    if command.operation.audited() {
        audit::append(tx, ctx, command).await?;
    }
    Ok(value)
}

/// Whether an error says that the connection was lost.
fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Unavailable { detail, .. } if detail == UNREACHABLE || detail == RESTARTING)
}

/// What a failed commit means: if the connection was lost while it was being saved, doing it again
/// might do it twice.
fn perhaps_saved(error: Error) -> Error {
    match error {
        Error::Unavailable { retry_after_s, .. } if is_lost(&error) => Error::Unavailable {
            detail: PERHAPS_SAVED.to_owned(),
            retry_after_s,
        },
        other => other,
    }
}

/// What a database error means to a caller: a busy or restarting database is "try again".
pub(crate) fn explain(error: DbErr) -> Error {
    let busy = |detail: &str| Error::Unavailable {
        detail: detail.to_owned(),
        retry_after_s: 2,
    };
    match &error {
        DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => return Error::NotFound,
        DbErr::ConnectionAcquire(_) => return busy("the database is busy"),
        DbErr::Conn(_) => return busy(UNREACHABLE),
        _ => {}
    }
    if let DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) =
        &error
    {
        match cause.as_ref() {
            sea_orm::sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                match code.as_ref() {
                    // PostgreSQL: serialization failure, deadlock
                    "40001" | "40P01" => return busy("somebody else changed the same records"),
                    // PostgreSQL: shutting down, starting up, too many connections
                    "57P01" | "57P02" | "57P03" | "53300" => {
                        return busy(RESTARTING);
                    }
                    // PostgreSQL: disk full; SQLite: SQLITE_FULL
                    "53100" | "13" => return busy("the disk is full"),
                    // SQLite: BUSY, LOCKED, and BUSY with its extended codes
                    "5" | "6" | "261" | "517" | "773" => return busy("the database is busy"),
                    _ => {}
                }
            }
            sea_orm::sqlx::Error::Io(_)
            | sea_orm::sqlx::Error::PoolTimedOut
            | sea_orm::sqlx::Error::PoolClosed => return busy(UNREACHABLE),
            _ => {}
        }
    }
    Error::Internal(Box::new(error))
}

/// Whether an error is a unique constraint's refusal: two writers met, or the same thing twice.
pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
    )
}

/// Whether an error is a check constraint's refusal: an amount would pass its cap.
pub(crate) fn is_check_violation(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    match cause.as_ref() {
        // PostgreSQL's code, SQLite's extended one
        sea_orm::sqlx::Error::Database(database) => {
            matches!(database.code().as_deref(), Some("23514" | "275"))
        }
        _ => false,
    }
}
