//! New values for the formulas that depend on the answers.

use std::collections::BTreeMap;

use super::checks::Recomputed;
use super::edit::{Edit, Edits};
use crate::address::{Cell, MAX_ROW, Rect};
use crate::calc::Operand;
use crate::calc::engine::{Engine, World, agrees};
use crate::calc::model::Model;
use crate::calc::value::{Array, Value};
use crate::open::Refused;
use crate::open::grid::{FormulaKind, Kind};

/// Evaluates dependents and turns their values into edits.
pub(super) struct Recompute<'a, 'b> {
    pub(super) model: &'b Model<'a>,
    pub(super) edits: &'b mut BTreeMap<usize, Edits>,
    pub(super) results: Vec<Recomputed>,
    pub(super) missing: Vec<(usize, Cell)>,
}

impl Recompute<'_, '_> {
    pub(super) fn formula(&mut self, engine: &mut Engine<'_>, id: u32) -> Result<(), Refused> {
        let Some((sheet, grid, record, cell)) = self.model.record(id) else {
            return Ok(());
        };
        let operand = engine.settle_formula(World::Filled, id);
        let (rect, dynamic) = match record.kind {
            FormulaKind::Array { rect, dynamic } => (rect.around(&Rect::one(cell.at)), dynamic),
            FormulaKind::DataTable(rect) => (rect.around(&Rect::one(cell.at)), false),
            _ => {
                match operand {
                    Ok(Operand::One(value)) => self.single(engine, sheet, id, value),
                    Ok(Operand::Many(array)) => {
                        self.single(engine, sheet, id, array.get(0, 0).clone());
                    }
                    _ => self.drop(sheet, Rect::one(cell.at)),
                }
                return Ok(());
            }
        };
        let array = match operand {
            Ok(Operand::Many(array)) => array.as_ref().clone(),
            Ok(Operand::One(value)) => Array {
                rows: 1,
                cols: 1,
                items: vec![value],
            },
            _ => {
                self.drop(sheet, rect);
                return Ok(());
            }
        };
        let (rows, cols) = (rect.rows() as usize, rect.cols() as usize);
        if !dynamic || (array.rows, array.cols) == (rows, cols) {
            self.spread(engine, sheet, id, rect, rect, &array);
            return Ok(());
        }
        let tall = u32::try_from(array.rows).unwrap_or(MAX_ROW);
        let wide = u32::try_from(array.cols).unwrap_or(MAX_ROW);
        let new = Rect {
            start: rect.start,
            end: Cell::new(
                rect.start.row.saturating_add(tall - 1),
                rect.start.col.saturating_add(wide - 1),
            ),
        };
        // Only downwards: cells to the right were not taken to depend on the spill.
        let fits = new.end.row <= MAX_ROW
            && new.end.col <= rect.end.col
            && array.items.len() <= 200_000
            && self.is_free(sheet, rect, new);
        match (fits, record.reference()) {
            (true, Some(reference)) => {
                self.spread(engine, sheet, id, new, rect.around(&new), &array);
                self.edits
                    .entry(sheet)
                    .or_default()
                    .references
                    .push((reference, new));
            }
            _ => self.drop(sheet, rect),
        }
        let _ = grid;
        Ok(())
    }

    /// Whether nothing stands where a formula now spills to.
    fn is_free(&self, sheet: usize, old: Rect, new: Rect) -> bool {
        let Some(grid) = self.model.grid(sheet) else {
            return false;
        };
        let answered = self.edits.get(&sheet);
        let first = grid.rows.partition_point(|r| r.row < new.start.row);
        let taken = grid.rows[first..]
            .iter()
            .take_while(|r| r.row <= new.end.row)
            .flat_map(|r| grid.row_cells(r))
            .any(|c| {
                new.contains(c.at)
                    && !old.contains(c.at)
                    && (c.kind != Kind::Empty || c.formula().is_some())
            });
        let merged = self
            .model
            .book
            .tail(sheet)
            .is_ok_and(|t| t.merged.iter().any(|m| m.meets(&new)));
        let answers = answered.is_some_and(|e| {
            e.cells.iter().any(|(c, edit)| {
                new.contains(*c) && matches!(edit, Edit::Answer(v, _) if *v != Value::Empty)
            })
        });
        !taken && !merged && !answers
    }

    fn stored(&self, engine: &Engine<'_>, sheet: usize, at: Cell) -> Option<Value> {
        let grid = self.model.grid(sheet)?;
        let cell = &grid.cells[grid.find(at)?];
        if cell.kind == Kind::Empty {
            return None;
        }
        engine.stored(grid, cell).ok()
    }

    fn single(&mut self, engine: &mut Engine<'_>, sheet: usize, id: u32, value: Value) {
        let Some((_, _, _, cell)) = self.model.record(id) else {
            return;
        };
        let stored = self.stored(engine, sheet, cell.at);
        let same = stored.as_ref().is_some_and(|s| agrees(&value, s));
        let before = match stored {
            Some(stored) => Some(stored),
            None => match engine.settle_formula(World::Form, id) {
                Ok(Operand::One(value)) => Some(value),
                _ => None,
            },
        };
        if !same {
            let edits = self.edits.entry(sheet).or_default();
            edits.cells.insert(cell.at, Edit::Result(value.clone()));
        }
        self.results.push(Recomputed {
            id,
            before,
            after: value,
        });
    }

    /// Puts an array's values into the cells of `rect`, and empties the rest of `whole`.
    fn spread(
        &mut self,
        engine: &mut Engine<'_>,
        sheet: usize,
        id: u32,
        rect: Rect,
        whole: Rect,
        array: &Array,
    ) {
        let before = self.stored(engine, sheet, rect.start);
        for row in whole.start.row..=whole.end.row {
            for col in whole.start.col..=whole.end.col {
                let at = Cell::new(row, col);
                let value = if rect.contains(at) {
                    array
                        .spread(
                            (row - rect.start.row) as usize,
                            (col - rect.start.col) as usize,
                        )
                        .clone()
                } else {
                    Value::Empty
                };
                let stored = self.stored(engine, sheet, at).unwrap_or(Value::Empty);
                if !agrees(&value, &stored) {
                    let edits = self.edits.entry(sheet).or_default();
                    edits.cells.insert(
                        at,
                        match value {
                            Value::Empty => Edit::Drop,
                            value => Edit::Result(value),
                        },
                    );
                }
            }
        }
        self.results.push(Recomputed {
            id,
            before,
            after: array.get(0, 0).clone(),
        });
    }

    fn drop(&mut self, sheet: usize, rect: Rect) {
        self.missing.push((sheet, rect.start));
        let Some(grid) = self.model.grid(sheet) else {
            return;
        };
        for row in rect.start.row..=rect.end.row {
            let Ok(index) = grid.row_index(row) else {
                continue;
            };
            for cell in grid.row_cells(&grid.rows[index]) {
                if rect.contains(cell.at)
                    && (cell.kind != Kind::Empty || cell.value_element().is_some())
                {
                    let edits = self.edits.entry(sheet).or_default();
                    edits.cells.insert(cell.at, Edit::Drop);
                }
            }
        }
    }
}
