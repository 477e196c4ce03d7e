//! Cells as arrays, and functions applied to arrays item by item.

use std::rc::Rc;

use super::engine::{Engine, MAX_ITEMS, MAX_KEPT, World};
use super::value::{Array, Fault, Value};
use super::{Answer, Operand, Stop};
use crate::address::{Cell, MAX_COL, MAX_ROW, Rect};

impl Engine<'_> {
    /// The values of a rectangle of cells.
    pub fn area(&mut self, world: World, sheet: usize, rect: Rect) -> Answer<Rc<Array>> {
        let rect = self.model.clip(rect);
        let changed = self.changed[sheet].is_some_and(|c| c.meets(&rect));
        let world = if changed { world } else { World::Form };
        if let Some(array) = self.areas.get(&(world, sheet, rect)) {
            return Ok(array.clone());
        }
        let (rows, cols) = (rect.rows() as usize, rect.cols() as usize);
        if rows.saturating_mul(cols) > MAX_ITEMS {
            return Err(Stop::Exhausted);
        }
        self.step(rows * cols)?;
        let mut items = vec![Value::Empty; rows * cols];
        self.visit(world, sheet, rect, |at, value| {
            let (r, c) = (
                (at.row - rect.start.row) as usize,
                (at.col - rect.start.col) as usize,
            );
            items[r * cols + c] = value;
            Ok(())
        })?;
        let array = Rc::new(Array { rows, cols, items });
        if self.kept + rows * cols < MAX_KEPT {
            self.kept += rows * cols;
            self.areas.insert((world, sheet, rect), array.clone());
        }
        Ok(array)
    }

    /// Hands every cell of a rectangle that is not empty to `f`, by rows.
    pub fn visit(
        &mut self,
        world: World,
        sheet: usize,
        rect: Rect,
        mut f: impl FnMut(Cell, Value) -> Answer<()>,
    ) -> Answer<()> {
        let changed = world == World::Filled && self.changed[sheet].is_some_and(|c| c.meets(&rect));
        let rect = self.model.clip(rect);
        let spills = changed
            && self.arrays[sheet].iter().any(|(area, _)| {
                // A spill may have come to reach further down.
                let mut reach = *area;
                reach.end.row = MAX_ROW;
                reach.meets(&rect)
            });
        if spills {
            // Something may stand where the sheet has no cell: look at every place.
            let bottom = rect.end.row.min(self.reach(sheet));
            for row in rect.start.row..=bottom {
                self.spend(rect.cols() as usize)?;
                for col in rect.start.col..=rect.end.col {
                    let at = Cell::new(row, col);
                    let value = self.cell(world, sheet, at)?;
                    if value != Value::Empty {
                        f(at, value)?;
                    }
                }
            }
            return Ok(());
        }
        // Answers in cells that the sheet does not have yet.
        let added: Vec<Cell> = if changed {
            let all = &self.added[sheet];
            let first = all.partition_point(|at| at.row < rect.start.row);
            let rows = all[first..].iter().take_while(|at| at.row <= rect.end.row);
            rows.copied().filter(|at| rect.contains(*at)).collect()
        } else {
            Vec::new()
        };
        let mut added = added.into_iter().peekable();
        let Some(grid) = self.model.grid(sheet) else {
            return Ok(());
        };
        let first = grid.rows.partition_point(|r| r.row < rect.start.row);
        for row in grid.rows[first..]
            .iter()
            .take_while(|r| r.row <= rect.end.row)
        {
            let cells = grid.row_cells(row);
            let from = cells.partition_point(|c| c.at.col < rect.start.col);
            for cell in cells[from..]
                .iter()
                .take_while(|c| c.at.col <= rect.end.col)
            {
                while let Some(at) = added.next_if(|at| *at < cell.at) {
                    if let Some(value) = self.answers[sheet].get(&at).cloned()
                        && value != Value::Empty
                    {
                        f(at, value)?;
                    }
                }
                let value = if changed && let Some(v) = self.answers[sheet].get(&cell.at) {
                    v.clone()
                } else {
                    self.cell_at(world, sheet, grid, cell)?
                };
                if value != Value::Empty {
                    f(cell.at, value)?;
                }
            }
        }
        for at in added {
            if let Some(value) = self.answers[sheet].get(&at).cloned()
                && value != Value::Empty
            {
                f(at, value)?;
            }
        }
        Ok(())
    }

    /// The last row where this sheet can hold anything.
    fn reach(&self, sheet: usize) -> u32 {
        let last = self
            .model
            .grid(sheet)
            .and_then(|g| g.rows.last())
            .map_or(1, |r| r.row);
        let added = self.added[sheet].last().map_or(1, |c| c.row);
        let arrays = self.arrays[sheet]
            .iter()
            .map(|(r, _)| r.end.row.saturating_add(20_000).min(MAX_ROW))
            .max()
            .unwrap_or(1);
        last.max(added).max(arrays)
    }

    /// Applies a function to every value.
    pub fn map(&mut self, a: &Operand, f: impl Fn(&Value) -> Value) -> Answer<Operand> {
        Ok(match a {
            Operand::One(value) => Operand::One(f(value)),
            Operand::Many(array) => {
                self.step(array.items.len())?;
                Operand::Many(Rc::new(Array {
                    rows: array.rows,
                    cols: array.cols,
                    items: array.items.iter().map(f).collect(),
                }))
            }
            _ => Operand::from(Fault::Value),
        })
    }

    /// Applies a function to every pair of values.
    pub fn zip(
        &mut self,
        a: &Operand,
        b: &Operand,
        f: impl Fn(&Value, &Value) -> Value,
    ) -> Answer<Operand> {
        if let (Operand::One(x), Operand::One(y)) = (a, b) {
            return Ok(Operand::One(f(x, y)));
        }
        self.lift(&[a.clone(), b.clone()], true, |_, v| Ok(f(&v[0], &v[1])))
    }

    /// Applies a function of single values to every item of its arguments.
    pub fn lift(
        &mut self,
        operands: &[Operand],
        keep_faults: bool,
        f: impl Fn(&mut Self, &[Value]) -> Answer<Value>,
    ) -> Answer<Operand> {
        let (mut rows, mut cols, mut many) = (1, 1, false);
        for operand in operands {
            match operand {
                Operand::Many(array) => {
                    many = true;
                    rows = rows.max(array.rows);
                    cols = cols.max(array.cols);
                }
                Operand::One(_) => {}
                _ => return Ok(Fault::Value.into()),
            }
        }
        if rows.saturating_mul(cols) > MAX_ITEMS {
            return Err(Stop::Exhausted);
        }
        self.step(rows * cols)?;
        let mut items = Vec::with_capacity(rows * cols);
        let mut values = Vec::with_capacity(operands.len());
        for r in 0..rows {
            for c in 0..cols {
                values.clear();
                let mut fault = None;
                for operand in operands {
                    let value = match operand {
                        Operand::One(v) => v.clone(),
                        Operand::Many(a) => a.spread(r, c).clone(),
                        _ => Value::Empty,
                    };
                    if let Value::Fault(f) = value {
                        fault = fault.or(Some(f));
                    }
                    values.push(value);
                }
                items.push(match fault {
                    Some(fault) if !keep_faults => Value::Fault(fault),
                    _ => f(self, &values)?,
                });
            }
        }
        Ok(if many {
            Operand::Many(Rc::new(Array { rows, cols, items }))
        } else {
            Operand::One(items.pop().unwrap_or(Value::Empty))
        })
    }

    /// A rectangle moved and sized, if it stays on the sheet.
    pub fn offset(rect: Rect, rows: i64, cols: i64, height: i64, width: i64) -> Option<Rect> {
        let edge = |start: u32, by: i64, size: i64, max: u32| {
            let a = i64::from(start) + by;
            let (a, b) = if size > 0 {
                (a, a + size - 1)
            } else {
                (a + size + 1, a)
            };
            if size == 0 || a < 1 || b > i64::from(max) {
                return None;
            }
            Some((u32::try_from(a).ok()?, u32::try_from(b).ok()?))
        };
        let (top, bottom) = edge(rect.start.row, rows, height, MAX_ROW)?;
        let (left, right) = edge(rect.start.col, cols, width, MAX_COL)?;
        Some(Rect {
            start: Cell::new(top, left),
            end: Cell::new(bottom, right),
        })
    }
}
