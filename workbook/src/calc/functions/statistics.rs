//! Counting, averages, extremes and order.

use std::rc::Rc;

use super::criteria::Criterion;
use super::math::beside;
use super::{Function, MANY, ok, one, values, whole};
use crate::calc::engine::{Engine, Place};
use crate::calc::value::{Array, Fault, Value, same_number};
use crate::calc::{Answer, Operand, unsupported};

macro_rules! over {
    ($name:literal, $f:expr) => {
        values($name, 1, MANY, |e, p, o| {
            let f: fn(&[f64]) -> Value = $f;
            Ok(f(&ok!(numbers(e, p, o)?)).into())
        })
    };
}

pub(super) static ALL: &[Function] = &[
    values("COUNT", 1, MANY, count),
    values("COUNTA", 1, MANY, count_a),
    values("COUNTBLANK", 1, 1, count_blank),
    values("COUNTIF", 2, 2, count_if),
    values("COUNTIFS", 2, MANY, |e, p, o| {
        select(e, p, &o[0], o, |found| Value::Number(found.len() as f64))
    }),
    over!("AVERAGE", average),
    values("AVERAGEA", 1, MANY, |e, p, o| {
        Ok(average(&ok!(numbers_a(e, p, o)?)).into())
    }),
    values("AVERAGEIF", 2, 3, average_if),
    values("AVERAGEIFS", 3, MANY, |e, p, o| {
        select(e, p, &o[0], &o[1..], |found| match plain(found) {
            Ok(numbers) => average(&numbers),
            Err(f) => f.into(),
        })
    }),
    over!("MAX", |n| Value::number(fold(n, f64::max))),
    over!("MIN", |n| Value::number(fold(n, f64::min))),
    values("MAXA", 1, MANY, |e, p, o| {
        Ok(Value::number(fold(&ok!(numbers_a(e, p, o)?), f64::max)).into())
    }),
    values("MINA", 1, MANY, |e, p, o| {
        Ok(Value::number(fold(&ok!(numbers_a(e, p, o)?), f64::min)).into())
    }),
    values("MAXIFS", 3, MANY, |e, p, o| {
        select(e, p, &o[0], &o[1..], |found| match plain(found) {
            Ok(numbers) => Value::number(fold(&numbers, f64::max)),
            Err(f) => f.into(),
        })
    }),
    values("MINIFS", 3, MANY, |e, p, o| {
        select(e, p, &o[0], &o[1..], |found| match plain(found) {
            Ok(numbers) => Value::number(fold(&numbers, f64::min)),
            Err(f) => f.into(),
        })
    }),
    over!("MEDIAN", |n| percentile(n, 0.5)),
    over!("MODE", mode),
    over!("MODE.SNGL", mode),
    over!("STDEV", |n| root(variance(n, 1.0))),
    over!("STDEV.S", |n| root(variance(n, 1.0))),
    over!("STDEVP", |n| root(variance(n, 0.0))),
    over!("STDEV.P", |n| root(variance(n, 0.0))),
    over!("VAR", |n| variance(n, 1.0)),
    over!("VAR.S", |n| variance(n, 1.0)),
    over!("VARP", |n| variance(n, 0.0)),
    over!("VAR.P", |n| variance(n, 0.0)),
    over!("GEOMEAN", |n| {
        if n.is_empty() || n.iter().any(|x| *x <= 0.0) {
            return Fault::Num.into();
        }
        Value::number((n.iter().map(|x| x.ln()).sum::<f64>() / n.len() as f64).exp())
    }),
    values("LARGE", 2, 2, |e, p, o| ordered(e, p, o, true)),
    values("SMALL", 2, 2, |e, p, o| ordered(e, p, o, false)),
    values("PERCENTILE", 2, 2, |e, p, o| at_share(e, p, o, 1.0)),
    values("PERCENTILE.INC", 2, 2, |e, p, o| at_share(e, p, o, 1.0)),
    values("QUARTILE", 2, 2, |e, p, o| at_share(e, p, o, 4.0)),
    values("QUARTILE.INC", 2, 2, |e, p, o| at_share(e, p, o, 4.0)),
    values("RANK", 2, 3, rank),
    values("RANK.EQ", 2, 3, rank),
];

/// The numbers among the arguments. In cells and arrays texts and truths are passed over (Excel
/// does not count TRUE in a range, unlike LibreOffice); written out they are taken for numbers.
pub(super) fn numbers(
    engine: &mut Engine<'_>,
    place: &Place,
    operands: &[Operand],
) -> Answer<Result<Vec<f64>, Fault>> {
    let mut found = Vec::new();
    let mut fault = None;
    for operand in operands {
        match operand {
            Operand::One(value) => match value.to_number() {
                Ok(n) => found.push(n),
                Err(f) => fault = fault.or(Some(f)),
            },
            Operand::Many(array) => {
                for value in &array.items {
                    match value {
                        Value::Number(n) => found.push(*n),
                        Value::Fault(f) => fault = fault.or(Some(*f)),
                        _ => {}
                    }
                }
            }
            Operand::Area(..) | Operand::Areas(_) => {
                for (sheet, rect) in areas(operand) {
                    engine.visit(place.world, sheet, rect, |_, value| {
                        match value {
                            Value::Number(n) => found.push(n),
                            Value::Fault(f) => fault = fault.or(Some(f)),
                            _ => {}
                        }
                        Ok(())
                    })?;
                }
            }
        }
        if let Some(f) = fault {
            return Ok(Err(f));
        }
    }
    Ok(Ok(found))
}

