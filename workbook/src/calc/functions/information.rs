//! What a value is.

use super::{FAULTS, Function, lazy, scalar, values, with};
use crate::calc::engine::{Engine, Place};
use crate::calc::value::{Fault, Value};
use crate::calc::{Answer, Operand, unsupported};
use crate::formula::Node;

const fn about(name: &'static str, f: super::ScalarFn) -> Function {
    with(scalar(name, 1, 1, f), FAULTS)
}

pub(super) static ALL: &[Function] = &[
    about("ISBLANK", |_, v| Ok((v[0] == Value::Empty).into())),
    about("ISNUMBER", |_, v| {
        Ok(matches!(v[0], Value::Number(_)).into())
    }),
    about("ISTEXT", |_, v| Ok(matches!(v[0], Value::Text(_)).into())),
    about("ISNONTEXT", |_, v| {
        Ok((!matches!(v[0], Value::Text(_))).into())
    }),
    about(
        "ISLOGICAL",
        |_, v| Ok(matches!(v[0], Value::Bool(_)).into()),
    ),
    about("ISERROR", |_, v| Ok(matches!(v[0], Value::Fault(_)).into())),
    about("ISERR", |_, v| {
        Ok((matches!(v[0], Value::Fault(_)) && v[0] != Value::Fault(Fault::NA)).into())
    }),
    about("ISNA", |_, v| Ok((v[0] == Value::Fault(Fault::NA)).into())),
    scalar("ISEVEN", 1, 1, |_, v| Ok(parity(&v[0], 0.0))),
    scalar("ISODD", 1, 1, |_, v| Ok(parity(&v[0], 1.0))),
    scalar("N", 1, 1, |_, v| {
        Ok(match &v[0] {
            Value::Number(n) => Value::Number(*n),
            Value::Bool(b) => Value::Number(f64::from(*b)),
            _ => Value::Number(0.0),
        })
    }),
    scalar("T", 1, 1, |_, v| {
        Ok(match &v[0] {
            Value::Text(t) => Value::Text(t.clone()),
            _ => Value::text(""),
        })
    }),
    scalar("NA", 0, 0, |_, _| Ok(Value::Fault(Fault::NA))),
    about("TYPE", |_, v| {
        Ok(Value::Number(match v[0] {
            Value::Empty | Value::Number(_) => 1.0,
            Value::Text(_) => 2.0,
            Value::Bool(_) => 4.0,
            Value::Fault(_) => 16.0,
        }))
    }),
    about("ERROR.TYPE", |_, v| {
        Ok(match v[0] {
            Value::Fault(f) => Value::Number(match f {
                Fault::Null => 1.0,
                Fault::Div0 => 2.0,
                Fault::Value => 3.0,
                Fault::Ref => 4.0,
                Fault::Name => 5.0,
                Fault::Num => 6.0,
                Fault::NA => 7.0,
                Fault::GettingData => 8.0,
                Fault::Spill => 9.0,
                Fault::Calc => 14.0,
            }),
            _ => Value::Fault(Fault::NA),
        })
    }),
    lazy("ISREF", 1, 1, is_ref),
    values("ISFORMULA", 1, 1, is_formula),
    values("SHEETS", 0, 0, |e, _, _| {
        Ok(Value::Number(e.model.book.sheets.len() as f64).into())
    }),
];

fn parity(value: &Value, wanted: f64) -> Value {
    match value {
        Value::Bool(_) => Value::Fault(Fault::Value),
        other => match other.to_number() {
            Ok(n) => (n.trunc().abs() % 2.0 == wanted).into(),
            Err(f) => f.into(),
        },
    }
}

fn is_ref(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    let operand = engine.eval(&args[0], place)?;
    let is = matches!(operand, Operand::Area(..) | Operand::Areas(_));
    Ok(Value::Bool(is).into())
}

fn is_formula(engine: &mut Engine<'_>, _: &Place, operands: &[Operand]) -> Answer<Operand> {
    let Operand::Area(sheet, rect) = &operands[0] else {
        return unsupported("ISFORMULA");
    };
    let found = engine.model.grid(*sheet).and_then(|g| {
        let cell = &g.cells[g.find(rect.start)?];
        Some(cell.formula().is_some())
    });
    Ok(Value::Bool(found.unwrap_or(false)).into())
}
