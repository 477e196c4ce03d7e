//! The evaluation of formulas, one cell at a time and only as far as somebody asks.
//!
//! There are two worlds. In the *form* world cells have the values that the untouched file says
//! they have; evaluating a formula there and comparing shows whether the calculator can be
//! trusted with it. In the *filled* world the answers stand in their cells and every formula that
//! depends on them has its new value.

use std::collections::HashMap;
use std::rc::Rc;

use super::hash::Quick;
use super::model::Model;
use super::value::{Array, Fault, Value, same_number, swap_unsure};
use super::{Answer, Operand, Stop, unsupported};
use crate::address::{Cell, MAX_ROW, Rect};
use crate::formula::{Binary, Formula, Node};
use crate::open::grid::{CellRec, FormulaKind, Grid, Kind as Stored};
use crate::open::strings;

/// Which values cells have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum World {
    /// Those of the untouched file.
    Form,
    /// Those with the answers in place.
    Filled,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// In which world.
    pub world: World,
    /// The sheet of the formula's cell.
    pub sheet: usize,
    /// The formula's cell.
    pub at: Cell,
    /// The sheet that references without one are on.
    pub own: usize,
    /// The cell that relative references are written for.
    pub base: Cell,
    /// Whether arrays are evaluated item by item (array formulas), or cells are met with the
    /// formula's own row or column (all others).
    pub array: bool,
}

#[derive(Clone, Debug)]
enum Memo {
    Working,
    Done(Operand),
    Failed(Stop),
}

/// How far one descent through cells goes before it starts again from the deepest.
pub(super) const MAX_DEPTH: u32 = 64;
/// Expressions inside expressions, over all cells of a descent.
const MAX_NESTED: u32 = 4_000;
/// Steps of one filling. Real forms take some millions.
const MAX_STEPS: u64 = 2_000_000_000;
/// Items kept in remembered areas.
pub(super) const MAX_KEPT: usize = 30_000_000;
/// Items of one array.
pub const MAX_ITEMS: usize = 4_000_000;

/// The calculator's state for one workbook and one set of answers.
#[derive(Debug)]
pub struct Engine<'a> {
    /// The formulas.
    pub model: &'a Model<'a>,
    pub(super) answers: Vec<HashMap<Cell, Value, Quick>>,
    /// Cells answered that the sheet does not have yet, by sheet.
    pub(super) added: Vec<Vec<Cell>>,
    pub(super) dirty: Vec<bool>,
    /// Formulas whose values change by themselves; empty where there are none.
    unsteady: Vec<bool>,
    /// Where something changes, by sheet: nothing outside can differ between the worlds.
    pub(super) changed: Vec<Option<Rect>>,
    /// Array formulas that are evaluated anew, by sheet.
    pub(super) arrays: Vec<Vec<(Rect, u32)>>,
    memo: HashMap<(World, u32), Memo, Quick>,
    pub(super) areas: HashMap<(World, usize, Rect), Rc<Array>, Quick>,
    pub(super) kept: usize,
    pub(super) depth: u32,
    steps: u64,
    pub(super) variables: Vec<(Rc<str>, Operand)>,
    off: bool,
    pub(super) nested: u32,
    pub(super) most_nested: u32,
    most_steps: u64,
}

impl<'a> Engine<'a> {
    /// An engine in which nothing is answered yet.
    pub fn new(model: &'a Model<'a>) -> Self {
        let sheets = model.book.sheets.len();
        Self {
            model,
            answers: vec![HashMap::default(); sheets],
            added: vec![Vec::new(); sheets],
            dirty: vec![false; model.len()],
            unsteady: Vec::new(),
            changed: vec![None; sheets],
            arrays: vec![Vec::new(); sheets],
            memo: HashMap::default(),
            areas: HashMap::default(),
            kept: 0,
            depth: 0,
            steps: 0,
            variables: Vec::new(),
            off: false,
            nested: 0,
            most_nested: MAX_NESTED,
            most_steps: MAX_STEPS,
        }
    }

