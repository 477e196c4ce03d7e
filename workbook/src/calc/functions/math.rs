//! Arithmetic.

use super::criteria::Criterion;
use super::statistics::{numbers, select};
use super::{ARRAYS, Function, MANY, number_or, ok, one, scalar, values, whole, with};
use crate::address::{Cell, Rect};
use crate::calc::engine::{Engine, Place};
use crate::calc::value::{Fault, Value};
use crate::calc::{Answer, Operand, unsupported};
use crate::formula::Node;

macro_rules! plain {
    ($name:literal, $f:expr) => {
        scalar($name, 1, 1, |_, v| {
            let f: fn(f64) -> f64 = $f;
            Ok(v[0].to_number().map(f).into())
        })
    };
}

macro_rules! two {
    ($name:literal, $min:literal, $default:literal, $f:expr) => {
        scalar($name, $min, 2, |_, v| {
            let f: fn(f64, f64) -> Value = $f;
            let a = ok!(v[0].to_number());
            let b = ok!(number_or(v, 1, $default));
            Ok(f(a, b))
        })
    };
}

pub(super) static ALL: &[Function] = &[
    values("SUM", 1, MANY, sum),
    values("SUMSQ", 1, MANY, |e, p, o| {
        Ok(Value::number(ok!(numbers(e, p, o)?).iter().map(|n| n * n).sum()).into())
    }),
    values("PRODUCT", 1, MANY, |e, p, o| {
        let found = ok!(numbers(e, p, o)?);
        let product = if found.is_empty() {
            0.0
        } else {
            found.iter().product()
        };
        Ok(Value::number(product).into())
    }),
    with(values("SUMPRODUCT", 1, MANY, sum_product), ARRAYS),
    values("SUMIF", 2, 3, sum_if),
    values("SUMIFS", 3, MANY, sum_ifs),
    values("SUBTOTAL", 2, MANY, subtotal),
    with(values("AGGREGATE", 3, MANY, aggregate), ARRAYS),
    plain!("ABS", f64::abs),
    plain!("SIGN", |n| if n == 0.0 { 0.0 } else { n.signum() }),
    plain!("INT", f64::floor),
    plain!("EXP", f64::exp),
    plain!("SIN", f64::sin),
    plain!("COS", f64::cos),
    plain!("TAN", f64::tan),
    plain!("ASIN", f64::asin),
    plain!("ACOS", f64::acos),
    plain!("ATAN", f64::atan),
    plain!("SINH", f64::sinh),
    plain!("COSH", f64::cosh),
    plain!("TANH", f64::tanh),
    plain!("RADIANS", f64::to_radians),
    plain!("DEGREES", f64::to_degrees),
    plain!("SQRT", f64::sqrt),
    plain!("EVEN", |n| away(n / 2.0) * 2.0),
    plain!("ODD", |n| {
        if n == 0.0 {
            return 1.0;
        }
        let odd = ((n.abs() - 1.0) / 2.0).ceil().max(0.0) * 2.0 + 1.0;
        odd.copysign(n)
    }),
    plain!("FACT", |n| {
        if !(0.0..171.0).contains(&n) {
            return f64::NAN;
        }
        (1..=whole(n)).map(|i| i as f64).product()
    }),
    scalar("LN", 1, 1, |_, v| Ok(v[0].to_number().map(log_e).into())),
    scalar("LOG10", 1, 1, |_, v| {
        Ok(v[0]
            .to_number()
            .map(|n| if n > 0.0 { n.log10() } else { f64::NAN })
            .into())
    }),
    two!("LOG", 1, 10.0, |n, base| {
        if n <= 0.0 || base <= 0.0 {
            return Fault::Num.into();
        }
        if base == 1.0 {
            return Fault::Div0.into();
        }
        Value::number(if base == 10.0 {
            n.log10()
        } else {
            n.ln() / base.ln()
        })
    }),
    two!("POWER", 2, 1.0, crate::calc::expressions::power),
    two!("ATAN2", 2, 0.0, |x, y| {
        if x == 0.0 && y == 0.0 {
            return Fault::Div0.into();
        }
        Value::number(y.atan2(x))
    }),
    two!("MOD", 2, 1.0, |n, d| {
        if d == 0.0 {
            return Fault::Div0.into();
        }
        Value::number(n - d * (n / d).floor())
    }),
    two!("QUOTIENT", 2, 1.0, |n, d| {
        if d == 0.0 {
            return Fault::Div0.into();
        }
        Value::number((n / d).trunc())
    }),
    two!("ROUND", 2, 0.0, |n, d| Value::number(scaled(
        n, d, round_half
    ))),
    two!("ROUNDUP", 2, 0.0, |n, d| Value::number(scaled(n, d, away))),
    two!("ROUNDDOWN", 2, 0.0, |n, d| Value::number(scaled(
        n, d, toward
    ))),
    two!("TRUNC", 1, 0.0, |n, d| Value::number(scaled(n, d, toward))),
    two!("MROUND", 2, 1.0, |n, m| {
        if m == 0.0 || n == 0.0 {
            return Value::Number(0.0);
        }
        if (n < 0.0) != (m < 0.0) {
            return Fault::Num.into();
        }
        Value::number(round_half(n / m) * m)
    }),
    two!("CEILING", 2, 1.0, |n, s| step(n, s, true)),
    two!("FLOOR", 2, 1.0, |n, s| step(n, s, false)),
    two!("CEILING.MATH", 1, 1.0, |n, s| step(n, s.abs(), true)),
    two!("FLOOR.MATH", 1, 1.0, |n, s| step(n, s.abs(), false)),
    two!("COMBIN", 2, 0.0, |n, k| {
        let (n, k) = (n.trunc(), k.trunc());
        if n < 0.0 || k < 0.0 || k > n || n > 1e6 {
            return Fault::Num.into();
        }
        let k = k.min(n - k);
        Value::number(
            (0..whole(k))
                .fold(1.0, |c, i| c * (n - i as f64) / (i as f64 + 1.0))
                .round(),
        )
    }),
    scalar("PI", 0, 0, |_, _| Ok(Value::Number(std::f64::consts::PI))),
    values("GCD", 1, MANY, |e, p, o| {
        let found = ok!(numbers(e, p, o)?);
        if found.iter().any(|n| *n < 0.0) {
            return Ok(Fault::Num.into());
        }
        Ok(Value::number(found.iter().fold(0.0, |a, b| gcd(a, b.trunc()))).into())
    }),
    values("LCM", 1, MANY, |e, p, o| {
        let found = ok!(numbers(e, p, o)?);
        if found.iter().any(|n| *n < 0.0) {
            return Ok(Fault::Num.into());
        }
        let lcm = found.iter().map(|n| n.trunc()).fold(1.0, |a, b| {
            if a == 0.0 || b == 0.0 {
                0.0
            } else {
                a / gcd(a, b) * b
            }
        });
        Ok(Value::number(lcm).into())
    }),
];

