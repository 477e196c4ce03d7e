//! A database at this program's version for each test, at the cost of a copy: all steps are taken once, by the first
//! test of a binary that needs them, and not again by each of the many hundred.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, query_scalar};
use uuid::Uuid;

use crate::db::{Location, migrate};

/// Any number that nobody else uses: whoever holds it is making the template.
const LOCK: i64 = 0x756e_6974;

/// The binary that runs, and a number that tells one build of it from another.
fn this_binary() -> (PathBuf, u64) {
    let path = std::env::current_exe().unwrap();
    let about = std::fs::metadata(&path).unwrap();
    let mut hasher = DefaultHasher::new();
    (&path, about.len(), about.modified().unwrap()).hash(&mut hasher);
    (path, hasher.finish())
}

/// A SQLite file of a test's own. The template lies beside the binary, and goes when that is built again.
pub(crate) async fn sqlite(path: &Path) {
    let (binary, build) = this_binary();
    let name = binary.file_name().unwrap().to_string_lossy().into_owned();
    let folder = binary.parent().unwrap();
    let template = folder.join(format!("{name}.{build:016x}.template"));
    if !template.exists() {
        for old in std::fs::read_dir(folder).unwrap().flatten() {
            let other = old.file_name().to_string_lossy().into_owned();
            if other.starts_with(&format!("{name}.")) && other.ends_with(".template") {
                std::fs::remove_file(old.path()).ok();
            }
        }
        // Whoever is first; two that are make the same.
        let making = folder.join(format!("{name}.{}.making", Uuid::new_v4()));
        migrate(&Location::Sqlite(making.clone()), "test")
            .await
            .unwrap();
        std::fs::rename(&making, &template).unwrap();
        let mut lock = making.into_os_string();
        lock.push(".lock");
        std::fs::remove_file(lock).ok();
    }
    std::fs::copy(&template, path).unwrap();
}

/// A PostgreSQL database of a test's own, of this name, beside the maintenance database.
pub(crate) async fn postgres(maintenance: &str, name: &str) -> Location {
    let template = format!("unit_template_{:016x}", this_binary().1);
    let mut conn = PgConnection::connect(maintenance).await.unwrap();
    run(&mut conn, format!("SELECT pg_advisory_lock({LOCK})")).await;
    let ready: bool = query_scalar(AssertSqlSafe(format!(
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{template}' AND datistemplate)"
    )))
    .fetch_one(&mut conn)
    .await
    .unwrap();
    if !ready {
        // One that is there and not marked was left half made by a process that died.
        run(
            &mut conn,
            format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)"),
        )
        .await;
        run(&mut conn, format!("CREATE DATABASE {template}")).await;
        migrate(&beside(maintenance, &template), "test")
            .await
            .unwrap();
        // A copy waits until nobody is connected to what is copied: from now on nobody can be.
        run(
            &mut conn,
            format!("ALTER DATABASE {template} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"),
        )
        .await;
    }
    run(&mut conn, format!("SELECT pg_advisory_unlock({LOCK})")).await;
    run(
        &mut conn,
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    conn.close().await.unwrap();
    beside(maintenance, name)
}

/// Another database of the same cluster.
fn beside(maintenance: &str, name: &str) -> Location {
    let (before, settings) = match maintenance.split_once('?') {
        Some((before, settings)) => (before, format!("?{settings}")),
        None => (maintenance, String::new()),
    };
    let server = before.rsplit_once('/').unwrap().0;
    Location::from_str(&format!("{server}/{name}{settings}")).unwrap()
}

async fn run(conn: &mut PgConnection, sql: String) {
    conn.execute(AssertSqlSafe(sql)).await.unwrap();
}
