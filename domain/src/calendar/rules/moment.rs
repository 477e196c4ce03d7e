//! A London date, with the time of day where one is stated.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::{end_of_day, instant_in_london, local_time, moment_in_words, start_of_day};

/// A London date, with the time of day where one is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// London date.
    pub on: NaiveDate,
    /// London time of day, `HH:MM`; without one the whole day counts.
    #[serde(
        default,
        with = "super::hours_and_minutes",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "12:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub at: Option<NaiveTime>,
}

impl Moment {
    /// A date without a time.
    #[must_use]
    pub const fn day(on: NaiveDate) -> Self {
        Self { on, at: None }
    }

    /// The instant from which something that begins then has begun.
    #[must_use]
    pub fn begins(self) -> DateTime<Utc> {
        match self.at {
            Some(at) => instant_in_london(self.on, at),
            None => start_of_day(self.on),
        }
    }

    /// The instant after which something that is due then is late.
    #[must_use]
    pub fn ends(self) -> DateTime<Utc> {
        match self.at {
            Some(at) => instant_in_london(self.on, at),
            None => end_of_day(self.on),
        }
    }

    /// The moment of an end that was kept: the end of a day is a day without a time.
    #[must_use]
    pub fn of_end(on: NaiveDate, at: DateTime<Utc>) -> Self {
        Self {
            on,
            at: (at != end_of_day(on)).then(|| local_time(at).time()),
        }
    }

    /// The moment of a beginning that was kept.
    #[must_use]
    pub fn of_beginning(on: NaiveDate, at: DateTime<Utc>) -> Self {
        Self {
            on,
            at: (at != start_of_day(on)).then(|| local_time(at).time()),
        }
    }

    /// "Friday 30 October 2026, 5pm".
    #[must_use]
    pub fn in_words(self) -> String {
        moment_in_words(self.on, self.at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn moment(on: &str, at: Option<&str>) -> Moment {
        Moment {
            on: on.parse().unwrap(),
            at: at.map(|at| NaiveTime::parse_from_str(at, "%H:%M").unwrap()),
        }
    }

    #[test]
    fn a_moment_is_kept_with_its_time_or_without() {
        for at in [None, Some("12:00"), Some("00:00"), Some("23:59")] {
            let one = moment("2026-10-25", at);
            assert_eq!(Moment::of_end(one.on, one.ends()), one, "{at:?}");
        }
        let one = moment("2026-10-25", Some("09:30"));
        assert_eq!(Moment::of_beginning(one.on, one.begins()), one);
        let day = moment("2026-10-25", None);
        assert_eq!(Moment::of_beginning(day.on, day.begins()), day);
    }
}