fn log_e(n: f64) -> f64 {
    if n > 0.0 { n.ln() } else { f64::NAN }
}

fn gcd(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a, b);
    while b != 0.0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Halves go away from zero; a number within a few units of a half in its last place is one, as
/// Excel rounds what it shows (2.675 is stored a little below).
pub(crate) fn round_half(n: f64) -> f64 {
    let whole = n.abs().floor();
    let part = n.abs() - whole;
    let up = part >= 0.5 || 0.5 - part < (n.abs().max(1.0)) * 4.0 * f64::EPSILON;
    (if up { whole + 1.0 } else { whole }).copysign(n)
}

fn away(n: f64) -> f64 {
    near(n).unwrap_or_else(|| n.abs().ceil().copysign(n))
}

fn toward(n: f64) -> f64 {
    near(n).unwrap_or_else(|| n.trunc())
}

/// The whole number that a product of decimals missed by a hair.
fn near(n: f64) -> Option<f64> {
    let whole = n.round();
    ((n - whole).abs() < n.abs().max(1.0) * 4.0 * f64::EPSILON).then_some(whole)
}

pub(crate) fn scaled(n: f64, digits: f64, f: fn(f64) -> f64) -> f64 {
    let digits = digits.trunc().clamp(-300.0, 300.0);
    if digits > 15.0 {
        return n;
    }
    let exponent = digits.abs() as i32;
    let power = 10f64.powi(exponent);
    if digits >= 0.0 {
        let scaled = n * power;
        if !scaled.is_finite() || scaled.abs() > 9e15 {
            return n;
        }
        f(scaled) / power
    } else {
        f(n / power) * power
    }
}

