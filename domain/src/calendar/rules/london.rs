//! London time. Instants are stored in UTC; people and funders mean the clock on the wall.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::London;

/// The date that a calendar in London shows at this instant.
pub fn london_date(instant: DateTime<Utc>) -> NaiveDate {
    local_time(instant).date()
}

/// The date and time that a clock in London shows at this instant.
pub fn local_time(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&London).naive_local()
}

/// The instant at which London's clocks show this date and time.
///
/// Twice a year the answer needs a rule, and both rules give the earlier of what could be meant,
/// so that nobody is told that they have an hour more than they have:
/// - when the clocks go back, 1am to 2am comes twice: the first is meant;
/// - when the clocks go forward, 1am to 2am never comes: the moment of the change is meant.
pub fn instant_in_london(on: NaiveDate, at: NaiveTime) -> DateTime<Utc> {
    let local = on.and_time(at);
    if let Some(instant) = London.from_local_datetime(&local).earliest() {
        return instant.with_timezone(&Utc);
    }
    // In the gap. Clocks change on a whole minute, and no gap of London's was longer than an hour;
    // the first minute that exists after this one is the moment of the change.
    let to_the_minute = NaiveTime::from_hms_opt(
        chrono::Timelike::hour(&local),
        chrono::Timelike::minute(&local),
        0,
    )
    .map_or(local, |t| on.and_time(t));
    (1..=180)
        .filter_map(|minutes| to_the_minute.checked_add_signed(Duration::minutes(minutes)))
        .find_map(|later| London.from_local_datetime(&later).earliest())
        .map_or_else(|| local.and_utc(), |found| found.with_timezone(&Utc))
}

/// The first instant of a London date.
pub fn start_of_day(on: NaiveDate) -> DateTime<Utc> {
    instant_in_london(on, NaiveTime::MIN)
}

/// The last instant of a London date, to the microsecond that databases keep: what "by 30 October"
/// means when no time is stated. Its [`london_date`] is the date itself, and anything after it is
/// late.
pub fn end_of_day(on: NaiveDate) -> DateTime<Utc> {
    let next = on.checked_add_days(Days::new(1)).unwrap_or(on);
    let start = start_of_day(next);
    start
        .checked_sub_signed(Duration::microseconds(1))
        .unwrap_or(start)
}

/// Today's London date, once its clocks show `at` or later; `None` earlier in the day.
/// "At 9 in the morning or after" is asked of the clock on the wall, so it holds on the days on
/// which the clocks change too.
pub fn today_if_after(now: DateTime<Utc>, at: NaiveTime) -> Option<NaiveDate> {
    let local = local_time(now);
    (local.time() >= at).then(|| local.date())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }
    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn summer_time_is_an_hour_ahead() {
        assert_eq!(london_date(utc("2026-07-01T23:30:00Z")), day("2026-07-02"));
        assert_eq!(london_date(utc("2026-12-01T23:30:00Z")), day("2026-12-01"));
        assert_eq!(
            instant_in_london(day("2026-10-30"), time("17:00:00")),
            utc("2026-10-30T17:00:00Z")
        );
        assert_eq!(
            instant_in_london(day("2026-07-31"), time("17:00:00")),
            utc("2026-07-31T16:00:00Z")
        );
    }

    #[test]
    fn nine_o_clock_is_nine_o_clock_on_both_sides_of_both_changes() {
        for (on, instant) in [
            ("2026-03-28", "2026-03-28T09:00:00Z"),
            ("2026-03-29", "2026-03-29T08:00:00Z"),
            ("2026-10-24", "2026-10-24T08:00:00Z"),
            ("2026-10-25", "2026-10-25T09:00:00Z"),
        ] {
            let nine = time("09:00:00");
            assert_eq!(instant_in_london(day(on), nine), utc(instant));
            assert_eq!(today_if_after(utc(instant), nine), Some(day(on)));
            let just_before = utc(instant) - Duration::microseconds(1);
            assert_eq!(today_if_after(just_before, nine), None);
        }
    }

    #[test]
    fn the_hour_that_comes_twice_means_the_first() {
        assert_eq!(
            instant_in_london(day("2026-10-25"), time("01:30:00")),
            utc("2026-10-25T00:30:00Z")
        );
        // Both of its instants show the same time.
        for instant in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(
                local_time(utc(instant)),
                day("2026-10-25").and_time(time("01:30:00"))
            );
        }
    }

    #[test]
    fn the_hour_that_never_comes_means_the_moment_of_the_change() {
        for at in ["01:00:00", "01:00:01", "01:30:00", "01:59:59.999999"] {
            assert_eq!(
                instant_in_london(day("2026-03-29"), time(at)),
                utc("2026-03-29T01:00:00Z"),
                "{at}"
            );
        }
        assert_eq!(
            instant_in_london(day("2026-03-29"), time("02:00:00")),
            utc("2026-03-29T01:00:00Z")
        );
        assert_eq!(
            instant_in_london(day("2026-03-29"), time("00:59:59")),
            utc("2026-03-29T00:59:59Z")
        );
    }

    #[test]
    fn a_day_ends_at_its_own_midnight() {
        assert_eq!(
            end_of_day(day("2026-10-30")),
            utc("2026-10-30T23:59:59.999999Z")
        );
        assert_eq!(
            end_of_day(day("2026-07-31")),
            utc("2026-07-31T22:59:59.999999Z")
        );
        // The days of the changes are 23 and 25 hours long.
        let length = |on| end_of_day(day(on)) - start_of_day(day(on)) + Duration::microseconds(1);
        assert_eq!(length("2026-03-29"), Duration::hours(23));
        assert_eq!(length("2026-10-25"), Duration::hours(25));
    }

    proptest! {
        /// Later on the wall is never earlier in fact, whatever the clocks do.
        #[test]
        fn order_is_kept_within_a_day(
            days in 0i64..20_000, a in 0u32..1_440, b in 0u32..1_440,
        ) {
            let on = day("2000-01-01") + Duration::days(days);
            let at = |m: u32| NaiveTime::from_hms_opt(m / 60, m % 60, 0).unwrap();
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(instant_in_london(on, at(a)) <= instant_in_london(on, at(b)));
        }

        /// A day's first and last instants are of that day, and the next begins at once after.
        #[test]
        fn days_touch(days in 0i64..20_000) {
            let on = day("2000-01-01") + Duration::days(days);
            prop_assert_eq!(london_date(start_of_day(on)), on);
            prop_assert_eq!(london_date(end_of_day(on)), on);
            prop_assert_eq!(
                end_of_day(on) + Duration::microseconds(1),
                start_of_day(on.succ_opt().unwrap())
            );
        }

        /// What the wall shows leads back to the instant, except in the hour that comes twice.
        #[test]
        fn there_and_back(minutes in 0i64..30_000_000) {
            let instant = utc("2000-01-01T00:00:00Z") + Duration::minutes(minutes);
            let local = local_time(instant);
            let back = instant_in_london(local.date(), local.time());
            prop_assert_eq!(local_time(back), local);
            prop_assert!(back == instant || back == instant - Duration::hours(1));
        }
    }
}
