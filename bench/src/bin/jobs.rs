//! Works jobs off as fast as it can, ours or the least that any queue must do; see `bench/jobs`.
//!
//! ```text
//! jobs DATABASE migrate                 brings the database to this schema
//! jobs DATABASE ours COUNT CLIENTS      works COUNT probes off, prints the seconds
//! jobs DATABASE raw COUNT CLIENTS       the least that any queue must do for as many
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measure: it says what went wrong by failing"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::db::Location;
use domain::jobs::probe::{self, Script};
use domain::{Clock, Ctx, Db};
use sea_orm::sqlx::postgres::{PgPool, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{query, query_scalar};
use worker::{Worker, WorkerConfig};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(&args));
}

async fn run(args: &[String]) {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let location: Location = words[0].parse().unwrap();
    match words[1..] {
        ["migrate"] => {
            domain::db::migrate(&location, "bench").await.unwrap();
        }
        ["ours", count, clients] => {
            let db = Db::open(location).await.unwrap();
            ours(&db, count.parse().unwrap(), clients.parse().unwrap()).await;
        }
        ["raw", count, clients] => {
            raw(location, count.parse().unwrap(), clients.parse().unwrap()).await;
        }
        ref other => panic!("what is {other:?}?"),
    }
}

fn ctx() -> Ctx {
    Ctx::system("bench", Clock::system())
}

/// On PostgreSQL two transactions for each job, from as many clients: lock one, SKIP LOCKED, and
/// mark it; write its effect and its end. On SQLite one commit in full sync for each job.
async fn raw(location: Location, count: i64, clients: u32) {
    let table = "CREATE TABLE IF NOT EXISTS raw_job (id bigint PRIMARY KEY, state text NOT NULL, \
                 run_at bigint NOT NULL, effect bigint)";
    let index = "CREATE INDEX IF NOT EXISTS ix_raw_job ON raw_job (state, run_at)";
    let began;
    match location {
        Location::Postgres(url) => {
            let pool = PgPoolOptions::new()
                .max_connections(clients)
                .connect(&url)
                .await
                .unwrap();
            let clear = "DELETE FROM counter WHERE name LIKE 'raw:%'";
            for sql in [table, index, "TRUNCATE raw_job", clear] {
                query(sql).execute(&pool).await.unwrap();
            }
            query(
                "INSERT INTO raw_job SELECT n, 'ready', n, NULL FROM generate_series(1, $1) AS n",
            )
            .bind(count)
            .execute(&pool)
            .await
            .unwrap();
            began = Instant::now();
            let working = (0..clients).map(|_| tokio::spawn(raw_client(pool.clone())));
            futures_util::future::join_all(working).await;
        }
        Location::Sqlite(path) => {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options)
                .await
                .unwrap();
            for sql in [table, index, "DELETE FROM raw_job"] {
                query(sql).execute(&pool).await.unwrap();
            }
            let mut tx = pool.begin().await.unwrap();
            for n in 0..count {
                query("INSERT INTO raw_job VALUES ($1, 'ready', $1, NULL)")
                    .bind(n)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
            began = Instant::now();
            for n in 0..count {
                query("UPDATE raw_job SET state = 'done', effect = 1 WHERE id = $1")
                    .bind(n)
                    .execute(&pool)
                    .await
                    .unwrap();
            }
        }
    }
    println!("{:.3}", began.elapsed().as_secs_f64());
}

async fn raw_client(pool: PgPool) {
    loop {
        let mut tx = pool.begin().await.unwrap();
        let found: Option<i64> = query_scalar(
            "SELECT id FROM raw_job WHERE state = 'ready' AND run_at < 9000000000 \
             ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED",
        )
        .fetch_optional(&mut *tx)
        .await
        .unwrap();
        let Some(id) = found else { return };
        query("UPDATE raw_job SET state = 'running' WHERE id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        query("INSERT INTO counter (name, value) VALUES ($1, 1)")
            .bind(format!("raw:{id}"))
            .execute(&mut *tx)
            .await
            .unwrap();
        query("UPDATE raw_job SET state = 'done' WHERE id = $1 AND state = 'running'")
            .bind(id)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// Probes whose run came as far as their effect.
static BEGUN: AtomicUsize = AtomicUsize::new(0);

async fn ours(db: &Db, count: usize, clients: u32) {
    for _ in 0..count.div_ceil(500) {
        probe::ask(db, &ctx(), &vec![Script::default(); 500.min(count)])
            .await
            .unwrap();
    }
    let config = WorkerConfig {
        at_once: clients,
        schedules: &[],
        on_probe: |_| {
            BEGUN.fetch_add(1, Ordering::Relaxed);
        },
        ..WorkerConfig::default()
    };
    let worker = Worker::new(db.clone(), Clock::system(), config).unwrap();
    let began = Instant::now();
    worker
        .run(async {
            // The queue is counted only at the end: counting it is no part of the work.
            while BEGUN.load(Ordering::Relaxed) < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            while domain::jobs::view::unsettled(db, &ctx()).await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    println!("{:.3}", began.elapsed().as_secs_f64());
}
