//! How a job ends, how often it is tried, and how long it waits before it is tried again.

use chrono::{DateTime, Duration, Utc};
use entity::JobKind;

/// How long a lease lasts; a dead worker's job is taken up within twice this.
pub const LEASE: Duration = Duration::seconds(30);

/// How often a job's worker may die before the job runs with no other beside it: what died with it
/// by chance dies with it no oftener than this.
pub const DEATHS_TOGETHER: i32 = 2;

/// How a run of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was for.
    Done,
    /// It did what it was for, and its end was written in the transaction of its effect.
    Recorded,
    /// Not before then; the attempt is not counted.
    Snooze(DateTime<Utc>),
    /// It is no longer wanted.
    Cancel(String),
    /// It failed; it is tried again until its attempts are used up.
    Retry(String),
}

/// Attempts before a job is set aside as dead and shown to a person.
#[must_use]
pub const fn attempts(kind: JobKind) -> i32 {
    match kind {
        // Mail servers come back: with the waiting below, this is over nine hours.
        JobKind::DeliverMail => 20,
        // A file that cannot be read will not read better the eighth time.
        JobKind::ReadImport | JobKind::ReadGrants => 4,
        // Reconcilers: their next tick brings a new one.
        JobKind::DraftReturns
        | JobKind::SendReminders
        | JobKind::AttributeSpend
        | JobKind::SealAudit
        | JobKind::TellAuditors
        | JobKind::CheckAll
        | JobKind::SweepUp
        | JobKind::LapseOffers
        | JobKind::Probe => 8,
    }
}

/// Waiting time before the next attempt: 5 seconds, then twice as long each time, at most an hour.
#[must_use]
pub fn backoff(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or(0)
        .min(10);
    Duration::seconds((5_i64 << doublings).min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_and_is_bounded() {
        assert_eq!(backoff(0), Duration::seconds(5));
        assert_eq!(backoff(1), Duration::seconds(5));
        assert_eq!(backoff(2), Duration::seconds(10));
        assert_eq!(backoff(4), Duration::seconds(40));
        assert_eq!(backoff(50), Duration::seconds(3600));
    }

    #[test]
    fn mail_is_tried_for_more_than_nine_hours() {
        let patience: Duration = (1..attempts(JobKind::DeliverMail)).map(backoff).sum();
        assert!(patience > Duration::hours(9), "{patience}");
    }
}
