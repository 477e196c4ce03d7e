//! Days as a calendar program reads them: RFC 5545, as text.

use chrono::{DateTime, Days, NaiveDate, Utc};

/// Octets of a line, without its end.
const LONGEST_LINE: usize = 75;

/// 1 January 2020: from there the changes of an event are counted in seconds.
const COUNTED_FROM: i64 = 1_577_836_800;

/// A whole day in a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEvent {
    /// The same for ever, whatever becomes of it.
    pub uid: String,
    /// London date.
    pub on: NaiveDate,
    /// What it is called.
    pub summary: String,
    /// More about it; may have several lines.
    pub description: String,
    /// Where it is looked at.
    pub url: String,
    /// It is not wanted any more.
    pub cancelled: bool,
    /// When what it says last changed (UTC).
    pub modified: DateTime<Utc>,
}

/// A calendar as text. The same events give the same text.
#[must_use]
pub fn calendar(name: &str, events: &[CalendarEvent]) -> String {
    let mut text = String::new();
    let mut line = |words: &str| fold(&mut text, words);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Tributary//Returns//EN");
    line("CALSCALE:GREGORIAN");
    line(&format!("NAME:{}", escaped(name)));
    line(&format!("X-WR-CALNAME:{}", escaped(name)));
    line("X-WR-TIMEZONE:Europe/London");
    line("REFRESH-INTERVAL;VALUE=DURATION:PT6H");
    line("X-PUBLISHED-TTL:PT6H");
    if events.is_empty() {
        // a calendar holds something; a time zone shows nothing
        for words in LONDON {
            line(words);
        }
    }
    for event in events {
        let modified = event.modified.format("%Y%m%dT%H%M%SZ");
        let next = event.on.checked_add_days(Days::new(1)).unwrap_or(event.on);
        line("BEGIN:VEVENT");
        line(&format!("UID:{}", escaped(&event.uid)));
        line(&format!("DTSTAMP:{modified}"));
        line(&format!("LAST-MODIFIED:{modified}"));
        line(&format!("SEQUENCE:{}", sequence(event.modified)));
        line(&format!("DTSTART;VALUE=DATE:{}", event.on.format("%Y%m%d")));
        line(&format!("DTEND;VALUE=DATE:{}", next.format("%Y%m%d")));
        line(&format!("SUMMARY:{}", escaped(&event.summary)));
        if !event.description.is_empty() {
            line(&format!("DESCRIPTION:{}", escaped(&event.description)));
        }
        if !event.url.is_empty() {
            line(&format!("URL:{}", event.url));
        }
        line(if event.cancelled {
            "STATUS:CANCELLED"
        } else {
            "STATUS:CONFIRMED"
        });
        line("TRANSP:TRANSPARENT");
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    text
}

/// Counts the changes of an event: later is more.
fn sequence(modified: DateTime<Utc>) -> i64 {
    modified
        .timestamp()
        .saturating_sub(COUNTED_FROM)
        .clamp(0, i64::from(i32::MAX))
}

/// London's time, as far as a calendar of days needs to know it.
const LONDON: &[&str] = &[
    "BEGIN:VTIMEZONE",
    "TZID:Europe/London",
    "BEGIN:STANDARD",
    "DTSTART:19961027T020000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0000",
    "TZNAME:GMT",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:19810329T010000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0100",
    "TZNAME:BST",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
];

/// A text as a value: what divides values is marked, a line break is written, other control characters
/// are left out.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' => value.push_str("\\\\"),
            ';' => value.push_str("\\;"),
            ',' => value.push_str("\\,"),
            '\n' => value.push_str("\\n"),
            other if other.is_control() => {}
            other => value.push(other),
        }
    }
    value
}

