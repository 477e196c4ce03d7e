//! A worker for the conformance suite to kill, stop and race. It prints what it did, one line
//! each, so that whoever killed it knows what had been acknowledged.
//!
//! ```text
//! jobs_probe DATABASE work [LEASE_MS]               works until SIGTERM
//! jobs_probe DATABASE ask COUNT TAKES_MS WORD       asks for probes, prints the id of each
//! jobs_probe DATABASE ask-and-work LEASE_MS         does both at once, without end
//! jobs_probe DATABASE schedule FROM BEGAN RATE      looks at a schedule that ticks each second, on
//!                                                   a clock that runs RATE times as fast
//! jobs_probe DATABASE migrate                       brings the database to this schema
//! jobs_probe DATABASE speed COUNT CLIENTS           works COUNT probes off, prints the seconds
//! jobs_probe DATABASE raw COUNT CLIENTS             the least that any queue must do for as many:
//!                                                   see `bench/jobs`
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a part of the tests: it says what went wrong by failing"
)]

use std::io::Write as _;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::db::Location;
use domain::jobs::probe::{self, Script};
use domain::jobs::schedule::Schedule;
use domain::{Clock, Ctx, Db};
use entity::JobKind;
use sea_orm::sqlx::postgres::{PgPool, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{query, query_scalar};
use worker::{Worker, WorkerConfig};

const EACH_SECOND: Schedule = Schedule {
    kind: JobKind::Probe,
    line: "* * * * * *",
    sentence: "Every second.",
};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(&args[1..]));
    // As the program does: nothing that blocks may hold the exit up.
    runtime.shutdown_timeout(Duration::from_secs(1));
}

async fn run(args: &[String]) {
    let location: Location = args[0].parse().unwrap();
    if args[1] == "migrate" {
        domain::db::migrate(&location, "probe").await.unwrap();
        return;
    }
    let db = Db::open(location).await.unwrap();
    let words: Vec<&str> = args[1..].iter().map(String::as_str).collect();
    match words.as_slice() {
        ["work"] => work(db, 30_000, terminated()).await,
        ["work", lease] => work(db, lease.parse().unwrap(), terminated()).await,
        ["ask", count, takes, word] => {
            let script = Script {
                takes_ms: takes.parse().unwrap(),
                word: (*word).to_owned(),
                attempts: None,
            };
            ask(&db, &vec![script; count.parse().unwrap()]).await;
        }
        ["ask-and-work", lease] => {
            let asking = async {
                for n in 0.. {
                    let script = Script {
                        takes_ms: n % 7 * 3,
                        // enough that chance alone never uses them up
                        attempts: Some(100),
                        ..Script::default()
                    };
                    ask(&db, &vec![script; usize::try_from(n % 3).unwrap() + 1]).await;
                    tokio::time::sleep(Duration::from_millis(4)).await;
                }
            };
            tokio::join!(
                asking,
                work(db.clone(), lease.parse().unwrap(), terminated())
            );
        }
        ["schedule", from, began, rate] => schedule(&db, from, began, rate.parse().unwrap()).await,
        ["speed", count, clients] => {
            speed(&db, count.parse().unwrap(), clients.parse().unwrap()).await;
        }
        ["raw", count, clients] => {
            raw(&db, count.parse().unwrap(), clients.parse().unwrap()).await;
        }
        other => panic!("what is {other:?}?"),
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // The reader may be gone already; then nobody needs to know.
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}

fn ctx() -> Ctx {
    Ctx::system("jobs-probe", Clock::system())
}

async fn ask(db: &Db, scripts: &[Script]) {
    // Only what was acknowledged is told: a database that is busy is asked again.
    match probe::ask(db, &ctx(), scripts).await {
        Ok(rows) => rows.iter().for_each(|row| say(&format!("asked {row}"))),
        Err(domain::Error::Unavailable { .. }) => {}
        Err(error) => panic!("{error:?}"),
    }
}

async fn terminated() {
    let mut term =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    term.recv().await;
    say("terminated");
}

fn on_probe(word: &str) {
    match word {
        "abort" => std::process::abort(),
        "panic" => panic!("as asked"),
        "say" => say("worked"),
        _ => {}
    }
}

async fn work(db: Db, lease_ms: u64, until: impl Future<Output = ()>) {
    let config = WorkerConfig {
        lease: Duration::from_millis(lease_ms),
        poll: Duration::from_millis(lease_ms / 10).min(Duration::from_secs(1)),
        schedules: &[],
        on_probe,
        ..WorkerConfig::default()
    };
    say("working");
    Worker::new(db, Clock::system(), config)
        .unwrap()
        .run(until)
        .await;
    say("stopped");
}

/// Looks at the schedule as fast as it can; prints the ticks that it recorded.
async fn schedule(db: &Db, from: &str, began: &str, rate: i32) {
    let from: DateTime<Utc> = from.parse().unwrap();
    let began: DateTime<Utc> = began.parse().unwrap();
    let clock = Clock::standing_at(from);
    let ctx = Ctx::system("jobs-probe", clock.clone());
    loop {
        clock.set(from + (Utc::now() - began) * rate);
        match domain::jobs::tick(db, &ctx, &EACH_SECOND).await {
            Ok(won) => won
                .iter()
                .for_each(|tick| say(&format!("tick {}", tick.timestamp()))),
            Err(domain::Error::Unavailable { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// On PostgreSQL two transactions for each job, from as many clients: lock one, SKIP LOCKED, and
/// mark it; write its effect and its end. On SQLite one commit in full sync for each job.
async fn raw(db: &Db, count: i64, clients: u32) {
    let table = "CREATE TABLE IF NOT EXISTS raw_job (id bigint PRIMARY KEY, state text NOT NULL, \
                 run_at bigint NOT NULL, effect bigint)";
    let index = "CREATE INDEX IF NOT EXISTS ix_raw_job ON raw_job (state, run_at)";
    let began;
    match db.location().clone() {
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
    say(&format!("{:.3}", began.elapsed().as_secs_f64()));
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

async fn speed(db: &Db, count: usize, clients: u32) {
    for _ in 0..count.div_ceil(500) {
        probe::ask(db, &ctx(), &vec![Script::default(); 500.min(count)])
            .await
            .unwrap();
    }
    let config = WorkerConfig {
        at_once: clients,
        schedules: &[],
        ..WorkerConfig::default()
    };
    let worker = Worker::new(db.clone(), Clock::system(), config).unwrap();
    let began = Instant::now();
    worker
        .run(async {
            while domain::jobs::view::unsettled(db, &ctx()).await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    say(&format!("{:.3}", began.elapsed().as_secs_f64()));
}
