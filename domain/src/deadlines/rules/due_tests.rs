#![allow(clippy::unwrap_used)]

use super::*;
use crate::deadlines::rules::{Cycle, Frequency, periods};
use Nation::{England, NorthernIreland, Scotland};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rule(json: &str) -> DeadlineRule {
    serde_json::from_str(json).unwrap()
}

fn due(json: &str, ended_on: &str, nation: Nation) -> String {
    rule(json)
        .due_after(day(ended_on), nation)
        .unwrap()
        .in_words()
}

#[test]
fn each_rule_reads_as_a_sentence_and_gives_its_date() {
    for (json, words, ended_on, nation, expected) in [
        (
            r#"{"rule":"days-after-period-end","days":30,"at":"17:00"}"#,
            "30 days after the period ends, by 5pm.",
            "2026-09-30",
            England,
            "Friday 30 October 2026, 5pm",
        ),
        (
            r#"{"rule":"days-after-period-end","days":32,"adjust":"next-working-day"}"#,
            "32 days after the period ends; if that is not a working day, on the next one.",
            "2026-09-30",
            England,
            "Monday 2 November 2026",
        ),
        (
            r#"{"rule":"days-after-period-end","days":32,"adjust":"previous-working-day"}"#,
            "32 days after the period ends; if that is not a working day, on the one before.",
            "2026-09-30",
            England,
            "Friday 30 October 2026",
        ),
        (
            r#"{"rule":"days-after-period-end","days":1}"#,
            "1 day after the period ends.",
            "2026-12-31",
            England,
            "Friday 1 January 2027",
        ),
        (
            r#"{"rule":"working-days-after-period-end","working_days":10,"at":"12:00"}"#,
            "10 working days after the period ends, by noon.",
            "2026-03-31",
            England,
            "Thursday 16 April 2026, noon",
        ),
        (
            r#"{"rule":"working-days-after-period-end","working_days":10,"at":"12:00"}"#,
            "10 working days after the period ends, by noon.",
            "2026-03-31",
            Scotland,
            "Wednesday 15 April 2026, noon",
        ),
        (
            r#"{"rule":"working-day-of-month-after","working_day":3}"#,
            "On the 3rd working day of the month after the period.",
            "2026-12-31",
            Scotland,
            "Thursday 7 January 2027",
        ),
        (
            r#"{"rule":"working-day-of-month-after","working_day":5,"months_after":2}"#,
            "On the 5th working day of the 2nd month after the period.",
            "2026-06-30",
            England,
            "Friday 7 August 2026",
        ),
        (
            r#"{"rule":"day-of-month-after","day":12,"months_after":1,"adjust":"next-working-day"}"#,
            "On the 12th of the month after the period; if that is not a working day, on the next one.",
            "2026-06-30",
            NorthernIreland,
            "Tuesday 14 July 2026",
        ),
        (
            r#"{"rule":"day-of-month-after","day":31}"#,
            "On the last day of the month after the period.",
            "2028-01-31",
            England,
            "Tuesday 29 February 2028",
        ),
        (
            r#"{"rule":"day-of-month-after","day":30}"#,
            "On the 30th of the month after the period.",
            "2027-01-31",
            England,
            "Sunday 28 February 2027",
        ),
        (
            r#"{"rule":"fixed-date","on":"2026-12-25","at":"23:59","adjust":"previous-working-day"}"#,
            "On Friday 25 December 2026, by 11:59pm; if that is not a working day, on the one before.",
            "2026-09-30",
            England,
            "Thursday 24 December 2026, 11:59pm",
        ),
    ] {
        assert_eq!(rule(json).in_words(), words);
        assert_eq!(due(json, ended_on, nation), expected, "{words}");
    }
}

