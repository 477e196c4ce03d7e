//! What happens when workers die, stand still, or are told to stop.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use domain::jobs::probe::Script;
use entity::JobState;
use uuid::Uuid;

use super::house::{House, on_both_databases};
use crate::support::house::On;

const LEASE_MS: &str = "1000";

fn takes(takes_ms: u64) -> Script {
    Script {
        takes_ms,
        ..Script::default()
    }
}

fn says(word: &str, takes_ms: u64) -> Script {
    Script {
        takes_ms,
        word: word.to_owned(),
        attempts: None,
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

on_both_databases! {
    /// J1 and J2: `kill -9` at random moments while enqueuing and working. Every job that was
    /// acknowledged, and every one that was not but committed, has its script (the change that caused
    /// it) and its effect, once.
    async fn accepted_jobs_survive_kill_9_and_have_their_effect_once(house: &House) {
        let kills: usize = std::env::var("TRIBUTARY_KILLS").map_or(20, |kills| kills.parse().unwrap());
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let mut acknowledged: HashSet<Uuid> = HashSet::new();
        let hear = |said: Vec<String>, acknowledged: &mut HashSet<Uuid>| {
            let asked = said.iter().filter_map(|line| line.strip_prefix("asked "));
            acknowledged.extend(asked.map(|id| id.parse::<Uuid>().unwrap()));
        };
        // PostgreSQL has a second worker, which is never killed at the same time as the first.
        let mut second = match house.on {
            On::Sqlite => None,
            On::Postgres => Some(house.start(&["work", LEASE_MS])),
        };
        for kill in 0..kills {
            let process = house.start(&["ask-and-work", LEASE_MS]);
            process.hear("working", Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(5 + dice.below(120))).await;
            hear(process.kill(), &mut acknowledged);
            if kill % 5 == 4 && second.take().is_some() {
                second = Some(house.start(&["work", LEASE_MS]));
            }
        }
        let last = house.start(&["work", LEASE_MS]);
        house.settled(Duration::from_secs(120)).await;
        drop((last, second));

        let fates = house.fates().await;
        let known: HashSet<Uuid> = fates.iter().map(|fate| fate.row_id).collect();
        let lost: Vec<_> = acknowledged.difference(&known).collect();
        assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
        for fate in &fates {
            assert_eq!((fate.state, fate.effects), (JobState::Done, 1), "{fate:?}");
        }
        let scripts = domain::jobs::probe::scripts(&house.db).await.unwrap();
        assert_eq!(scripts, fates.len() as u64, "jobs without their cause, or causes without a job");
        assert!(acknowledged.len() >= kills, "the workers were killed before they had asked anything");
        let taken_over = fates.iter().filter(|fate| fate.attempt > 1).count();
        println!(
            "{:?}: {kills} kills, {} jobs acknowledged, {} committed, {taken_over} taken over: \
             none lost, none orphaned, each effect once",
            house.on,
            acknowledged.len(),
            fates.len(),
        );
    }
}

on_both_databases! {
    /// J2: a worker that stood still past its lease wakes up after another has taken its job over.
    async fn a_worker_that_wakes_after_its_lease_has_no_second_effect(house: &House) {
        let sleeper = house.start(&["work", LEASE_MS]);
        sleeper.hear("working", Duration::from_secs(20));
        let row = house.ask(&[takes(700)]).await[0];
        running(house, row).await;
        sleeper.signal("STOP");

        let other = house.start(&["work", LEASE_MS]);
        other.hear("working", Duration::from_secs(20));
        house.settled(Duration::from_secs(20)).await;
        assert_eq!(house.fate(row).await.attempt, 2, "it was taken over");

        sleeper.signal("CONT");
        // Long enough for the woken run to try its effect, and to be refused.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let fate = house.fate(row).await;
        assert_eq!((fate.state, fate.effects, fate.attempt), (JobState::Done, 1, 2));

        // It is none the worse for it.
        drop(other);
        let next = house.ask(&[takes(0)]).await[0];
        house.settled(Duration::from_secs(20)).await;
        assert_eq!(house.fate(next).await.effects, 1);
    }
}

async fn running(house: &House, row: Uuid) {
    let until = Instant::now() + Duration::from_secs(20);
    while house.fate(row).await.state != JobState::Running {
        assert!(Instant::now() < until, "it never begins");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

on_both_databases! {
    /// J3: a dead worker's job is taken up within twice the lease.
    async fn a_dead_workers_job_resumes_within_twice_the_lease(house: &House) {
        // The full run takes the lease that is really used.
        let full = std::env::var("TRIBUTARY_KILLS").is_ok_and(|kills| kills.parse::<u32>().unwrap() >= 1000);
        let lease_ms: u64 = if full { 30_000 } else { 2_000 };
        let doomed = house.start(&["work", &lease_ms.to_string()]);
        doomed.hear("working", Duration::from_secs(20));
        // The run that counts begins anew in the other worker, and says so at once.
        let rows = house.ask(&vec![takes(500); 4]).await;
        for row in &rows {
            running(house, *row).await;
        }
        let heir = house.start(&["work", &lease_ms.to_string()]);
        heir.hear("working", Duration::from_secs(20));
        doomed.kill();
        let died = Instant::now();
        let mut longest = Duration::ZERO;
        for row in rows {
            while house.fate(row).await.attempt < 2 {
                assert!(died.elapsed() < Duration::from_millis(2 * lease_ms), "not taken up in time");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            longest = longest.max(died.elapsed());
        }
        house.settled(Duration::from_secs(20)).await;
        println!(
            "{:?}: 4 jobs of a dead worker resumed within {longest:.1?} (lease {lease_ms} ms)",
            house.on
        );
    }
}

on_both_databases! {
    /// J5: told to stop, a worker lets what is short end and hands back what is long, uncounted.
    async fn sigterm_drains_and_then_hands_back(house: &House) {
        let mut worker = house.start(&["work"]);
        worker.hear("working", Duration::from_secs(20));
        let rows = house.ask(&[takes(5_000), takes(60_000)]).await;
        for row in &rows {
            running(house, *row).await;
        }
        worker.signal("TERM");
        let told = Instant::now();
        worker.hear("terminated", Duration::from_secs(5));
        let too_late = house.ask(&[takes(0)]).await[0];
        while !worker.ended() {
            assert!(told.elapsed() < Duration::from_secs(20), "it does not exit");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("{:?}: exit {:.1?} after SIGTERM", house.on, told.elapsed());
        let short = house.fate(rows[0]).await;
        assert_eq!((short.state, short.effects), (JobState::Done, 1));
        let long = house.fate(rows[1]).await;
        assert_eq!((long.state, long.effects, long.attempt), (JobState::Ready, 0, 0));
        assert_eq!(house.fate(too_late).await.attempt, 0, "nothing new is begun");
    }
}

on_both_databases! {
    /// J6: a job that aborts its process each time is set aside, and takes nobody with it.
    async fn a_poison_job_is_set_aside_and_others_are_not(house: &House) {
        let mut scripts = vec![takes(150); 20];
        scripts.insert(3, says("abort", 100));
        let rows = house.ask(&scripts).await;
        let poison = rows[3];
        let until = Instant::now() + Duration::from_secs(120);
        let mut deaths = 0;
        let mut worker = house.start(&["work", LEASE_MS]);
        loop {
            if worker.ended() {
                deaths += 1;
                worker = house.start(&["work", LEASE_MS]);
            }
            let fates = house.fates().await;
            if fates.iter().all(|fate| matches!(fate.state, JobState::Done | JobState::Dead)) {
                break;
            }
            assert!(Instant::now() < until, "never settled: {fates:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(deaths, 8, "as often as it may be tried");
        for fate in house.fates().await {
            if fate.row_id == poison {
                assert_eq!((fate.state, fate.effects), (JobState::Dead, 0));
            } else {
                assert_eq!((fate.state, fate.effects), (JobState::Done, 1), "{fate:?}");
                // Beside it by chance when it came first and when it was taken over; never after.
                assert!(fate.attempt <= 3, "it died with the poison more than twice: {fate:?}");
            }
        }
    }
}

on_both_databases! {
    /// A panic is a failed attempt, not the end of the worker.
    async fn a_panic_is_a_failed_attempt(house: &House) {
        let mut worker = house.start(&["work", LEASE_MS]);
        let panics = Script {
            attempts: Some(1),
            ..says("panic", 0)
        };
        let rows = house.ask(&[panics, takes(0)]).await;
        house.settled(Duration::from_secs(20)).await;
        assert_eq!(house.fate(rows[0]).await.state, JobState::Dead);
        assert_eq!(house.fate(rows[1]).await.state, JobState::Done);
        assert!(!worker.ended());
    }
}

on_both_databases! {
    /// A job that is longer than the lease keeps it.
    async fn a_long_job_keeps_its_lease(house: &House) {
        let _one = house.start(&["work", LEASE_MS]);
        let _two = (house.on == On::Postgres).then(|| house.start(&["work", LEASE_MS]));
        let row = house.ask(&[takes(3_500)]).await[0];
        house.settled(Duration::from_secs(20)).await;
        let fate = house.fate(row).await;
        assert_eq!((fate.state, fate.effects, fate.attempt), (JobState::Done, 1, 1));
    }
}
