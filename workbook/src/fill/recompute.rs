//! New values for the formulas that depend on the answers.

use std::collections::BTreeMap;

use super::checks::Recomputed;
use super::edit::{Edit, Edits};
use crate::address::{Cell, Rect};
use crate::calc::engine::{Engine, World, agrees};
use crate::calc::model::Model;
use crate::calc::value::{Array, Value};
use crate::calc::{Operand, Stop};
use crate::open::Refused;
use crate::open::grid::{FormulaKind, Kind};

/// Evaluates dependents and turns their values into edits.
pub(super) struct Recompute<'a, 'b> {
    pub(super) model: &'b Model<'a>,
    pub(super) edits: &'b mut BTreeMap<usize, Edits>,
    pub(super) results: Vec<Recomputed>,
    /// Formulas left without a value, and why.
    pub(super) missing: Vec<(usize, Cell, String)>,
}

impl Recompute<'_, '_> {
    pub(super) fn formula(&mut self, engine: &mut Engine<'_>, id: u32) -> Result<(), Refused> {
        let Some((sheet, _, record, cell)) = self.model.record(id) else {
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
                    other => self.drop(engine, id, sheet, Rect::one(cell.at), other.err()),
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
            other => {
                self.drop(engine, id, sheet, rect, other.err());
                return Ok(());
            }
        };
        let (rows, cols) = (rect.rows() as usize, rect.cols() as usize);
        if !dynamic || (array.rows, array.cols) == (rows, cols) {
            self.spread(engine, sheet, id, rect, rect, &array);
            return Ok(());
        }
        // That nothing stands in its way was seen when it was evaluated.
        let new = Engine::spilled_over(rect, &array);
        match record.reference() {
            Some(reference) => {
                self.spread(engine, sheet, id, new, rect.around(&new), &array);
                self.edits
                    .entry(sheet)
                    .or_default()
                    .references
                    .push((reference, new));
            }
            None => self.drop(engine, id, sheet, rect, None),
        }
        Ok(())
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
        // On the untouched form; remembered where trust was looked at.
        let computed = match engine.settle_formula(World::Form, id) {
            Ok(Operand::One(value)) => Some(value),
            Ok(Operand::Many(array)) => Some(array.get(0, 0).clone()),
            _ => None,
        };
        let told = self
            .model
            .grid(sheet)
            .is_some_and(|grid| !engine.is_unvalued(grid, cell));
        // What the form stores stays where nothing moved, though it be a hair off what is computed
        // here; where anything did, even the last penny of a billion is written.
        let same = stored
            .as_ref()
            .is_some_and(|s| *s == value || told && computed.as_ref() == Some(&value));
        let before = if told { stored } else { computed };
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
        let told = self.model.grid(sheet).is_some_and(|grid| {
            grid.find(rect.start)
                .is_some_and(|i| !engine.is_unvalued(grid, &grid.cells[i]))
        });
        let unmoved = rect == whole
            && told
            && match engine.settle_formula(World::Form, id) {
                Ok(Operand::Many(old)) => *old == *array,
                Ok(Operand::One(old)) => {
                    (array.rows, array.cols) == (1, 1) && old == array.items[0]
                }
                _ => false,
            };
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
                let same = value == stored || unmoved && agrees(&value, &stored);
                if !same {
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

    fn drop(
        &mut self,
        engine: &mut Engine<'_>,
        id: u32,
        sheet: usize,
        rect: Rect,
        stop: Option<Stop>,
    ) {
        let why = reason(engine, id, stop);
        self.missing.push((sheet, rect.start, why));
        let Some(grid) = self.model.grid(sheet) else {
            return;
        };
        for row in rect.start.row..=rect.end.row {
            let Ok(index) = grid.row_index(row) else {
                continue;
            };
            for cell in grid.row_cells(&grid.rows[index]) {
                // An empty `v` is no value: it stays.
                if rect.contains(cell.at) && cell.kind != Kind::Empty {
                    let edits = self.edits.entry(sheet).or_default();
                    edits.cells.insert(cell.at, Edit::Drop);
                }
            }
        }
    }
}

/// Why a formula has no value, in words that follow "because".
fn reason(engine: &mut Engine<'_>, id: u32, stop: Option<Stop>) -> String {
    let said = |stop: &Stop| match stop {
        Stop::Unsupported(what) => Some(format!("it uses {what}, which is beyond the calculator")),
        Stop::Circular => Some("it depends on itself".to_owned()),
        Stop::Exhausted => Some("calculating it takes too long".to_owned()),
        Stop::Unknown | Stop::Deep(_) => None,
    };
    if engine.is_off() {
        return String::new();
    }
    // What stops it with the answers in place mostly stops it on the untouched form too.
    if let Some(said) = stop.as_ref().and_then(said) {
        return said;
    }
    match engine.settle_formula(World::Form, id) {
        Err(stop) => said(&stop),
        Ok(_) if !engine.settle_trust(id) => Some(
            "the calculator does not come to the value that the form itself stores for it"
                .to_owned(),
        ),
        Ok(_) => None,
    }
    .unwrap_or_else(|| "it depends on a cell that has no value".to_owned())
}
