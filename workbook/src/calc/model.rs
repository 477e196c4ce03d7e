//! All formulas of a workbook under one numbering, parsed as they are asked for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::address::{Cell, Rect};
use crate::calc::hash::Quick;
use crate::formula::{self, Formula};
use crate::open::Refused;
use crate::open::book::Book;
use crate::open::grid::{CellRec, FormulaKind, FormulaRec, Grid, Kind};

/// The formulas of a workbook.
#[derive(Debug)]
pub struct Model<'a> {
    /// The workbook.
    pub book: &'a Book,
    /// Sheets that hold cells.
    grids: Vec<Option<&'a Grid>>,
    bases: Vec<u32>,
    total: u32,
    shared: Vec<HashMap<u32, u32>>,
    parsed: RefCell<Vec<Parsed>>,
    /// Formulas by what they share with those of other rows and columns.
    templates: RefCell<HashMap<Vec<u8>, Option<Rc<Formula>>, Quick>>,
    key: RefCell<Vec<u8>>,
    /// The last row and column that any sheet uses.
    pub used: Cell,
}

#[derive(Clone, Debug)]
enum Parsed {
    Not,
    Bad,
    Good(Rc<Formula>),
}

impl<'a> Model<'a> {
    /// Numbers the formulas of all sheets. A sheet whose part is missing has none; one that is
    /// damaged is refused.
    pub fn new(book: &'a Book) -> Result<Self, Refused> {
        book.load_all();
        let mut grids = Vec::new();
        let mut bases = Vec::new();
        let mut shared = Vec::new();
        let mut total = 0u32;
        let mut used = Cell::new(1, 1);
        for (index, sheet) in book.sheets.iter().enumerate() {
            bases.push(total);
            if sheet.entry.is_none() {
                grids.push(None);
                shared.push(HashMap::new());
                continue;
            }
            let grid = book.grid(index)?;
            let mut firsts = HashMap::new();
            for (at, formula) in grid.formulas.iter().enumerate() {
                if let FormulaKind::SharedFirst(id) = formula.kind {
                    // The first one wins, as in Excel.
                    firsts
                        .entry(id)
                        .or_insert(u32::try_from(at).unwrap_or(u32::MAX));
                }
            }
            for row in &grid.rows {
                if let Some(last) = grid.row_cells(row).last() {
                    used.row = used.row.max(row.row);
                    used.col = used.col.max(last.at.col);
                }
            }
            total += u32::try_from(grid.formulas.len()).unwrap_or(0);
            grids.push(Some(grid));
            shared.push(firsts);
        }
        Ok(Self {
            book,
            grids,
            bases,
            total,
            shared,
            parsed: RefCell::new(vec![Parsed::Not; total as usize]),
            templates: RefCell::default(),
            key: RefCell::default(),
            used,
        })
    }

    /// How many formulas there are.
    pub fn len(&self) -> usize {
        self.total as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Whether there are formulas, and the file holds no value for any of them.
    pub fn is_bare(&self) -> bool {
        let mut grids = self.grids.iter().flatten();
        self.total > 0
            && grids.all(|grid| {
                let mut all = grid.formulas.iter().map(|f| &grid.cells[f.cell as usize]);
                all.all(|cell| cell.kind == Kind::Empty)
            })
    }

    /// A sheet's cells, if it has any.
    pub fn grid(&self, sheet: usize) -> Option<&'a Grid> {
        self.grids.get(sheet).copied().flatten()
    }

    /// The number of a sheet's formula.
    pub fn id(&self, sheet: usize, index: usize) -> u32 {
        self.bases[sheet] + u32::try_from(index).unwrap_or(0)
    }

    /// The sheet and the index there of a formula.
    pub fn place(&self, id: u32) -> (usize, usize) {
        let sheet = self.bases.partition_point(|base| *base <= id) - 1;
        // Sheets without formulas share a base with the next; the last of them has this one.
        (sheet, (id - self.bases[sheet]) as usize)
    }

    /// A formula's record and its cell.
    pub fn record(&self, id: u32) -> Option<(usize, &'a Grid, &'a FormulaRec, &'a CellRec)> {
        let (sheet, index) = self.place(id);
        let grid = self.grid(sheet)?;
        let formula = grid.formulas.get(index)?;
        let cell = grid.cells.get(formula.cell as usize)?;
        Some((sheet, grid, formula, cell))
    }

    /// The parsed formula; `None` where it is not understood.
    pub fn formula(&self, id: u32) -> Option<Rc<Formula>> {
        match &self.parsed.borrow()[id as usize] {
            Parsed::Good(formula) => return Some(formula.clone()),
            Parsed::Bad => return None,
            Parsed::Not => {}
        }
        let made = self.parse(id);
        self.parsed.borrow_mut()[id as usize] = match &made {
            Some(formula) => Parsed::Good(formula.clone()),
            None => Parsed::Bad,
        };
        made
    }

    fn parse(&self, id: u32) -> Option<Rc<Formula>> {
        let (sheet, grid, record, cell) = self.record(id)?;
        match record.kind {
            FormulaKind::Shared(shared) => {
                let first = *self.shared[sheet].get(&shared)?;
                self.formula(self.bases[sheet] + first)
            }
            FormulaKind::DataTable(_) => None,
            _ => {
                let parse = || {
                    let root = formula::parse(&grid.formula_text(record), self.book)?;
                    Some(Rc::new(Formula {
                        root,
                        base: cell.at,
                    }))
                };
                let mut key = self.key.take();
                let found = if formula::template(grid.formula_bytes(record), cell.at, &mut key) {
                    let mut templates = self.templates.borrow_mut();
                    match templates.get(key.as_slice()) {
                        Some(known) => known.clone(),
                        None => {
                            let made = parse();
                            templates.insert(key.clone(), made.clone());
                            made
                        }
                    }
                } else {
                    parse()
                };
                self.key.replace(key);
                found
            }
        }
    }

    /// The rectangle that a formula fills: its cell, or that of an array formula.
    pub fn fills(&self, id: u32) -> Option<(usize, Rect)> {
        let (sheet, _, record, cell) = self.record(id)?;
        Some(match record.kind {
            FormulaKind::Array { rect, .. } | FormulaKind::DataTable(rect) => {
                (sheet, rect.around(&Rect::one(cell.at)))
            }
            _ => (sheet, Rect::one(cell.at)),
        })
    }

    /// The sheet's whole columns or rows cut to what is used at all.
    pub fn clip(&self, rect: Rect) -> Rect {
        let mut rect = rect;
        if rect.end.row == crate::address::MAX_ROW && rect.start.row <= self.used.row {
            rect.end.row = self.used.row;
        }
        if rect.end.col == crate::address::MAX_COL && rect.start.col <= self.used.col {
            rect.end.col = self.used.col;
        }
        rect
    }
}