    /// Puts an answer in its cell.
    pub fn answer(&mut self, sheet: usize, at: Cell, value: Value) {
        if self.model.grid(sheet).is_some_and(|g| g.find(at).is_none()) {
            let added = &mut self.added[sheet];
            if let Err(place) = added.binary_search(&at) {
                added.insert(place, at);
            }
        }
        self.answers[sheet].insert(at, value);
        self.note_change(sheet, Rect::one(at));
    }

    /// Says that a formula depends on the answers.
    pub fn mark(&mut self, id: u32) {
        if std::mem::replace(&mut self.dirty[id as usize], true) {
            return;
        }
        let Some((sheet, rect)) = self.model.fills(id) else {
            return;
        };
        let mut reach = rect;
        if let Some((_, _, record, _)) = self.model.record(id)
            && let FormulaKind::Array { dynamic, .. } = record.kind
        {
            self.arrays[sheet].push((rect, id));
            if dynamic {
                reach.end.row = MAX_ROW;
            }
        }
        self.note_change(sheet, reach);
    }

    /// Says that a formula's value changes by itself: nothing that uses it can be told.
    pub fn doubt(&mut self, id: u32) {
        if self.unsteady.is_empty() {
            self.unsteady = vec![false; self.model.len()];
        }
        self.unsteady[id as usize] = true;
        if let Some((sheet, rect)) = self.model.fills(id) {
            self.note_change(sheet, rect);
        }
    }

    pub(super) fn note_change(&mut self, sheet: usize, rect: Rect) {
        let slot = &mut self.changed[sheet];
        *slot = Some(slot.map_or(rect, |r| r.around(&rect)));
    }

    /// Holds the engine to what a server's own thread can bear: a shallow and short evaluation.
    pub fn frugal(mut self) -> Self {
        self.most_nested = 60;
        self.most_steps = 200_000;
        self
    }

    /// Evaluates no formula from here on: each is unknown.
    pub fn turn_off(&mut self) {
        self.off = true;
    }

    /// Whether no formula is evaluated.
    pub fn is_off(&self) -> bool {
        self.off
    }

    /// Whether a formula depends on the answers.
    pub fn is_dirty(&self, id: u32) -> bool {
        self.dirty[id as usize]
    }

    /// Whether the workbook counts days from 1904.
    pub fn date1904(&self) -> bool {
        self.model.book.date1904
    }

    /// Counts work done by a function.
    pub fn spend(&mut self, count: usize) -> Answer<()> {
        self.step(count)
    }

    pub(super) fn step(&mut self, count: usize) -> Answer<()> {
        self.steps += count as u64;
        if self.steps > self.most_steps {
            return Err(Stop::Exhausted);
        }
        Ok(())
    }

    // Cells

    /// The value of a cell.
    pub fn cell(&mut self, world: World, sheet: usize, at: Cell) -> Answer<Value> {
        if world == World::Filled {
            if let Some(value) = self.answers[sheet].get(&at) {
                return Ok(value.clone());
            }
            if let Some(value) = self.spilled(sheet, at)? {
                return Ok(value);
            }
        }
        let Some(grid) = self.model.grid(sheet) else {
            return Ok(Value::Empty);
        };
        match grid.find(at) {
            Some(index) => self.cell_at(world, sheet, grid, &grid.cells[index]),
            None => Ok(Value::Empty),
        }
    }

