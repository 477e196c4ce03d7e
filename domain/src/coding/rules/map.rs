//! Which row of the map codes a line: the one that names most of its codes.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{CodingMapRowId, CostCategoryId, PoolId};

use crate::calendar::rules::date_without_weekday;

/// A ledger's codes; absent is any in a row of the map, and none in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Codes {
    /// The cost centre.
    pub cost_centre: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The project.
    pub project: Option<String>,
}

/// What codes become.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coding {
    /// The pool.
    pub pool: PoolId,
    /// The cost category.
    pub category: CostCategoryId,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub group: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
}

/// A row of the map that applies to some day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapRow {
    /// Its id.
    pub id: CodingMapRowId,
    /// Its codes, at least one of them exact.
    pub codes: Codes,
    /// The first London date received.
    pub from: NaiveDate,
    /// The last; absent is until further notice.
    pub to: Option<NaiveDate>,
    /// What they become.
    pub coding: Coding,
}

impl Codes {
    /// From texts; blanks are none.
    pub fn new(cost_centre: &str, account: &str, project: &str) -> Self {
        let tidy = |text: &str| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        };
        Self {
            cost_centre: tidy(cost_centre),
            account: tidy(account),
            project: tidy(project),
        }
    }

    fn parts(&self) -> [Option<&str>; 3] {
        [
            self.cost_centre.as_deref(),
            self.account.as_deref(),
            self.project.as_deref(),
        ]
    }

    /// How many are exact.
    #[must_use]
    pub fn exact(&self) -> usize {
        self.parts().into_iter().flatten().count()
    }

    /// Whether a line could have both these codes and those.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.parts()
            .into_iter()
            .zip(other.parts())
            .all(|pair| match pair {
                (Some(one), Some(other)) => same(one, other),
                _ => true,
            })
    }

    /// Whether both are written the same, capitals aside.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        key(&self.parts()) == key(&other.parts())
    }

    /// For sentences: “cost centre 4711, account 51000, any project”.
    #[must_use]
    pub fn in_words(&self) -> String {
        let word = |what: &str, code: &Option<String>| match code {
            Some(code) => format!("{what} {code}"),
            None => format!("any {what}"),
        };
        [
            word("cost centre", &self.cost_centre),
            word("account", &self.account),
            word("project", &self.project),
        ]
        .join(", ")
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn key(parts: &[Option<&str>; 3]) -> String {
    let mut key = String::new();
    for part in parts {
        if let Some(code) = part {
            key.push_str(&code.to_lowercase());
        }
        key.push('\u{1f}');
    }
    key
}

impl MapRow {
    /// Whether it is for this day.
    #[must_use]
    pub fn covers(&self, on: NaiveDate) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|to| self.from <= to)
    }

    /// For sentences: its codes, and its days.
    #[must_use]
    pub fn in_words(&self) -> String {
        let from = date_without_weekday(self.from);
        match self.to {
            None => format!("{}, from {from}", self.codes.in_words()),
            Some(to) => format!(
                "{}, from {from} to {}",
                self.codes.in_words(),
                date_without_weekday(to)
            ),
        }
    }
}

/// Which of the codes are exact.
type Shape = [bool; 3];

/// The rows that apply, found by a line's codes without looking at each.
#[derive(Clone, Debug, Default)]
pub struct CodingMap {
    rows: HashMap<String, Vec<MapRow>>,
    /// The shapes that occur, the most exact first.
    shapes: Vec<Shape>,
}

impl CodingMap {
    /// From all rows that were not withdrawn.
    pub fn new(rows: impl IntoIterator<Item = MapRow>) -> Self {
        let mut map = Self::default();
        for row in rows {
            let parts = row.codes.parts();
            let shape = parts.map(|part| part.is_some());
            if !map.shapes.contains(&shape) {
                map.shapes.push(shape);
            }
            map.rows.entry(key(&parts)).or_default().push(row);
        }
        map.shapes.sort_by_key(|shape| {
            std::cmp::Reverse((shape.iter().filter(|exact| **exact).count(), *shape))
        });
        map
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row that codes a line of these codes, received on this day.
    #[must_use]
    pub fn find(&self, codes: &Codes, on: NaiveDate) -> Option<&MapRow> {
        let parts = codes.parts();
        self.shapes.iter().find_map(|shape| {
            let mut wanted = [None; 3];
            for ((want, exact), part) in wanted.iter_mut().zip(shape).zip(parts) {
                if *exact {
                    *want = Some(part?);
                }
            }
            self.rows
                .get(&key(&wanted))?
                .iter()
                .find(|row| row.covers(on))
        })
    }

    /// Every row, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &MapRow> {
        self.rows.values().flatten()
    }
}

