//! The queue: adding a job in the transaction that decided it, claiming, renewing, finishing.
//! The loop that runs jobs is the worker's.

mod ops;
pub mod rules;
mod store;
pub mod view;

pub use ops::{Claimed, claim, finish, hand_back, nudge, renew, retry_dead, tick};
pub(crate) use store::{enqueue, verify};

use std::sync::OnceLock;

use tokio::sync::Notify;

fn bell() -> &'static Notify {
    static BELL: OnceLock<Notify> = OnceLock::new();
    BELL.get_or_init(Notify::new)
}

/// Tells this process's worker that a job was added. Other processes find it when they look.
pub(crate) fn wake() {
    bell().notify_waiters();
}

/// Waits until a job is added in this process.
pub async fn woken() {
    bell().notified().await;
}
