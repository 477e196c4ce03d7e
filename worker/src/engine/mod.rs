//! The loop: claims what is due, runs it, writes how it ended, holds the leases meanwhile.
//!
//! - A worker that dies leaves its leases to lapse; another takes its jobs over, one at a time and
//!   with nothing new beside it at first, for it may be what the worker died of. A job whose worker
//!   died twice runs with nothing beside it at all.
//! - A worker that stood still past its lease finds it lost: its run is cut off, and whatever it
//!   still tries to write is refused in the transaction.
//! - A worker told to stop claims no more, lets its runs end for a while, and hands the rest back
//!   without counting the attempt.
//!
//! While runs are quick, the next jobs are claimed before there are places for them, so that a place
//! is never empty while the database is asked; one that had to wait is handed back after a moment.
//!
//! Jobs share one thread: heavy work goes to `spawn_blocking`.

mod places;

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::jobs::rules::Outcome;
use domain::jobs::{self, Claimed, Ended, TakenOver};
use domain::{Error, Result};
use entity::{JobId, JobKind};
use futures_util::FutureExt;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, timeout};

use crate::Worker;
use crate::jobs::Work;
use places::{Places, Ran};

/// How long the ends of runs may take to be written when the worker stops.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// How long an end waits for others, and a free place for more, so that short jobs share a commit.
const LINGER: Duration = Duration::from_millis(5);
/// Runs that take less than this on average are quick.
const QUICK: Duration = Duration::from_millis(20);
/// A job that was claimed and found no place for so long is handed back: others may have one.
const NO_PLACE: Duration = Duration::from_millis(250);
/// More runs than any settled house could need: a job that asks for itself for ever.
const FAR_TOO_MANY: usize = 100_000;

impl Worker {
    /// Works until `shutdown` is ready, then drains. The future stays on its thread.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        LocalSet::new()
            .run_until(Loop::new(self).run(shutdown))
            .await;
    }

    /// For tests: accounts for ticks, then runs everything that is due, one after the other, until
    /// nothing is. Returns how many runs there were.
    pub async fn settle(&self) -> Result<usize> {
        let mut runs = 0;
        loop {
            let ran = self.step().await?;
            runs += ran;
            if ran == 0 {
                return Ok(runs);
            }
            if runs > FAR_TOO_MANY {
                return Err(Error::internal("the queue does not settle"));
            }
        }
    }

    /// For tests: one look at the schedules and the queue. Returns how many jobs it ran.
    pub async fn step(&self) -> Result<usize> {
        self.tick().await?;
        let ctx = self.ctx();
        let (db, lease) = (&self.inner.db, self.lease());
        let mut claimed = jobs::claim(db, &ctx, self.inner.config.at_once, lease).await?;
        if let TakenOver::One(job) = jobs::take_over(db, &ctx, lease, true).await? {
            claimed.push(job);
        }
        let ran = claimed.len();
        for job in claimed {
            if let Some(outcome) = self.run_one(job.clone()).await {
                jobs::turn(db, &ctx, &[Ended { job, outcome }], 0, lease).await?;
            }
        }
        Ok(ran)
    }

    /// Accounts for the ticks of every schedule that have come.
    async fn tick(&self) -> Result<()> {
        for schedule in self.inner.config.schedules {
            jobs::tick(&self.inner.db, &self.ctx(), schedule).await?;
        }
        Ok(())
    }

    fn lease(&self) -> chrono::Duration {
        chrono::Duration::from_std(self.inner.config.lease).unwrap_or(jobs::rules::LEASE)
    }

    /// Runs one job; nothing when its lease was lost, for then it is somebody else's to end.
    async fn run_one(&self, job: Claimed) -> Option<Outcome> {
        let mut ctx = self.ctx();
        ctx.lease = Some(job.lease());
        let now = ctx.now();
        let span = (job.kind.slug(), job.id, job.attempt);
        let work = Work {
            worker: self.clone(),
            ctx,
            job,
        };
        let ran = AssertUnwindSafe(work.run()).catch_unwind().await;
        let (kind, id, attempt) = span;
        match ran {
            Ok(Ok(outcome)) => {
                if let Outcome::Retry(error) = &outcome {
                    tracing::warn!(kind, %id, attempt, error, "a job failed");
                }
                Some(outcome)
            }
            Ok(Err(error)) => {
                tracing::warn!(kind, %id, attempt, error = in_full(&error), "a job failed");
                ended_by(&error, now)
            }
            Err(panic) => {
                let said = panic
                    .downcast_ref::<&str>()
                    .map(|said| (*said).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_default();
                tracing::error!(kind, %id, attempt, said, "a job panicked");
                Some(Outcome::Retry(format!("it panicked: {said}")))
            }
        }
    }
}

