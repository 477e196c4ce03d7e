//! Where an answer goes.
//!
//! | locator | leads to |
//! | --- | --- |
//! | `Finances!E17`, `'Sign off'!C8` | a cell of a sheet |
//! | `name:Reporting_Period` | the cell of a defined name; `name:Sheet!Name` for a sheet's own |
//! | `name:Amounts!r2c1` | a row and column of a name that has several cells, r1c1 its first |
//! | `between:START..END!r5c1` | counted from the cell whose text is START, which is r1c1; not past the row of END |
//! | `table:Spend[Amount]!3` | the third row under the header of a table's column |

use std::collections::{HashMap, HashSet};

use super::answer::Answer;
use crate::address::{Cell, MAX_COL, MAX_ROW, Rect};
use crate::calc::Operand;
use crate::calc::engine::Engine;
use crate::calc::model::Model;
use crate::formula::{Node, OnSheet, table_rect};
use crate::open::book::Book;
use crate::open::grid::Kind;
use crate::open::strings;

/// Why a locator leads nowhere: a code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

fn lost(code: &'static str, message: String) -> Lost {
    Lost { code, message }
}

/// A locator as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locator {
    /// A sheet and a cell.
    Cell(String, Cell),
    /// A sheet if given, a name, a row and column if given.
    Name(Option<String>, String, Option<(u32, u32)>),
    /// Two markers, a row and a column.
    Between(String, String, (u32, u32)),
    /// A table, a column and a row.
    Table(String, String, u32),
}

impl Locator {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, Lost> {
        let bad = || {
            lost(
                "bad-locator",
                format!("\"{text}\" is not the address of a cell"),
            )
        };
        if let Some(rest) = text.strip_prefix("name:") {
            return match rest.rsplit_once('!') {
                None => Ok(Self::Name(None, rest.trim().into(), None)),
                Some((name, place)) if row_and_column(place).is_some() => {
                    let (sheet, name) = match name.rsplit_once('!') {
                        Some((sheet, name)) => (Some(sheet_name(sheet)), name),
                        None => (None, name),
                    };
                    Ok(Self::Name(sheet, name.trim().into(), row_and_column(place)))
                }
                Some((sheet, name)) => Ok(Self::Name(
                    Some(sheet_name(sheet)),
                    name.trim().into(),
                    None,
                )),
            };
        }
        if let Some(rest) = text.strip_prefix("between:") {
            let (markers, place) = rest.rsplit_once('!').ok_or_else(bad)?;
            let (start, end) = markers.split_once("..").ok_or_else(bad)?;
            let place = row_and_column(place).ok_or_else(bad)?;
            return Ok(Self::Between(start.trim().into(), end.trim().into(), place));
        }
        if let Some(rest) = text.strip_prefix("table:") {
            let (table, row) = rest.rsplit_once('!').ok_or_else(bad)?;
            let (table, column) = table.split_once('[').ok_or_else(bad)?;
            let column = column.strip_suffix(']').ok_or_else(bad)?;
            let row: u32 = row.trim().parse().ok().filter(|r| *r > 0).ok_or_else(bad)?;
            return Ok(Self::Table(table.trim().into(), column.into(), row));
        }
        let (sheet, cell) = text.rsplit_once('!').ok_or_else(bad)?;
        let cell = Cell::parse(cell.trim()).ok_or_else(bad)?;
        Ok(Self::Cell(sheet_name(sheet), cell))
    }
}

fn sheet_name(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        Some(inside) => inside.replace("''", "'"),
        None => text.to_owned(),
    }
}

fn row_and_column(text: &str) -> Option<(u32, u32)> {
    let rest = text.trim().strip_prefix(['r', 'R'])?;
    let (row, col) = rest.split_once(['c', 'C'])?;
    let number = |t: &str, max: u32| {
        let plain = !t.is_empty() && t.len() < 8 && t.bytes().all(|b| b.is_ascii_digit());
        plain
            .then(|| t.parse::<u32>().ok())
            .flatten()
            .filter(|n| (1..=max).contains(n))
    };
    Some((number(row, MAX_ROW)?, number(col, MAX_COL)?))
}

/// Finds the cells that answers are for.
#[derive(Debug)]
pub struct Locators<'a> {
    book: &'a Book,
    markers: HashMap<String, Vec<(usize, Cell)>>,
}

impl<'a> Locators<'a> {
    /// Prepares for these answers: their markers are looked for once, all together.
    pub fn new(book: &'a Book, answers: &[Answer]) -> Self {
        let wanted: HashSet<String> = answers
            .iter()
            .filter(|a| a.at.starts_with("between:"))
            .filter_map(|a| Locator::parse(&a.at).ok())
            .flat_map(|l| match l {
                Locator::Between(a, b, _) => vec![a, b],
                _ => Vec::new(),
            })
            .collect();
        let markers = find_texts(book, &wanted);
        Self { book, markers }
    }

