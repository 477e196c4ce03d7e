#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads where its databases and files are"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn named(nation: Nation, year: i32, name: &str) -> Vec<String> {
    bank_holidays(nation, year)
        .iter()
        .filter(|d| d.name == name)
        .map(|d| d.on.to_string())
        .collect()
}

/// Easter Sundays as almanacs print them.
#[rustfmt::skip]
const EASTER: [&str; 51] = [
    "2000-04-23", "2001-04-15", "2002-03-31", "2003-04-20", "2004-04-11", "2005-03-27",
    "2006-04-16", "2007-04-08", "2008-03-23", "2009-04-12", "2010-04-04", "2011-04-24",
    "2012-04-08", "2013-03-31", "2014-04-20", "2015-04-05", "2016-03-27", "2017-04-16",
    "2018-04-01", "2019-04-21", "2020-04-12", "2021-04-04", "2022-04-17", "2023-04-09",
    "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01",
    "2030-04-21", "2031-04-13", "2032-03-28", "2033-04-17", "2034-04-09", "2035-03-25",
    "2036-04-13", "2037-04-05", "2038-04-25", "2039-04-10", "2040-04-01", "2041-04-21",
    "2042-04-06", "2043-03-29", "2044-04-17", "2045-04-09", "2046-03-25", "2047-04-14",
    "2048-04-05", "2049-04-18", "2050-04-10",
];

/// Another way to the same day: the paschal full moon by the epact, then the Sunday after it.
fn easter_by_the_epact(year: i32) -> NaiveDate {
    let century = year / 100 + 1;
    let solar = 3 * century / 4 - 12;
    let lunar = (8 * century + 5) / 25 - 5;
    let mut epact = (11 * (year % 19 + 1) + 20 + lunar - solar).rem_euclid(30);
    if epact == 24 || (epact == 25 && year % 19 + 1 > 11) {
        epact += 1;
    }
    let from_march = if 44 - epact < 21 {
        74 - epact
    } else {
        44 - epact
    };
    let full_moon = NaiveDate::from_ymd_opt(year, 3, 1).unwrap()
        + chrono::Duration::days(i64::from(from_march - 1));
    full_moon
        .iter_days()
        .skip(1)
        .find(|d| d.weekday() == Weekday::Sun)
        .unwrap()
}

#[test]
fn easter_is_as_the_almanac_has_it() {
    for (year, known) in (2000..=2050).zip(EASTER) {
        assert_eq!(easter_sunday(year), Some(day(known)));
        assert_eq!(easter_by_the_epact(year), day(known));
    }
}

#[test]
fn two_ways_to_easter_agree_for_centuries() {
    for year in 1600..=4000 {
        assert_eq!(easter_sunday(year), Some(easter_by_the_epact(year)));
    }
}

#[test]
fn a_year_beyond_the_calendar_has_no_bank_holidays_and_no_panic() {
    for year in [400_000, -400_000] {
        assert!(bank_holidays(Nation::England, year).is_empty());
    }
}

#[test]
fn substitutes_at_the_turn_of_the_year() {
    // Christmas Day on each day of the week from Saturday to Friday, and what is taken off.
    for (year, christmas, boxing) in [
        (2021, "2021-12-27", "2021-12-28"),
        (2022, "2022-12-27", "2022-12-26"),
        (2023, "2023-12-25", "2023-12-26"),
        (2024, "2024-12-25", "2024-12-26"),
        (2019, "2019-12-25", "2019-12-26"),
        (2025, "2025-12-25", "2025-12-26"),
        (2026, "2026-12-25", "2026-12-28"),
    ] {
        for nation in NATIONS {
            assert_eq!(named(nation, year, "Christmas Day"), [christmas]);
            assert_eq!(named(nation, year, "Boxing Day"), [boxing]);
        }
    }
    // New Year's Day on a Saturday and on a Sunday; Scotland takes two days.
    for (year, england, scotland) in [
        (2022, vec!["2022-01-03"], ["2022-01-03", "2022-01-04"]),
        (2023, vec!["2023-01-02"], ["2023-01-02", "2023-01-03"]),
        (2027, vec!["2027-01-01"], ["2027-01-01", "2027-01-04"]),
    ] {
        let january = |nation| -> Vec<String> {
            bank_holidays(nation, year)
                .iter()
                .filter(|d| d.on.month() == 1)
                .map(|d| d.on.to_string())
                .collect()
        };
        assert_eq!(january(Nation::England), england);
        assert_eq!(january(Nation::Scotland), scotland);
    }
}

#[test]
fn one_off_days_and_moved_days_name_their_source() {
    for nation in NATIONS {
        for text in [
            "2011-04-29",
            "2012-06-04",
            "2012-06-05",
            "2020-05-08",
            "2022-06-02",
            "2022-06-03",
            "2022-09-19",
            "2023-05-08",
        ] {
            let found = bank_holiday_on(nation, day(text)).expect(text);
            assert!(found.source.is_some_and(|s| !s.is_empty()), "{text}");
        }
        // What they were moved from was an ordinary working day.
        for text in ["2012-05-28", "2020-05-04", "2022-05-30"] {
            assert_eq!(bank_holiday_on(nation, day(text)), None, "{text}");
        }
        // One nation's own day is nobody else's.
        let world_cup = bank_holiday_on(nation, day("2026-06-15"));
        assert_eq!(world_cup.is_some(), nation == Nation::Scotland);
        assert!(world_cup.is_none_or(|day| day.source.is_some()));
        // The coronation was added; the early May holiday a week before stayed.
        assert!(bank_holiday_on(nation, day("2023-05-01")).is_some());
    }
}

