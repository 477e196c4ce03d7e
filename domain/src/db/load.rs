//! Pieces of many rows, written straight to the connection: under an import or a run that does not
//! count yet. A part of the write door: it decides access and verifies the job's lease in the
//! transaction of the rows, as every write does.
//!
//! PostgreSQL copies rows in its binary format; SQLite is given a few statements, which it keeps
//! prepared.

use std::time::Instant;

use sea_orm::sqlx::{
    self, Arguments, AssertSqlSafe, Connection, Postgres, Sqlite, Transaction,
    pool::PoolConnection, postgres::PgArguments, sqlite::SqliteArguments,
};
use sea_orm::{DbErr, RuntimeErr, Value};
use tokio::sync::oneshot;

use super::bulk::Ready;
use super::{Db, RETRIES, perhaps_saved};
use crate::ctx::{Ctx, Lease};
use crate::{Command, Error, Result, jobs};

/// PostgreSQL: a piece need not be on the disk when the next is begun. What makes it count is, and
/// nothing is there without all that was committed before it.
const BEGIN_PIECE: &str = "BEGIN; SET LOCAL synchronous_commit = off";

/// A statement that must change exactly one row, or nothing is written: what the rows belong to.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value>,
}

/// Rows of several tables that are written all or none, and what they belong to.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) guard: Option<Guard>,
    pub(crate) rows: Vec<Ready>,
}

impl Db {
    /// Writes one piece: rows of several tables, all or none. Whether the guard let it.
    pub(crate) async fn load(
        &self,
        ctx: &Ctx,
        command: &Command,
        guard: Option<&Guard>,
        rows: Vec<Ready>,
    ) -> Result<bool> {
        may_load(ctx, command)?;
        let Some(line) = &self.inner.line else {
            return self.copy_again(ctx, command, guard, &rows).await;
        };
        let turn = line.front().await;
        if let Some(group) = turn.upgrade() {
            group.save().await;
        }
        let loaded = self.insert(ctx, command, guard, rows).await;
        drop(turn);
        loaded
    }

    /// How many pieces the database takes side by side.
    pub(crate) fn pieces_at_once(&self) -> usize {
        if self.is_sqlite() { 1 } else { 2 }
    }

