//! The functions of dynamic arrays.

use std::rc::Rc;

use super::statistics::column;
use super::{ARRAYS, Function, MANY, number_or, ok, one, values, whole, with};
use crate::calc::engine::{Engine, MAX_ITEMS, Place};
use crate::calc::value::{Array, Fault, Value, compare};
use crate::calc::{Answer, Operand, Stop};

const fn array_function(
    name: &'static str,
    min: usize,
    max: usize,
    f: super::ValuesFn,
) -> Function {
    with(values(name, min, max, f), ARRAYS)
}

pub(super) static ALL: &[Function] = &[
    array_function("FILTER", 2, 3, filter),
    array_function("UNIQUE", 1, 3, unique),
    array_function("SORT", 1, 4, sort),
    array_function("SORTBY", 2, MANY, sort_by),
    array_function("SEQUENCE", 1, 4, sequence),
    array_function("TOCOL", 1, 1, |e, p, o| {
        Ok(column(e.array(&o[0], p)?.items.clone()))
    }),
    array_function("TOROW", 1, 1, |e, p, o| {
        let items = e.array(&o[0], p)?.items.clone();
        Ok(many(1, items.len(), items))
    }),
    array_function("TAKE", 2, 3, |e, p, o| slice(e, p, o, true)),
    array_function("DROP", 2, 3, |e, p, o| slice(e, p, o, false)),
    array_function("VSTACK", 1, MANY, |e, p, o| stack(e, p, o, true)),
    array_function("HSTACK", 1, MANY, |e, p, o| stack(e, p, o, false)),
    array_function("CHOOSECOLS", 2, MANY, |e, p, o| choose(e, p, o, false)),
    array_function("CHOOSEROWS", 2, MANY, |e, p, o| choose(e, p, o, true)),
];

fn many(rows: usize, cols: usize, items: Vec<Value>) -> Operand {
    Operand::Many(Rc::new(Array { rows, cols, items }))
}

fn pick_rows(array: &Array, rows: &[usize]) -> Operand {
    let picked = Array::build(rows.len(), array.cols, |r, c| array.get(rows[r], c).clone());
    Operand::Many(Rc::new(picked))
}

fn pick_cols(array: &Array, cols: &[usize]) -> Operand {
    let picked = Array::build(array.rows, cols.len(), |r, c| array.get(r, cols[c]).clone());
    Operand::Many(Rc::new(picked))
}

fn filter(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let array = engine.array(&o[0], place)?;
    let keep = engine.array(&o[1], place)?;
    let by_rows = keep.cols == 1 && keep.rows == array.rows;
    let by_cols = keep.rows == 1 && keep.cols == array.cols;
    if !by_rows && !by_cols {
        return Ok(Fault::Value.into());
    }
    let mut kept = Vec::new();
    for (i, value) in keep.items.iter().enumerate() {
        if ok!(value.to_bool()) {
            kept.push(i);
        }
    }
    if kept.is_empty() {
        return Ok(match o.get(2) {
            Some(other) => other.clone(),
            None => Fault::Calc.into(),
        });
    }
    Ok(if by_rows {
        pick_rows(&array, &kept)
    } else {
        pick_cols(&array, &kept)
    })
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Fault(a), Value::Fault(b)) => a == b,
        (Value::Empty, Value::Empty) => true,
        (Value::Empty, _) | (_, Value::Empty) => false,
        _ => compare(a, b).is_ok_and(|o| o.is_eq()),
    }
}

fn flag(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    n: usize,
) -> Answer<Result<bool, Fault>> {
    Ok(match one(engine, place, o, n)? {
        Some(v) => v.to_bool(),
        None => Ok(false),
    })
}

fn unique(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let array = engine.array(&o[0], place)?;
    let across = ok!(flag(engine, place, o, 1)?);
    let once = ok!(flag(engine, place, o, 2)?);
    let (len, depth) = if across {
        (array.cols, array.rows)
    } else {
        (array.rows, array.cols)
    };
    let at = |i: usize, d: usize| {
        if across {
            array.get(d, i)
        } else {
            array.get(i, d)
        }
    };
    let equal = |i: usize, j: usize| (0..depth).all(|d| same(at(i, d), at(j, d)));
    engine.spend(len.saturating_mul(64))?;
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for i in 0..len {
        engine.spend(groups.len())?;
        match groups.iter_mut().find(|(first, _)| equal(*first, i)) {
            Some((_, times)) => *times += 1,
            None => groups.push((i, 1)),
        }
    }
    let kept: Vec<usize> = groups
        .iter()
        .filter(|(_, times)| !once || *times == 1)
        .map(|(first, _)| *first)
        .collect();
    if kept.is_empty() {
        return Ok(Fault::Calc.into());
    }
    Ok(if across {
        pick_cols(&array, &kept)
    } else {
        pick_rows(&array, &kept)
    })
}

/// Numbers, texts, truths, errors, and empty cells last.
fn sort_order(a: &Value, b: &Value, down: bool) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    let class = |v: &Value| match v {
        Value::Number(_) => 0,
        Value::Text(_) => 1,
        Value::Bool(_) => 2,
        Value::Fault(_) => 3,
        Value::Empty => 4,
    };
    if class(a) == 4 || class(b) == 4 {
        return class(a).cmp(&class(b));
    }
    let order = class(a)
        .cmp(&class(b))
        .then_with(|| compare(a, b).unwrap_or(Ordering::Equal));
    if down { order.reverse() } else { order }
}