fn step(n: f64, size: f64, up: bool) -> Value {
    if n == 0.0 || size == 0.0 {
        return if size == 0.0 && !up && n != 0.0 {
            Fault::Div0.into()
        } else {
            Value::Number(0.0)
        };
    }
    if n > 0.0 && size < 0.0 {
        return Fault::Num.into();
    }
    let times = n / size;
    let times = near(times).unwrap_or_else(|| {
        // Two negatives count away from zero, as two positives do.
        if up { times.ceil() } else { times.floor() }
    });
    Value::number(times * size)
}

fn sum(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let found = ok!(numbers(engine, place, operands)?);
    Ok(Value::number(found.iter().sum()).into())
}

fn sum_product(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let mut arrays = Vec::new();
    for operand in operands {
        arrays.push(engine.array(operand, place)?);
    }
    let (rows, cols) = (arrays[0].rows, arrays[0].cols);
    if arrays.iter().any(|a| a.rows != rows || a.cols != cols) {
        return Ok(Fault::Value.into());
    }
    let mut total = 0.0;
    for i in 0..rows * cols {
        let mut product = 1.0;
        for array in &arrays {
            match &array.items[i] {
                Value::Number(n) => product *= n,
                Value::Fault(f) => return Ok((*f).into()),
                _ => product = 0.0,
            }
        }
        total += product;
    }
    Ok(Value::number(total).into())
}

/// The area to add up beside the one that is tested: of the same size, from its first cell.
pub(super) fn beside(tested: &Operand, wanted: Option<&Operand>) -> Option<Operand> {
    let (Operand::Area(sheet, rect), Some(wanted)) = (tested, wanted) else {
        return wanted.is_none().then(|| tested.clone());
    };
    let Operand::Area(other, area) = wanted else {
        return None;
    };
    let _ = sheet;
    let end = Cell::new(
        (area.start.row + rect.rows() - 1).min(crate::address::MAX_ROW),
        (area.start.col + rect.cols() - 1).min(crate::address::MAX_COL),
    );
    Some(Operand::Area(
        *other,
        Rect {
            start: area.start,
            end,
        },
    ))
}

fn sum_if(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let Some(wanted) = beside(&operands[0], operands.get(2)) else {
        return unsupported("SUMIF over arrays");
    };
    let criterion = operands[1].clone();
    let criterion = engine.to_values(criterion, place)?;
    let tested = engine.array(&operands[0], place)?;
    let wanted = engine.array(&wanted, place)?;
    engine.lift(&[criterion], true, |_, v| {
        let criterion = Criterion::new(&v[0]);
        let mut total = 0.0;
        for (i, value) in tested.items.iter().enumerate() {
            if criterion.meets(value) {
                // The two may be cut to different lengths below what is used.
                match wanted.get(i / tested.cols, i % tested.cols) {
                    Value::Number(n) => total += n,
                    Value::Fault(f) if i / tested.cols < wanted.rows => return Ok((*f).into()),
                    _ => {}
                }
            }
        }
        Ok(Value::number(total))
    })
}

fn sum_ifs(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    select(engine, place, &operands[0], &operands[1..], |found| {
        let mut total = 0.0;
        for value in found {
            match value {
                Value::Number(n) => total += n,
                Value::Fault(f) => return (*f).into(),
                _ => {}
            }
        }
        Value::number(total)
    })
}

/// Which cells of a range SUBTOTAL and AGGREGATE pass over.
#[derive(Clone, Copy, Debug)]
struct Passed {
    hidden: bool,
    nested: bool,
    faults: bool,
}

