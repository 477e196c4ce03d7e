//! The queue: adding a job in the transaction that decided it, claiming, renewing, finishing.
//! The loop that runs jobs is the worker's.

mod ops;
pub mod probe;
pub mod rules;
pub mod schedule;
mod store;
pub mod view;

#[cfg(test)]
mod tests;

pub use ops::{
    Claimed, Ended, TakenOver, Turn, claim, end_asking, finish, hand_back, renew, retry_dead,
    take_over, tick, turn,
};
pub(crate) use store::{VERIFY, VERIFY_LOCKED, ask, end_within, enqueue, lost, verify};

/// Waits until this process adds a job, or returns at once when one was added since the last wait.
/// What other processes add is found by looking.
pub async fn woken(db: &crate::Db) {
    db.bell().notified().await;
}
