//! The evaluation of formulas, one cell at a time and only as far as somebody asks.
//!
//! There are two worlds. In the *form* world cells have the values that the untouched file says
//! they have; evaluating a formula there and comparing shows whether the calculator can be
//! trusted with it. In the *filled* world the answers stand in their cells and every formula that
//! depends on them has its new value.

use std::collections::HashMap;
use std::rc::Rc;

use super::functions::Kind;
use super::model::Model;
use super::value::{Array, Fault, Value, compare, same_number};
use super::{Answer, Operand, Stop, unsupported};
use crate::address::{Cell, MAX_COL, MAX_ROW, Rect};
use crate::formula::{Binary, Formula, Node, OnSheet, Unary};
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
const MAX_DEPTH: u32 = 64;
/// Expressions inside expressions, over all cells of a descent.
const MAX_NESTED: u32 = 4_000;
/// Steps of one filling. Real forms take some millions.
const MAX_STEPS: u64 = 2_000_000_000;
/// Items kept in remembered areas.
const MAX_KEPT: usize = 30_000_000;
/// Items of one array.
pub const MAX_ITEMS: usize = 4_000_000;

/// The calculator's state for one workbook and one set of answers.
#[derive(Debug)]
pub struct Engine<'a> {
    /// The formulas.
    pub model: &'a Model<'a>,
    answers: Vec<HashMap<Cell, Value>>,
    /// Cells answered that the sheet does not have yet, by sheet.
    added: Vec<Vec<Cell>>,
    dirty: Vec<bool>,
    /// Where something changes, by sheet: nothing outside can differ between the worlds.
    changed: Vec<Option<Rect>>,
    /// Array formulas that are evaluated anew, by sheet.
    arrays: Vec<Vec<(Rect, u32)>>,
    memo: HashMap<(World, u32), Memo>,
    areas: HashMap<(World, usize, Rect), Rc<Array>>,
    kept: usize,
    depth: u32,
    steps: u64,
    variables: Vec<(Rc<str>, Operand)>,
    off: bool,
    nested: u32,
}

impl<'a> Engine<'a> {
    /// An engine in which nothing is answered yet.
    pub fn new(model: &'a Model<'a>) -> Self {
        let sheets = model.book.sheets.len();
        Self {
            model,
            answers: vec![HashMap::new(); sheets],
            added: vec![Vec::new(); sheets],
            dirty: vec![false; model.len()],
            changed: vec![None; sheets],
            arrays: vec![Vec::new(); sheets],
            memo: HashMap::new(),
            areas: HashMap::new(),
            kept: 0,
            depth: 0,
            steps: 0,
            variables: Vec::new(),
            off: false,
            nested: 0,
        }
    }