/// How a run ends that came back with an error.
fn ended_by(error: &Error, now: chrono::DateTime<chrono::Utc>) -> Option<Outcome> {
    match error {
        Error::Refused {
            rule: "lease-lost", ..
        } => None,
        // The database restarts, or the disk is full: not this job's fault, so not its attempt.
        Error::Unavailable { retry_after_s, .. } => Some(Outcome::Snooze(
            now + chrono::Duration::seconds(i64::from(*retry_after_s).max(1)),
        )),
        Error::NotFound => Some(Outcome::Cancel("what it was about is gone".to_owned())),
        Error::NotSignedIn
        | Error::NotAllowed(_)
        | Error::Stale
        | Error::Invalid(_)
        | Error::Refused { .. }
        | Error::Internal(_) => Some(Outcome::Retry(in_full(error))),
    }
}

/// An error with its causes, for the log and the Operations page.
fn in_full(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words.chars().take(2000).collect()
}

struct Loop<'a> {
    worker: &'a Worker,
    places: Places,
    held: HashMap<JobId, Claimed>,
    ended: Vec<Ended>,
    renewed: Instant,
    ticked: Option<Instant>,
    /// When each schedule was looked at, and when it ticks next: until then it is left alone.
    quiet: HashMap<JobKind, (DateTime<Utc>, DateTime<Utc>)>,
    looked_for_abandoned: Option<Instant>,
    /// A job taken over, and until when nothing new is begun beside it.
    suspect: Option<(JobId, Instant)>,
    /// Since when nothing new is begun, so that a job that must run alone can.
    clearing: Option<Instant>,
    /// Since when an end waits to be written, or a place to be filled.
    lingering: Option<Instant>,
    /// How long runs take, on average, of late.
    lately: Duration,
}

impl<'a> Loop<'a> {
    fn new(worker: &'a Worker) -> Self {
        Self {
            worker,
            places: Places::new(worker),
            held: HashMap::new(),
            ended: Vec::new(),
            renewed: Instant::now(),
            ticked: None,
            quiet: HashMap::new(),
            looked_for_abandoned: None,
            suspect: None,
            clearing: None,
            lingering: None,
            lately: QUICK * 50,
        }
    }

    async fn run(mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        loop {
            let more = match self.turn().await {
                Ok(more) => more,
                Err(error) => {
                    tracing::warn!(error = in_full(&error), "the queue cannot be kept just now");
                    false
                }
            };
            if more {
                // Others on this thread have their turn; the queue is looked at again at once.
                if let Some(()) = tokio::task::yield_now()
                    .then(|()| async { shutdown.as_mut().now_or_never() })
                    .await
                {
                    break;
                }
                continue;
            }
            let mut poll = self.worker.inner.config.poll.min(self.heartbeat());
            if let Some(since) = self.lingering {
                poll = poll.min(LINGER.saturating_sub(since.elapsed()));
            }
            if let Some(waited) = self.places.longest_wait() {
                poll = poll.min(NO_PLACE.saturating_sub(waited));
            }
            tokio::select! {
                () = &mut shutdown => break,
                Some(ran) = self.places.next() => self.collect(ran),
                () = jobs::woken(&self.worker.inner.db) => {}
                () = sleep(poll) => {}
            }
        }
        self.drain().await;
    }

    fn heartbeat(&self) -> Duration {
        self.worker.inner.config.lease / 3
    }

