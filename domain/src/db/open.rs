//! Opening, migrating and backing up.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{Connection, Executor};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqlxPostgresConnector, SqlxSqliteConnector,
    Statement, TransactionTrait,
};

use super::at_once::leave_at_once;
use crate::{Error, Result};

/// PostgreSQL: the key of the advisory lock under which a migration runs.
const MIGRATION_LOCK: i64 = 0x7472_6962_7574_6172;

/// PostgreSQL: a connection that was idle for longer is asked whether it is still there.
const ASKED_AFTER: Duration = Duration::from_millis(500);

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file, made when it is missing.
    Sqlite(PathBuf),
    /// A PostgreSQL URL.
    Postgres(String),
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        if let Some(path) = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"))
        {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        Err(Error::invalid(
            "/database_url",
            "unknown-database",
            "The database must be named as sqlite:PATH or postgres://USER@HOST/NAME.",
        ))
    }
}

/// The reading and the writing pool.
pub(super) async fn pools(location: &Location) -> Result<(DatabaseConnection, DatabaseConnection)> {
    match location {
        Location::Sqlite(path) => {
            // A connection to a file needs no asking whether it is still there.
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                // A full disk makes SQLite undo a transaction by itself, and the driver goes on
                // counting it: the next would nest in it, be told as saved, and never be. Such a
                // connection is given up; asking it anything first lets what it owes be undone.
                .after_release(|conn, _| {
                    Box::pin(async move {
                        conn.ping().await?;
                        Ok(!conn.is_in_transaction())
                    })
                })
                .connect_with(
                    sqlite_options(path)
                        .create_if_missing(true)
                        .pragma("cache_size", "-16000")
                        // The log is taken into the file every 8 MB: pages that many rows meet in
                        // are then written once for several pieces. A slow disk must be able to
                        // do it in a part of what a write may take.
                        .pragma("wal_autocheckpoint", "2000"),
                )
                .await
                .map_err(cannot_open)?;
            let read = SqlitePoolOptions::new()
                .max_connections(4)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(5))
                .connect_with(
                    sqlite_options(path)
                        .pragma("query_only", "true")
                        // Rows that may wait for the reader: with few, the two threads wait for
                        // each other all the time.
                        .row_buffer_size(1_000),
                )
                .await
                .map_err(cannot_open)?;
            Ok((
                SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
                SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            ))
        }
        Location::Postgres(url) => {
            let options = PgConnectOptions::from_str(url)
                .map_err(cannot_open)?
                .application_name("tributary");
            let port = options.get_port();
            let pool = PgPoolOptions::new()
                .max_connections(16)
                // One that was just used is taken to be there still: asking costs as much as a
                // query. After a restart of the server the idle ones are asked, and replaced.
                .test_before_acquire(false)
                .before_acquire(|conn, meta| {
                    Box::pin(async move {
                        if meta.idle_for > ASKED_AFTER {
                            conn.ping().await?;
                        }
                        Ok(true)
                    })
                })
                // What a write transaction runs at, said once for each connection.
                .after_connect(move |conn, _meta| {
                    leave_at_once(port);
                    Box::pin(async move {
                        conn.execute(
                            "SET SESSION CHARACTERISTICS AS TRANSACTION \
                             ISOLATION LEVEL READ COMMITTED",
                        )
                        .await
                        .map(|_| ())
                    })
                })
                .acquire_timeout(Duration::from_secs(5))
                .connect_with(options)
                .await
                .map_err(cannot_open)?;
            let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
            Ok((pool.clone(), pool))
        }
    }
}

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
}

fn cannot_open(error: sea_orm::sqlx::Error) -> Error {
    Error::Internal(format!("the database cannot be opened: {error}").into())
}

/// Refuses a schema that this program does not know, in words.
pub async fn check_schema(conn: &DatabaseConnection) -> Result<()> {
    let applied = applied(conn).await?;
    let known: Vec<String> = migration::known().map(str::to_owned).collect();
    refuse_newer(&applied, &known)?;
    if applied.len() < known.len() {
        return Err(Error::refused(
            "schema-older",
            "This database needs migrating first: run `tributary migrate`.",
        ));
    }
    Ok(())
}

pub(super) fn refuse_newer(applied: &[String], known: &[String]) -> Result<()> {
    match applied.iter().find(|name| !known.contains(name)) {
        Some(newer) => Err(Error::refused(
            "schema-newer",
            format!(
                "This database was migrated by a newer Tributary (step {newer}). \
                 Run that version, or restore a backup made before."
            ),
        )),
        None => Ok(()),
    }
}

pub(super) async fn applied(conn: &DatabaseConnection) -> Result<Vec<String>> {
    let exists = match conn.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE name = 'seaql_migrations'",
        _ => {
            "SELECT tablename AS name FROM pg_tables WHERE tablename = 'seaql_migrations' \
              AND schemaname = current_schema()"
        }
    };
    let backend = conn.get_database_backend();
    if conn
        .query_one_raw(Statement::from_string(backend, exists))
        .await?
        .is_none()
    {
        return Ok(Vec::new());
    }
    let rows = conn
        .query_all_raw(Statement::from_string(
            backend,
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    rows.iter()
        .map(|row| Ok(row.try_get::<String>("", "version")?))
        .collect()
}

/// What migrating did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Steps taken.
    pub steps: usize,
    /// Where the database as it was before is kept.
    pub backup: Option<PathBuf>,
}

