//! What happens without being asked: the loop that runs jobs, the jobs themselves, and mail.
//!
//! The queue's SQL and its schedules are the domain's (`domain::jobs`); a job is one file in
//! [`jobs`]. See `engine` for what happens when a worker dies, stands still, or is told to stop.

mod engine;
mod jobs;
pub mod mail;

use std::sync::Arc;
use std::time::Duration;

use domain::jobs::schedule::{self, Schedule};
use domain::{Clock, Db};

use mail::Postman;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// How many jobs run at the same time.
    pub at_once: u32,
    /// How long a lease lasts; it is renewed at a third of it.
    pub lease: Duration,
    /// How often the queue is looked at when nothing rings.
    pub poll: Duration,
    /// How long running jobs may go on once the worker is told to stop.
    pub drain: Duration,
    /// What runs of itself.
    pub schedules: &'static [Schedule],
    /// The mail server; without one, mail is kept in the outbox.
    pub mail_server: Option<mail::MailServer>,
    /// Whom mail comes from.
    pub mail_from: String,
    /// The address of the pages, as links in mail have it, without a slash at its end.
    pub public_address: String,
    /// This program's own file: started again as the child that opens other people's files.
    pub program: std::path::PathBuf,
    /// Told the word of each probe before its effect: tests make it abort or panic.
    pub on_probe: fn(&str),
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            at_once: 8,
            lease: domain::jobs::rules::LEASE
                .to_std()
                .unwrap_or(Duration::from_secs(30)),
            poll: Duration::from_secs(1),
            drain: Duration::from_secs(15),
            schedules: schedule::ALL,
            mail_server: None,
            mail_from: "Tributary <tributary@localhost>".to_owned(),
            public_address: "http://localhost:8080".to_owned(),
            program: std::env::current_exe().unwrap_or_default(),
            on_probe: |_| {},
        }
    }
}

/// What runs the jobs.
#[derive(Clone, Debug)]
pub struct Worker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    clock: Clock,
    config: WorkerConfig,
    postman: Postman,
}

impl Worker {
    /// A worker on a migrated database. Refuses a mail server or sender that cannot be one.
    pub fn new(db: Db, clock: Clock, config: WorkerConfig) -> domain::Result<Self> {
        let postman = Postman::new(&config)?;
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                clock,
                config,
                postman,
            }),
        })
    }

    fn ctx(&self) -> domain::Ctx {
        domain::Ctx::system("worker", self.inner.clock.clone())
    }
}