    /// The value that an array formula which is evaluated anew puts here.
    fn spilled(&mut self, sheet: usize, at: Cell) -> Answer<Option<Value>> {
        if self.arrays[sheet].is_empty() {
            return Ok(None);
        }
        for i in 0..self.arrays[sheet].len() {
            let (rect, id) = self.arrays[sheet][i];
            let dynamic = matches!(
                self.model.record(id).map(|r| r.2.kind),
                Some(FormulaKind::Array { dynamic: true, .. })
            );
            let below = dynamic
                && at.row > rect.end.row
                && at.col >= rect.start.col
                && at.col <= rect.end.col;
            if !rect.contains(at) && !below {
                continue;
            }
            // A cell below that holds something of its own is no part of a spill.
            if below
                && let Some(grid) = self.model.grid(sheet)
                && let Some(i) = grid.find(at)
            {
                let cell = &grid.cells[i];
                if cell.kind != Stored::Empty || cell.formula().is_some() {
                    continue;
                }
            }
            let (row, col) = (
                (at.row - rect.start.row) as usize,
                (at.col - rect.start.col) as usize,
            );
            return match self.formula_operand(World::Filled, id)? {
                Operand::Many(array) => {
                    if row < array.rows && col < array.cols {
                        return Ok(Some(array.get(row, col).clone()));
                    }
                    if below {
                        continue;
                    }
                    Ok(Some(if dynamic {
                        Value::Empty
                    } else {
                        array.spread(row, col).clone()
                    }))
                }
                Operand::One(_) if dynamic && (row > 0 || col > 0) => {
                    if below {
                        continue;
                    }
                    Ok(Some(Value::Empty))
                }
                Operand::One(value) => Ok(Some(value)),
                _ => Err(Stop::Unknown),
            };
        }
        Ok(None)
    }

    pub(super) fn cell_at(
        &mut self,
        world: World,
        sheet: usize,
        grid: &Grid,
        cell: &CellRec,
    ) -> Answer<Value> {
        if let Some(index) = cell.formula() {
            let id = self.model.id(sheet, index);
            if world == World::Filled && self.dirty[id as usize] {
                return self.formula_value(World::Filled, id);
            }
            if world == World::Filled && self.unsteady.get(id as usize) == Some(&true) {
                return unsupported("a value that changes by itself");
            }
            if self.is_unvalued(grid, cell) {
                return self.formula_value(World::Form, id);
            }
        }
        self.stored(grid, cell)
    }

    /// Whether a formula's cell has no value, or a 0 that only stands for one.
    pub fn is_unvalued(&self, grid: &Grid, cell: &CellRec) -> bool {
        cell.kind == Stored::Empty
            || self.model.book.uncalculated
                && cell.kind == Stored::Number
                && grid.value_bytes(cell) == b"0"
    }

    /// The value that the file holds for a cell.
    pub fn stored(&self, grid: &Grid, cell: &CellRec) -> Answer<Value> {
        Ok(match cell.kind {
            Stored::Empty => Value::Empty,
            Stored::Number => match grid.value_text(cell).trim().parse::<f64>().ok() {
                Some(n) => Value::number(n),
                None => return unsupported("a number that cannot be read"),
            },
            Stored::Shared => {
                let index = grid.value_text(cell).trim().parse::<usize>().ok();
                let strings = match self.model.book.strings() {
                    Ok(strings) => strings,
                    Err(_) => return unsupported("damaged shared strings"),
                };
                match index.and_then(|i| strings.get(i)) {
                    Some(text) => Value::Text(text),
                    None => return unsupported("a shared string that is missing"),
                }
            }
            Stored::Text => {
                let text = grid.value_text(cell);
                Value::text(&crate::open::xml::unescape_xstring(&text))
            }
            Stored::Inline => Value::text(&strings::rich_text(grid.value_bytes(cell))),
            Stored::Bool => Value::Bool(matches!(grid.value_text(cell).trim(), "1" | "true")),
            Stored::Error => match Fault::parse(&grid.value_text(cell)) {
                Some(fault) => Value::Fault(fault),
                None => return unsupported("an error value that is not known"),
            },
            Stored::Date => match super::time::parse_iso(&grid.value_text(cell), self.date1904()) {
                Some(n) => Value::Number(n),
                None => return unsupported("a date that cannot be read"),
            },
        })
    }

