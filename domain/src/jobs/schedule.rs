//! Every schedule of the house, in one place, and the arithmetic of their ticks. Pure.
//!
//! A line is written in London time. One whose hour is `*` ticks by the minute or second, which
//! London and UTC share, so it is counted in UTC: the hour that comes twice has all its ticks, and
//! the hour that never comes leaves no gap. One with an hour of its own ticks when London's clocks
//! show it: once when that hour comes twice, and at the moment of the change when it never comes.

use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Europe::London;
use entity::JobKind;
use serde::Serialize;

use super::view::LastTick;
use crate::{Error, Result};

/// After downtime, ticks further back than this are not counted one by one: they are one run.
pub const HORIZON: Duration = Duration::hours(6);
/// How far back the latest tick is looked for, where there is none within the horizon.
const FURTHEST: Duration = Duration::days(8);

/// When a reconciler runs of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What runs.
    pub kind: JobKind,
    /// Second, minute, hour, day, month, weekday; London time.
    pub line: &'static str,
    /// The same for people.
    pub sentence: &'static str,
}

/// Every schedule. What is not listed runs when it is asked for.
pub const ALL: &[Schedule] = &[
    Schedule {
        kind: JobKind::DraftReturns,
        line: "0 */15 * * * *",
        sentence: "Every quarter of an hour, drafts the returns whose period has ended and refreshes \
                   drafts.",
    },
    Schedule {
        kind: JobKind::SendReminders,
        line: "0 */10 * * * *",
        sentence: "Every ten minutes, writes the reminders that are due; each person gets one mail \
                   a morning, which leaves at 9am.",
    },
    Schedule {
        kind: JobKind::AttributeSpend,
        line: "30 */5 * * * *",
        sentence: "Every five minutes, attributes the spend of each pool that has news.",
    },
    Schedule {
        kind: JobKind::LapseOffers,
        line: "0 5 * * * *",
        sentence: "At 5 minutes past every hour, lets offers lapse that were not accepted in time, \
                   once somebody was told.",
    },
    Schedule {
        kind: JobKind::SealAudit,
        line: "*/20 * * * * *",
        sentence: "Every 20 seconds, seals the audit log.",
    },
    Schedule {
        kind: JobKind::TellAuditors,
        line: "0 10 * * * *",
        sentence: "At 10 minutes past every hour, mails the audit log’s head to each auditor who has not had it that day.",
    },
    Schedule {
        kind: JobKind::CheckAll,
        line: "0 30 3 * * *",
        sentence: "Every night at 3:30am, checks the whole database.",
    },
    Schedule {
        kind: JobKind::SweepUp,
        line: "0 40 * * * *",
        sentence: "At 20 minutes to every hour, removes what has expired.",
    },
];

/// A schedule as the Operations page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScheduleView {
    /// What runs.
    pub kind: JobKind,
    /// When, in words.
    pub sentence: String,
    /// When it runs next (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub next_at: Option<DateTime<Utc>>,
    /// A time of it passed over ten minutes ago, and no worker noticed.
    pub passed_over: bool,
}

/// How long a worker may take to notice a tick before it is said to have been passed over.
const NOTICED_WITHIN: Duration = Duration::minutes(10);

/// Every schedule with its next tick, and whether one was passed over: `ticks` are the newest that were noticed.
pub fn all(now: DateTime<Utc>, ticks: &[LastTick]) -> Result<Vec<ScheduleView>> {
    ALL.iter()
        .map(|schedule| {
            let noticed = ticks
                .iter()
                .find(|tick| tick.kind == schedule.kind)
                .map(|tick| tick.tick_at);
            let passed_over = match noticed {
                // a house in which nothing ran yet waits for its first worker
                None => false,
                Some(_) => !schedule.missed(noticed, now - NOTICED_WITHIN)?.is_empty(),
            };
            Ok(ScheduleView {
                kind: schedule.kind,
                sentence: schedule.sentence.to_owned(),
                next_at: schedule.next(now)?,
                passed_over,
            })
        })
        .collect()
}

impl Schedule {
    fn cron(&self) -> Result<cron::Schedule> {
        cron::Schedule::from_str(self.line)
            .map_err(|error| Error::internal(format!("schedule of {}: {error}", self.kind.slug())))
    }

