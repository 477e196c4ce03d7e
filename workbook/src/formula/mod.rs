//! Formulas: their tree, the parser that makes it, and what they refer to.

mod parse;
mod refer;
mod structured;
mod template;

use std::rc::Rc;

pub use parse::parse;
pub use refer::{Plan, Uses, table_rect, uses};
pub use template::template;

use crate::address::{Cell, MAX_COL, MAX_ROW, Rect};
use crate::calc::functions::Function;
use crate::calc::value::Fault;

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
    /// `&`
    Join,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// An operator on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-x`
    Negate,
    /// `+x`
    Plus,
    /// `x%`
    Percent,
}

/// Which sheet a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnSheet {
    /// None: the formula's own.
    Own,
    /// One, by its index.
    Of(usize),
    /// All from one to another (`First:Last!A1`).
    Span(usize, usize),
}

/// A corner of a reference, relative or absolute each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corner {
    /// The cell, as written.
    pub cell: Cell,
    /// Whether the row stays (`$`).
    pub fixed_row: bool,
    /// Whether the column stays (`$`).
    pub fixed_col: bool,
}

impl Corner {
    /// Where the corner is for a formula written at `base` and used at `at`. Relative parts wrap
    /// around the edges of the sheet, as they do in shared formulas and names.
    fn place(&self, base: Cell, at: Cell) -> Cell {
        let wrap = |value: u32, base: u32, at: u32, max: u32| {
            let moved = i64::from(value) + i64::from(at) - i64::from(base) - 1;
            u32::try_from(moved.rem_euclid(i64::from(max)) + 1).unwrap_or(1)
        };
        Cell {
            row: if self.fixed_row {
                self.cell.row
            } else {
                wrap(self.cell.row, base.row, at.row, MAX_ROW)
            },
            col: if self.fixed_col {
                self.cell.col
            } else {
                wrap(self.cell.col, base.col, at.col, MAX_COL)
            },
        }
    }
}

/// A reference to cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// On which sheet.
    pub sheet: OnSheet,
    /// One corner.
    pub a: Corner,
    /// The opposite one; the same for a single cell.
    pub b: Corner,
}

impl Reference {
    /// The rectangle for a formula written at `base` and used at `at`.
    pub fn rect(&self, base: Cell, at: Cell) -> Rect {
        if self.a == self.b {
            return Rect::one(self.a.place(base, at));
        }
        Rect::between(self.a.place(base, at), self.b.place(base, at))
    }
}

/// Which rows of a table a structured reference means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableRows {
    /// `#Headers` or `#All`.
    pub headers: bool,
    /// `#Data`, `#All`, or nothing said.
    pub data: bool,
    /// `#Totals` or `#All`.
    pub totals: bool,
    /// `#This Row` or `@`.
    pub this_row: bool,
}

/// A structured reference.
#[derive(Clone, Debug, PartialEq)]
pub struct TableReference {
    /// The table; empty for the one that the formula stands in.
    pub table: Rc<str>,
    /// Its rows.
    pub rows: TableRows,
    /// Its columns from and to; all for `None`.
    pub columns: Option<(Rc<str>, Rc<str>)>,
}

/// A formula's tree.
#[derive(Clone, Debug)]
pub enum Node {
    /// A number.
    Number(f64),
    /// A text.
    Text(Rc<str>),
    /// TRUE or FALSE.
    Bool(bool),
    /// An error written out.
    Fault(Fault),
    /// An argument left empty.
    Missing,
    /// Cells.
    Reference(Reference),
    /// A name, with its sheet where one is given.
    Name(Option<usize>, Rc<str>),
    /// A structured reference.
    Table(Rc<TableReference>),
    /// An operator between two.
    Binary(Binary, Box<Node>, Box<Node>),
    /// An operator on one.
    Unary(Unary, Box<Node>),
    /// A function that is known.
    Call(&'static Function, Vec<Node>),
    /// A function that is not; never evaluated.
    Unknown(Rc<str>, Vec<Node>),
    /// A constant array, by rows.
    Array(usize, Vec<Node>),
    /// `(A1,B2)`
    Union(Vec<Node>),
    /// `A1:C3 B2:D4`
    Intersection(Box<Node>, Box<Node>),
    /// `x:y`, where an end is not written out.
    Range(Box<Node>, Box<Node>),
    /// `A1#`
    Spill(Box<Node>),
    /// `@x`
    Single(Box<Node>),
    /// Another workbook: never evaluated.
    External,
}

/// A formula that was parsed.
#[derive(Clone, Debug)]
pub struct Formula {
    /// Its tree.
    pub root: Node,
    /// The cell that its relative references are written for.
    pub base: Cell,
}