/// The same for the functions ending in A: texts count as 0, TRUE as 1.
fn numbers_a(
    engine: &mut Engine<'_>,
    place: &Place,
    operands: &[Operand],
) -> Answer<Result<Vec<f64>, Fault>> {
    let mut found = Vec::new();
    for operand in operands {
        for value in each(engine, place, operand)? {
            match value {
                Value::Empty => {}
                Value::Number(n) => found.push(n),
                Value::Bool(b) => found.push(f64::from(b)),
                Value::Text(_) => found.push(0.0),
                Value::Fault(f) => return Ok(Err(f)),
            }
        }
    }
    Ok(Ok(found))
}

fn areas(operand: &Operand) -> Vec<(usize, crate::address::Rect)> {
    match operand {
        Operand::Area(sheet, rect) => vec![(*sheet, *rect)],
        Operand::Areas(all) => all.to_vec(),
        _ => Vec::new(),
    }
}

/// Every value of an operand; of cells those that are not empty.
fn each(engine: &mut Engine<'_>, place: &Place, operand: &Operand) -> Answer<Vec<Value>> {
    match operand {
        Operand::One(value) => Ok(vec![value.clone()]),
        Operand::Many(array) => Ok(array.items.clone()),
        Operand::Area(..) | Operand::Areas(_) => {
            let mut found = Vec::new();
            for (sheet, rect) in areas(operand) {
                engine.visit(place.world, sheet, rect, |_, value| {
                    found.push(value);
                    Ok(())
                })?;
            }
            Ok(found)
        }
    }
}

fn plain(found: &[&Value]) -> Result<Vec<f64>, Fault> {
    let mut numbers = Vec::new();
    for value in found {
        match value {
            Value::Number(n) => numbers.push(*n),
            Value::Fault(f) => return Err(*f),
            _ => {}
        }
    }
    Ok(numbers)
}

fn count(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let mut total = 0usize;
    for operand in operands {
        if let Operand::One(value) = operand {
            total += usize::from(!matches!(value, Value::Fault(_)) && value.to_number().is_ok());
            continue;
        }
        let found = each(engine, place, operand)?;
        total += found
            .iter()
            .filter(|v| matches!(v, Value::Number(_)))
            .count();
    }
    Ok(Value::Number(total as f64).into())
}

fn count_a(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let mut total = 0usize;
    for operand in operands {
        let found = each(engine, place, operand)?;
        total += match operand {
            Operand::One(_) => 1,
            _ => found.iter().filter(|v| **v != Value::Empty).count(),
        };
    }
    Ok(Value::Number(total as f64).into())
}

fn count_blank(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let Operand::Area(sheet, rect) = &operands[0] else {
        return Ok(Fault::Value.into());
    };
    let mut filled = 0u64;
    engine.visit(place.world, *sheet, *rect, |_, value| {
        filled += u64::from(!value.is_blank());
        Ok(())
    })?;
    let all = u64::from(rect.rows()) * u64::from(rect.cols());
    Ok(Value::Number((all - filled) as f64).into())
}

fn count_if(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    if !matches!(operands[0], Operand::Area(..)) {
        return unsupported("COUNTIF over arrays");
    }
    let criterion = engine.to_values(operands[1].clone(), place)?;
    let tested = engine.array(&operands[0], place)?;
    let Operand::Area(_, rect) = &operands[0] else {
        return Ok(Fault::Value.into());
    };
    // Whole columns are cut to what is used; the rest of them is empty.
    let beyond = u64::from(rect.rows()) * u64::from(rect.cols()) - tested.items.len() as u64;
    engine.lift(&[criterion], true, |_, v| {
        let criterion = Criterion::new(&v[0]);
        let mut total = tested.items.iter().filter(|v| criterion.meets(v)).count() as u64;
        if beyond > 0 && criterion.meets(&Value::Empty) {
            total += beyond;
        }
        Ok(Value::Number(total as f64))
    })
}

fn average_if(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let Some(wanted) = beside(&operands[0], operands.get(2)) else {
        return unsupported("AVERAGEIF over arrays");
    };
    let pair = [operands[0].clone(), operands[1].clone()];
    select(engine, place, &wanted, &pair, |found| match plain(found) {
        Ok(numbers) => average(&numbers),
        Err(f) => f.into(),
    })
}