    /// One turn: heartbeat, ticks, ends written, jobs begun. Returns whether to go on at once.
    async fn turn(&mut self) -> Result<bool> {
        self.collect_all();
        self.renew().await?;
        if self
            .places
            .longest_wait()
            .is_some_and(|waited| waited > NO_PLACE)
        {
            self.give_back().await?;
        }
        let due = |last: Option<Instant>, every: Duration| {
            last.is_none_or(|last| last.elapsed() >= every)
        };
        let poll = self.worker.inner.config.poll;
        if due(self.ticked, poll) {
            self.ticked = Some(Instant::now());
            self.tick().await?;
        }
        self.suspect = self
            .suspect
            .filter(|(id, until)| self.held.contains_key(id) && Instant::now() < *until);
        let room = self.room();
        if self.lingers(room) {
            return Ok(false);
        }
        self.lingering = None;
        let ends = std::mem::take(&mut self.ended);
        let (db, ctx, lease) = (
            &self.worker.inner.db,
            self.worker.ctx(),
            self.worker.lease(),
        );
        let turned = match jobs::turn(db, &ctx, &ends, room, lease).await {
            Ok(turned) => turned,
            Err(error) => {
                // Kept until they can be written, or the leases lapse.
                self.ended = ends;
                return Err(error);
            }
        };
        for id in turned.lost {
            tracing::warn!(%id, "a job's lease was lost before its end was written");
        }
        let begun = turned.claimed.len();
        for job in turned.claimed {
            self.begin(job);
        }
        let cleared = self.clearing.is_some() && self.held.is_empty();
        if self.suspect.is_none()
            && self.free() > 0
            && self.places.longest_wait().is_none()
            && (cleared || due(self.looked_for_abandoned, poll.min(self.heartbeat())))
        {
            self.take_over().await?;
        }
        Ok(begun > 0 && self.room() > 0)
    }

    /// Takes over one job of a worker that died.
    async fn take_over(&mut self) -> Result<()> {
        let lease = self.worker.inner.config.lease;
        // Whoever runs for longer than this does not hold the others up.
        let waited = self.clearing.is_some_and(|since| since.elapsed() > lease);
        let quiet = self.held.is_empty() || waited;
        let (db, ctx) = (&self.worker.inner.db, self.worker.ctx());
        match jobs::take_over(db, &ctx, self.worker.lease(), quiet).await? {
            TakenOver::One(job) => {
                let alone = if job.attempt > jobs::rules::DEATHS_TOGETHER {
                    lease * 4
                } else {
                    // A sixth of a lease each: several that wait are all resumed within twice it.
                    lease / 6
                };
                self.suspect = Some((job.id, Instant::now() + alone));
                self.clearing = None;
                self.begin(job);
            }
            TakenOver::NotBesideOthers => {
                self.clearing.get_or_insert_with(Instant::now);
                self.looked_for_abandoned = Some(Instant::now());
            }
            TakenOver::Nothing => {
                self.clearing = None;
                self.looked_for_abandoned = Some(Instant::now());
            }
        }
        Ok(())
    }

    /// Hands back what was claimed and found no place.
    async fn give_back(&mut self) -> Result<()> {
        self.lately = QUICK * 50;
        let back = self.places.take_waiting();
        for job in &back {
            self.held.remove(&job.id);
        }
        jobs::hand_back(&self.worker.inner.db, &self.worker.ctx(), &back).await
    }

    /// Whether to wait a moment, because more ends and more places will come: a commit for each
    /// would cost more than the jobs. Not while half of the places are free.
    fn lingers(&mut self, room: u32) -> bool {
        let at_once = self.worker.inner.config.at_once;
        if self.ended.is_empty() && (room == 0 || self.places.longest_wait().is_some()) {
            // Nothing waits for us: the places that come free are filled by what waits for them.
            self.lingering = None;
            return room > 0 && room < at_once;
        }
        if self.free() * 2 >= at_once {
            return false;
        }
        self.lingering.get_or_insert_with(Instant::now).elapsed() < LINGER
    }