    fn counted_in_utc(&self) -> bool {
        self.line.split_whitespace().nth(2) == Some("*")
    }

    /// The ticks after `after`, in order, without end.
    fn ticks(&self, after: DateTime<Utc>) -> Result<Box<dyn Iterator<Item = DateTime<Utc>>>> {
        let cron = self.cron()?;
        if self.counted_in_utc() {
            return Ok(Box::new(cron.after_owned(after)));
        }
        // The clock on the wall, an hour early: a time that comes twice must not be jumped over.
        let wall = (after.with_timezone(&London).naive_local() - Duration::hours(1)).and_utc();
        let mut last = after;
        Ok(Box::new(cron.after_owned(wall).filter_map(move |shown| {
            let tick = on_the_wall(shown.naive_utc());
            let later = tick > last;
            if later {
                last = tick;
            }
            later.then_some(tick)
        })))
    }

    /// The next tick after an instant.
    pub fn next(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.ticks(after)?.next())
    }

    /// The ticks to account for now: those after the last one that was recorded. Further back than
    /// [`HORIZON`], or where nothing was recorded yet, the latest stands for all: a new
    /// installation begins at once, and long downtime ends in one run.
    pub fn missed(
        &self,
        recorded: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<DateTime<Utc>>> {
        let come = |after: DateTime<Utc>| -> Result<Vec<DateTime<Utc>>> {
            Ok(self.ticks(after)?.take_while(|tick| *tick <= now).collect())
        };
        let near = now - HORIZON;
        if let Some(last) = recorded.filter(|last| *last >= near) {
            return come(last);
        }
        let within = come(near)?;
        if recorded.is_some() && !within.is_empty() {
            return Ok(within);
        }
        let latest = match within.last() {
            Some(latest) => Some(*latest),
            None => come(recorded.map_or(now - FURTHEST, |last| last.max(now - FURTHEST)))?.pop(),
        };
        Ok(latest.into_iter().collect())
    }
}