/// Whether there is no database yet: no file, or one without any table.
pub async fn is_empty(location: &Location) -> Result<bool> {
    if let Location::Sqlite(path) = location
        && !path.exists()
    {
        return Ok(true);
    }
    let (read, write) = pools(location).await?;
    let empty = tables(&read).await? == 0;
    close(read, write).await?;
    Ok(empty)
}

async fn tables(conn: &DatabaseConnection) -> Result<i64> {
    let backend = conn.get_database_backend();
    let count = match backend {
        DbBackend::Sqlite => "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'",
        _ => "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema()",
    };
    let row = conn
        .query_one_raw(Statement::from_string(backend, count))
        .await?
        .ok_or_else(|| Error::internal("a count gave no row"))?;
    Ok(row.try_get("", "n")?)
}

pub(super) async fn close(read: DatabaseConnection, write: DatabaseConnection) -> Result<()> {
    read.close().await?;
    // the last connection to close moves SQLite's log into the file
    Ok(write.close().await?)
}

/// Brings a database to this program's schema: backs it up first (SQLite, unless it is empty),
/// under a lock. `stamp` names the backup.
pub async fn migrate(location: &Location, stamp: &str) -> Result<Migrated> {
    migrate_by::<Migrator>(location, stamp).await
}

async fn migrate_by<M: MigratorTrait>(location: &Location, stamp: &str) -> Result<Migrated> {
    let (read, write) = pools(location).await?;
    let result = migrate_open::<M>(location, &write, stamp).await;
    close(read, write).await?;
    result
}

async fn migrate_open<M: MigratorTrait>(
    location: &Location,
    conn: &DatabaseConnection,
    stamp: &str,
) -> Result<Migrated> {
    let before = applied(conn).await?;
    let known: Vec<String> = M::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    refuse_newer(&before, &known)?;
    if before.is_empty() && tables(conn).await? > 0 {
        return Err(Error::refused(
            "not-tributary",
            "This database has tables that are not Tributary's: name another one.",
        ));
    }
    let steps = known.len() - before.len();
    if steps == 0 {
        return Ok(Migrated {
            steps,
            backup: None,
        });
    }
    let backup = match location {
        Location::Sqlite(path) if !before.is_empty() => {
            let mut name = path.clone().into_os_string();
            name.push(format!(".before-{stamp}"));
            let to = PathBuf::from(name);
            backup_sqlite(conn, &to).await?;
            Some(to)
        }
        _ => None,
    };
    if matches!(location, Location::Postgres(_)) {
        // One transaction holds the lock while another connection migrates.
        let guard = conn.begin().await?;
        guard
            .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            .await?;
        M::up(conn, None).await?;
        guard.commit().await?;
    } else {
        M::up(conn, None).await?;
    }
    Ok(Migrated { steps, backup })
}

/// A consistent copy of a SQLite database, files included, also while it is written to.
pub async fn backup_sqlite(conn: &DatabaseConnection, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(Error::refused(
            "backup-exists",
            format!("{} exists already: name another file.", to.display()),
        ));
    }
    conn.execute_raw(Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO ?",
        [to.display().to_string().into()],
    ))
    .await?;
    let file = std::fs::File::open(to).map_err(|error| Error::Internal(Box::new(error)))?;
    file.sync_all()
        .map_err(|error| Error::Internal(Box::new(error)))
}

impl super::Db {
    /// A consistent copy of the SQLite database, taken while it is in use.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        if !self.is_sqlite() {
            return Err(Error::refused(
                "backup-with-postgresql",
                "Back PostgreSQL up with its own tools (pg_dump or a base backup): see docs/operations.md.",
            ));
        }
        backup_sqlite(&self.inner.write, to).await
    }

    /// Closes the database once nothing uses it any more.
    pub async fn close(&self) -> Result<()> {
        close(self.inner.read.clone(), self.inner.write.clone()).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test says what went wrong by failing"
    )]

    use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

    use super::*;

    /// The program of tomorrow: today's steps and one more.
    struct Tomorrow;

    impl MigratorTrait for Tomorrow {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            let mut steps = Migrator::migrations();
            steps.push(Box::new(OneMore));
            steps
        }
    }

    struct OneMore;

    impl MigrationName for OneMore {
        fn name(&self) -> &'static str {
            "m9999_one_more"
        }
    }

    #[async_trait::async_trait]
    impl MigrationTrait for OneMore {
        async fn up(&self, manager: &SchemaManager) -> std::result::Result<(), sea_orm::DbErr> {
            manager
                .get_connection()
                .execute_unprepared("CREATE TABLE one_more (id integer)")
                .await?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_older_database_is_backed_up_before_it_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("house.sqlite"));
        let first = migrate(&location, "first").await.unwrap();
        assert!(first.backup.is_none(), "an empty one needs no backup");

        let today = super::super::Db::open(location.clone()).await.unwrap();
        today.close().await.unwrap();
        let second = migrate_by::<Tomorrow>(&location, "second").await.unwrap();
        assert_eq!(second.steps, 1);
        let backup = second.backup.expect("a backup");
        assert_eq!(
            backup,
            folder.path().join("house.sqlite.before-second"),
            "beside the database"
        );

        // the migrated one is too new for today's program; its backup is not
        let refused = super::super::Db::open(location).await.unwrap_err();
        assert!(refused.to_string().contains("newer Tributary"), "{refused}");
        let kept = super::super::Db::open(Location::Sqlite(backup))
            .await
            .unwrap();
        kept.close().await.unwrap();
    }
}
