#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};

use chrono::Duration;
use proptest::prelude::*;

use super::*;
use crate::calendar::rules::{NATIONS, date_in_words, instant_in_london, london_date};
use Nation::{England, Scotland};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn told(due_on: &str, nation: Nation, rungs: usize) -> Vec<String> {
    ladder(day(due_on), nation)
        .take(rungs)
        .map(|(rung, morning)| format!("{rung}: {}", date_in_words(morning)))
        .collect()
}

#[test]
fn the_ladder_of_a_friday_in_october() {
    assert_eq!(
        told("2026-10-30", England, 12),
        [
            "28 days before: Friday 2 October 2026",
            "14 days before: Friday 16 October 2026",
            "7 days before: Friday 23 October 2026",
            "1 day before: Thursday 29 October 2026",
            "on the day: Friday 30 October 2026",
            "2 working days overdue: Tuesday 3 November 2026",
            "4 working days overdue: Thursday 5 November 2026",
            "6 working days overdue: Monday 9 November 2026",
            "8 working days overdue: Wednesday 11 November 2026",
            "10 working days overdue: Friday 13 November 2026",
            "1 week further on: Friday 20 November 2026",
            "2 weeks further on: Friday 27 November 2026",
        ]
    );
}

#[test]
fn the_ladder_steps_round_easter() {
    // Due on the Tuesday after Easter: the day before is a holiday, so it is spoken of on Thursday.
    assert_eq!(
        told("2026-04-07", England, 6)[2..],
        [
            "7 days before: Tuesday 31 March 2026",
            "1 day before: Thursday 2 April 2026",
            "on the day: Tuesday 7 April 2026",
            "2 working days overdue: Thursday 9 April 2026",
        ]
    );
    // In Scotland that Monday is worked.
    assert_eq!(
        told("2026-04-07", Scotland, 4)[3],
        "1 day before: Monday 6 April 2026"
    );
}

#[test]
fn the_ladder_steps_round_christmas() {
    assert_eq!(
        told("2026-12-11", England, 13)[5..],
        [
            "2 working days overdue: Tuesday 15 December 2026",
            "4 working days overdue: Thursday 17 December 2026",
            "6 working days overdue: Monday 21 December 2026",
            "8 working days overdue: Wednesday 23 December 2026",
            "10 working days overdue: Tuesday 29 December 2026",
            "1 week further on: Tuesday 5 January 2027",
            "2 weeks further on: Tuesday 12 January 2027",
            "3 weeks further on: Tuesday 19 January 2027",
        ]
    );
    // The third week on from Friday 4 December is New Year's Day; Monday takes its place.
    assert_eq!(
        told("2026-11-20", England, 14)[9..],
        [
            "10 working days overdue: Friday 4 December 2026",
            "1 week further on: Friday 11 December 2026",
            "2 weeks further on: Friday 18 December 2026",
            "3 weeks further on: Tuesday 29 December 2026",
            "4 weeks further on: Monday 4 January 2027",
        ]
    );
}

#[test]
fn a_sunday_deadline_is_spoken_of_on_friday_and_on_the_day() {
    assert_eq!(
        told("2026-11-01", England, 6)[3..],
        [
            "1 day before: Friday 30 October 2026",
            "on the day: Sunday 1 November 2026",
            "2 working days overdue: Tuesday 3 November 2026",
        ]
    );
}

#[test]
fn nothing_is_sent_between_rungs() {
    let due_on = day("2026-10-30");
    let recorded = [Rung::DaysBefore(28)];
    assert_eq!(rungs_due(due_on, England, day("2026-10-01"), &[]), None);
    assert_eq!(
        rungs_due(due_on, England, day("2026-10-15"), &recorded),
        None
    );
    assert_eq!(
        rungs_due(due_on, England, day("2026-10-16"), &recorded),
        Some(Chosen {
            rung: Rung::DaysBefore(14),
            merged: vec![]
        })
    );
}