/// The instant at which London's clocks show this time: the first of two; if they never show it,
/// the moment of the change.
fn on_the_wall(shown: NaiveDateTime) -> DateTime<Utc> {
    if let Some(instant) = London.from_local_datetime(&shown).earliest() {
        return instant.with_timezone(&Utc);
    }
    // London's gap is the hour from 1am: the moment of the change is the full hour, in UTC.
    let hour = shown.and_utc().timestamp() / 3600 * 3600;
    DateTime::from_timestamp(hour, 0).unwrap_or_else(|| shown.and_utc())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_tick_that_nobody_noticed_was_passed_over() {
        let over = |last: &str, now: &str| {
            let tick = LastTick {
                kind: JobKind::CheckAll,
                tick_at: utc(last),
            };
            let shown = all(utc(now), &[tick]).unwrap();
            let of = |kind| shown.iter().find(|one| one.kind == kind).unwrap();
            assert!(
                !of(JobKind::SealAudit).passed_over,
                "what never ran waits for its first time"
            );
            of(JobKind::CheckAll).passed_over
        };
        assert!(!over("2026-11-08T03:30:00Z", "2026-11-09T03:20:00Z"));
        assert!(
            !over("2026-11-08T03:30:00Z", "2026-11-09T03:39:00Z"),
            "a worker may take ten minutes to notice"
        );
        assert!(over("2026-11-08T03:30:00Z", "2026-11-09T03:41:00Z"));
        assert!(over("2026-11-01T03:30:00Z", "2026-11-09T03:20:00Z"));
    }

    fn line(line: &'static str) -> Schedule {
        Schedule {
            kind: JobKind::Probe,
            line,
            sentence: "",
        }
    }

    #[test]
    fn every_line_can_be_read_and_ticks_at_least_daily() {
        let now = utc("2026-11-23T04:00:00Z");
        for schedule in ALL {
            let next = schedule.next(now).unwrap().unwrap();
            assert!(
                next > now && next <= now + Duration::days(1),
                "{schedule:?}"
            );
        }
        assert_eq!(all(now, &[]).unwrap().len(), ALL.len());
    }

    #[test]
    fn no_kind_has_two_schedules() {
        for (i, one) in ALL.iter().enumerate() {
            assert!(ALL[i + 1..].iter().all(|other| other.kind != one.kind));
        }
    }

    #[test]
    fn half_past_three_is_half_past_three_on_both_sides_of_both_changes() {
        let nightly = line("0 30 3 * * *");
        for (after, expected) in [
            ("2026-03-28T00:00:00Z", "2026-03-28T03:30:00Z"),
            ("2026-03-28T04:00:00Z", "2026-03-29T02:30:00Z"),
            ("2026-10-23T12:00:00Z", "2026-10-24T02:30:00Z"),
            ("2026-10-24T12:00:00Z", "2026-10-25T03:30:00Z"),
        ] {
            assert_eq!(nightly.next(utc(after)).unwrap(), Some(utc(expected)));
        }
    }

    #[test]
    fn an_hour_that_comes_twice_ticks_once_and_one_that_never_comes_ticks_at_the_change() {
        let one = line("0 30 1 * * *");
        let autumn = one
            .missed(
                Some(utc("2026-10-24T12:00:00Z")),
                utc("2026-10-25T12:00:00Z"),
            )
            .unwrap();
        assert_eq!(autumn, [utc("2026-10-25T00:30:00Z")]);
        // asked between the two: it has been, and does not come again
        let between = one.next(utc("2026-10-25T00:45:00Z")).unwrap().unwrap();
        assert_eq!(between, utc("2026-10-26T01:30:00Z"));
        let spring = one
            .missed(
                Some(utc("2026-03-28T12:00:00Z")),
                utc("2026-03-29T12:00:00Z"),
            )
            .unwrap();
        assert_eq!(spring, [utc("2026-03-29T01:00:00Z")]);
    }

    #[test]
    fn minutes_tick_evenly_through_both_changes() {
        for day in ["2026-03-29", "2026-10-25"] {
            let from = utc(&format!("{day}T00:00:00Z"));
            let ticks = line("0 * * * * *")
                .missed(Some(from), from + Duration::hours(4))
                .unwrap();
            assert_eq!(ticks.len(), 240);
            assert!(
                ticks
                    .windows(2)
                    .all(|two| two[1] - two[0] == Duration::minutes(1))
            );
        }
    }

    #[test]
    fn a_new_installation_begins_at_once_and_downtime_is_bounded() {
        let now = utc("2026-11-23T04:10:10Z");
        let seal = line("*/20 * * * * *");
        assert_eq!(
            seal.missed(None, now).unwrap(),
            [utc("2026-11-23T04:10:00Z")]
        );
        let down = seal.missed(Some(now - Duration::days(400)), now).unwrap();
        assert_eq!(down.len(), 6 * 60 * 3);
        // a daily one that was missed further back is one run all the same
        let nightly = line("0 30 3 * * *");
        let noon = utc("2026-11-23T12:00:00Z");
        let down = nightly
            .missed(Some(noon - Duration::days(4)), noon)
            .unwrap();
        assert_eq!(down, [utc("2026-11-23T03:30:00Z")]);
        // a clock that was put back has nothing to catch up
        assert!(
            seal.missed(Some(now + Duration::days(1)), now)
                .unwrap()
                .is_empty()
        );
    }

    proptest! {
        /// However the time is cut into looks, the same ticks come out, each once.
        #[test]
        fn looks_do_not_matter(
            start in 0i64..400 * 24 * 3600, steps in prop::collection::vec(1i64..9_000, 1..60),
            which in 0usize..ALL.len(),
        ) {
            let schedule = ALL[which];
            let from = utc("2026-01-01T00:00:00Z") + Duration::seconds(start);
            let (mut now, mut last, mut seen) = (from, from, Vec::new());
            for step in steps {
                now += Duration::seconds(step);
                let missed = schedule.missed(Some(last), now).unwrap();
                last = missed.last().copied().unwrap_or(last);
                seen.extend(missed);
            }
            let all: Vec<_> = schedule.ticks(from).unwrap().take_while(|tick| *tick <= now).collect();
            prop_assert_eq!(seen, all);
        }
    }
}