#[test]
fn a_moved_date_says_what_it_was() {
    let moved = rule(r#"{"rule":"fixed-date","on":"2026-11-01","adjust":"next-working-day"}"#)
        .due_after(day("2026-09-30"), England)
        .unwrap();
    assert_eq!(moved.on, day("2026-11-02"));
    assert_eq!(moved.moved_from, Some(day("2026-11-01")));
    let stays = rule(r#"{"rule":"fixed-date","on":"2026-11-01"}"#)
        .due_after(day("2026-09-30"), England)
        .unwrap();
    assert_eq!((stays.on, stays.moved_from), (day("2026-11-01"), None));
}

#[test]
fn a_year_not_yet_published_warns_where_bank_holidays_matter() {
    let warned = |json: &str| {
        rule(json)
            .due_after(day("2028-03-31"), England)
            .unwrap()
            .warning
    };
    assert_eq!(
        warned(r#"{"rule":"working-days-after-period-end","working_days":10}"#),
        Some(CalendarWarning::NotYetPublished { year: 2028 })
    );
    assert!(
        warned(r#"{"rule":"day-of-month-after","day":30,"adjust":"next-working-day"}"#).is_some()
    );
    assert_eq!(
        warned(r#"{"rule":"days-after-period-end","days":30}"#),
        None
    );
}

#[test]
fn a_stated_time_is_london_time_and_late_only_after_it() {
    let with_time = |on| Due {
        on: day(on),
        at: NaiveTime::from_hms_opt(17, 0, 0),
        moved_from: None,
        warning: None,
    };
    let summer: DateTime<Utc> = "2026-07-31T16:00:00Z".parse().unwrap();
    assert_eq!(with_time("2026-07-31").instant(), summer);
    assert!(!with_time("2026-07-31").is_late(summer));
    assert!(with_time("2026-07-31").is_late(summer + chrono::Duration::microseconds(1)));

    let whole_day = Due {
        at: None,
        ..with_time("2026-07-31")
    };
    assert!(!whole_day.is_late("2026-07-31T22:59:59.999999Z".parse().unwrap()));
    assert!(whole_day.is_late("2026-07-31T23:00:00Z".parse().unwrap()));
}

#[test]
fn rules_that_cannot_be_meant_are_refused() {
    for (json, problem) in [
        (
            r#"{"rule":"days-after-period-end","days":732}"#,
            DeadlineProblem::TooManyDays,
        ),
        (
            r#"{"rule":"working-days-after-period-end","working_days":0}"#,
            DeadlineProblem::WorkingDaysOutOfRange,
        ),
        (
            r#"{"rule":"working-day-of-month-after","working_day":19}"#,
            DeadlineProblem::WorkingDayOutOfRange,
        ),
        (
            r#"{"rule":"day-of-month-after","day":0}"#,
            DeadlineProblem::DayOutOfRange,
        ),
        (
            r#"{"rule":"day-of-month-after","day":1,"months_after":25}"#,
            DeadlineProblem::MonthsOutOfRange,
        ),
        (
            r#"{"rule":"working-day-of-month-after","working_day":1,"months_after":25}"#,
            DeadlineProblem::MonthsOutOfRange,
        ),
    ] {
        assert_eq!(rule(json).check(), Err(problem));
        assert_eq!(
            rule(json).due_after(day("2026-09-30"), England),
            Err(problem)
        );
    }
    for bad in [
        r#"{"rule":"days-after-period-end"}"#,
        r#"{"rule":"days-after-period-end","days":30,"at":"5pm"}"#,
        r#"{"rule":"days-after-period-end","days":30,"at":"24:00"}"#,
        r#"{"rule":"days-after-period-end","days":30,"time":"17:00"}"#,
        r#"{"rule":"when_it_suits"}"#,
    ] {
        assert!(serde_json::from_str::<DeadlineRule>(bad).is_err(), "{bad}");
    }
    assert_eq!(
        rule(r#"{"rule":"days-after-period-end","days":30}"#).due_after(NaiveDate::MAX, England),
        Err(DeadlineProblem::DateOutOfRange)
    );
}

#[test]
fn a_rule_is_stored_as_it_was_stated() {
    for json in [
        r#"{"rule":"days-after-period-end","days":30,"at":"17:00","adjust":"next-working-day"}"#,
        r#"{"rule":"working-days-after-period-end","working_days":20}"#,
        r#"{"rule":"working-day-of-month-after","working_day":5,"months_after":1,"at":"09:30"}"#,
        r#"{"rule":"fixed-date","on":"2026-12-25","adjust":"none"}"#,
    ] {
        assert_eq!(serde_json::to_string(&rule(json)).unwrap(), json);
    }
}

#[test]
fn a_year_of_quarters_has_its_deadlines() {
    let six_weeks = rule(
        r#"{"rule":"days-after-period-end","days":42,"at":"17:00","adjust":"next-working-day"}"#,
    );
    let year = periods(
        Cycle::government(Frequency::Quarterly),
        day("2026-04-01"),
        day("2027-03-31"),
    );
    let told: Vec<String> = year
        .iter()
        .map(|p| {
            format!(
                "{}: {}",
                p.label(),
                six_weeks.due(p, England).unwrap().in_words()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "April to June 2026: Tuesday 11 August 2026, 5pm",
            "July to September 2026: Wednesday 11 November 2026, 5pm",
            "October to December 2026: Thursday 11 February 2027, 5pm",
            "January to March 2027: Wednesday 12 May 2027, 5pm",
        ]
    );
}

fn any_rule() -> impl Strategy<Value = DeadlineRule> {
    let adjust = prop_oneof![
        Just(Adjust::None),
        Just(Adjust::NextWorkingDay),
        Just(Adjust::PreviousWorkingDay)
    ];
    (0u8..4, 1u16..200, 0u8..=3, adjust).prop_map(|(kind, n, months_after, adjust)| {
        let small = |top: u16| u8::try_from(n % top + 1).unwrap();
        match kind {
            0 => DeadlineRule::DaysAfterPeriodEnd {
                days: n,
                at: None,
                adjust,
            },
            1 => DeadlineRule::WorkingDaysAfterPeriodEnd {
                working_days: n,
                at: None,
            },
            2 => DeadlineRule::WorkingDayOfMonthAfter {
                working_day: small(18),
                months_after,
                at: None,
            },
            _ => DeadlineRule::DayOfMonthAfter {
                day: small(31),
                months_after,
                at: None,
                adjust,
            },
        }
    })
}

proptest! {
    /// Any rule that checks gives a date; moved dates and counted dates are working days; and a
    /// later period is never due earlier.
    #[test]
    fn deadlines_keep_order(rule in any_rule(), start in 0u64..9_000, later in 0u64..100) {
        let ended_on = day("2010-01-01") + Days::new(start);
        for nation in crate::calendar::rules::NATIONS {
            let due = rule.due_after(ended_on, nation).unwrap();
            let next = rule.due_after(ended_on + Days::new(later), nation).unwrap();
            prop_assert!(due.on <= next.on);
            let on_working_day = rule.adjust() != Adjust::None || matches!(
                rule,
                DeadlineRule::WorkingDaysAfterPeriodEnd { .. }
                    | DeadlineRule::WorkingDayOfMonthAfter { .. }
            );
            if on_working_day {
                prop_assert!(crate::calendar::rules::is_working_day(nation, due.on));
            }
        }
    }
}
