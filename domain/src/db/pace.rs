//! How many rows one write takes, so that nobody behind it waits long.

use std::time::Duration;

/// What a write may take before the next is made smaller: well under the 250 ms that nobody is kept
/// waiting, because the next one may meet a slower moment.
const LONG: Duration = Duration::from_millis(60);
/// What a write takes that may grow.
const SHORT: Duration = Duration::from_millis(25);

/// Rows for a write: few at first, more while writes are quick, fewer as soon as one was not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    rows: usize,
    least: usize,
}

impl Pace {
    /// A pace that begins with, and never goes below, so many rows.
    pub(crate) fn from(least: usize) -> Self {
        Self { rows: least, least }
    }

    /// How many rows the next write takes.
    pub(crate) fn rows(self) -> usize {
        self.rows
    }

    /// A write of that many rows took so long.
    pub(crate) fn took(&mut self, time: Duration) {
        if time > LONG {
            self.rows = (self.rows / 2).max(self.least);
        } else if time < SHORT {
            let most = self.least.saturating_mul(16);
            self.rows = self.rows.saturating_mul(2).min(most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_while_writes_are_quick_and_shrinks_at_the_first_slow_one() {
        let mut pace = Pace::from(500);
        let quick = Duration::from_millis(5);
        pace.took(quick);
        pace.took(quick);
        assert_eq!(pace.rows(), 2_000);
        pace.took(Duration::from_millis(50));
        assert_eq!(pace.rows(), 2_000);
        pace.took(Duration::from_millis(90));
        assert_eq!(pace.rows(), 1_000);
        for _ in 0..10 {
            pace.took(Duration::from_secs(1));
        }
        assert_eq!(pace.rows(), 500);
        for _ in 0..10 {
            pace.took(quick);
        }
        assert_eq!(pace.rows(), 8_000);
    }
}
