//! A sheet as a person sees it.

use std::collections::{BTreeMap, HashMap};

use super::Shape;
use crate::address::{Cell, Rect};
use crate::calc::engine::Engine;
use crate::calc::time;
use crate::calc::value::Value;
use crate::open::Refused;
use crate::open::book::Book;
use crate::open::grid::Grid;
use crate::open::validations::Tail;
use crate::read::{self, NameView};

/// Cells that merged areas may cover altogether before they are no longer looked at.
const MOST_COVERED: usize = 400_000;

/// What a cell shows.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Its text, or its number or date as a text.
    pub text: String,
    /// Whether it is a text.
    pub words: bool,
    /// Whether a formula gives it.
    pub formula: bool,
}

/// A sheet.
pub(super) struct Page<'a> {
    pub book: &'a Book,
    pub sheet: usize,
    pub grid: &'a Grid,
    pub tail: &'a Tail,
    /// Cells that the sheet has, empty ones too.
    pub cells: BTreeMap<Cell, Shown>,
    /// The last row and column that it uses.
    pub last: Cell,
    /// The defined names that stand for cells of this sheet.
    pub names: Vec<(Rect, NameView)>,
    covered: HashMap<Cell, usize>,
}

impl<'a> Page<'a> {
    pub fn read(book: &'a Book, engine: &Engine<'_>, sheet: usize) -> Result<Self, Refused> {
        let grid = book.grid(sheet)?;
        let tail = book.tail(sheet)?;
        let styles = book.styles()?;
        let mut cells = BTreeMap::new();
        let mut last = Cell::new(1, 1);
        for cell in &grid.cells {
            let value = engine.stored(grid, cell).unwrap_or(Value::Empty);
            let words = matches!(value, Value::Text(_));
            let text = match value {
                Value::Number(n) if styles.is_date(cell.style) => {
                    match time::to_date(n, book.date1904) {
                        Some((y, m, d)) => date_in_words(y, m, d),
                        None => value.show(),
                    }
                }
                // An error says nothing about the form.
                Value::Fault(_) => String::new(),
                ref other => other.show().trim().to_owned(),
            };
            let formula = cell.formula().is_some();
            if !text.is_empty() || formula {
                last.row = last.row.max(cell.at.row);
                last.col = last.col.max(cell.at.col);
            }
            cells.insert(
                cell.at,
                Shown {
                    text,
                    words,
                    formula,
                },
            );
        }
        if let Some(end) = cells.keys().next_back() {
            last.row = last.row.max(end.row);
        }
        let names = read::names(book)
            .into_iter()
            .filter_map(|name| match &name.cells {
                Some((on, rect)) if *on == book.sheets[sheet].name => Some((*rect, name)),
                _ => None,
            })
            .collect();
        let mut covered = HashMap::new();
        for (index, rect) in tail.merged.iter().enumerate() {
            let end = Cell::new(
                rect.end.row.min(last.row.saturating_add(1)),
                rect.end.col.min(last.col.saturating_add(64)),
            );
            for row in rect.start.row..=end.row {
                for col in rect.start.col..=end.col {
                    if covered.len() < MOST_COVERED {
                        covered.insert(Cell::new(row, col), index);
                    }
                }
            }
        }
        Ok(Self {
            book,
            sheet,
            grid,
            tail,
            cells,
            last,
            names,
            covered,
        })
    }

    pub fn name(&self) -> &str {
        &self.book.sheets[self.sheet].name
    }

    /// The merged area that covers a cell, or the cell alone.
    pub fn area(&self, at: Cell) -> Rect {
        self.covered
            .get(&at)
            .map_or(Rect::one(at), |index| self.tail.merged[*index])
    }

    /// The cell that holds what is seen here.
    pub fn anchor(&self, at: Cell) -> Cell {
        self.area(at).start
    }

    /// What is seen here.
    pub fn seen(&self, at: Cell) -> Option<&Shown> {
        self.cells.get(&self.anchor(at))
    }

    /// Whether an array formula fills it.
    pub fn is_spilled(&self, at: Cell) -> bool {
        self.grid.array_at(at).is_some()
    }

    pub fn locked(&self, at: Cell) -> bool {
        match self.book.styles() {
            Ok(styles) => styles.is_locked(self.grid.style_at(at)),
            Err(_) => true,
        }
    }

    /// Whether the cell is drawn as a box: filled in or lined.
    pub fn drawn(&self, at: Cell) -> bool {
        self.book
            .styles()
            .ok()
            .and_then(|styles| styles.get(self.grid.style_at(at)))
            .is_some_and(|format| format.fill > 1 || format.border > 0)
    }

    pub fn shape(&self, at: Cell) -> Shape {
        let Ok(styles) = self.book.styles() else {
            return Shape::General;
        };
        shape_of(styles.code(self.grid.style_at(at)))
    }
}

/// What a number format's code shows.
pub(super) fn shape_of(code: &str) -> Shape {
    if code == "@" {
        return Shape::Text;
    }
    if crate::open::styles::is_date_code(code) {
        return Shape::Date;
    }
    if code.eq_ignore_ascii_case("general") {
        return Shape::General;
    }
    let first = code.split(';').next().unwrap_or(code);
    if first.contains('%') {
        return Shape::Percent;
    }
    // A locale such as [$-809] is no currency; [$£-809] is one.
    let money = first.contains(['£', '€']) || (first.contains('$') && !first.contains("[$-"));
    let bare: String = first.chars().filter(|c| !c.is_whitespace()).collect();
    let thousands = bare.contains("\"k\"")
        || bare.contains("\"K\"")
        || bare.contains("\"000\"")
        || bare.trim_end_matches(['_', '-', ')', '"']).ends_with("0,");
    match (money, thousands) {
        (true, true) => Shape::Thousands,
        (true, false) => Shape::Money,
        (false, _) if first.contains(['0', '#']) => Shape::Number,
        _ => Shape::General,
    }
}

/// Whether a text is a marker, such as `PF-USER_RISKS-START`.
pub(super) fn is_marker(text: &str) -> bool {
    marker(text).is_some()
}

/// A marker's name, and whether it begins something.
pub(super) fn marker(text: &str) -> Option<(&str, bool)> {
    let text = text.trim();
    let plain = text.len() <= 120
        && text.bytes().all(|b| {
            b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b'&')
        });
    if !plain {
        return None;
    }
    for (ending, begins) in [("START", true), ("END", false)] {
        if let Some(name) = text.strip_suffix(ending)
            && name.len() >= 2
            && name.ends_with(['-', '_', '.'])
        {
            return Some((&name[..name.len() - 1], begins));
        }
    }
    None
}

fn date_in_words(y: i32, m: u32, d: u32) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = usize::try_from(m)
        .ok()
        .and_then(|m| MONTHS.get(m.wrapping_sub(1)))
        .copied()
        .unwrap_or_default();
    format!("{d} {month} {y}")
}