    // Formulas

    fn formula_value(&mut self, world: World, id: u32) -> Answer<Value> {
        Ok(match self.formula_operand(world, id)? {
            Operand::One(value) => value,
            Operand::Many(array) => array.get(0, 0).clone(),
            _ => return Err(Stop::Unknown),
        })
    }

    /// What a formula gives. In the filled world only formulas that can be trusted are evaluated.
    pub fn formula_operand(&mut self, world: World, id: u32) -> Answer<Operand> {
        if self.off {
            return Err(Stop::Unknown);
        }
        match self.memo.get(&(world, id)) {
            Some(Memo::Done(operand)) => return Ok(operand.clone()),
            Some(Memo::Failed(stop)) => return Err(stop.clone()),
            Some(Memo::Working) => return Err(Stop::Circular),
            None => {}
        }
        if self.depth >= MAX_DEPTH {
            return Err(Stop::Deep(id));
        }
        self.step(1)?;
        self.memo.insert((world, id), Memo::Working);
        self.depth += 1;
        let variables = std::mem::take(&mut self.variables);
        let result = self.evaluate_formula(world, id);
        self.variables = variables;
        self.depth -= 1;
        match &result {
            // Neither is known about this formula itself yet.
            Err(Stop::Deep(_)) => {
                self.memo.remove(&(world, id));
            }
            Ok(operand) => {
                self.memo.insert((world, id), Memo::Done(operand.clone()));
            }
            Err(stop) => {
                self.memo.insert((world, id), Memo::Failed(stop.clone()));
            }
        }
        result
    }

    fn evaluate_formula(&mut self, world: World, id: u32) -> Answer<Operand> {
        if world == World::Filled && !self.trusted(id)? {
            return Err(Stop::Unknown);
        }
        let Some(formula) = self.model.formula(id) else {
            return unsupported("a formula that cannot be read");
        };
        let Some((sheet, _, record, cell)) = self.model.record(id) else {
            return Err(Stop::Unknown);
        };
        let kind = record.kind;
        let outer = swap_unsure(false);
        let result = self.evaluate(world, &formula, sheet, cell.at, kind);
        if swap_unsure(outer) && result.is_ok() {
            return unsupported("a date in words, whose reading depends on the country");
        }
        if world == World::Filled
            && let Ok(Operand::Many(array)) = &result
            && let FormulaKind::Array {
                rect,
                dynamic: true,
            } = kind
            && !self.can_spill(sheet, rect.around(&Rect::one(cell.at)), array)
        {
            return unsupported("a formula that cannot spill as far as it would");
        }
        result
    }

    /// Whether a spilling formula that filled `old` may fill what it now gives: downwards only,
    /// since cells to its right were not taken to depend on it, and over nothing.
    fn can_spill(&self, sheet: usize, old: Rect, array: &Array) -> bool {
        let Some(grid) = self.model.grid(sheet) else {
            return false;
        };
        let new = Self::spilled_over(old, array);
        if new == old {
            return true;
        }
        let first = grid.rows.partition_point(|r| r.row < new.start.row);
        let taken = grid.rows[first..]
            .iter()
            .take_while(|r| r.row <= new.end.row)
            .flat_map(|r| grid.row_cells(r))
            .any(|c| {
                new.contains(c.at)
                    && !old.contains(c.at)
                    && (c.kind != Stored::Empty || c.formula().is_some())
                    && self.answers[sheet]
                        .get(&c.at)
                        .is_none_or(|v| *v != Value::Empty)
            });
        let merged = self
            .model
            .book
            .tail(sheet)
            .is_ok_and(|t| t.merged.iter().any(|m| m.meets(&new)));
        let answered = self.answers[sheet]
            .iter()
            .any(|(at, value)| new.contains(*at) && *value != Value::Empty);
        new.end.row <= MAX_ROW
            && new.end.col <= old.end.col
            && array.items.len() <= 200_000
            && !taken
            && !merged
            && !answered
    }