#[test]
fn after_downtime_one_message_stands_for_all_that_were_missed() {
    assert_eq!(
        rungs_due(
            day("2026-10-30"),
            England,
            day("2026-11-04"),
            &[Rung::DaysBefore(28), Rung::DaysBefore(14)]
        ),
        Some(Chosen {
            rung: Rung::WorkingDaysOverdue(2),
            merged: vec![Rung::DaysBefore(7), Rung::DaysBefore(1), Rung::TheDay],
        })
    );
}

#[test]
fn a_clock_put_back_sends_nothing_again() {
    let due_on = day("2026-10-30");
    let recorded = [
        Rung::DaysBefore(28),
        Rung::DaysBefore(14),
        Rung::DaysBefore(7),
    ];
    for today in ["2026-10-23", "2026-10-22", "2026-10-21", "2025-10-23"] {
        assert_eq!(
            rungs_due(due_on, England, day(today), &recorded),
            None,
            "{today}"
        );
    }
}

#[test]
fn the_lead_is_told_from_the_tenth_working_day() {
    let due_on = day("2026-10-30");
    assert!(!is_long_overdue(due_on, England, due_on));
    assert!(!is_long_overdue(due_on, England, day("2026-11-12")));
    assert!(is_long_overdue(due_on, England, day("2026-11-13")));
    assert_eq!(working_days_overdue(due_on, England, day("2026-11-01")), 0);
    assert_eq!(working_days_overdue(due_on, England, day("2026-11-02")), 1);
}

#[test]
fn a_morning_is_its_london_day_and_leaves_at_nine_by_the_wall() {
    let at = |text: &str| morning_of(text.parse().unwrap());
    assert_eq!(at("2026-10-24T07:59:59Z"), day("2026-10-24"));
    assert_eq!(at("2026-07-01T22:59:59Z"), day("2026-07-01"));
    // Midnight in London's summer.
    assert_eq!(at("2026-07-01T23:00:00Z"), day("2026-07-02"));
    for (morning, leaves) in [
        ("2026-10-24", "2026-10-24T08:00:00Z"),
        // The clocks go back in the night, and forward in spring.
        ("2026-10-25", "2026-10-25T09:00:00Z"),
        ("2026-03-28", "2026-03-28T09:00:00Z"),
        ("2026-03-29", "2026-03-29T08:00:00Z"),
    ] {
        assert_eq!(
            leaves_at(day(morning)),
            leaves.parse::<DateTime<Utc>>().unwrap()
        );
    }
}

#[test]
fn a_rung_is_stored_by_name() {
    for (rung, _) in ladder(day("2026-10-30"), England).take(40) {
        assert_eq!(Rung::from_slug(&rung.slug()), Some(rung));
    }
    assert_eq!(Rung::DaysBefore(28).slug(), "28-days-before");
    for none in [
        "",
        "3-days-before",
        "3-working-days-overdue",
        "12-working-days-overdue",
        "0-weeks-on",
        "+1-weeks-on",
        "01-weeks-on",
        "the day",
    ] {
        assert_eq!(Rung::from_slug(none), None, "{none}");
    }
}

#[test]
fn the_ends_of_the_calendar_do_not_panic() {
    assert!(ladder(NaiveDate::MIN, England).next().is_none());
    assert!(rungs_reached(NaiveDate::MAX, England, NaiveDate::MAX).len() >= 5);
}

proptest! {
    /// No two rungs share a morning, and none is out of order.
    #[test]
    fn mornings_only_go_up(offset in 0u64..9_000) {
        let due_on = day("2010-01-01") + Days::new(offset);
        for nation in NATIONS {
            let mornings: Vec<_> = ladder(due_on, nation).take(30).map(|(_, on)| on).collect();
            for pair in mornings.windows(2) {
                prop_assert!(pair[0] < pair[1], "{due_on}: {mornings:?}");
            }
        }
    }
}

/// What happens to the clock between two looks at it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Minutes(i64),
    HourForward,
    HourBack,
    TwoDaysForward,
    TwoDaysBack,
    YearBack,
}