/// The values of cells, without those that are passed over.
fn kept(
    engine: &mut Engine<'_>,
    place: &Place,
    operands: &[Operand],
    passed: Passed,
) -> Answer<Vec<Operand>> {
    let mut kept: Vec<Operand> = Vec::new();
    for operand in operands {
        let Operand::Area(sheet, rect) = operand else {
            return unsupported("SUBTOTAL of something else than cells");
        };
        let Some(grid) = engine.model.grid(*sheet) else {
            continue;
        };
        let hidden: Vec<u32> = grid
            .rows
            .iter()
            .filter(|r| (rect.start.row..=rect.end.row).contains(&r.row))
            .filter(|r| {
                memchr::memmem::find(&grid.bytes[r.tag.clone()], b" hidden=\"1\"").is_some()
            })
            .map(|r| r.row)
            .collect();
        if !hidden.is_empty() && !passed.hidden {
            // Rows that a filter hides are passed over all the same: only Excel knows which.
            return unsupported("SUBTOTAL over hidden rows");
        }
        let (model, sheet) = (engine.model, *sheet);
        let mut cells = Vec::new();
        engine.visit(place.world, sheet, *rect, |at, value| {
            cells.push((at, value));
            Ok(())
        })?;
        for (at, value) in cells {
            // Subtotals inside are not counted again.
            let nested = passed.nested
                && grid
                    .find(at)
                    .and_then(|i| grid.cells[i].formula())
                    .and_then(|f| model.formula(model.id(sheet, f)))
                    .is_some_and(|f| {
                        matches!(&f.root, Node::Call(f, _) if matches!(f.name, "SUBTOTAL" | "AGGREGATE"))
                    });
            let fault = passed.faults && matches!(value, Value::Fault(_));
            if !nested && !fault && hidden.binary_search(&at.row).is_err() {
                kept.push(Operand::Many(std::rc::Rc::new(crate::calc::value::Array {
                    rows: 1,
                    cols: 1,
                    items: vec![value],
                })));
            }
        }
    }
    Ok(kept)
}

/// The function that SUBTOTAL and AGGREGATE mean by a number.
const fn by_number(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "AVERAGE",
        2 => "COUNT",
        3 => "COUNTA",
        4 => "MAX",
        5 => "MIN",
        6 => "PRODUCT",
        7 => "STDEV",
        8 => "STDEVP",
        9 => "SUM",
        10 => "VAR",
        11 => "VARP",
        12 => "MEDIAN",
        13 => "MODE.SNGL",
        14 => "LARGE",
        15 => "SMALL",
        16 => "PERCENTILE.INC",
        17 => "QUARTILE.INC",
        _ => return None,
    })
}

fn apply(
    engine: &mut Engine<'_>,
    place: &Place,
    name: &str,
    operands: &[Operand],
) -> Answer<Operand> {
    match super::find(name).map(|f| f.kind) {
        Some(super::Kind::Values(f)) => f(engine, place, operands),
        _ => unsupported("SUBTOTAL"),
    }
}

fn subtotal(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let Some(code) = one(engine, place, operands, 0)? else {
        return Ok(Fault::Value.into());
    };
    let code = whole(ok!(code.to_number()));
    let number = if code > 100 { code - 100 } else { code };
    let Some(name) = by_number(number).filter(|_| number <= 11) else {
        return Ok(Fault::Value.into());
    };
    let passed = Passed {
        hidden: code > 100,
        nested: true,
        faults: false,
    };
    let kept = kept(engine, place, &operands[1..], passed)?;
    apply(engine, place, name, &kept)
}

fn aggregate(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let (code, option) = (
        one(engine, place, operands, 0)?,
        one(engine, place, operands, 1)?,
    );
    let code = whole(ok!(code.unwrap_or(Value::Empty).to_number()));
    let option = whole(ok!(option.unwrap_or(Value::Empty).to_number()));
    let (Some(name), 0..=7) = (by_number(code), option) else {
        return unsupported("AGGREGATE with that number");
    };
    let passed = Passed {
        hidden: matches!(option, 1 | 3 | 5 | 7),
        nested: option < 4,
        faults: matches!(option, 2 | 3 | 6 | 7),
    };
    if code < 14 {
        let kept = kept(engine, place, &operands[2..], passed)?;
        return apply(engine, place, name, &kept);
    }
    let Some(k) = operands.get(3) else {
        return Ok(Fault::Value.into());
    };
    let values = match &operands[2] {
        area @ Operand::Area(..) => kept(engine, place, std::slice::from_ref(area), passed)?
            .into_iter()
            .filter_map(|o| match o {
                Operand::Many(a) => a.items.first().cloned(),
                _ => None,
            })
            .collect(),
        other => {
            let mut all = engine.array(other, place)?.items.clone();
            all.retain(|v| !(passed.faults && matches!(v, Value::Fault(_))));
            all
        }
    };
    let values = super::statistics::column(values);
    apply(engine, place, name, &[values, k.clone()])
}