#[test]
fn nations_differ_where_they_do() {
    use Nation::{England, NorthernIreland, Scotland, Wales};
    for year in 2008..=2060 {
        assert_eq!(bank_holidays(England, year), bank_holidays(Wales, year));
        assert_eq!(named(Scotland, year, "Easter Monday").len(), 0);
        assert_eq!(named(Scotland, year, "2nd January").len(), 1);
        assert_eq!(named(Scotland, year, "St Andrew’s Day").len(), 1);
        assert_eq!(named(NorthernIreland, year, "St Patrick’s Day").len(), 1);
        assert_ne!(
            named(England, year, "Summer bank holiday"),
            named(Scotland, year, "Summer bank holiday")
        );
    }
}

#[test]
fn no_bank_holiday_is_at_a_weekend_or_taken_twice() {
    for nation in NATIONS {
        for year in 1990..=2200 {
            let days = bank_holidays(nation, year);
            for pair in days.windows(2) {
                assert!(pair[0].on < pair[1].on, "{pair:?}");
            }
            for taken in days {
                assert!(!is_weekend(taken.on), "{taken:?}");
                assert_eq!(taken.on.year(), year, "{taken:?}");
            }
        }
    }
}

#[test]
fn a_year_that_is_not_published_still_works_and_says_so() {
    assert_eq!(warning_about(day("2027-12-31")), None);
    assert_eq!(warning_about(day("2008-01-01")), None);
    let warning = warning_about(day("2028-01-03")).unwrap();
    assert_eq!(
        warning.to_string(),
        "Bank holidays are published up to 2027. Those of 2028 are worked out, so a day added for \
         one year only may be missing."
    );
    assert_eq!(bank_holidays(Nation::England, 2028).len(), 8);
    assert!(warning_about(day("2007-12-31")).is_some());
}

#[derive(serde::Deserialize)]
struct Division {
    events: Vec<Event>,
}

#[derive(serde::Deserialize)]
struct Event {
    title: String,
    date: NaiveDate,
    notes: String,
}

fn published() -> Option<BTreeMap<String, Division>> {
    let real_data = std::env::var_os("TRIBUTARY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = real_data.join("bank-holidays/govuk-bank-holidays.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "SKIPPED: no copy of GOV.UK's bank holidays at {}. Set TRIBUTARY_REAL_DATA.",
            path.display()
        );
        return None;
    };
    Some(serde_json::from_str(&text).expect("the published file reads"))
}

/// Proclaimed since the copy of the published file was made. A newer copy has them.
const SINCE_THE_COPY: [&str; 1] = ["2026-06-15"];

/// One-off days from 2022 to 2027, each nation's, as they were proclaimed.
#[test]
fn the_one_off_days_of_these_years_are_all_there() {
    let shared = ["2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08"];
    for nation in NATIONS {
        let one_off: Vec<String> = (2022..=2027)
            .flat_map(|year| bank_holidays(nation, year))
            .filter(|day| day.source.is_some())
            .map(|day| day.on.to_string())
            .collect();
        let mut expected = shared.to_vec();
        if nation == Nation::Scotland {
            expected.push("2026-06-15");
        }
        assert_eq!(one_off, expected, "{}", nation_name(nation));
    }
}

/// Every day of every year in the published file: its holidays are ours, with the same names and
/// the same remark, and we have no others.
#[test]
fn the_list_is_the_published_one() {
    let Some(published) = published() else { return };
    let divisions: [(&str, &[Nation]); 3] = [
        ("england-and-wales", &[Nation::England, Nation::Wales]),
        ("scotland", &[Nation::Scotland]),
        ("northern-ireland", &[Nation::NorthernIreland]),
    ];
    let mut compared = 0;
    for (division, nations) in divisions {
        let events = &published[division].events;
        let years = (
            events.iter().map(|e| e.date.year()).min().unwrap(),
            events.iter().map(|e| e.date.year()).max().unwrap(),
        );
        assert!(
            years.1 <= KNOWN_UNTIL,
            "{} is published: check its days and raise KNOWN_UNTIL",
            years.1
        );
        let theirs: Vec<(NaiveDate, &str, bool)> = events
            .iter()
            .map(|e| (e.date, e.title.as_str(), e.notes == "Substitute day"))
            .collect();
        for nation in nations {
            let ours: Vec<(NaiveDate, &str, bool)> = (years.0..=years.1)
                .flat_map(|year| bank_holidays(*nation, year))
                .filter(|d| {
                    !SINCE_THE_COPY.contains(&d.on.to_string().as_str())
                        || theirs.iter().any(|(on, ..)| *on == d.on)
                })
                .map(|d| (d.on, d.name, d.substitute))
                .collect();
            assert_eq!(ours, theirs, "{}", nation_name(*nation));
            compared += ours.len();
        }
    }
    assert!(compared >= 100, "only {compared} days compared");
    eprintln!("{compared} published bank holidays compared");
}