impl Step {
    fn by(self) -> Duration {
        match self {
            Self::Minutes(n) => Duration::minutes(n),
            Self::HourForward => Duration::hours(1),
            Self::HourBack => Duration::hours(-1),
            Self::TwoDaysForward => Duration::days(2),
            Self::TwoDaysBack => Duration::days(-2),
            Self::YearBack => Duration::days(-365),
        }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1i64..2_000).prop_map(Step::Minutes),
        // Days of downtime.
        2 => (2_000i64..30_000).prop_map(Step::Minutes),
        1 => Just(Step::HourForward),
        1 => Just(Step::HourBack),
        1 => Just(Step::TwoDaysForward),
        1 => Just(Step::TwoDaysBack),
        1 => Just(Step::YearBack),
    ]
}

/// One person, one deadline, as the worker keeps them: each rung's record, each mail's morning.
#[derive(Default)]
struct Book {
    recorded: Vec<Rung>,
    sent: Vec<Rung>,
    mails: BTreeMap<NaiveDate, usize>,
}

impl Book {
    fn tick(&mut self, due_on: NaiveDate, nation: Nation, now: DateTime<Utc>) {
        let today = morning_of(now);
        if self.mails.contains_key(&today) {
            return;
        }
        if let Some(chosen) = rungs_due(due_on, nation, today, &self.recorded) {
            self.recorded.extend(chosen.merged);
            self.recorded.push(chosen.rung);
            self.sent.push(chosen.rung);
            *self.mails.entry(today).or_default() += 1;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever the clock does, each rung is sent at most once, is never both sent and merged,
    /// no morning has two mails; and when all is over, none is missing.
    #[test]
    fn any_clock_sends_each_rung_once_and_loses_none(
        offset in 0u64..4_000,
        nation in prop::sample::select(NATIONS.to_vec()),
        steps in prop::collection::vec(any_step(), 1..200),
    ) {
        let due_on = day("2016-01-01") + Days::new(offset);
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let mut now = instant_in_london(due_on - Days::new(40), nine);
        let mut latest = now;
        let mut book = Book::default();
        for step in steps {
            now += step.by();
            latest = latest.max(now);
            book.tick(due_on, nation, now);
        }
        // The clock is right again, and all its mornings pass.
        let end = london_date(latest).max(due_on) + Days::new(60);
        let mut morning = london_date(now);
        while morning <= end {
            book.tick(due_on, nation, instant_in_london(morning, nine));
            morning = morning + Days::new(1);
        }

        let recorded: HashSet<Rung> = book.recorded.iter().copied().collect();
        prop_assert_eq!(recorded.len(), book.recorded.len(), "a rung was recorded twice");
        let sent: HashSet<Rung> = book.sent.iter().copied().collect();
        prop_assert_eq!(sent.len(), book.sent.len(), "a rung was sent twice");
        prop_assert!(book.mails.values().all(|n| *n == 1));
        for rung in rungs_reached(due_on, nation, end) {
            prop_assert!(recorded.contains(&rung), "{rung} is missing");
        }
        prop_assert_eq!(rungs_due(due_on, nation, end, &book.recorded), None);
    }

    /// With no jumps and no downtime, every rung is sent on its own morning and none is merged.
    #[test]
    fn a_steady_clock_sends_every_rung_on_its_morning(offset in 0u64..4_000) {
        let due_on = day("2016-01-01") + Days::new(offset);
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let mut book = Book::default();
        let mut sent_on = Vec::new();
        for n in 0..100 {
            let morning = due_on - Days::new(50) + Days::new(n);
            let before = book.sent.len();
            book.tick(due_on, England, instant_in_london(morning, nine));
            sent_on.extend(book.sent[before..].iter().map(|rung| (*rung, morning)));
        }
        let expected: Vec<_> = ladder(due_on, England).take(sent_on.len()).collect();
        prop_assert!(sent_on.len() >= 12);
        prop_assert_eq!(sent_on, expected);
    }
}
