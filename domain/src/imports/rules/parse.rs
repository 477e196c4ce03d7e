//! One row's cells, by the profile, into a draft line or everything that is wrong with it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::columns::{column_name, find, key, letters, no_such_heading, shortened};
use super::profile::{AmountRules, ColumnRef, Field, ImportProfile, SkipWhen, SpendSign};
use super::reading::Reading;
use super::row::{Cell, Fault, FaultCode, FaultyRow, FileFault, LineDraft, RawCell};

/// How much of a cell a fault repeats.
const SHOWN_CHARACTERS: usize = 120;

/// What a particular file added to its profile. Kept with the import, so that a row can be
/// corrected later without the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Layout {
    /// The headings, as they stand; empty where the file has none.
    pub headings: Vec<String>,
    /// Whether the workbook counts days from 1904.
    #[serde(default)]
    pub epoch_1904: bool,
    /// Whether the cells came from text with separators, where a cell too many means that values
    /// have slipped into the wrong columns.
    #[serde(default)]
    pub delimited: bool,
    /// The longest cell, in characters.
    pub max_cell_characters: usize,
}

/// What the rules made of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Nothing in it.
    Blank,
    /// Taken out by the skip rule of this index.
    Skipped(u32),
    /// A line, with the fingerprint of its ledger facts where it has no number of its own.
    Line(Box<LineDraft>, Option<[u8; 32]>),
    /// Faults, and the amount in pence if that much could be read.
    Faulty(Option<i64>, Vec<Fault>),
}

/// Why a correction cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// The file has no such column.
    #[error("The file has no column “{0}”.")]
    NoSuchColumn(String),
    /// The corrected row is one that the profile skips, or is empty.
    #[error(
        "With these values the row would no longer count as spend. To leave it out, set it aside \
         instead."
    )]
    NoLongerSpend,
}

/// A profile resolved against one file's headings.
#[derive(Debug, Clone)]
pub struct RowParser {
    pub(super) profile: ImportProfile,
    pub(super) layout: Layout,
    pub(super) columns: BTreeMap<Field, usize>,
    skips: Vec<(usize, SkipTest)>,
    pub(super) maps: BTreeMap<Field, HashMap<String, String>>,
    pub(super) pair_rules: AmountRules,
    pub(super) width: usize,
}

#[derive(Debug, Clone)]
enum SkipTest {
    Empty,
    Equals(String),
    StartsWith(String),
}

impl RowParser {
    /// Finds the profile's columns in the file. Refused when a heading is missing or repeated.
    pub fn new(profile: &ImportProfile, layout: Layout) -> Result<Self, FileFault> {
        let mut missing = Vec::new();
        let mut columns = BTreeMap::new();
        for (field, column) in &profile.columns {
            match find(column, &layout.headings)? {
                Some(index) => {
                    columns.insert(*field, index);
                }
                None => missing.push(column),
            }
        }
        let mut skips = Vec::new();
        for rule in &profile.skip {
            let test = match &rule.when {
                SkipWhen::Empty => SkipTest::Empty,
                SkipWhen::Equals(text) => SkipTest::Equals(key(text)),
                SkipWhen::StartsWith(text) => SkipTest::StartsWith(key(text)),
            };
            match find(&rule.column, &layout.headings)? {
                Some(index) => skips.push((index, test)),
                None => missing.push(&rule.column),
            }
        }
        if !missing.is_empty() {
            return Err(no_such_heading(&missing, &layout.headings));
        }
        let maps = profile
            .values
            .iter()
            .map(|(field, map)| {
                let entries = map.entries.iter();
                let entries = entries.map(|(from, to)| (key(from), to.clone())).collect();
                (*field, entries)
            })
            .collect();
        let width = layout
            .headings
            .iter()
            .rposition(|heading| !heading.trim().is_empty())
            .map_or(0, |last| last + 1);
        Ok(RowParser {
            pair_rules: AmountRules {
                spend_is: SpendSign::Positive,
                ..profile.amounts.clone()
            },
            profile: profile.clone(),
            layout,
            columns,
            skips,
            maps,
            width,
        })
    }