    /// Writes pieces, each as [`load`](Self::load) does; whether their guards let all of them. PostgreSQL takes two
    /// side by side, which keeps two processes of it busy; the second is committed after the first.
    pub(crate) async fn load_each(
        &self,
        ctx: &Ctx,
        command: &Command,
        pieces: Vec<Piece>,
    ) -> Result<bool> {
        let mut pieces = pieces.into_iter();
        while let Some(first) = pieces.next() {
            let second = match self.pieces_at_once() {
                1 => None,
                _ => pieces.next(),
            };
            let loaded = match second {
                None => {
                    let guard = first.guard.as_ref();
                    self.load(ctx, command, guard, first.rows).await?
                }
                Some(second) => self.copy_two(ctx, command, &first, &second).await?,
            };
            if !loaded {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn copy_two(
        &self,
        ctx: &Ctx,
        command: &Command,
        first: &Piece,
        second: &Piece,
    ) -> Result<bool> {
        may_load(ctx, command)?;
        let (is_there, before) = oneshot::channel();
        let (one, other) = tokio::join!(
            async {
                let guard = first.guard.as_ref();
                let loaded = self.copy_again(ctx, command, guard, &first.rows).await;
                if let Ok(true) = loaded {
                    // who does not wait any more has failed, and says so
                    let _waits = is_there.send(());
                }
                loaded
            },
            self.copy(
                ctx,
                command,
                second.guard.as_ref(),
                &second.rows,
                Some(before)
            ),
        );
        if !one? {
            return Ok(false);
        }
        match other {
            Err(Error::Unavailable { detail, .. }) if detail != super::PERHAPS_SAVED => {
                let guard = second.guard.as_ref();
                self.copy_again(ctx, command, guard, &second.rows).await
            }
            result => result,
        }
    }

    /// On PostgreSQL, again where it was not to be had for a moment.
    async fn copy_again(
        &self,
        ctx: &Ctx,
        command: &Command,
        guard: Option<&Guard>,
        rows: &[Ready],
    ) -> Result<bool> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.copy(ctx, command, guard, rows, None).await {
                Err(Error::Unavailable { detail, .. })
                    if attempt <= RETRIES && detail != super::PERHAPS_SAVED =>
                {
                    let pause = u64::from(attempt) * 15;
                    tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
                }
                result => return result,
            }
        }
    }

    /// On PostgreSQL. The rows come first: what they belong to is locked only once they are there, and once the
    /// piece before them is.
    async fn copy(
        &self,
        ctx: &Ctx,
        command: &Command,
        guard: Option<&Guard>,
        rows: &[Ready],
        before: Option<oneshot::Receiver<()>>,
    ) -> Result<bool> {
        let pool = self.inner.write.get_postgres_connection_pool();
        let mut conn = Copying::new(pool.acquire().await.map_err(explain)?);
        let mut tx = conn.conn.begin_with(BEGIN_PIECE).await.map_err(explain)?;
        let began = Instant::now();
        for rows in rows {
            let Ready::Copied(sql, bytes) = rows else {
                return Err(Error::internal("rows of another database"));
            };
            copy_into(&mut tx, sql, bytes).await?;
        }
        let copied = began.elapsed();
        if let Some(before) = before
            && before.await.is_err()
        {
            // what comes before them is not there
            return Ok(false);
        }
        let began = Instant::now();
        if let Some(lease) = ctx.lease {
            let held = sqlx::query(jobs::VERIFY_LOCKED)
                .bind(uuid::Uuid::from(lease.job))
                .bind(lease.token)
                .fetch_optional(&mut *tx)
                .await
                .map_err(explain)?;
            held.map(|_| ()).ok_or_else(jobs::lost)?;
        }
        if let Some(guard) = guard {
            let mut values = PgArguments::default();
            for value in &guard.values {
                argument(&mut values, value.clone())?;
            }
            let done = sqlx::query_with(guard.sql, values)
                .execute(&mut *tx)
                .await
                .map_err(explain)?;
            if done.rows_affected() != 1 {
                return Ok(false);
            }
        }
        tx.commit()
            .await
            .map_err(|error| perhaps_saved(explain(error)))?;
        conn.in_step = true;
        self.held(command, copied + began.elapsed());
        Ok(true)
    }

    /// On SQLite, at the front of its line.
    async fn insert(
        &self,
        ctx: &Ctx,
        command: &Command,
        guard: Option<&Guard>,
        rows: Vec<Ready>,
    ) -> Result<bool> {
        let pool = self.inner.write.get_sqlite_connection_pool();
        let mut conn = pool.acquire().await.map_err(explain)?;
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(explain)?;
        let began = Instant::now();
        verify(&mut tx, ctx.lease).await?;
        if let Some(guard) = guard {
            let mut values = SqliteArguments::default();
            for value in &guard.values {
                argument(&mut values, value.clone())?;
            }
            let done = sqlx::query_with(guard.sql, values)
                .execute(&mut *tx)
                .await
                .map_err(explain)?;
            if done.rows_affected() != 1 {
                return Ok(false);
            }
        }
        for rows in rows {
            let Ready::Bound(statements) = rows else {
                return Err(Error::internal("rows of another database"));
            };
            for (sql, values, again) in statements {
                sqlx::query_with(AssertSqlSafe(sql), values)
                    .persistent(again)
                    .execute(&mut *tx)
                    .await
                    .map_err(explain)?;
            }
        }
        tx.commit().await.map_err(explain)?;
        self.held(command, began.elapsed());
        Ok(true)
    }
}

/// Refuses whoever may not, and what would have to be told to the audit log.
fn may_load(ctx: &Ctx, command: &Command) -> Result<()> {
    ctx.require(command.operation)?;
    match command.operation.audited() {
        true => Err(Error::internal("pieces are not told to the audit log")),
        false => Ok(()),
    }
}

/// A connection that rows are copied over. One that was left in the middle of a copy still has
/// answers to come that nobody would expect: the next to use it would take them for its own. So it
/// is closed, unless all went well.
struct Copying {
    conn: PoolConnection<Postgres>,
    in_step: bool,
}

impl Copying {
    const fn new(conn: PoolConnection<Postgres>) -> Self {
        Self {
            conn,
            in_step: false,
        }
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        if !self.in_step {
            self.conn.close_on_drop();
        }
    }
}

async fn verify(tx: &mut Transaction<'_, Sqlite>, lease: Option<Lease>) -> Result<()> {
    let Some(lease) = lease else {
        return Ok(());
    };
    let held = sqlx::query(jobs::VERIFY)
        .bind(uuid::Uuid::from(lease.job))
        .bind(lease.token)
        .fetch_optional(&mut **tx)
        .await
        .map_err(explain)?;
    held.map(|_| ()).ok_or_else(jobs::lost)
}

async fn copy_into(tx: &mut Transaction<'_, Postgres>, sql: &str, bytes: &[u8]) -> Result<()> {
    /// Bytes that one message takes: the server works on it while the next is sent.
    const MESSAGE: usize = 1 << 16;
    let mut copy = tx.copy_in_raw(sql).await.map_err(explain)?;
    for piece in bytes.chunks(MESSAGE) {
        copy.send(piece).await.map_err(explain)?;
    }
    copy.finish().await.map_err(explain)?;
    Ok(())
}

fn explain(error: sqlx::Error) -> Error {
    super::explain(DbErr::Exec(RuntimeErr::SqlxError(error.into())))
}

/// Adds a value to those of a statement.
pub(super) fn argument<A>(arguments: &mut A, value: Value) -> Result<()>
where
    A: Arguments,
    for<'t> uuid::Uuid: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<String>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<Vec<u8>>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<i64>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<i32>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<bool>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<uuid::Uuid>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<chrono::NaiveDate>: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    for<'t> Option<chrono::DateTime<chrono::Utc>>:
        sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
{
    let added = match value {
        Value::Uuid(id) => arguments.add(id),
        Value::String(text) => arguments.add(text),
        Value::Bytes(content) => arguments.add(content),
        Value::BigInt(number) => arguments.add(number),
        Value::Int(number) => arguments.add(number),
        Value::Bool(truth) => arguments.add(truth),
        Value::ChronoDate(date) => arguments.add(date),
        Value::ChronoDateTimeUtc(instant) => arguments.add(instant),
        Value::Json(json) => arguments.add(json.map(|json| json.to_string())),
        other => {
            return Err(Error::internal(format!(
                "a value that is not written in bulk: {other:?}"
            )));
        }
    };
    added.map_err(Error::Internal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use std::time::Duration;

    use sea_orm::ConnectionTrait;

    use crate::Command;
    use crate::access::rules::Operation;
    use crate::db::bulk::{Column, Rows};
    use crate::db::statement;
    use crate::spend::testing::on_each;

    const COLUMNS: &[Column] = &[("name", "text"), ("value", "bigint")];

    /// Whoever comes after a piece that was left in the middle reads the answers to his own
    /// questions, whatever the moment.
    #[test]
    fn who_goes_away_in_the_middle_of_a_piece_confuses_nobody() {
        on_each(async |house| {
            let (db, ctx) = (&house.db, house.system());
            for left in 0..60_u64 {
                let mut rows = Rows::new(db, "counter", COLUMNS);
                for n in 0..3_000_i64 {
                    rows.push(vec![format!("p{left}-{n}").into(), n.into()])
                        .unwrap();
                }
                let rows = rows.ready().unwrap().into_iter().collect();
                let command = Command::new(Operation::KeepQueue);
                let load = db.load(&ctx, &command, None, rows);
                let _left = tokio::time::timeout(Duration::from_micros(left * 250), load).await;
                for n in 1..=4_i64 {
                    let command = Command::new(Operation::KeepQueue);
                    let found = db
                        .write(&ctx, command, async |tx| {
                            let asked = statement(
                                tx.conn(),
                                "SELECT CAST($1 AS bigint) AS asked",
                                [n.into()],
                            );
                            let row = tx.conn().query_one_raw(asked).await?;
                            row.map_or(Ok(None), |row| Ok(Some(row.try_get("", "asked")?)))
                        })
                        .await
                        .unwrap();
                    assert_eq!(found, Some(n), "after {left}");
                }
            }
        });
    }
}