    /// The rectangle that an array fills from where a formula stands.
    pub fn spilled_over(old: Rect, array: &Array) -> Rect {
        let reach = |start: u32, size: usize| {
            start.saturating_add(u32::try_from(size).unwrap_or(MAX_ROW).saturating_sub(1))
        };
        Rect {
            start: old.start,
            end: Cell::new(
                reach(old.start.row, array.rows),
                reach(old.start.col, array.cols),
            ),
        }
    }

    /// Evaluates a formula as it would stand in a cell.
    fn evaluate(
        &mut self,
        world: World,
        formula: &Formula,
        sheet: usize,
        at: Cell,
        kind: FormulaKind,
    ) -> Answer<Operand> {
        let array = matches!(kind, FormulaKind::Array { .. });
        let place = Place {
            world,
            sheet,
            at,
            own: sheet,
            base: formula.base,
            array,
        };
        let operand = self.eval(&formula.root, &place)?;
        let operand = match operand {
            Operand::Area(..) | Operand::Areas(_) if !array => {
                Operand::One(self.single(operand, &place)?)
            }
            Operand::Area(sheet, rect) => Operand::Many(self.area(world, sheet, rect)?),
            Operand::Areas(_) => Operand::One(Value::Fault(Fault::Value)),
            other => other,
        };
        // What an empty cell gives is 0.
        let fill = |v: &Value| match v {
            Value::Empty => Value::Number(0.0),
            other => other.clone(),
        };
        let root = &formula.root;
        Ok(match operand {
            Operand::One(value) => Operand::One(settle(root, fill(&value), self, &place)?),
            Operand::Many(array) => {
                if !place.array {
                    return Ok(Operand::One(fill(array.get(0, 0))));
                }
                let items = array.items.iter().map(fill).collect();
                Operand::Many(Rc::new(Array {
                    rows: array.rows,
                    cols: array.cols,
                    items,
                }))
            }
            other => other,
        })
    }

    /// Evaluates an expression that stands in no cell (a validation, a condition).
    pub fn expression(
        &mut self,
        root: &Node,
        sheet: usize,
        base: Cell,
        at: Cell,
    ) -> Answer<Operand> {
        let place = Place {
            world: World::Filled,
            sheet,
            at,
            own: sheet,
            base,
            array: true,
        };
        for _ in 0..100_000 {
            swap_unsure(false);
            match self.eval(root, &place) {
                Err(Stop::Deep(id)) => self.unwind(World::Filled, id)?,
                Ok(_) if swap_unsure(false) => {
                    return unsupported("a date in words, whose reading depends on the country");
                }
                other => return other,
            }
        }
        Err(Stop::Exhausted)
    }

    /// Evaluates a formula, however deep what it depends on lies.
    pub fn settle_formula(&mut self, world: World, id: u32) -> Answer<Operand> {
        match self.formula_operand(world, id) {
            Err(Stop::Deep(deeper)) => {
                self.unwind(world, deeper)?;
                for _ in 0..1_000_000 {
                    match self.formula_operand(world, id) {
                        Err(Stop::Deep(deeper)) => self.unwind(world, deeper)?,
                        other => return other,
                    }
                }
                Err(Stop::Exhausted)
            }
            other => other,
        }
    }

    fn unwind(&mut self, world: World, id: u32) -> Answer<()> {
        let mut pending = vec![id];
        while let Some(&next) = pending.last() {
            self.step(1)?;
            let filled = world == World::Filled && self.dirty[next as usize];
            let here = if filled { World::Filled } else { World::Form };
            match self.formula_operand(here, next) {
                Err(Stop::Deep(deeper)) if pending.len() < 2_000_000 && deeper != next => {
                    pending.push(deeper);
                }
                Err(Stop::Deep(_)) => return Err(Stop::Exhausted),
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                _ => {
                    pending.pop();
                }
            }
        }
        Ok(())
    }