    /// The cell of one locator.
    pub fn find(&self, text: &str) -> Result<(usize, Cell), Lost> {
        match Locator::parse(text)? {
            Locator::Cell(sheet, cell) => Ok((self.sheet(&sheet)?, cell)),
            Locator::Name(sheet, name, place) => {
                let sheet = sheet.map(|s| self.sheet(&s)).transpose()?;
                self.name(sheet, &name, place)
            }
            Locator::Between(start, end, place) => self.between(&start, &end, place),
            Locator::Table(table, column, row) => self.table(&table, &column, row),
        }
    }

    fn sheet(&self, name: &str) -> Result<usize, Lost> {
        let index = self.book.sheet_index(name).ok_or_else(|| {
            lost(
                "no-such-sheet",
                format!("the form has no sheet called \"{name}\""),
            )
        })?;
        match self.book.grid(index) {
            Ok(grid) if !grid.data.is_empty() => Ok(index),
            _ => Err(lost(
                "no-such-sheet",
                format!("the sheet \"{name}\" holds no cells"),
            )),
        }
    }

    fn name(
        &self,
        sheet: Option<usize>,
        name: &str,
        place: Option<(u32, u32)>,
    ) -> Result<(usize, Cell), Lost> {
        let missing = || {
            lost(
                "no-such-name",
                format!("the form has no defined name \"{name}\""),
            )
        };
        let found = self.book.name(name, sheet).map(|(i, _)| i).or_else(|| {
            // A name that only one sheet has needs no sheet.
            let mut all = (0..self.book.names.len())
                .filter(|i| self.book.names[*i].name.eq_ignore_ascii_case(name));
            let only = all.next()?;
            (sheet.is_none() && all.next().is_none()).then_some(only)
        });
        let index = found.ok_or_else(missing)?;
        let own = self.book.names[index].sheet;
        let one = Cell::new(1, 1);
        let target = match self.book.name_root(index) {
            Some(Node::Reference(r)) => {
                let rect = r.rect(one, one);
                match r.sheet {
                    OnSheet::Of(sheet) => Some((sheet, rect)),
                    OnSheet::Own => own.or(sheet).map(|s| (s, rect)),
                    OnSheet::Span(..) => None,
                }
            }
            Some(Node::Table(t)) => table_rect(self.book, t, usize::MAX, one),
            // A name that finds its cells by INDEX, OFFSET and their like.
            Some(root) => self.found(root, own.or(sheet).unwrap_or(0)),
            None => None,
        };
        let (sheet, rect) = target.ok_or_else(|| {
            lost(
                "no-such-name",
                format!("the name \"{name}\" stands for no cell"),
            )
        })?;
        match place {
            Some((row, col)) if row <= rect.rows() && col <= rect.cols() => Ok((
                sheet,
                Cell::new(rect.start.row + row - 1, rect.start.col + col - 1),
            )),
            Some(_) => Err(lost(
                "no-such-name",
                format!("the name \"{name}\" is only {rect}"),
            )),
            None if rect.is_one() || self.is_merged(sheet, rect) => Ok((sheet, rect.start)),
            None => Err(lost(
                "no-such-name",
                format!(
                    "the name \"{name}\" stands for several cells ({rect}); say which, as in name:{name}!r1c1"
                ),
            )),
        }
    }

    /// Where an expression leads on the untouched form, if to one rectangle.
    fn found(&self, root: &Node, sheet: usize) -> Option<(usize, Rect)> {
        let model = Model::new(self.book).ok()?;
        let one = Cell::new(1, 1);
        match Engine::new(&model)
            .frugal()
            .expression(root, sheet, one, one)
        {
            Ok(Operand::Area(sheet, rect)) => Some((sheet, rect)),
            _ => None,
        }
    }

    fn is_merged(&self, sheet: usize, rect: Rect) -> bool {
        self.book
            .tail(sheet)
            .is_ok_and(|tail| tail.merged.contains(&rect))
    }