/// Another row by which a line of the same day could go as well: one that names as many codes,
/// none of them otherwise.
#[must_use]
pub fn first_tie<'a>(
    row: &MapRow,
    rows: impl IntoIterator<Item = &'a MapRow>,
) -> Option<&'a MapRow> {
    rows.into_iter().find(|other| {
        other.id != row.id
            && other.codes.exact() == row.codes.exact()
            && other.codes.meets(&row.codes)
            && other.overlaps(row)
    })
}

/// Why a row is refused beside another.
#[must_use]
pub fn tie_words(row: &MapRow, other: &MapRow) -> String {
    if row.codes.is(&other.codes) {
        return format!(
            "There is a row for the same codes and some of the same days already: {}. Change that \
             row from a date, or end it first.",
            other.in_words()
        );
    }
    format!(
        "A line could go by this row and by another that is as exact: “{}” and “{}”. Name one more \
         code in one of the two, or end the other first.",
        row.in_words(),
        other.in_words()
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;

    fn row(codes: (&str, &str, &str), from: &str, to: Option<&str>) -> MapRow {
        MapRow {
            id: CodingMapRowId::new(),
            codes: Codes::new(codes.0, codes.1, codes.2),
            from: from.parse().unwrap(),
            to: to.map(|to| to.parse().unwrap()),
            coding: Coding {
                pool: PoolId::new(),
                category: CostCategoryId::new(),
                place: None,
                group: None,
                capital: false,
            },
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_row_that_names_most_of_a_lines_codes_codes_it() {
        let any_account = row(("A1", "", ""), "2026-04-01", None);
        let exact = row(("A1", "500", ""), "2026-04-01", Some("2026-09-30"));
        let later = row(("a1", "500", ""), "2026-10-01", None);
        let project = row(("A1", "500", "P9"), "2026-04-01", None);
        let map = CodingMap::new([
            any_account.clone(),
            exact.clone(),
            later.clone(),
            project.clone(),
        ]);
        let find = |codes: (&str, &str, &str), on: &str| {
            map.find(&Codes::new(codes.0, codes.1, codes.2), day(on))
                .map(|row| row.id)
        };
        assert_eq!(find(("A1", "777", ""), "2026-05-01"), Some(any_account.id));
        assert_eq!(find(("a1", "500", ""), "2026-05-01"), Some(exact.id));
        assert_eq!(find(("A1", "500", "P8"), "2026-09-30"), Some(exact.id));
        assert_eq!(find(("A1", "500", "P8"), "2026-10-01"), Some(later.id));
        assert_eq!(find(("A1", "500", "p9"), "2026-10-01"), Some(project.id));
        assert_eq!(find(("A1", "500", ""), "2026-03-31"), None);
        assert_eq!(find(("", "500", ""), "2026-05-01"), None);
    }

    #[test]
    fn rows_that_are_as_exact_and_meet_are_a_tie() {
        let centre = row(("A1", "", ""), "2026-04-01", None);
        let account = row(("", "500", ""), "2026-06-01", None);
        let other = row(("A2", "", ""), "2026-04-01", None);
        let early = row(("", "500", ""), "2025-04-01", Some("2026-03-31"));
        let both = row(("A1", "500", ""), "2026-04-01", None);
        let tie = |one: &MapRow, others: &[&MapRow]| {
            first_tie(one, others.iter().copied()).map(|row| row.id)
        };
        assert_eq!(tie(&centre, &[&other, &early, &both]), None);
        assert_eq!(
            tie(&centre, &[&other, &early, &both, &account]),
            Some(account.id)
        );
        let words = tie_words(&centre, &account);
        assert!(words.contains("cost centre A1, any account"), "{words}");
        assert!(words.contains("any cost centre, account 500"), "{words}");
    }
}
