//! The functions that the calculator knows, by name.

mod arrays;
mod criteria;
mod dates;
mod finance;
mod information;
mod logic;
mod lookup;
mod math;
mod statistics;
mod text;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::engine::{Engine, Place};
use super::value::{Fault, Value};
use super::{Answer, Operand};
use crate::formula::Node;

/// How a function takes its arguments.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Single values; applied item by item to arrays.
    Scalar(fn(&mut Engine<'_>, &[Value]) -> Answer<Value>),
    /// Whatever the arguments evaluate to.
    Values(fn(&mut Engine<'_>, &Place, &[Operand]) -> Answer<Operand>),
    /// The arguments unevaluated.
    Lazy(fn(&mut Engine<'_>, &Place, &[Node]) -> Answer<Operand>),
}

/// A function.
pub struct Function {
    /// Its name, as files store it without `_xlfn.`.
    pub name: &'static str,
    min: usize,
    max: usize,
    /// How it is called.
    pub kind: Kind,
    flags: u8,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const ARRAYS: u8 = 1;
const FAULTS: u8 = 2;
const ANYWHERE: u8 = 4;
const VOLATILE: u8 = 8;
const REFERENCE: u8 = 16;

impl Function {
    /// Whether it takes this many arguments.
    pub fn takes(&self, count: usize) -> bool {
        (self.min..=self.max).contains(&count)
    }

    /// Whether its arguments are evaluated as arrays even in ordinary formulas.
    pub fn wants_arrays(&self) -> bool {
        self.flags & ARRAYS != 0
    }

    /// Whether it is called with errors rather than passing them on.
    pub fn keeps_faults(&self) -> bool {
        self.flags & FAULTS != 0
    }

    /// Whether it refers to cells that its arguments do not show.
    pub fn refers_anywhere(&self) -> bool {
        self.flags & ANYWHERE != 0
    }

    /// Whether its value changes by itself.
    pub fn is_volatile(&self) -> bool {
        self.flags & VOLATILE != 0
    }

    /// Whether it may give a reference.
    pub fn gives_reference(&self) -> bool {
        self.flags & REFERENCE != 0
    }
}

type ScalarFn = fn(&mut Engine<'_>, &[Value]) -> Answer<Value>;
type ValuesFn = fn(&mut Engine<'_>, &Place, &[Operand]) -> Answer<Operand>;
type LazyFn = fn(&mut Engine<'_>, &Place, &[Node]) -> Answer<Operand>;

const MANY: usize = 255;

const fn scalar(name: &'static str, min: usize, max: usize, f: ScalarFn) -> Function {
    Function {
        name,
        min,
        max,
        kind: Kind::Scalar(f),
        flags: 0,
    }
}

const fn values(name: &'static str, min: usize, max: usize, f: ValuesFn) -> Function {
    Function {
        name,
        min,
        max,
        kind: Kind::Values(f),
        flags: 0,
    }
}

const fn lazy(name: &'static str, min: usize, max: usize, f: LazyFn) -> Function {
    Function {
        name,
        min,
        max,
        kind: Kind::Lazy(f),
        flags: 0,
    }
}

const fn with(function: Function, flags: u8) -> Function {
    Function {
        flags: function.flags | flags,
        ..function
    }
}

/// A function by its name in capitals.
pub fn find(name: &str) -> Option<&'static Function> {
    static ALL: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            logic::ALL,
            information::ALL,
            math::ALL,
            statistics::ALL,
            text::ALL,
            lookup::ALL,
            arrays::ALL,
            dates::ALL,
            finance::ALL,
        ]
        .into_iter()
        .flatten()
        .map(|f| (f.name, f))
        .collect()
    })
    .get(name)
    .copied()
}

/// How many functions there are.
pub fn count() -> usize {
    [
        logic::ALL,
        information::ALL,
        math::ALL,
        statistics::ALL,
        text::ALL,
        lookup::ALL,
        arrays::ALL,
        dates::ALL,
        finance::ALL,
    ]
    .iter()
    .map(|a| a.len())
    .sum()
}

/// Takes the value out of a result, or returns the error as the function's value.
macro_rules! ok {
    ($e:expr) => {
        match $e {
            Ok(v) => v,
            Err(f) => return Ok($crate::calc::value::Value::Fault(f).into()),
        }
    };
}
use ok;

/// The n-th value as a number; a default where it is left out.
fn number_or(values: &[Value], n: usize, default: f64) -> Result<f64, Fault> {
    match values.get(n) {
        None => Ok(default),
        Some(v) => v.to_number(),
    }
}

/// The n-th operand as one value.
fn one(
    engine: &mut Engine<'_>,
    place: &Place,
    operands: &[Operand],
    n: usize,
) -> Answer<Option<Value>> {
    match operands.get(n) {
        None => Ok(None),
        Some(operand) => {
            let plain = Place {
                array: false,
                ..*place
            };
            engine.single(operand.clone(), &plain).map(Some)
        }
    }
}

/// A number without its decimals that fits, for counts and positions.
fn whole(n: f64) -> i64 {
    // Far beyond any sheet or text; saturates.
    n.trunc().clamp(-9e15, 9e15) as i64
}

/// A number rounded to so many decimals, halves away from zero.
pub fn round_at(n: f64, decimals: usize) -> f64 {
    math::scaled(n, decimals as f64, math::round_half)
}
