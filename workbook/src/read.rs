//! Reading a workbook: its sheets, cells as stored, names and rules; and the difference of two.

use std::collections::BTreeMap;

use crate::address::{Cell, Rect};
use crate::calc::engine::Engine;
use crate::calc::model::Model;
use crate::calc::value::Value;
use crate::formula::{Node, OnSheet};
use crate::open::Refused;
use crate::open::book::Book;
use crate::open::grid::{FormulaKind, Kind};
use crate::open::validations::Validation;

/// A cell as the file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct CellView {
    /// Where.
    pub at: Cell,
    /// Its stored value; empty for a formula whose value is not stored.
    pub value: Value,
    /// Its formula, without `=`; for the further cells of a shared formula that of the first.
    pub formula: Option<String>,
    /// Whether it is shown as a date.
    pub date: bool,
    /// Whether a protected sheet locks it.
    pub locked: bool,
}

/// The sheets: name, and whether it is hidden.
pub fn sheets(book: &Book) -> Vec<(&str, bool)> {
    book.sheets
        .iter()
        .map(|s| (s.name.as_str(), s.hidden))
        .collect()
}

/// Every cell of a sheet that holds a value or a formula, by rows.
pub fn cells(book: &Book, sheet: usize) -> Result<Vec<CellView>, Refused> {
    if book.sheets.get(sheet).is_none_or(|s| s.entry.is_none()) {
        return Ok(Vec::new());
    }
    let grid = book.grid(sheet)?;
    let styles = book.styles()?;
    let model = Model::new(book)?;
    let engine = Engine::new(&model);
    let mut shared: BTreeMap<u32, String> = BTreeMap::new();
    let mut out = Vec::new();
    for cell in &grid.cells {
        if cell.kind == Kind::Empty && cell.formula().is_none() {
            continue;
        }
        let formula = cell.formula().map(|i| {
            let record = &grid.formulas[i];
            let text = grid.formula_text(record).into_owned();
            match record.kind {
                FormulaKind::SharedFirst(id) => {
                    shared.insert(id, text.clone());
                    text
                }
                FormulaKind::Shared(id) => shared.get(&id).cloned().unwrap_or_default(),
                _ => text,
            }
        });
        let value = engine
            .stored(grid, cell)
            .ok()
            .ok_or_else(|| Refused::Unreadable(format!("cell {} cannot be read", cell.at)))?;
        out.push(CellView {
            at: cell.at,
            value,
            formula,
            date: styles.is_date(cell.style),
            locked: styles.is_locked(cell.style),
        });
    }
    Ok(out)
}

/// The value of one cell as the file holds it.
pub fn value(book: &Book, sheet: usize, at: Cell) -> Result<Value, Refused> {
    let grid = book.grid(sheet)?;
    let Some(index) = grid.find(at) else {
        return Ok(Value::Empty);
    };
    let model = Model::new(book)?;
    Engine::new(&model)
        .stored(grid, &grid.cells[index])
        .ok()
        .ok_or_else(|| Refused::Unreadable(format!("cell {at} cannot be read")))
}

/// A name and the cells that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct NameView {
    /// The name.
    pub name: String,
    /// The sheet that it belongs to, if not to the workbook.
    pub scope: Option<String>,
    /// Sheet and cells, where it stands for cells.
    pub cells: Option<(String, Rect)>,
    /// What it stands for, as written.
    pub text: String,
}

/// The defined names, those that Excel keeps for itself left out.
pub fn names(book: &Book) -> Vec<NameView> {
    let one = Cell::new(1, 1);
    (0..book.names.len())
        .filter(|i| !book.names[*i].name.starts_with("_xlnm."))
        .map(|index| {
            let defined = &book.names[index];
            let cells = match book.name_root(index) {
                Some(Node::Reference(r)) => match r.sheet {
                    OnSheet::Of(s) => Some((book.sheets[s].name.clone(), r.rect(one, one))),
                    OnSheet::Own => defined
                        .sheet
                        .and_then(|s| book.sheets.get(s))
                        .map(|s| (s.name.clone(), r.rect(one, one))),
                    OnSheet::Span(..) => None,
                },
                _ => None,
            };
            NameView {
                name: defined.name.clone(),
                scope: defined
                    .sheet
                    .and_then(|s| book.sheets.get(s))
                    .map(|s| s.name.clone()),
                cells,
                text: defined.text.clone(),
            }
        })
        .collect()
}

/// The validations of a sheet, ordinary and extended.
pub fn validations(book: &Book, sheet: usize) -> Result<&[Validation], Refused> {
    Ok(&book.tail(sheet)?.validations)
}

/// A cell that differs between two workbooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The sheet.
    pub sheet: String,
    /// The cell.
    pub at: Cell,
    /// Its value and formula in the first.
    pub before: (Value, Option<String>),
    /// The same in the second.
    pub after: (Value, Option<String>),
}

/// Every cell whose stored value or formula differs. Sheets are met by name.
pub fn differences(a: &Book, b: &Book) -> Result<Vec<Difference>, Refused> {
    let mut out = Vec::new();
    let mut all: Vec<&str> = a.sheets.iter().map(|s| s.name.as_str()).collect();
    for sheet in &b.sheets {
        if !all.contains(&sheet.name.as_str()) {
            all.push(&sheet.name);
        }
    }
    for name in all {
        let of = |book: &Book| -> Result<BTreeMap<Cell, (Value, Option<String>)>, Refused> {
            match book.sheets.iter().position(|s| s.name == name) {
                None => Ok(BTreeMap::new()),
                Some(index) => Ok(cells(book, index)?
                    .into_iter()
                    .map(|c| (c.at, (c.value, c.formula)))
                    .collect()),
            }
        };
        let (before, after) = (of(a)?, of(b)?);
        let none = (Value::Empty, None);
        let places: std::collections::BTreeSet<Cell> =
            before.keys().chain(after.keys()).copied().collect();
        for at in places {
            let (x, y) = (
                before.get(&at).unwrap_or(&none),
                after.get(&at).unwrap_or(&none),
            );
            if x != y {
                out.push(Difference {
                    sheet: name.to_owned(),
                    at,
                    before: x.clone(),
                    after: y.clone(),
                });
            }
        }
    }
    Ok(out)
}

/// How many formulas a workbook has, and with how many the calculator can be trusted: it gives
/// what the file itself stores.
pub fn trust(book: &Book) -> Result<(usize, Vec<(String, Cell)>), Refused> {
    let model = Model::new(book)?;
    let mut engine = Engine::new(&model);
    let mut doubted = Vec::new();
    for id in 0..u32::try_from(model.len()).unwrap_or(0) {
        if !engine.settle_trust(id)
            && let Some((sheet, _, _, cell)) = model.record(id)
        {
            doubted.push((book.sheets[sheet].name.clone(), cell.at));
        }
    }
    Ok((model.len(), doubted))
}
