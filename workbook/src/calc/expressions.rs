//! The evaluation of expressions: operators, references, names, calls.

use std::rc::Rc;

use super::engine::{Engine, MAX_DEPTH, Place, World};
use super::functions::Kind;
use super::value::{Array, Fault, Value, compare};
use super::{Answer, Operand, Stop, unsupported};
use crate::address::{Cell, Rect};
use crate::formula::{Binary, Node, OnSheet, Unary};

impl Engine<'_> {
    /// Evaluates an expression.
    pub fn eval(&mut self, node: &Node, place: &Place) -> Answer<Operand> {
        if self.nested > self.most_nested {
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
