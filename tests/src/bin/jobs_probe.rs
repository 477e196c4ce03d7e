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
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a part of the tests: it says what went wrong by failing"
)]

use std::io::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::db::Location;
use domain::jobs::probe::{self, Script};
use domain::jobs::schedule::Schedule;
use domain::{Clock, Ctx, Db};
use entity::JobKind;
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