    /// Accounts for the ticks of the schedules whose time has come; of all, when the clock went
    /// back.
    async fn tick(&mut self) -> Result<()> {
        let ctx = self.worker.ctx();
        let now = ctx.now();
        for schedule in self.worker.inner.config.schedules {
            let quiet = self.quiet.get(&schedule.kind);
            if quiet.is_some_and(|(looked, next)| *looked <= now && now < *next) {
                continue;
            }
            jobs::tick(&self.worker.inner.db, &ctx, schedule).await?;
            if let Some(next) = schedule.next(now)? {
                self.quiet.insert(schedule.kind, (now, next));
            }
        }
        Ok(())
    }

    /// How many jobs may be begun.
    fn room(&self) -> u32 {
        if self.suspect.is_some() || self.clearing.is_some() {
            return 0;
        }
        let ahead = match self.lately < QUICK {
            true => self.worker.inner.config.at_once * 2,
            false => 0,
        };
        let held = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        (self.worker.inner.config.at_once + ahead).saturating_sub(held)
    }

    /// How many places are free.
    fn free(&self) -> u32 {
        let held = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        self.worker.inner.config.at_once.saturating_sub(held)
    }

    fn begin(&mut self, job: Claimed) {
        self.held.insert(job.id, job.clone());
        self.places.begin(job);
    }

    fn collect(&mut self, ran: Ran) {
        self.lately = (self.lately * 7 + ran.took) / 8;
        match (self.held.remove(&ran.id), ran.outcome) {
            // Its end was written with its effect.
            (Some(_), None | Some(Outcome::Recorded)) | (None, _) => {}
            (Some(job), Some(outcome)) => self.ended.push(Ended { job, outcome }),
        }
    }

    fn collect_all(&mut self) {
        while let Some(ran) = self.places.over() {
            self.collect(ran);
        }
    }

    /// Holds the leases; cuts off the runs whose lease was lost.
    async fn renew(&mut self) -> Result<()> {
        if self.renewed.elapsed() < self.heartbeat() {
            return Ok(());
        }
        let waiting = self.ended.iter().map(|ended| ended.job.lease());
        let running = self.held.values().map(Claimed::lease);
        let leases: Vec<_> = running.chain(waiting).collect();
        let worker = self.worker;
        let held = jobs::renew(&worker.inner.db, &worker.ctx(), &leases, worker.lease()).await?;
        self.renewed = Instant::now();
        // A run may have ended, and its end been written with its effect, while this was asked.
        self.collect_all();
        let places = &self.places;
        self.held.retain(|id, _| {
            let ours = held.contains(id);
            if !ours {
                tracing::warn!(%id, "a job's lease was lost");
                places.cut_off(*id);
            }
            ours
        });
        Ok(())
    }

    /// Lets runs end for a while, then hands the rest back.
    async fn drain(mut self) {
        let until = Instant::now() + self.worker.inner.config.drain;
        // They stay held, and are handed back with the rest.
        self.places.take_waiting();
        while self.places.is_running() && Instant::now() < until {
            if let Err(error) = self.renew().await {
                tracing::warn!(error = in_full(&error), "leases cannot be held just now");
            }
            let pause = self.heartbeat().min(until - Instant::now());
            if let Ok(Some(ran)) = timeout(pause, self.places.next()).await {
                self.collect(ran);
            }
        }
        self.collect_all();
        for id in self.held.keys() {
            self.places.cut_off(*id);
        }
        let (db, ctx, lease) = (
            &self.worker.inner.db,
            self.worker.ctx(),
            self.worker.lease(),
        );
        let back: Vec<Claimed> = self.held.into_values().collect();
        let words = async {
            jobs::turn(db, &ctx, &self.ended, 0, lease).await?;
            jobs::hand_back(db, &ctx, &back).await
        };
        match timeout(LAST_WORDS, words).await {
            Ok(Ok(())) => tracing::info!(handed_back = back.len(), "the worker has stopped"),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = in_full(&error),
                    "the last runs' ends could not be written"
                );
            }
            Err(_late) => tracing::warn!("the last runs' ends could not be written in time"),
        }
    }
}