    /// Puts an answer in its cell.
    pub fn answer(&mut self, sheet: usize, at: Cell, value: Value) {
        if self.model.grid(sheet).is_some_and(|g| g.find(at).is_none()) {
            self.added[sheet].push(at);
            self.added[sheet].sort_unstable();
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

    fn note_change(&mut self, sheet: usize, rect: Rect) {
        let slot = &mut self.changed[sheet];
        *slot = Some(slot.map_or(rect, |r| r.around(&rect)));
    }

    /// Evaluates no formula from here on: each is unknown.
    pub fn turn_off(&mut self) {
        self.off = true;
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

    fn step(&mut self, count: usize) -> Answer<()> {
        self.steps += count as u64;
        if self.steps > MAX_STEPS {
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

    fn cell_at(
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
            if cell.kind == Stored::Empty {
                return self.formula_value(World::Form, id);
            }
        }
        self.stored(grid, cell)
    }

    /// The value that the file holds for a cell.
    pub fn stored(&self, grid: &Grid, cell: &CellRec) -> Answer<Value> {
        Ok(match cell.kind {
            Stored::Empty => Value::Empty,
            Stored::Number => match std::str::from_utf8(grid.value_bytes(cell))
                .ok()
                .and_then(|t| t.trim().parse::<f64>().ok())
            {
                Some(n) => Value::number(n),
                None => return unsupported("a number that cannot be read"),
            },
            Stored::Shared => {
                let index = std::str::from_utf8(grid.value_bytes(cell))
                    .ok()
                    .and_then(|t| t.trim().parse::<usize>().ok());
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
            Stored::Bool => Value::Bool(matches!(grid.value_bytes(cell), b"1" | b"true")),
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
        self.evaluate(world, &formula, sheet, cell.at, kind)
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
            match self.eval(root, &place) {
                Err(Stop::Deep(id)) => self.unwind(World::Filled, id)?,
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
        if cell.kind == Stored::Empty {
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

    // Expressions

    /// Evaluates an expression.
    pub fn eval(&mut self, node: &Node, place: &Place) -> Answer<Operand> {
        if self.nested > MAX_NESTED {
            return Err(Stop::Exhausted);
        }
        self.nested += 1;
        let result = self.eval_node(node, place);
        self.nested -= 1;
        result
    }

    fn eval_node(&mut self, node: &Node, place: &Place) -> Answer<Operand> {
        Ok(match node {
            Node::Number(n) => Operand::One(Value::Number(*n)),
            Node::Text(t) => Operand::One(Value::Text(t.clone())),
            Node::Bool(b) => Operand::One(Value::Bool(*b)),
            Node::Fault(f) => Operand::One(Value::Fault(*f)),
            Node::Missing => Operand::One(Value::Empty),
            Node::Reference(r) => {
                let rect = r.rect(place.base, place.at);
                match r.sheet {
                    OnSheet::Own => Operand::Area(place.own, rect),
                    OnSheet::Of(sheet) => Operand::Area(sheet, rect),
                    OnSheet::Span(a, b) => {
                        Operand::Areas(Rc::new((a.min(b)..=a.max(b)).map(|s| (s, rect)).collect()))
                    }
                }
            }
            Node::Name(sheet, name) => return self.name(*sheet, name, place),
            Node::Table(t) => {
                match crate::formula::table_rect(self.model.book, t, place.sheet, place.at) {
                    Some((sheet, rect)) => Operand::Area(sheet, rect),
                    None => Operand::from(Fault::Ref),
                }
            }
            Node::Array(cols, items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    match self.eval(item, place)? {
                        Operand::One(value) => values.push(value),
                        _ => return Err(Stop::Unknown),
                    }
                }
                Operand::Many(Rc::new(Array {
                    rows: values.len() / (*cols).max(1),
                    cols: *cols,
                    items: values,
                }))
            }
            Node::Binary(op, a, b) => {
                let a = self.value_operand(a, place)?;
                let b = self.value_operand(b, place)?;
                return self.zip(&a, &b, |x, y| binary(*op, x, y));
            }
            Node::Unary(op, a) => {
                let a = self.value_operand(a, place)?;
                return self.map(&a, |v| unary(*op, v));
            }
            Node::Single(a) => {
                let operand = self.eval(a, place)?;
                let place = Place {
                    array: false,
                    ..*place
                };
                match operand {
                    Operand::Many(array) => Operand::One(array.get(0, 0).clone()),
                    other => Operand::One(self.single(other, &place)?),
                }
            }
            Node::Spill(a) => match self.eval(a, place)? {
                Operand::Area(sheet, rect) if rect.is_one() => {
                    return self.spill_area(place.world, sheet, rect.start);
                }
                _ => Operand::from(Fault::Ref),
            },
            Node::Union(all) => {
                let mut areas = Vec::new();
                for node in all {
                    match self.eval(node, place)? {
                        Operand::Area(sheet, rect) => areas.push((sheet, rect)),
                        Operand::Areas(more) => areas.extend(more.iter().copied()),
                        Operand::One(Value::Fault(f)) => return Ok(f.into()),
                        _ => return Ok(Fault::Value.into()),
                    }
                }
                Operand::Areas(Rc::new(areas))
            }
            Node::Intersection(a, b) => match (self.eval(a, place)?, self.eval(b, place)?) {
                (Operand::Area(s, x), Operand::Area(t, y)) if s == t && x.meets(&y) => {
                    Operand::Area(
                        s,
                        Rect {
                            start: Cell::new(
                                x.start.row.max(y.start.row),
                                x.start.col.max(y.start.col),
                            ),
                            end: Cell::new(x.end.row.min(y.end.row), x.end.col.min(y.end.col)),
                        },
                    )
                }
                (Operand::Area(..), Operand::Area(..)) => Fault::Null.into(),
                _ => Fault::Value.into(),
            },
            Node::Range(a, b) => match (self.eval(a, place)?, self.eval(b, place)?) {
                (Operand::Area(s, x), Operand::Area(t, y)) if s == t => {
                    Operand::Area(s, x.around(&y))
                }
                (Operand::One(Value::Fault(f)), _) | (_, Operand::One(Value::Fault(f))) => f.into(),
                _ => Fault::Value.into(),
            },
            Node::Call(function, args) => {
                self.step(1)?;
                return match function.kind {
                    Kind::Lazy(f) => f(self, place, args),
                    Kind::Values(f) => {
                        let inner = Place {
                            array: place.array || function.wants_arrays(),
                            ..*place
                        };
                        let mut operands = Vec::with_capacity(args.len());
                        for arg in args {
                            operands.push(self.eval(arg, &inner)?);
                        }
                        f(self, &inner, &operands)
                    }
                    Kind::Scalar(f) => {
                        let mut operands = Vec::with_capacity(args.len());
                        for arg in args {
                            operands.push(self.value_operand(arg, place)?);
                        }
                        self.lift(&operands, function.keeps_faults(), f)
                    }
                };
            }
            Node::Unknown(name, _) => return Err(Stop::Unsupported(name.clone())),
            Node::External => return unsupported("another workbook"),
        })
    }

    fn name(&mut self, sheet: Option<usize>, name: &Rc<str>, place: &Place) -> Answer<Operand> {
        if let Some((_, value)) = self.variables.iter().rev().find(|(n, _)| n == name) {
            return Ok(value.clone());
        }
        let from = Some(sheet.unwrap_or(place.sheet));
        let book = self.model.book;
        let Some((index, defined)) = book.name(name, from) else {
            if let Some(table) = book.table(name)
                && let Some(rect) = table.data()
            {
                return Ok(Operand::Area(table.sheet, rect));
            }
            return Ok(Fault::Name.into());
        };
        let own = defined.sheet.or(sheet).unwrap_or(place.sheet);
        let Some(root) = book.name_root(index) else {
            return unsupported("a name that cannot be read");
        };
        if self.depth >= MAX_DEPTH + 32 {
            return Err(Stop::Circular);
        }
        self.depth += 1;
        let inner = Place {
            own,
            base: Cell::new(1, 1),
            array: true,
            ..*place
        };
        let result = self.eval(root, &inner);
        self.depth -= 1;
        result
    }

    /// Binds a variable of LET while `f` runs.
    pub fn with_variable<T>(
        &mut self,
        name: Rc<str>,
        value: Operand,
        f: impl FnOnce(&mut Self) -> Answer<T>,
    ) -> Answer<T> {
        self.variables.push((name, value));
        let result = f(self);
        self.variables.pop();
        result
    }

    fn spill_area(&mut self, world: World, sheet: usize, at: Cell) -> Answer<Operand> {
        let Some(grid) = self.model.grid(sheet) else {
            return Ok(Fault::Ref.into());
        };
        let Some((rect, index)) = grid.array_at(at) else {
            return Ok(Fault::Ref.into());
        };
        if rect.start != at {
            return Ok(Fault::Ref.into());
        }
        let id = self.model.id(sheet, index as usize);
        if world == World::Filled && self.dirty[id as usize] {
            return match self.formula_operand(world, id)? {
                Operand::Many(array) => Ok(Operand::Area(
                    sheet,
                    Rect {
                        start: at,
                        end: Cell::new(
                            at.row + u32::try_from(array.rows).unwrap_or(1) - 1,
                            at.col + u32::try_from(array.cols).unwrap_or(1) - 1,
                        ),
                    },
                )),
                _ => Ok(Operand::Area(sheet, Rect::one(at))),
            };
        }
        Ok(Operand::Area(sheet, rect))
    }

    /// An argument where a single value is wanted: an area becomes the cell that the formula
    /// meets in it, or an array where arrays are evaluated.
    pub fn value_operand(&mut self, node: &Node, place: &Place) -> Answer<Operand> {
        let operand = self.eval(node, place)?;
        self.to_values(operand, place)
    }

    /// The same for an operand.
    pub fn to_values(&mut self, operand: Operand, place: &Place) -> Answer<Operand> {
        match operand {
            Operand::One(_) | Operand::Many(_) => Ok(operand),
            Operand::Area(sheet, rect) if rect.is_one() => {
                Ok(Operand::One(self.cell(place.world, sheet, rect.start)?))
            }
            Operand::Area(sheet, rect) if place.array => {
                Ok(Operand::Many(self.area(place.world, sheet, rect)?))
            }
            other => Ok(Operand::One(self.single(other, place)?)),
        }
    }

    /// One value of an operand, by implicit intersection.
    pub fn single(&mut self, operand: Operand, place: &Place) -> Answer<Value> {
        match operand {
            Operand::One(value) => Ok(value),
            Operand::Many(array) => Ok(array.get(0, 0).clone()),
            Operand::Area(sheet, rect) => {
                let at = if rect.is_one() {
                    rect.start
                } else if rect.cols() == 1
                    && (rect.start.row..=rect.end.row).contains(&place.at.row)
                {
                    Cell::new(place.at.row, rect.start.col)
                } else if rect.rows() == 1
                    && (rect.start.col..=rect.end.col).contains(&place.at.col)
                {
                    Cell::new(rect.start.row, place.at.col)
                } else {
                    return Ok(Value::Fault(Fault::Value));
                };
                self.cell(place.world, sheet, at)
            }
            Operand::Areas(_) => Ok(Value::Fault(Fault::Value)),
        }
    }

    /// An argument as one value.
    pub fn value(&mut self, node: &Node, place: &Place) -> Answer<Value> {
        let operand = self.eval(node, place)?;
        self.single(operand, place)
    }

    /// An operand as an array.
    pub fn array(&mut self, operand: &Operand, place: &Place) -> Answer<Rc<Array>> {
        match operand {
            Operand::One(value) => Ok(Rc::new(Array {
                rows: 1,
                cols: 1,
                items: vec![value.clone()],
            })),
            Operand::Many(array) => Ok(array.clone()),
            Operand::Area(sheet, rect) => self.area(place.world, *sheet, *rect),
            Operand::Areas(_) => unsupported("several areas where one is wanted"),
        }
    }

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
        if changed && (!self.added[sheet].is_empty() || !self.arrays[sheet].is_empty()) {
            // Something may stand where the sheet has no cell: look at every place.
            let bottom = rect.end.row.min(self.reach(sheet));
            for row in rect.start.row..=bottom {
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

    // Arrays

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

/// An operator between two values.
pub fn binary(op: Binary, a: &Value, b: &Value) -> Value {
    if let Value::Fault(f) = a {
        return Value::Fault(*f);
    }
    if let Value::Fault(f) = b {
        return Value::Fault(*f);
    }
    match op {
        Binary::Join => match (a.to_text(), b.to_text()) {
            (Ok(a), Ok(b)) => {
                let mut joined = String::with_capacity(a.len() + b.len());
                joined.push_str(&a);
                joined.push_str(&b);
                Value::Text(joined.into())
            }
            (Err(f), _) | (_, Err(f)) => Value::Fault(f),
        },
        Binary::Equal
        | Binary::NotEqual
        | Binary::Less
        | Binary::LessOrEqual
        | Binary::Greater
        | Binary::GreaterOrEqual => match compare(a, b) {
            Ok(order) => Value::Bool(match op {
                Binary::Equal => order.is_eq(),
                Binary::NotEqual => order.is_ne(),
                Binary::Less => order.is_lt(),
                Binary::LessOrEqual => order.is_le(),
                Binary::Greater => order.is_gt(),
                _ => order.is_ge(),
            }),
            Err(f) => Value::Fault(f),
        },
        _ => {
            let (x, y) = match (a.to_number(), b.to_number()) {
                (Ok(x), Ok(y)) => (x, y),
                (Err(f), _) | (_, Err(f)) => return Value::Fault(f),
            };
            match op {
                Binary::Add => Value::number(x + y),
                Binary::Subtract => Value::number(x - y),
                Binary::Multiply => Value::number(x * y),
                Binary::Divide if y == 0.0 => Value::Fault(Fault::Div0),
                Binary::Divide => Value::number(x / y),
                _ => power(x, y),
            }
        }
    }
}

/// `x ^ y`.
pub fn power(x: f64, y: f64) -> Value {
    if x == 0.0 && y == 0.0 {
        return Value::Fault(Fault::Num);
    }
    if x == 0.0 && y < 0.0 {
        return Value::Fault(Fault::Div0);
    }
    Value::number(x.powf(y))
}

fn unary(op: Unary, a: &Value) -> Value {
    match op {
        Unary::Plus => a.clone(),
        Unary::Negate => a.to_number().map(|n| -n).into(),
        Unary::Percent => a.to_number().map(|n| n / 100.0).into(),
    }
}
