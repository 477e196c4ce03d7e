//! The places in which jobs run at the same time, and the jobs that wait for one.
//!
//! A job that waits begins in the moment in which a place is free, also while the loop waits for
//! the database.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use domain::jobs::Claimed;
use domain::jobs::rules::Outcome;
use entity::JobId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::Worker;

/// A run that is over.
pub(super) struct Ran {
    pub(super) id: JobId,
    /// How it ended; nothing when its lease was lost.
    pub(super) outcome: Option<Outcome>,
    pub(super) took: Duration,
}

pub(super) struct Places {
    shared: Rc<Shared>,
    over: UnboundedReceiver<Ran>,
}

struct Shared {
    worker: Worker,
    at_once: usize,
    over: UnboundedSender<Ran>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    running: HashMap<JobId, AbortHandle>,
    waiting: VecDeque<(Claimed, Instant)>,
}

impl Places {
    pub(super) fn new(worker: &Worker) -> Self {
        let (send, over) = unbounded_channel();
        Self {
            shared: Rc::new(Shared {
                worker: worker.clone(),
                at_once: usize::try_from(worker.inner.config.at_once).unwrap_or(usize::MAX),
                over: send,
                state: RefCell::default(),
            }),
            over,
        }
    }

    /// Begins a job, or lets it wait for a place.
    pub(super) fn begin(&self, job: Claimed) {
        let waits = (job, Instant::now());
        self.shared.state.borrow_mut().waiting.push_back(waits);
        Shared::fill(&self.shared);
    }

    pub(super) fn is_running(&self) -> bool {
        !self.shared.state.borrow().running.is_empty()
    }

    /// For how long the first job waits for a place.
    pub(super) fn longest_wait(&self) -> Option<Duration> {
        let state = self.shared.state.borrow();
        state.waiting.front().map(|(_, since)| since.elapsed())
    }

    /// The jobs that wait; they will not be begun.
    pub(super) fn take_waiting(&self) -> Vec<Claimed> {
        let waiting = std::mem::take(&mut self.shared.state.borrow_mut().waiting);
        waiting.into_iter().map(|(job, _)| job).collect()
    }

    /// Cuts a run off, or lets a job that waits not be begun.
    pub(super) fn cut_off(&self, id: JobId) {
        let handle = {
            let mut state = self.shared.state.borrow_mut();
            state.waiting.retain(|(job, _)| job.id != id);
            state.running.remove(&id)
        };
        if let Some(handle) = handle {
            handle.abort();
        }
        Shared::fill(&self.shared);
    }

    /// A run that is over, if there is one.
    pub(super) fn over(&mut self) -> Option<Ran> {
        self.over.try_recv().ok()
    }

    /// The next run that is over.
    pub(super) async fn next(&mut self) -> Option<Ran> {
        self.over.recv().await
    }
}

impl Shared {
    fn fill(shared: &Rc<Self>) {
        loop {
            let mut state = shared.state.borrow_mut();
            if state.running.len() >= shared.at_once {
                return;
            }
            let Some((job, _)) = state.waiting.pop_front() else {
                return;
            };
            let id = job.id;
            let of = Rc::clone(shared);
            let run = tokio::task::spawn_local(async move {
                let began = Instant::now();
                let outcome = of.worker.run_one(job).await;
                let mine = of.state.borrow_mut().running.remove(&id);
                // Cut off in the moment in which it ended: nobody waits for its end any more.
                if mine.is_some() {
                    let took = began.elapsed();
                    // The loop may be gone; then nobody needs to know.
                    of.over.send(Ran { id, outcome, took }).ok();
                }
                Self::fill(&of);
            });
            state.running.insert(id, run.abort_handle());
        }
    }
}