/// The items of `wanted` for which every pair of area and criterion holds, handed to `f`.
pub(super) fn select(
    engine: &mut Engine<'_>,
    place: &Place,
    wanted: &Operand,
    pairs: &[Operand],
    f: fn(&[&Value]) -> Value,
) -> Answer<Operand> {
    if !pairs.len().is_multiple_of(2) {
        return Ok(Fault::Value.into());
    }
    let shape = |o: &Operand| match o {
        Operand::Area(_, rect) => Some((rect.rows(), rect.cols())),
        _ => None,
    };
    let Some(size) = shape(wanted) else {
        return unsupported("criteria over arrays");
    };
    if pairs.iter().step_by(2).any(|o| shape(o) != Some(size)) {
        return Ok(Fault::Value.into());
    }
    let wanted = engine.array(wanted, place)?;
    let mut tested = Vec::new();
    let mut criteria = Vec::new();
    for pair in pairs.chunks_exact(2) {
        tested.push(engine.array(&pair[0], place)?);
        criteria.push(engine.to_values(pair[1].clone(), place)?);
    }
    let cost = wanted.items.len();
    engine.lift(&criteria, true, |engine, v| {
        engine.spend(cost)?;
        let criteria: Vec<Criterion> = v.iter().map(Criterion::new).collect();
        let mut rows: Vec<usize> = Vec::new();
        for (n, (array, criterion)) in tested.iter().zip(&criteria).enumerate() {
            if n == 0 {
                rows = (0..array.items.len())
                    .filter(|i| criterion.meets(&array.items[*i]))
                    .collect();
            } else {
                rows.retain(|i| array.items.get(*i).is_some_and(|v| criterion.meets(v)));
            }
        }
        let found: Vec<&Value> = rows.iter().filter_map(|i| wanted.items.get(*i)).collect();
        Ok(f(&found))
    })
}

fn average(numbers: &[f64]) -> Value {
    if numbers.is_empty() {
        return Fault::Div0.into();
    }
    Value::number(numbers.iter().sum::<f64>() / numbers.len() as f64)
}

fn fold(numbers: &[f64], f: fn(f64, f64) -> f64) -> f64 {
    numbers.iter().copied().reduce(f).unwrap_or(0.0)
}

fn variance(numbers: &[f64], less: f64) -> Value {
    let count = numbers.len() as f64;
    if count - less <= 0.0 {
        return Fault::Div0.into();
    }
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|n| (n - mean) * (n - mean)).sum();
    Value::number(squares / (count - less))
}

fn root(value: Value) -> Value {
    match value {
        Value::Number(n) => Value::number(n.sqrt()),
        other => other,
    }
}

fn mode(numbers: &[f64]) -> Value {
    let mut best: Option<(usize, f64)> = None;
    for n in numbers {
        let times = numbers.iter().filter(|m| *m == n).count();
        if times > 1 && best.is_none_or(|(most, _)| times > most) {
            best = Some((times, *n));
        }
    }
    best.map_or(Fault::NA.into(), |(_, n)| Value::Number(n))
}

fn percentile(numbers: &[f64], share: f64) -> Value {
    if numbers.is_empty() || !(0.0..=1.0).contains(&share) {
        return Fault::Num.into();
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = share * (sorted.len() - 1) as f64;
    let below = whole(at) as usize;
    let above = (below + 1).min(sorted.len() - 1);
    Value::number(sorted[below] + (at - below as f64) * (sorted[above] - sorted[below]))
}

fn at_share(engine: &mut Engine<'_>, place: &Place, o: &[Operand], parts: f64) -> Answer<Operand> {
    let found = ok!(numbers(engine, place, &o[..1])?);
    let share = one(engine, place, o, 1)?.unwrap_or(Value::Empty);
    let mut share = ok!(share.to_number());
    if parts != 1.0 {
        share = share.trunc();
    }
    Ok(percentile(&found, share / parts).into())
}

fn ordered(engine: &mut Engine<'_>, place: &Place, o: &[Operand], down: bool) -> Answer<Operand> {
    let mut found = ok!(numbers(engine, place, &o[..1])?);
    found.sort_by(|a, b| if down { b.total_cmp(a) } else { a.total_cmp(b) });
    let wanted = engine.to_values(o[1].clone(), place)?;
    engine.map(&wanted, |k| {
        let k = match k.to_number() {
            Ok(k) => whole(k.ceil()),
            Err(f) => return f.into(),
        };
        usize::try_from(k - 1)
            .ok()
            .and_then(|i| found.get(i))
            .map_or(Fault::Num.into(), |n| Value::Number(*n))
    })
}

fn rank(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let found = ok!(numbers(engine, place, &o[1..2])?);
    let up = match one(engine, place, o, 2)? {
        Some(v) => ok!(v.to_number()) != 0.0,
        None => false,
    };
    let wanted = engine.to_values(o[0].clone(), place)?;
    engine.map(&wanted, |v| {
        let n = match v.to_number() {
            Ok(n) => n,
            Err(f) => return f.into(),
        };
        if !found.iter().any(|m| same_number(*m, n)) {
            return Fault::NA.into();
        }
        let before = found
            .iter()
            .filter(|m| !same_number(**m, n) && if up { **m < n } else { **m > n })
            .count();
        Value::Number((before + 1) as f64)
    })
}

/// An array of one column.
pub(super) fn column(items: Vec<Value>) -> Operand {
    Operand::Many(Rc::new(Array {
        rows: items.len(),
        cols: 1,
        items,
    }))
}
