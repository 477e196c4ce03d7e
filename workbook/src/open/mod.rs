//! Opening a workbook: the bounded archive, its XML scanner, and the model of the package.

pub mod archive;
pub mod book;
pub mod grid;
pub mod strings;
pub mod styles;
pub mod tables;
pub mod validations;
pub mod xml;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Why a file is not opened. Each is one clear line for a person; nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum Refused {
    /// Damaged, or not a workbook.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// An OLE container: an encrypted workbook, or the format before 2007.
    #[error(
        "the file is encrypted, or in the format of Excel before 2007; save it as .xlsx or .xlsm without a password"
    )]
    Encrypted,
    /// Beyond the bounds.
    #[error("the file is refused: {0}")]
    TooLarge(String),
    /// Made to do harm.
    #[error("the file is refused: {0}")]
    Hostile(String),
}

/// Does several things at once, on as many processors as there are, up to four. What they give
/// comes in the order of the jobs.
pub(crate) fn together<J: Sync, T: Send>(jobs: &[J], work: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    let threads = threads.min(jobs.len());
    if threads < 2 {
        return jobs.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            match jobs.get(n) {
                Some(job) => done.push((n, work(job))),
                None => return done,
            }
        }
    };
    let mut all: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, run).ok())
            .collect();
        let mut done = run();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        for (n, result) in done {
            all[n] = Some(result);
        }
    });
    all.into_iter().flatten().collect()
}
