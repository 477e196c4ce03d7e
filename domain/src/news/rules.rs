//! Many small things told as few sentences.

use chrono::{DateTime, Utc};

/// Something that happened to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who did it, by their chosen name.
    pub by: String,
    /// What, in the past tense: "Accepted the file".
    pub what: String,
    /// The record, by its path.
    pub path: String,
    /// What the record is called.
    pub about: String,
    /// The reason that was given.
    pub why: Option<String>,
}

/// A sentence, and how many things it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The latest of them.
    pub latest: Happening,
    /// How many.
    pub times: u32,
}

/// The same done by the same person to the same record is told once, with how often; the newest
/// first.
#[must_use]
pub fn tell(mut all: Vec<Happening>) -> Vec<Told> {
    all.sort_by(|a, b| (b.at, &a.path, &a.what).cmp(&(a.at, &b.path, &b.what)));
    let mut told: Vec<Told> = Vec::new();
    for one in all {
        let known = told.iter_mut().find(|known| {
            let latest = &known.latest;
            latest.by == one.by
                && latest.what == one.what
                && latest.path == one.path
                && latest.why == one.why
        });
        match known {
            Some(known) => known.times = known.times.saturating_add(1),
            None => told.push(Told {
                latest: one,
                times: 1,
            }),
        }
    }
    told
}

/// "Typed an answer", "Typed an answer, 12 times".
#[must_use]
pub fn sentence(told: &Told) -> String {
    let what = told.latest.what.trim_end_matches('.');
    match told.times {
        1 => format!("{what}."),
        2 => format!("{what}, twice."),
        times => format!("{what}, {times} times."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn one(at: &str, by: &str, what: &str, path: &str) -> Happening {
        Happening {
            at: at.parse().unwrap(),
            by: by.to_owned(),
            what: what.to_owned(),
            path: path.to_owned(),
            about: String::new(),
            why: None,
        }
    }

    #[test]
    fn what_was_done_often_is_told_once() {
        let told = tell(vec![
            one(
                "2026-10-06T09:00:00Z",
                "Ola",
                "Typed an answer",
                "/returns/1",
            ),
            one("2026-10-06T09:05:00Z", "Sam", "Certified it.", "/returns/1"),
            one(
                "2026-10-06T09:09:00Z",
                "Ola",
                "Typed an answer",
                "/returns/1",
            ),
            one(
                "2026-10-06T09:07:00Z",
                "Ola",
                "Typed an answer",
                "/returns/2",
            ),
            one(
                "2026-10-06T09:08:00Z",
                "Ola",
                "Typed an answer",
                "/returns/1",
            ),
        ]);
        let said: Vec<(String, &str)> = told
            .iter()
            .map(|told| (sentence(told), told.latest.path.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("Typed an answer, 3 times.".to_owned(), "/returns/1"),
                ("Typed an answer.".to_owned(), "/returns/2"),
                ("Certified it.".to_owned(), "/returns/1"),
            ]
        );
    }
}
