//! Pages of a list in an order of its own. A page begins after a key, never at a number of rows, so
//! that what is added or moves meanwhile neither repeats nor hides the rest.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

/// Where a page begins: after the item with this key and, among equal keys, after this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The place of the item in the list's order: a date, an instant, an amount.
    pub key: i64,
    /// The item's id.
    pub id: Uuid,
}

/// How a cursor is written, for the API's document.
pub const PATTERN: &str =
    "^-?[0-9]{1,17}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next part begins; nothing after the last.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// A place by a date.
    pub fn on(date: NaiveDate, id: impl Into<Uuid>) -> Self {
        Self {
            key: i64::from(date.num_days_from_ce()),
            id: id.into(),
        }
    }

    /// A place by an instant.
    pub fn at(instant: DateTime<Utc>, id: impl Into<Uuid>) -> Self {
        Self {
            key: instant.timestamp_micros(),
            id: id.into(),
        }
    }

    /// The date that it was made from; one that was made up is brought into our era.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        // the first and the last day that both databases order as text and as dates
        let days = self.key.clamp(1, 3_652_059);
        i32::try_from(days)
            .ok()
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .unwrap_or_default()
    }

    /// The instant that it was made from; one that was made up is brought into our era.
    #[must_use]
    pub fn instant(self) -> DateTime<Utc> {
        // year 1 to year 9999, in microseconds
        let micros = self
            .key
            .clamp(-62_135_596_800_000_000, 253_402_300_799_000_000);
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.key, self.id)
    }
}

/// A cursor that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (key, id) = text.split_once('_').ok_or(NotACursor)?;
        Ok(Self {
            key: key.parse().map_err(|_number| NotACursor)?,
            id: id.parse().map_err(|_id| NotACursor)?,
        })
    }
}

impl<T> Slice<T> {
    /// No items.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }

    /// A part of at most `limit` items, from one more where there is more.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: u64, cursor: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }

    /// The same part, each item made into another.
    #[must_use]
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Slice<U> {
        Slice {
            items: self.items.into_iter().map(make).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let id = Uuid::now_v7();
        let date = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        let on = Cursor::on(date, id);
        assert_eq!(on.to_string().parse(), Ok(on));
        assert_eq!(on.date(), date);
        let instant = DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap();
        let at = Cursor::at(instant, id);
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!(at.instant(), instant);
    }

    #[test]
    fn what_was_made_up_is_refused_or_brought_into_our_era() {
        for text in [
            "",
            "_",
            "1",
            "1_x",
            "x_00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text}");
        }
        let far = Cursor {
            key: i64::MAX,
            id: Uuid::nil(),
        };
        assert_eq!(far.date(), NaiveDate::from_ymd_opt(9999, 12, 31).unwrap());
        assert_eq!(far.instant().to_rfc3339(), "9999-12-31T23:59:59+00:00");
        let early = Cursor {
            key: i64::MIN,
            ..far
        };
        assert_eq!(early.date(), NaiveDate::from_ymd_opt(1, 1, 1).unwrap());
        assert_eq!(early.instant().to_rfc3339(), "0001-01-01T00:00:00+00:00");
    }

    #[test]
    fn a_part_knows_whether_there_is_more() {
        let key = |n: &i64| Cursor {
            key: *n,
            id: Uuid::nil(),
        };
        let part = Slice::cut(vec![1, 2, 3], 2, key);
        assert_eq!(part.items, [1, 2]);
        assert_eq!(part.next, Some(key(&2)));
        assert_eq!(Slice::cut(vec![1, 2], 2, key).next, None);
        assert_eq!(Slice::cut(Vec::new(), 2, key).next, None);
    }
}