/// Appends a line, in parts of at most 75 octets: what goes on begins with a blank. No letter is cut.
fn fold(text: &mut String, line: &str) {
    let mut room = LONGEST_LINE;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            text.push_str("\r\n ");
            room = LONGEST_LINE - 1;
        }
        room -= letter.len_utf8();
        text.push(letter);
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(summary: &str) -> CalendarEvent {
        CalendarEvent {
            uid: "return-1@tributary".to_owned(),
            on: "2026-10-31".parse().unwrap(),
            summary: summary.to_owned(),
            description: String::new(),
            url: String::new(),
            cancelled: false,
            modified: "2026-10-25T00:30:00Z".parse().unwrap(),
        }
    }

    /// What a program reads: lines put together again, with their values as they were written.
    fn read(text: &str) -> Vec<(String, String)> {
        let whole = text.replace("\r\n ", "");
        assert!(
            !whole
                .trim_end_matches("\r\n")
                .replace("\r\n", "")
                .contains(['\r', '\n'])
        );
        whole
            .lines()
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                let value = value
                    .replace("\\\\", "\u{1}")
                    .replace("\\n", "\n")
                    .replace("\\;", ";")
                    .replace("\\,", ",")
                    .replace('\u{1}', "\\");
                (name.to_owned(), value)
            })
            .collect()
    }

    fn value(text: &str, name: &str) -> String {
        let found = read(text).into_iter().find(|(known, _)| known == name);
        found.unwrap().1
    }

    #[test]
    fn a_day_is_a_whole_day_in_london_whatever_the_clocks_do() {
        // the last day of British Summer Time, and the day before a year ends
        for (on, from, to) in [
            ("2026-10-25", "20261025", "20261026"),
            ("2026-03-29", "20260329", "20260330"),
            ("2026-12-31", "20261231", "20270101"),
            ("2028-02-29", "20280229", "20280301"),
        ] {
            let mut one = event("Due");
            one.on = on.parse().unwrap();
            let text = calendar("Returns", &[one]);
            assert_eq!(value(&text, "DTSTART;VALUE=DATE"), from);
            assert_eq!(value(&text, "DTEND;VALUE=DATE"), to);
        }
    }

    #[test]
    fn what_is_typed_stays_one_value() {
        let typed = "A; b, c\\n\nEND:VEVENT\r\nSUMMARY:x\u{7}";
        let text = calendar("A, b", &[event(typed)]);
        assert_eq!(value(&text, "SUMMARY"), "A; b, c\\n\nEND:VEVENT\nSUMMARY:x");
        assert_eq!(value(&text, "X-WR-CALNAME"), "A, b");
        let ends = read(&text)
            .into_iter()
            .filter(|(name, value)| name == "END" && value == "VEVENT");
        assert_eq!(ends.count(), 1);
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_no_letter_is_cut() {
        for summary in [
            "x".repeat(300),
            "é".repeat(200),
            "日本".repeat(90),
            "🙂".repeat(50),
            "x".repeat(67),
            "x".repeat(68),
        ] {
            let text = calendar("Returns", &[event(&summary)]);
            assert!(
                text.split("\r\n").all(|line| line.len() <= LONGEST_LINE),
                "{text}"
            );
            assert_eq!(value(&text, "SUMMARY"), summary);
        }
    }

    #[test]
    fn the_same_events_give_the_same_text_and_a_change_counts_up() {
        let one = event("Due");
        let mut later = one.clone();
        later.modified += chrono::Duration::seconds(1);
        let text = calendar("Returns", std::slice::from_ref(&one));
        assert_eq!(text, calendar("Returns", std::slice::from_ref(&one)));
        let number = |text: &str| value(text, "SEQUENCE").parse::<i64>().unwrap();
        assert_eq!(
            number(&calendar("Returns", std::slice::from_ref(&later))),
            number(&text) + 1
        );
        assert_eq!(value(&text, "LAST-MODIFIED"), "20261025T003000Z");
        later.cancelled = true;
        assert_eq!(value(&calendar("Returns", &[later]), "STATUS"), "CANCELLED");
    }

    #[test]
    fn a_calendar_without_events_is_one_all_the_same() {
        let text = calendar("Returns", &[]);
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
        assert!(text.ends_with("END:VTIMEZONE\r\nEND:VCALENDAR\r\n"));
    }
}
