//! One commit for several writers (SQLite).
//!
//! A commit waits for the disk, and every writer behind it waits too. So a writer whose work is
//! done while others wait does not commit: it leaves its transaction to the next, who works inside
//! a savepoint, and goes to the end of the line. Who comes to the front first saves for all that
//! worked meanwhile. Nobody is told that something was saved, or refused, before the commit that
//! this rests on; where that commit fails, the others do their work again, each by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as Cell, PoisonError, Weak};
use std::time::{Duration, Instant};

use sea_orm::DatabaseTransaction;
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::{Error, Result};

/// How old a transaction may be that others still join: together they stay far below the 250 ms
/// that nobody is kept waiting.
const JOINED_FOR: Duration = Duration::from_millis(20);

/// The writers, first come first served, and the transaction that the next may join.
#[derive(Debug, Default)]
pub(super) struct Line {
    front: Mutex<Weak<Group>>,
    waiting: AtomicUsize,
}

/// A place in the line; left when it is dropped.
struct Waiting<'l>(&'l AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Line {
    /// Waits for the front of the line, which is held until the guard is dropped.
    pub(super) async fn front(&self) -> MutexGuard<'_, Weak<Group>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        self.front.lock().await
    }

    pub(super) fn others_wait(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Saved,
    /// Nothing of it was saved.
    Undone,
    /// The connection was lost while it was being saved.
    Unknown,
}

/// Those who share a transaction. When the last of them is gone before it was saved, it is undone.
#[derive(Debug)]
pub(super) struct Group {
    /// The transaction, while nobody works in it.
    outer: Cell<Option<DatabaseTransaction>>,
    began: Instant,
    fate: watch::Sender<Fate>,
}

impl Group {
    /// Those who share a transaction that began then: its first writer has done its work.
    pub(super) fn new(outer: DatabaseTransaction, began: Instant) -> Arc<Self> {
        Arc::new(Self {
            outer: Cell::new(Some(outer)),
            began,
            fate: watch::Sender::new(Fate::Open),
        })
    }

    pub(super) fn is_young(&self) -> bool {
        self.began.elapsed() < JOINED_FOR
    }

    pub(super) fn held_for(&self) -> Duration {
        self.began.elapsed()
    }

    fn take(&self) -> Option<DatabaseTransaction> {
        self.outer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The transaction, to work in; nothing when it is over.
    pub(super) fn join(self: &Arc<Self>) -> Option<Joined> {
        let outer = self.take()?;
        Some(Joined {
            group: Arc::clone(self),
            outer: Some(outer),
        })
    }

    /// Waits until it is known what became of the transaction.
    pub(super) async fn over(&self) -> Fate {
        let mut seen = self.fate.subscribe();
        let over = seen.wait_for(|fate| *fate != Fate::Open).await;
        over.map_or(Fate::Unknown, |fate| *fate)
    }

    /// Saves what the writers did, unless somebody has: what became of it, and the error if it was
    /// this call that failed. Goes on to the end also where nobody waits for it any more.
    pub(super) async fn save(self: &Arc<Self>) -> (Fate, Option<Error>) {
        let Some(outer) = self.take() else {
            return (self.over().await, None);
        };
        let group = Arc::clone(self);
        let mut saving = Saving(Some(Box::pin(async move {
            let (fate, error) = match outer.commit().await {
                Ok(()) => (Fate::Saved, None),
                Err(error) => match Error::from(error) {
                    error @ Error::Unavailable { .. } if super::is_lost(&error) => {
                        (Fate::Unknown, Some(error))
                    }
                    error => (Fate::Undone, Some(error)),
                },
            };
            group.fate.send_replace(fate);
            (fate, error)
        })));
        let done = match &mut saving.0 {
            Some(commit) => commit.await,
            None => (Fate::Unknown, None),
        };
        saving.0 = None;
        done
    }
}

type Commit = Pin<Box<dyn Future<Output = (Fate, Option<Error>)> + Send>>;

/// A commit under way.
struct Saving(Option<Commit>);

impl Drop for Saving {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever asked for the commit went away in the middle of it, and others must know \
                  how it ended"
    )]
    fn drop(&mut self) {
        if let Some(commit) = self.0.take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            tokio::spawn(commit);
        }
    }
}

