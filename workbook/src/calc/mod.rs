//! The calculator: it evaluates chosen cells of a workbook as Excel would, and says so where it
//! cannot. It never guesses: what it does not know stops the evaluation of that cell.

mod areas;
pub mod engine;
mod expressions;
pub mod functions;
pub mod hash;
pub mod model;
pub mod number_format;
pub mod time;
pub mod value;

use std::rc::Rc;

use crate::address::Rect;
use value::{Array, Fault, Value};

/// Why a cell's value cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Something that the calculator does not do; what it is.
    Unsupported(Rc<str>),
    /// It depends on itself.
    Circular,
    /// It depends on a cell whose value cannot be told.
    Unknown,
    /// Too deep for one descent: this formula has to be evaluated first.
    Deep(u32),
    /// The work became more than is allowed.
    Exhausted,
}

/// The result of an evaluation.
pub type Answer<T> = Result<T, Stop>;

/// What an expression gives.
#[derive(Clone, Debug)]
pub enum Operand {
    /// One value.
    One(Value),
    /// Several.
    Many(Rc<Array>),
    /// Cells.
    Area(usize, Rect),
    /// Several rectangles of cells.
    Areas(Rc<Vec<(usize, Rect)>>),
}

impl From<Value> for Operand {
    fn from(value: Value) -> Self {
        Self::One(value)
    }
}

impl From<Fault> for Operand {
    fn from(fault: Fault) -> Self {
        Self::One(Value::Fault(fault))
    }
}

/// Stops for something not supported.
pub fn unsupported<T>(what: &str) -> Answer<T> {
    Err(Stop::Unsupported(what.into()))
}
