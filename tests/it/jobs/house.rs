//! A migrated database, and workers on it that are processes of their own.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use domain::db::Location;
use domain::jobs::probe::{self, Fate, Script};
use domain::{Clock, Ctx, Db};
use uuid::Uuid;

use crate::support::house::On;
use crate::support::postgres;

pub(crate) struct House {
    pub(crate) on: On,
    pub(crate) url: String,
    pub(crate) db: Db,
    _kept: Kept,
}

#[expect(
    dead_code,
    reason = "held so that the database is removed with the house"
)]
enum Kept {
    Folder(tempfile::TempDir),
    Database(postgres::Database),
}

/// Declares tests that run on both databases: in a house of processes, without pages.
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($house:ident: &House) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($house: &House) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                crate::jobs::house::run(crate::support::house::On::Sqlite, async |house| body(house).await);
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                crate::jobs::house::run(crate::support::house::On::Postgres, async |house| body(house).await);
            }
        }
    )*};
}
pub(crate) use on_both_databases;

/// Builds a house and runs the test in it.
pub(crate) fn run(on: On, test: impl AsyncFn(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { test(&House::build(on).await).await });
}

async fn migrate(url: &str) {
    let location: Location = url.parse().unwrap();
    domain::db::migrate(&location, "test").await.unwrap();
}

impl House {
    async fn build(on: On) -> Self {
        let (url, kept) = match on {
            On::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("house.db").display());
                migrate(&url).await;
                (url, Kept::Folder(folder))
            }
            On::Postgres => {
                let database = postgres::database(|url| async move { migrate(&url).await }).await;
                (database.url().to_owned(), Kept::Database(database))
            }
        };
        let db = Db::open(url.parse().unwrap()).await.unwrap();
        Self {
            on,
            url,
            db,
            _kept: kept,
        }
    }

    pub(crate) fn ctx(&self) -> Ctx {
        Ctx::system("test", Clock::system())
    }

    pub(crate) async fn ask(&self, scripts: &[Script]) -> Vec<Uuid> {
        probe::ask(&self.db, &self.ctx(), scripts).await.unwrap()
    }

    pub(crate) async fn fates(&self) -> Vec<Fate> {
        probe::fates(&self.db).await.unwrap()
    }

    pub(crate) async fn fate(&self, row_id: Uuid) -> Fate {
        let fates = self.fates().await;
        fates
            .into_iter()
            .find(|fate| fate.row_id == row_id)
            .unwrap()
    }

    /// Waits until every job has ended.
    pub(crate) async fn settled(&self, patience: Duration) {
        let until = Instant::now() + patience;
        loop {
            let waiting: Vec<Fate> = self
                .fates()
                .await
                .into_iter()
                .filter(|fate| {
                    matches!(
                        fate.state,
                        entity::JobState::Ready | entity::JobState::Running
                    )
                })
                .collect();
            if waiting.is_empty() {
                return;
            }
            assert!(Instant::now() < until, "these jobs never end: {waiting:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A process of its own: see `tests/src/bin/jobs_probe.rs`.
    pub(crate) fn start(&self, words: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jobs_probe"))
            .arg(&self.url)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // An abort that was asked for prints nothing of use; what fails is seen in its effects.
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        let out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                // A line that was cut off by a kill was never acknowledged.
                let Ok(line) = line else { break };
                ear.lines.lock().unwrap().push_back(line);
                ear.more.notify_all();
            }
            *ear.ended.lock().unwrap() = true;
            ear.more.notify_all();
        });
        Process { child, heard }
    }
}

#[derive(Default)]
struct Heard {
    lines: Mutex<VecDeque<String>>,
    ended: Mutex<bool>,
    more: Condvar,
}

/// A process; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    heard: Arc<Heard>,
}

impl Process {
    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success(), "kill -{name}");
    }

    /// `kill -9`, and every line that it had said whole.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.said_all()
    }

    /// Waits for its end, and gives every line that it said.
    pub(crate) fn said_all(&mut self) -> Vec<String> {
        self.child.wait().unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while !*self.heard.ended.lock().unwrap() {
            assert!(
                Instant::now() < until,
                "the output of a dead process does not end"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        self.heard.lines.lock().unwrap().drain(..).collect()
    }

    /// Waits until it says a line that begins like this, and gives that line.
    pub(crate) fn hear(&self, beginning: &str, patience: Duration) -> String {
        let until = Instant::now() + patience;
        let mut lines = self.heard.lines.lock().unwrap();
        loop {
            while let Some(line) = lines.pop_front() {
                if line.starts_with(beginning) {
                    return line;
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it never said {beginning:?}");
            lines = self.heard.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Whether it has ended, and when it did with a signal, none.
    pub(crate) fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