    /// Whether the calculator gives what the untouched file says that this formula gives. Where
    /// the file says nothing there is nothing to compare: the calculator only has to get through.
    pub fn trusted(&mut self, id: u32) -> Answer<bool> {
        let Some((sheet, grid, record, cell)) = self.model.record(id) else {
            return Ok(false);
        };
        let kind = record.kind;
        // Evaluating may meet this very formula through others without values: that is a circle.
        let operand = match self.form_operand(id) {
            Ok(operand) => operand,
            Err(stop @ (Stop::Deep(_) | Stop::Exhausted)) => return Err(stop),
            Err(_) => return Ok(false),
        };
        if self.is_unvalued(grid, cell) {
            return Ok(true);
        }
        let FormulaKind::Array { rect, .. } = kind else {
            let stored = self.stored(grid, cell)?;
            return Ok(match operand {
                Operand::One(value) => agrees(&value, &stored),
                Operand::Many(array) => agrees(array.get(0, 0), &stored),
                _ => false,
            });
        };
        let rect = rect.around(&Rect::one(cell.at));
        if rect.rows() as usize * rect.cols() as usize > MAX_ITEMS {
            return Ok(false);
        }
        for row in rect.start.row..=rect.end.row {
            for col in rect.start.col..=rect.end.col {
                let stored = match grid.find(Cell::new(row, col)) {
                    Some(i) => self.stored(grid, &grid.cells[i])?,
                    None => Value::Empty,
                };
                let (r, c) = (
                    (row - rect.start.row) as usize,
                    (col - rect.start.col) as usize,
                );
                let same = match &operand {
                    Operand::One(value) => agrees(value, &stored),
                    Operand::Many(array) => agrees(array.spread(r, c), &stored),
                    _ => false,
                };
                if !same {
                    return Ok(false);
                }
            }
        }
        let _ = sheet;
        Ok(true)
    }

    /// [`Self::trusted`] for any formula, however deep what it depends on lies; false where that
    /// cannot be told.
    pub fn settle_trust(&mut self, id: u32) -> bool {
        // Whatever it gives is remembered; a failure is seen again below.
        if let Err(Stop::Exhausted) = self.settle_formula(World::Form, id) {
            return false;
        }
        self.trusted(id).unwrap_or(false)
    }

    fn form_operand(&mut self, id: u32) -> Answer<Operand> {
        self.formula_operand(World::Form, id)
    }
}

/// Excel makes a last sum or difference that is next to nothing beside its operands nothing.
fn settle(root: &Node, value: Value, engine: &mut Engine<'_>, place: &Place) -> Answer<Value> {
    let (Node::Binary(op @ (Binary::Add | Binary::Subtract), a, _), Value::Number(n)) =
        (root, &value)
    else {
        return Ok(value);
    };
    let _ = op;
    if *n == 0.0 || n.abs() > 1e-3 {
        return Ok(value);
    }
    let Operand::One(Value::Number(a)) = engine.value_operand(a, place)? else {
        return Ok(value);
    };
    if a != 0.0 && (n / a).abs() < 2f64.powi(-49) {
        return Ok(Value::Number(0.0));
    }
    Ok(value)
}

/// Whether a value is what the file holds.
pub fn agrees(value: &Value, stored: &Value) -> bool {
    match (value, stored) {
        (Value::Number(a), Value::Number(b)) => {
            same_number(*a, *b) || (a - b).abs() <= 1e-11 * a.abs().max(b.abs()).max(1e-6)
        }
        (Value::Text(a), Value::Text(b)) => {
            a == b || a.replace("\r\n", "\n") == b.replace("\r\n", "\n")
        }
        (Value::Text(a), Value::Empty) => a.is_empty(),
        (a, b) => a == b,
    }
}
