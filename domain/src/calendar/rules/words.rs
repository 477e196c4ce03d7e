//! Dates and times as pages and letters write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

use super::london::{end_of_day, local_time, london_date};
use super::working_days::last_of_month;

/// "Friday 30 October 2026".
pub fn date_in_words(on: NaiveDate) -> String {
    on.format("%A %-d %B %Y").to_string()
}

/// "30 October 2026", where the day of the week says nothing.
pub fn date_without_weekday(on: NaiveDate) -> String {
    on.format("%-d %B %Y").to_string()
}

/// "5pm", "9:30am", "noon", "midnight". Seconds are not shown.
///
/// Midnight is the start of a day; [`moment_in_words`] says so, because "midnight on Friday" is
/// read both ways.
pub fn time_in_words(at: NaiveTime) -> String {
    match (at.hour12(), at.minute()) {
        ((false, 12), 0) => "midnight".to_owned(),
        ((true, 12), 0) => "noon".to_owned(),
        ((afternoon, hour), minute) => {
            let half = if afternoon { "pm" } else { "am" };
            if minute == 0 {
                format!("{hour}{half}")
            } else {
                format!("{hour}:{minute:02}{half}")
            }
        }
    }
}

/// "Friday 30 October 2026, 5pm"; without a time, "Friday 30 October 2026". Midnight is told by
/// the day that it ends: "Thursday 29 October 2026, midnight at the end of the day".
pub fn moment_in_words(on: NaiveDate, at: Option<NaiveTime>) -> String {
    match at {
        None => date_in_words(on),
        Some(at) if at.hour() == 0 && at.minute() == 0 => match on.pred_opt() {
            Some(ended) => format!("{}, midnight at the end of the day", date_in_words(ended)),
            None => format!("{}, midnight", date_in_words(on)),
        },
        Some(at) => format!("{}, {}", date_in_words(on), time_in_words(at)),
    }
}

/// The London date and time of an instant: "Friday 30 October 2026, 5pm".
pub fn instant_in_words(instant: DateTime<Utc>) -> String {
    let local = local_time(instant);
    moment_in_words(local.date(), Some(local.time()))
}

/// A deadline's instant in words: with its time if the funder states one, and only the date if it
/// is the end of that day.
pub fn due_in_words(due_at: DateTime<Utc>) -> String {
    let on = london_date(due_at);
    if due_at == end_of_day(on) {
        date_in_words(on)
    } else {
        instant_in_words(due_at)
    }
}

/// How far off a date is: "today", "tomorrow", "in 14 days", "yesterday", "3 days ago".
pub fn when_in_words(today: NaiveDate, on: NaiveDate) -> String {
    match on.signed_duration_since(today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", days.unsigned_abs()),
    }
}

/// The time from one date to another: "October 2026", "July to September 2026", "October 2026 to
/// March 2027"; by the day if it is not made of whole months: "15 May to 30 June 2026".
pub fn months_in_words(from: NaiveDate, to: NaiveDate) -> String {
    let whole_months = from.day() == 1 && to == last_of_month(to) && from <= to;
    let same_year = from.year() == to.year();
    if !whole_months {
        let until = date_without_weekday(to);
        if from == to {
            until
        } else if same_year {
            format!("{} to {until}", from.format("%-d %B"))
        } else {
            format!("{} to {until}", date_without_weekday(from))
        }
    } else if same_year && from.month() == to.month() {
        to.format("%B %Y").to_string()
    } else if same_year {
        format!("{} to {}", from.format("%B"), to.format("%B %Y"))
    } else {
        format!("{} to {}", from.format("%B %Y"), to.format("%B %Y"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::calendar::rules::london::instant_in_london;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_written_in_full() {
        assert_eq!(date_in_words(day("2026-10-30")), "Friday 30 October 2026");
        assert_eq!(date_in_words(day("2026-11-02")), "Monday 2 November 2026");
        assert_eq!(date_without_weekday(day("2026-11-02")), "2 November 2026");
    }

    #[test]
    fn times_are_written_as_people_say_them() {
        for (at, words) in [
            ("00:00:00", "midnight"),
            ("00:01:00", "12:01am"),
            ("00:30:00", "12:30am"),
            ("09:00:00", "9am"),
            ("11:59:00", "11:59am"),
            ("12:00:00", "noon"),
            ("12:05:00", "12:05pm"),
            ("13:00:00", "1pm"),
            ("17:00:00", "5pm"),
            ("17:30:00", "5:30pm"),
            ("23:59:59", "11:59pm"),
        ] {
            assert_eq!(time_in_words(time(at)), words, "{at}");
        }
    }

    #[test]
    fn a_moment_is_its_date_and_time() {
        let friday = day("2026-10-30");
        assert_eq!(moment_in_words(friday, None), "Friday 30 October 2026");
        assert_eq!(
            moment_in_words(friday, Some(time("17:00:00"))),
            "Friday 30 October 2026, 5pm"
        );
        assert_eq!(
            moment_in_words(friday, Some(time("12:00:00"))),
            "Friday 30 October 2026, noon"
        );
        assert_eq!(
            moment_in_words(friday, Some(time("00:00:00"))),
            "Thursday 29 October 2026, midnight at the end of the day"
        );
    }

    #[test]
    fn instants_are_told_in_london_time() {
        assert_eq!(
            instant_in_words("2026-07-31T16:00:00Z".parse().unwrap()),
            "Friday 31 July 2026, 5pm"
        );
        assert_eq!(
            instant_in_words("2026-10-30T17:00:00Z".parse().unwrap()),
            "Friday 30 October 2026, 5pm"
        );
    }

    #[test]
    fn the_end_of_a_day_needs_no_time() {
        assert_eq!(
            due_in_words(end_of_day(day("2026-07-31"))),
            "Friday 31 July 2026"
        );
        assert_eq!(
            due_in_words(instant_in_london(day("2026-07-31"), time("23:59:00"))),
            "Friday 31 July 2026, 11:59pm"
        );
    }

    #[test]
    fn distances_are_counted_in_days() {
        let today = day("2026-10-30");
        for (on, words) in [
            ("2026-10-30", "today"),
            ("2026-10-31", "tomorrow"),
            ("2026-11-13", "in 14 days"),
            ("2026-10-29", "yesterday"),
            ("2026-10-27", "3 days ago"),
        ] {
            assert_eq!(when_in_words(today, day(on)), words);
        }
    }

    #[test]
    fn months_are_named_once_where_once_is_enough() {
        for (from, to, words) in [
            ("2026-10-01", "2026-10-31", "October 2026"),
            ("2026-07-01", "2026-09-30", "July to September 2026"),
            ("2026-10-01", "2027-03-31", "October 2026 to March 2027"),
            ("2026-01-01", "2026-12-31", "January to December 2026"),
            ("2028-02-01", "2028-02-29", "February 2028"),
            ("2026-05-15", "2026-06-30", "15 May to 30 June 2026"),
            (
                "2026-11-15",
                "2027-01-31",
                "15 November 2026 to 31 January 2027",
            ),
            ("2026-05-15", "2026-05-15", "15 May 2026"),
        ] {
            assert_eq!(months_in_words(day(from), day(to)), words);
        }
    }
}
