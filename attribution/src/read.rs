//! The two files of the command: AWARDS.json and LINES.csv.

use std::collections::BTreeSet;
use std::io::Read;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::Refusal;
use crate::facts::{Allowed, Award, Facts, Fence, Lines, Pin, Row, Share};

/// At most so many complaints at once.
const MOST_COMPLAINTS: usize = 20;
/// Fences within fences within fences: no deeper than this.
const DEEPEST: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AwardsFile {
    as_of: NaiveDate,
    awards: Vec<AwardRecord>,
    #[serde(default)]
    pins: Vec<PinRecord>,
    #[serde(default)]
    locks: Vec<ShareRecord>,
    #[serde(default)]
    previous: Vec<ShareRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AwardRecord {
    id: String,
    from: NaiveDate,
    to: NaiveDate,
    amount_pence: i64,
    #[serde(default)]
    contribution_pence: Option<i64>,
    lost_if_unspent: bool,
    rank: i64,
    #[serde(default)]
    categories: Option<BTreeSet<String>>,
    #[serde(default)]
    places: Option<BTreeSet<String>>,
    #[serde(default)]
    groups: Option<BTreeSet<String>>,
    #[serde(default)]
    fences: Vec<FenceRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FenceRecord {
    id: String,
    #[serde(default)]
    reserved_pence: Option<i64>,
    #[serde(default)]
    limit_pence: Option<i64>,
    #[serde(default)]
    categories: Option<BTreeSet<String>>,
    #[serde(default)]
    places: Option<BTreeSet<String>>,
    #[serde(default)]
    groups: Option<BTreeSet<String>>,
    #[serde(default)]
    fences: Vec<FenceRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinRecord {
    line: String,
    award: String,
    amount_pence: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareRecord {
    line: String,
    award: String,
    #[serde(default)]
    fence: Option<String>,
    amount_pence: i64,
}

/// The facts of AWARDS.json; the lines are still to be read.
pub fn awards(text: &[u8]) -> Result<Facts, Refusal> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let file: AwardsFile =
        serde_json::from_slice(text).map_err(|e| Refusal::unreadable(e.to_string()))?;
    let mut awards = Vec::with_capacity(file.awards.len());
    for record in file.awards {
        if record.id.is_empty() {
            return Err(Refusal::unreadable("an award has an empty id"));
        }
        let mut award = Award {
            id: record.id,
            from: record.from,
            to: record.to,
            amount: record.amount_pence,
            contribution: record.contribution_pence,
            lost_if_unspent: record.lost_if_unspent,
            rank: record.rank,
            allowed: Allowed {
                categories: record.categories,
                places: record.places,
                groups: record.groups,
            },
            fences: Vec::new(),
        };
        plant(&mut award, record.fences, None, 0)?;
        awards.push(award);
    }
    awards.sort_by(|a, b| a.id.cmp(&b.id));
    let share = |s: ShareRecord| Share {
        line: s.line,
        award: s.award,
        fence: s.fence.filter(|f| !f.is_empty()),
        amount: s.amount_pence,
    };
    let mut facts = Facts {
        as_of: Some(file.as_of),
        awards,
        lines: Lines::default(),
        pins: file
            .pins
            .into_iter()
            .map(|p| Pin {
                line: p.line,
                award: p.award,
                amount: p.amount_pence,
            })
            .collect(),
        locks: file.locks.into_iter().map(share).collect(),
        previous: file.previous.into_iter().map(share).collect(),
    };
    facts.pins.sort();
    facts.locks.sort();
    facts.previous.sort();
    Ok(facts)
}

/// Fences in the order of their tree, siblings by id.
fn plant(
    award: &mut Award,
    mut records: Vec<FenceRecord>,
    parent: Option<usize>,
    depth: usize,
) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(Refusal::unreadable(format!(
            "award {}: its fences stand more than {DEEPEST} deep",
            award.id
        )));
    }
    records.sort_by(|a, b| a.id.cmp(&b.id));
    for record in records {
        if record.id.is_empty() {
            return Err(Refusal::unreadable(format!(
                "award {}: a fence has an empty id",
                award.id
            )));
        }
        award.fences.push(Fence {
            id: record.id,
            parent,
            reserved: record.reserved_pence.unwrap_or(0),
            limit: record.limit_pence,
            allowed: Allowed {
                categories: record.categories,
                places: record.places,
                groups: record.groups,
            },
        });
        let place = award.fences.len() - 1;
        plant(award, record.fences, Some(place), depth + 1)?;
    }
    Ok(())
}

/// The columns of LINES.csv; the last two may be missing.
const COLUMNS: [&str; 8] = [
    "id",
    "date",
    "amount_pence",
    "category",
    "place",
    "group",
    "reverses",
    "only",
];
const NEEDED: usize = 6;

/// The lines of LINES.csv, read as they come.
pub fn lines(from: impl Read) -> Result<Lines, Refusal> {
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 18)
        .from_reader(from);
    let headers = reader.headers().map_err(csv_refusal)?;
    let mut places = [None; COLUMNS.len()];
    for (place, header) in headers.iter().enumerate() {
        let header = header.trim_start_matches('\u{feff}').trim();
        let Some(column) = COLUMNS.iter().position(|c| *c == header) else {
            return Err(Refusal::unreadable(format!(
                "row 1: there is a column {header:?}; the columns are {}",
                COLUMNS.join(", ")
            )));
        };
        if places[column].replace(place).is_some() {
            return Err(Refusal::unreadable(format!(
                "row 1: the column {header} is there twice"
            )));
        }
    }
    if let Some(missing) = (0..NEEDED).find(|c| places[*c].is_none()) {
        return Err(Refusal::unreadable(format!(
            "row 1: the column {} is missing; the first row names the columns {}",
            COLUMNS[missing],
            COLUMNS.join(", ")
        )));
    }
    let mut lines = Lines::default();
    let mut complaints = Vec::new();
    let mut record = csv::StringRecord::new();
    // Ledgers repeat their days: the last one read is most often the next.
    let mut last_day = (String::new(), NaiveDate::default());
    let mut row = 1;
    while reader.read_record(&mut record).map_err(csv_refusal)? {
        row += 1;
        let at = |column: usize| places[column].and_then(|p| record.get(p)).unwrap_or("");
        let (id, date, amount) = (at(0), at(1), at(2));
        if id.is_empty() {
            complaints.push(format!("row {row}: the line has no id"));
        }
        if date != last_day.0 {
            match day(date) {
                Some(day) => last_day = (date.to_owned(), day),
                None => complaints.push(format!(
                    "row {row}: {date:?} is not a date; write it as 2026-09-30"
                )),
            }
        }
        let amount: i64 = match amount.parse() {
            Ok(amount) => amount,
            Err(_) => {
                complaints.push(format!(
                    "row {row}: {amount:?} is not an amount in whole pence"
                ));
                0
            }
        };
        if complaints.len() >= MOST_COMPLAINTS {
            break;
        }
        lines.add(&Row {
            id,
            date: last_day.1,
            amount,
            category: at(3),
            place: at(4),
            group: at(5),
            reverses: at(6),
            only: at(7),
        });
    }
    if complaints.is_empty() {
        Ok(lines)
    } else {
        Err(Refusal::Unreadable(complaints))
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}

fn csv_refusal(error: csv::Error) -> Refusal {
    Refusal::unreadable(error.to_string())
}