    /// What this file added to the profile.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The profile.
    pub fn profile(&self) -> &ImportProfile {
        &self.profile
    }

    /// Reads one row. Every fault of the row is found, not the first only.
    pub fn parse(&self, row: u32, cells: &[Cell<'_>]) -> Parsed {
        if cells.iter().all(Cell::is_blank) {
            return Parsed::Blank;
        }
        for (rule, (index, test)) in (0_u32..).zip(&self.skips) {
            let cell = cells.get(*index).unwrap_or(&Cell::Empty);
            let skip = match test {
                SkipTest::Empty => cell.is_blank(),
                SkipTest::Equals(text) => key(&cell.text()) == *text,
                SkipTest::StartsWith(text) => key(&cell.text()).starts_with(text.as_str()),
            };
            if skip {
                return Parsed::Skipped(rule);
            }
        }
        Reading::new(self, row, cells).line()
    }

    /// Reads a faulty row again with new values for named columns (by heading or by letter). A new
    /// value is text, read by the same profile as a text file's cell.
    pub fn correct(
        &self,
        faulty: &FaultyRow,
        changes: &[(ColumnRef, String)],
    ) -> Result<(Parsed, Vec<RawCell>), CorrectionError> {
        let mut cells = faulty.cells.clone();
        for (column, value) in changes {
            let index = find(column, &self.layout.headings)
                .ok()
                .flatten()
                .filter(|index| {
                    *index < cells.len().max(self.width)
                        || self.columns.values().any(|used| used == index)
                })
                .ok_or_else(|| CorrectionError::NoSuchColumn(column_name(column).to_owned()))?;
            if cells.len() <= index {
                cells.resize(index + 1, Cell::Empty);
            }
            if let Some(cell) = cells.get_mut(index) {
                *cell = if value.trim().is_empty() {
                    Cell::Empty
                } else {
                    Cell::Text(Cow::Owned(value.clone()))
                };
            }
        }
        match self.parse(faulty.row, &cells) {
            Parsed::Blank | Parsed::Skipped(_) => Err(CorrectionError::NoLongerSpend),
            parsed => Ok((parsed, cells)),
        }
    }

    /// A fault of one of this file's columns.
    pub(super) fn fault(
        &self,
        row: u32,
        field: Option<Field>,
        column: Option<usize>,
        code: FaultCode,
        message: String,
        raw: &str,
    ) -> Fault {
        let heading = column.and_then(|index| self.layout.headings.get(index));
        Fault {
            row,
            column: column.map(letters),
            heading: heading.filter(|text| !text.is_empty()).cloned(),
            field,
            code,
            message,
            raw: shortened(raw, SHOWN_CHARACTERS),
        }
    }

    /// How many days after its period's end a file's lines may be dated.
    pub(super) const fn days_after_period(&self) -> u8 {
        self.profile.dates.days_after_period
    }

    /// The cost centre and the ledger period that a row names, however faulty it is.
    pub fn centre_and_period(&self, cells: &[Cell<'_>]) -> (Option<String>, Option<String>) {
        let text = |field: Field| {
            let cell = cells.get(self.column_of(field)?)?;
            let text = super::columns::tidy(&cell.text()).into_owned();
            (!text.is_empty()).then_some(text)
        };
        (text(Field::CostCentre), text(Field::Period))
    }

    /// Whether the layout names a column of the ledger's codes, by which the coding map codes.
    pub(super) fn has_codes(&self) -> bool {
        [Field::CostCentre, Field::Account, Field::Project]
            .iter()
            .any(|field| self.columns.contains_key(field))
    }

    /// The column that a field is read from.
    pub(super) fn column_of(&self, field: Field) -> Option<usize> {
        self.columns.get(&field).copied()
    }
}