/// A transaction that others have worked in. Unless it is given back, it is undone.
pub(super) struct Joined {
    group: Arc<Group>,
    outer: Option<DatabaseTransaction>,
}

impl Joined {
    /// Begins the part of one writer: a savepoint.
    pub(super) async fn part(&self) -> Result<DatabaseTransaction> {
        use sea_orm::TransactionTrait;
        match &self.outer {
            Some(outer) => Ok(outer.begin().await?),
            None => Err(Error::internal("a transaction that is gone")),
        }
    }

    /// Leaves the transaction to whoever comes next.
    pub(super) fn give_back(mut self) -> Arc<Group> {
        let outer = self.outer.take();
        *self
            .group
            .outer
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = outer;
        Arc::clone(&self.group)
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(outer) = self.outer.take() {
            drop(outer);
            self.group.fate.send_replace(Fate::Undone);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use crate::access::rules::Operation;
    use crate::spend::testing::{House, on_each};
    use crate::{Command, Ctx, Db, Error, Result};

    /// Counts one up, and ends as it is told.
    async fn count(db: &Db, ctx: &Ctx, end: impl Fn() -> Result<()>) -> Result<i64> {
        db.write(ctx, Command::new(Operation::KeepQueue), async |tx| {
            let number = tx.next("shared").await?;
            tokio::task::yield_now().await;
            end()?;
            Ok(number)
        })
        .await
    }

    async fn next(house: &House) -> i64 {
        count(&house.db, &house.system(), || Ok(())).await.unwrap()
    }

    #[test]
    fn each_of_many_writers_is_saved_once() {
        on_each(async |house| {
            let ctx = house.system();
            let writers = (0..50).map(|_| count(&house.db, &ctx, || Ok(())));
            let mut numbers: Vec<i64> = join_all(writers)
                .await
                .into_iter()
                .map(Result::unwrap)
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
            assert_eq!(next(&house).await, 51);
        });
    }

    #[test]
    fn who_is_refused_takes_back_what_is_his_and_a_failure_harms_nobody_else() {
        on_each(async |house| {
            let ctx = house.system();
            let writers = (0..60).map(|n| {
                count(&house.db, &ctx, move || match n % 6 {
                    1 => Err(Error::refused("no", "No.")),
                    4 => Err(Error::internal("broken")),
                    _ => Ok(()),
                })
            });
            let ended = join_all(writers).await;
            for (n, ended) in ended.iter().enumerate() {
                match n % 6 {
                    1 => assert!(
                        matches!(ended, Err(Error::Refused { .. })),
                        "{n}: {ended:?}"
                    ),
                    4 => assert!(matches!(ended, Err(Error::Internal(_))), "{n}: {ended:?}"),
                    _ => assert!(ended.is_ok(), "{n}: {ended:?}"),
                }
            }
            assert_eq!(next(&house).await, 41);
        });
    }

    #[test]
    fn who_goes_away_in_the_middle_leaves_the_others_whole() {
        on_each(async |house| {
            let ctx = house.system();
            let stays = |_| count(&house.db, &ctx, || Ok(()));
            let leaves = async {
                let stands = house
                    .db
                    .write(&ctx, Command::new(Operation::KeepQueue), async |tx| {
                        tx.next("shared").await?;
                        std::future::pending::<Result<()>>().await
                    });
                assert!(
                    tokio::time::timeout(Duration::from_millis(30), stands)
                        .await
                        .is_err()
                );
            };
            let (before, (), after) = tokio::join!(
                join_all((0..5).map(stays)),
                leaves,
                join_all((0..5).map(stays)),
            );
            assert!(before.iter().chain(&after).all(Result::is_ok));
            assert_eq!(next(&house).await, 11);
        });
    }
}