fn sort(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let array = engine.array(&o[0], place)?;
    let mut numbers = [1.0, 1.0];
    for (n, slot) in numbers.iter_mut().enumerate() {
        if let Some(v) = one(engine, place, o, n + 1)?
            && v != Value::Empty
        {
            *slot = ok!(v.to_number());
        }
    }
    let across = ok!(flag(engine, place, o, 3)?);
    let down = numbers[1] < 0.0;
    let (len, depth) = if across {
        (array.cols, array.rows)
    } else {
        (array.rows, array.cols)
    };
    let Some(by) = usize::try_from(whole(numbers[0]) - 1)
        .ok()
        .filter(|d| *d < depth)
    else {
        return Ok(Fault::Value.into());
    };
    let at = |i: usize| {
        if across {
            array.get(by, i)
        } else {
            array.get(i, by)
        }
    };
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| sort_order(at(*a), at(*b), down));
    Ok(if across {
        pick_cols(&array, &order)
    } else {
        pick_rows(&array, &order)
    })
}

fn sort_by(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let array = engine.array(&o[0], place)?;
    let mut keys = Vec::new();
    let mut n = 1;
    while n < o.len() {
        let key = engine.array(&o[n], place)?;
        let down = match one(engine, place, o, n + 1)? {
            Some(v) => ok!(v.to_number()) < 0.0,
            None => false,
        };
        if key.items.len() != array.rows {
            return Ok(Fault::Value.into());
        }
        keys.push((key, down));
        n += 2;
    }
    let mut order: Vec<usize> = (0..array.rows).collect();
    order.sort_by(|a, b| {
        keys.iter()
            .map(|(key, down)| sort_order(&key.items[*a], &key.items[*b], *down))
            .find(|o| o.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    Ok(pick_rows(&array, &order))
}

fn sequence(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let mut v = Vec::new();
    for n in 0..o.len() {
        v.push(match one(engine, place, o, n)? {
            Some(Value::Empty) | None => Value::Number(1.0),
            Some(v) => v,
        });
    }
    let rows = whole(ok!(number_or(&v, 0, 1.0)));
    let cols = whole(ok!(number_or(&v, 1, 1.0)));
    let (start, step) = (ok!(number_or(&v, 2, 1.0)), ok!(number_or(&v, 3, 1.0)));
    let (Ok(rows), Ok(cols)) = (usize::try_from(rows), usize::try_from(cols)) else {
        return Ok(Fault::Value.into());
    };
    if rows == 0 || cols == 0 {
        return Ok(Fault::Calc.into());
    }
    if rows.saturating_mul(cols) > MAX_ITEMS {
        return Err(Stop::Exhausted);
    }
    let built = Array::build(rows, cols, |r, c| {
        Value::number(start + step * (r * cols + c) as f64)
    });
    Ok(Operand::Many(Rc::new(built)))
}

fn slice(engine: &mut Engine<'_>, place: &Place, o: &[Operand], take: bool) -> Answer<Operand> {
    let array = engine.array(&o[0], place)?;
    let mut ranges = [0..array.rows, 0..array.cols];
    for (n, range) in ranges.iter_mut().enumerate() {
        let Some(v) = one(engine, place, o, n + 1)? else {
            continue;
        };
        if v == Value::Empty {
            continue;
        }
        let count = whole(ok!(v.to_number()));
        let len = range.end;
        let size = usize::try_from(count.unsigned_abs())
            .unwrap_or(len)
            .min(len);
        *range = match (take, count >= 0) {
            (true, true) => 0..size,
            (true, false) => len - size..len,
            (false, true) => size..len,
            (false, false) => 0..len - size,
        };
        if range.start >= range.end {
            return Ok(Fault::Calc.into());
        }
    }
    let [rows, cols] = ranges;
    let built = Array::build(rows.len(), cols.len(), |r, c| {
        array.get(rows.start + r, cols.start + c).clone()
    });
    Ok(Operand::Many(Rc::new(built)))
}

fn stack(engine: &mut Engine<'_>, place: &Place, o: &[Operand], down: bool) -> Answer<Operand> {
    let mut arrays = Vec::new();
    for operand in o {
        arrays.push(engine.array(operand, place)?);
    }
    let side = |f: fn(&Array) -> usize| arrays.iter().map(|a| f(a)).max().unwrap_or(0);
    let sum = |f: fn(&Array) -> usize| arrays.iter().map(|a| f(a)).sum::<usize>();
    let (rows, cols) = if down {
        (sum(|a| a.rows), side(|a| a.cols))
    } else {
        (side(|a| a.rows), sum(|a| a.cols))
    };
    if rows.saturating_mul(cols) > MAX_ITEMS {
        return Err(Stop::Exhausted);
    }
    let mut items = vec![Value::Fault(Fault::NA); rows * cols];
    let mut from = 0;
    for array in arrays {
        for r in 0..array.rows {
            for c in 0..array.cols {
                let (row, col) = if down { (from + r, c) } else { (r, from + c) };
                items[row * cols + col] = array.get(r, c).clone();
            }
        }
        from += if down { array.rows } else { array.cols };
    }
    Ok(many(rows, cols, items))
}

fn choose(engine: &mut Engine<'_>, place: &Place, o: &[Operand], rows: bool) -> Answer<Operand> {
    let array = engine.array(&o[0], place)?;
    let len = if rows { array.rows } else { array.cols };
    let mut picked = Vec::new();
    for operand in &o[1..] {
        for value in &engine.array(operand, place)?.items {
            let n = whole(ok!(value.to_number()));
            let size = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            if size == 0 || size > len {
                return Ok(Fault::Value.into());
            }
            picked.push(if n > 0 { size - 1 } else { len - size });
        }
    }
    Ok(if rows {
        pick_rows(&array, &picked)
    } else {
        pick_cols(&array, &picked)
    })
}
