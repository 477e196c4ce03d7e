//! J4: four schedulers race over 10,000 ticks, with downtime across some of them.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock;
use domain::jobs::probe;
use domain::jobs::schedule::Schedule;
use entity::{JobKind, JobState};
use worker::{Worker, WorkerConfig};

use super::house::{House, on_both_databases};

const TICKS: i64 = 10_000;
const RATE: i64 = 1_000;

on_both_databases! {
    async fn four_schedulers_account_for_each_tick_once(house: &House) {
        let from: DateTime<Utc> = "2026-10-24T23:30:00Z".parse().unwrap();
        // The first look, before the race, fixes where the schedule begins.
        let each_second = Schedule {
            kind: JobKind::Probe,
            line: "* * * * * *",
            sentence: "Every second.",
        };
        let ctx = domain::Ctx::system("test", Clock::standing_at(from));
        let first = domain::jobs::tick(&house.db, &ctx, &each_second).await.unwrap();
        assert_eq!(first, [from]);

        let began = Utc::now();
        let words = [
            "schedule",
            &from.to_rfc3339(),
            &began.to_rfc3339(),
            &RATE.to_string(),
        ]
        .map(str::to_owned);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut said: Vec<String> = Vec::new();
        let mut four: Vec<_> = (0..4).map(|_| house.start(&words)).collect();
        let last = from + chrono::Duration::seconds(TICKS);
        let mut round = 0;
        while began + chrono::Duration::milliseconds(TICKS * 1000 / RATE + 500) > Utc::now() {
            tokio::time::sleep(Duration::from_millis(700)).await;
            round += 1;
            if round % 4 == 0 {
                // Downtime of all, over hundreds of ticks.
                for one in four.drain(..) {
                    said.extend(one.kill());
                }
                tokio::time::sleep(Duration::from_millis(800)).await;
                four = (0..4).map(|_| house.start(&words)).collect();
            } else {
                said.extend(four.remove(0).kill());
                four.push(house.start(&words));
            }
        }
        for one in four {
            said.extend(one.kill());
        }
        // What came while all were dead is caught up by whoever looks next.
        let ctx = domain::Ctx::system("test", Clock::standing_at(last));
        let caught_up = domain::jobs::tick(&house.db, &ctx, &each_second).await.unwrap();

        let recorded: Vec<i64> = probe::ticks(&house.db)
            .await
            .unwrap()
            .into_iter()
            .filter(|tick| *tick > from && *tick <= last)
            .map(|tick| tick.timestamp())
            .collect();
        let all: Vec<i64> = (1..=TICKS).map(|n| from.timestamp() + n).collect();
        assert_eq!(recorded.len(), all.len());
        assert!(recorded == all, "ticks were missed");
        let mut claimed: HashMap<i64, u32> = HashMap::new();
        for line in &said {
            if let Some(tick) = line.strip_prefix("tick ") {
                *claimed.entry(tick.parse().unwrap()).or_default() += 1;
            }
        }
        let doubled: Vec<_> = claimed.iter().filter(|(_, times)| **times > 1).collect();
        assert!(doubled.is_empty(), "two schedulers thought that they had recorded {doubled:?}");
        // All of them make one run: the work is chosen by what is due, not by the tick.
        let (_, state) = probe::tick_job(&house.db).await.unwrap().unwrap();
        assert_eq!(state, JobState::Ready);
        println!(
            "{:?}: {TICKS} ticks, {} told by their schedulers, {} caught up at the end: none doubled, none missed",
            house.on,
            claimed.len(),
            caught_up.len(),
        );
    }
}

on_both_databases! {
    /// Downtime ends in one run; a clock that was wrong does not silence the house.
    async fn downtime_ends_in_one_run_and_a_wrong_clock_does_not_silence_the_house(house: &House) {
        let start: DateTime<Utc> = "2026-03-28T08:00:00Z".parse().unwrap();
        let clock = Clock::standing_at(start);
        let schedules: &'static [Schedule] = &[Schedule {
            kind: JobKind::Probe,
            line: "0 0 9 * * *",
            sentence: "Every day at 9am.",
        }];
        let config = WorkerConfig {
            schedules,
            ..WorkerConfig::default()
        };
        let worker = Worker::new(house.db.clone(), clock.clone(), config).unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, runs, why) in [
            ("2026-03-28T08:00:00Z", 1, "a new installation begins at once"),
            ("2026-03-28T08:59:59Z", 0, "not yet nine"),
            ("2026-03-28T09:00:00Z", 1, "nine, in winter time"),
            ("2026-03-29T07:59:59Z", 0, "not yet nine, in summer time"),
            ("2026-03-29T08:00:00Z", 1, "nine, in summer time"),
            ("2026-04-01T12:00:00Z", 1, "three days of downtime, one run"),
            ("2026-04-01T11:00:00Z", 0, "an hour back: nothing again"),
            ("2026-04-03T11:00:00Z", 1, "two days forward"),
            ("2026-04-01T11:00:00Z", 0, "and back again: that day was done"),
            ("2026-04-02T11:00:00Z", 1, "the day that came under a wrong clock comes again"),
            ("2025-04-01T12:00:00Z", 1, "a year back: the house goes on"),
            ("2025-04-02T12:00:00Z", 1, "and goes on"),
        ] {
            clock.set(at(now));
            assert_eq!(worker.settle().await.unwrap(), runs, "{now}: {why}");
        }
    }
}