    fn between(&self, start: &str, end: &str, place: (u32, u32)) -> Result<(usize, Cell), Lost> {
        let find = |marker: &str| {
            self.markers
                .get(marker)
                .filter(|m| !m.is_empty())
                .ok_or_else(|| {
                    lost(
                        "no-such-marker",
                        format!("no cell of the form holds the marker \"{marker}\""),
                    )
                })
        };
        let (starts, ends) = (find(start)?, find(end)?);
        // The end belongs to the start before it on the same sheet.
        let mut pairs = starts.iter().filter_map(|(sheet, from)| {
            let to = ends
                .iter()
                .filter(|(s, to)| s == sheet && to.row >= from.row)
                .map(|(_, to)| *to)
                .min()?;
            Some((*sheet, *from, to))
        });
        let Some((sheet, from, to)) = pairs.next() else {
            return Err(lost(
                "no-such-marker",
                format!("the marker \"{end}\" does not follow \"{start}\" on one sheet"),
            ));
        };
        if pairs.next().is_some() {
            return Err(lost(
                "no-such-marker",
                format!("the marker \"{start}\" stands in several places"),
            ));
        }
        let (row, col) = (from.row + place.0 - 1, from.col + place.1 - 1);
        if row > MAX_ROW || col > MAX_COL || row > to.row {
            return Err(lost(
                "no-such-marker",
                format!(
                    "row {} is past the marker \"{end}\", which is row {}",
                    place.0,
                    to.row - from.row + 1
                ),
            ));
        }
        Ok((sheet, Cell::new(row, col)))
    }

    fn table(&self, table: &str, column: &str, row: u32) -> Result<(usize, Cell), Lost> {
        let found = self.book.table(table).ok_or_else(|| {
            lost(
                "no-such-table",
                format!("the form has no table \"{table}\""),
            )
        })?;
        let at = found.column(column).ok_or_else(|| {
            lost(
                "no-such-table",
                format!("the table \"{table}\" has no column \"{column}\""),
            )
        })?;
        let data = found.data();
        match data {
            Some(data) if row <= data.rows() => Ok((
                found.sheet,
                Cell::new(data.start.row + row - 1, data.start.col + at),
            )),
            _ => Err(lost(
                "no-such-table",
                format!(
                    "the table \"{table}\" has {} rows, not {row}",
                    data.map_or(0, |d| d.rows())
                ),
            )),
        }
    }
}

/// The cells that hold these texts.
fn find_texts(book: &Book, wanted: &HashSet<String>) -> HashMap<String, Vec<(usize, Cell)>> {
    let mut found: HashMap<String, Vec<(usize, Cell)>> = HashMap::new();
    if wanted.is_empty() {
        return found;
    }
    let mut shared: HashMap<usize, String> = HashMap::new();
    if let Ok(all) = book.strings() {
        for index in 0..all.len() {
            if let Some(text) = all.get(index)
                && wanted.contains(text.trim())
            {
                shared.insert(index, text.trim().to_owned());
            }
        }
    }
    for sheet in 0..book.sheets.len() {
        let Ok(grid) = book.grid(sheet) else { continue };
        for cell in &grid.cells {
            let text = match cell.kind {
                Kind::Shared => {
                    let index = std::str::from_utf8(grid.value_bytes(cell)).ok();
                    match index.and_then(|t| t.trim().parse::<usize>().ok()) {
                        Some(index) => match shared.get(&index) {
                            Some(text) => text.clone(),
                            None => continue,
                        },
                        None => continue,
                    }
                }
                Kind::Text => grid.value_text(cell).trim().to_owned(),
                Kind::Inline => strings::rich_text(grid.value_bytes(cell)).trim().to_owned(),
                _ => continue,
            };
            if wanted.contains(&text) {
                found.entry(text).or_default().push((sheet, cell.at));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn locators_are_read() {
        let cell = |s: &str, r, c| Ok(Locator::Cell(s.into(), Cell::new(r, c)));
        assert_eq!(Locator::parse("Finances!E17"), cell("Finances", 17, 5));
        assert_eq!(Locator::parse("'It''s! off'!$C$8"), cell("It's! off", 8, 3));
        assert_eq!(
            Locator::parse("name:Period"),
            Ok(Locator::Name(None, "Period".into(), None))
        );
        assert_eq!(
            Locator::parse("name:'A b'!Period!r2c3"),
            Ok(Locator::Name(
                Some("A b".into()),
                "Period".into(),
                Some((2, 3))
            ))
        );
        assert_eq!(
            Locator::parse("between:A-START..A-END!r5c1"),
            Ok(Locator::Between("A-START".into(), "A-END".into(), (5, 1)))
        );
        assert_eq!(
            Locator::parse("table:Spend[Amount (£)]!3"),
            Ok(Locator::Table("Spend".into(), "Amount (£)".into(), 3))
        );
        for bad in [
            "",
            "E17",
            "Finances!",
            "Finances!17",
            "between:A!r1c1",
            "between:A..B!r0c1",
            "table:T!1",
            "table:T[a]!0",
        ] {
            assert_eq!(
                Locator::parse(bad).unwrap_err().code,
                "bad-locator",
                "{bad}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_locator_is_read_without_panic(text in "(name:|between:|table:)?[A-Za-z0-9!'.\\[\\]$ rc:é]{0,30}") {
            if let Err(lost) = Locator::parse(&text) {
                proptest::prop_assert_eq!(lost.code, "bad-locator");
            }
        }
    }
}
