//! Finding things in cells.

use std::cmp::Ordering;
use std::rc::Rc;

use super::criteria::{has_wildcards, matches, pieces};
use super::{
    ANYWHERE, ARRAYS, Function, MANY, REFERENCE, lazy, ok, one, scalar, values, whole, with,
};
use crate::address::{Cell, MAX_COL, MAX_ROW, Rect, column_letters};
use crate::calc::engine::{Engine, Place};
use crate::calc::value::{Array, Fault, Value, compare_text, same_number, same_text};
use crate::calc::{Answer, Operand, unsupported};
use crate::formula::{self, Node};

pub(super) static ALL: &[Function] = &[
    values("VLOOKUP", 3, 4, |e, p, o| table_lookup(e, p, o, false)),
    values("HLOOKUP", 3, 4, |e, p, o| table_lookup(e, p, o, true)),
    with(values("LOOKUP", 2, 3, lookup), ARRAYS),
    values("MATCH", 2, 3, match_),
    values("XMATCH", 2, 4, x_match),
    with(values("XLOOKUP", 3, 6, x_lookup), REFERENCE),
    with(values("INDEX", 2, 4, index), REFERENCE),
    with(lazy("OFFSET", 3, 5, offset), ANYWHERE | REFERENCE),
    with(lazy("INDIRECT", 1, 2, indirect), ANYWHERE | REFERENCE),
    lazy("ROW", 0, 1, |e, p, a| place_of(e, p, a, true)),
    lazy("COLUMN", 0, 1, |e, p, a| place_of(e, p, a, false)),
    lazy("ROWS", 1, 1, |e, p, a| size_of(e, p, a, true)),
    lazy("COLUMNS", 1, 1, |e, p, a| size_of(e, p, a, false)),
    scalar("ADDRESS", 2, 5, address),
    values("AREAS", 1, 1, |_, _, o| {
        Ok(Value::Number(match &o[0] {
            Operand::Areas(all) => all.len() as f64,
            _ => 1.0,
        })
        .into())
    }),
    with(
        values("TRANSPOSE", 1, 1, |e, p, o| {
            let a = e.array(&o[0], p)?;
            Ok(Operand::Many(Rc::new(Array::build(
                a.cols,
                a.rows,
                |r, c| a.get(c, r).clone(),
            ))))
        }),
        ARRAYS,
    ),
    values("GETPIVOTDATA", 2, MANY, |_, _, _| {
        unsupported("GETPIVOTDATA")
    }),
];

/// How a value is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Exact,
    /// Exact, with wildcards in the text that is looked for.
    Wild,
    /// The largest that is not larger, among ascending values.
    Ascending,
    /// The smallest that is not smaller, among descending values.
    Descending,
    /// Exact, or the next smaller wherever it is.
    NextSmaller,
    /// Exact, or the next larger wherever it is.
    NextLarger,
}

fn equal(wanted: &Value, item: &Value) -> bool {
    match (wanted, item) {
        (Value::Number(a), Value::Number(b)) => same_number(*a, *b),
        (Value::Text(a), Value::Text(b)) => same_text(a, b),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => false,
    }
}

/// Orders two values of one type; `None` across types.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if same_number(*a, *b) => Some(Ordering::Equal),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(compare_text(a, b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn find<'a>(
    wanted: &Value,
    len: usize,
    item: impl Fn(usize) -> &'a Value,
    mode: Mode,
    backwards: bool,
) -> Option<usize> {
    let wanted = match wanted {
        // A blank cell is looked for as 0.
        Value::Empty => &Value::Number(0.0),
        other => other,
    };
    let scan = |fits: &dyn Fn(&Value) -> bool| {
        if backwards {
            (0..len).rev().find(|i| fits(item(*i)))
        } else {
            (0..len).find(|i| fits(item(*i)))
        }
    };
    match mode {
        Mode::Wild if matches!(wanted, Value::Text(t) if has_wildcards(t)) => {
            let Value::Text(text) = wanted else {
                return None;
            };
            let pattern = pieces(text);
            scan(&|v| matches!(v, Value::Text(t) if matches(&pattern, t)))
        }
        Mode::Exact | Mode::Wild => scan(&|v| equal(wanted, v)),
        Mode::Ascending | Mode::Descending => {
            // Excel halves the range; values of other types are stepped over.
            let (mut low, mut high) = (0, len);
            let mut best = None;
            while low < high {
                let middle = low + (high - low) / 2;
                let mut probe = middle;
                let mut found = None;
                while probe < high {
                    if let Some(o) = order(item(probe), wanted) {
                        found = Some(o);
                        break;
                    }
                    probe += 1;
                }
                let Some(o) = found else {
                    high = middle;
                    continue;
                };
                let o = if mode == Mode::Descending {
                    o.reverse()
                } else {
                    o
                };
                if o.is_le() {
                    best = Some(probe);
                    low = probe + 1;
                } else {
                    high = middle;
                }
            }
            // Of equal values a descending search takes the first it can.
            best
        }
        Mode::NextSmaller | Mode::NextLarger => {
            if let Some(i) = scan(&|v| equal(wanted, v)) {
                return Some(i);
            }
            let mut best: Option<usize> = None;
            for i in 0..len {
                let side = match order(item(i), wanted) {
                    Some(o) if mode == Mode::NextSmaller => o.is_lt(),
                    Some(o) => o.is_gt(),
                    None => false,
                };
                let better = best.is_none_or(|b| match order(item(i), item(b)) {
                    Some(o) if mode == Mode::NextSmaller => o.is_gt(),
                    Some(o) => o.is_lt(),
                    None => false,
                });
                if side && better {
                    best = Some(i);
                }
            }
            best
        }
    }
}

fn table_lookup(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    across: bool,
) -> Answer<Operand> {
    let exact = match one(engine, place, o, 3)? {
        Some(v) => !ok!(v.to_bool()),
        None => false,
    };
    let mode = if exact { Mode::Wild } else { Mode::Ascending };
    let number = one(engine, place, o, 2)?.unwrap_or(Value::Empty);
    let number = whole(ok!(number.to_number()));
    let table = engine.array(&o[1], place)?;
    let (len, depth) = if across {
        (table.cols, table.rows)
    } else {
        (table.rows, table.cols)
    };
    let Some(take) = usize::try_from(number - 1).ok() else {
        return Ok(Fault::Value.into());
    };
    if take >= depth {
        return Ok(Fault::Ref.into());
    }
    let wanted = engine.to_values(o[0].clone(), place)?;
    engine.spend(len)?;
    engine.map(&wanted, |wanted| {
        if let Value::Fault(f) = wanted {
            return (*f).into();
        }
        let at = |i: usize, d: usize| {
            if across {
                table.get(d, i)
            } else {
                table.get(i, d)
            }
        };
        match find(wanted, len, |i| at(i, 0), mode, false) {
            Some(i) => at(i, take).clone(),
            None => Fault::NA.into(),
        }
    })
}

fn lookup(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let table = engine.array(&o[1], place)?;
    let wanted = one(engine, place, o, 0)?.unwrap_or(Value::Empty);
    if let Value::Fault(f) = wanted {
        return Ok(f.into());
    }
    let across = table.cols > table.rows;
    let len = if across { table.cols } else { table.rows };
    let key = |i: usize| {
        if across {
            table.get(0, i)
        } else {
            table.get(i, 0)
        }
    };
    let Some(i) = find(&wanted, len, key, Mode::Ascending, false) else {
        return Ok(Fault::NA.into());
    };
    if o.len() < 3 {
        return Ok(if across {
            table.get(table.rows - 1, i)
        } else {
            table.get(i, table.cols - 1)
        }
        .clone()
        .into());
    }
    let results = engine.array(&o[2], place)?;
    Ok(if results.cols > results.rows {
        results.get(0, i)
    } else {
        results.get(i, 0)
    }
    .clone()
    .into())
}

fn match_(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let kind = match one(engine, place, o, 2)? {
        Some(v) => ok!(v.to_number()),
        None => 1.0,
    };
    let mode = if kind == 0.0 {
        Mode::Wild
    } else if kind > 0.0 {
        Mode::Ascending
    } else {
        Mode::Descending
    };
    let array = engine.array(&o[1], place)?;
    if array.rows != 1 && array.cols != 1 {
        return Ok(Fault::NA.into());
    }
    let wanted = engine.to_values(o[0].clone(), place)?;
    engine.spend(array.items.len())?;
    engine.map(&wanted, |wanted| {
        if let Value::Fault(f) = wanted {
            return (*f).into();
        }
        let found = find(wanted, array.items.len(), |i| &array.items[i], mode, false);
        found.map_or(Fault::NA.into(), |i| Value::Number(i as f64 + 1.0))
    })
}

fn x_mode(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    n: usize,
) -> Answer<Result<(Mode, bool), Fault>> {
    let kind = match one(engine, place, o, n)? {
        Some(v) if v != Value::Empty => match v.to_number() {
            Ok(n) => whole(n),
            Err(f) => return Ok(Err(f)),
        },
        _ => 0,
    };
    let search = match one(engine, place, o, n + 1)? {
        Some(v) if v != Value::Empty => match v.to_number() {
            Ok(n) => whole(n),
            Err(f) => return Ok(Err(f)),
        },
        _ => 1,
    };
    let mode = match kind {
        0 => Mode::Exact,
        -1 => Mode::NextSmaller,
        1 => Mode::NextLarger,
        2 => Mode::Wild,
        _ => return Ok(Err(Fault::Value)),
    };
    // A binary search over sorted values finds what a search from the start finds.
    Ok(match search {
        1 | 2 => Ok((mode, false)),
        -1 | -2 => Ok((mode, true)),
        _ => Err(Fault::Value),
    })
}

fn x_match(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let (mode, backwards) = ok!(x_mode(engine, place, o, 2)?);
    let array = engine.array(&o[1], place)?;
    let wanted = engine.to_values(o[0].clone(), place)?;
    engine.map(&wanted, |wanted| {
        if let Value::Fault(f) = wanted {
            return (*f).into();
        }
        let found = find(
            wanted,
            array.items.len(),
            |i| &array.items[i],
            mode,
            backwards,
        );
        found.map_or(Fault::NA.into(), |i| Value::Number(i as f64 + 1.0))
    })
}

fn x_lookup(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let (mode, backwards) = ok!(x_mode(engine, place, o, 4)?);
    let keys = engine.array(&o[1], place)?;
    let wanted = engine.to_values(o[0].clone(), place)?;
    let Operand::One(wanted) = wanted else {
        return unsupported("XLOOKUP of an array");
    };
    if let Value::Fault(f) = wanted {
        return Ok(f.into());
    }
    match find(
        &wanted,
        keys.items.len(),
        |i| &keys.items[i],
        mode,
        backwards,
    ) {
        None => match o.get(3) {
            Some(Operand::One(Value::Empty)) | None => Ok(Fault::NA.into()),
            Some(other) => Ok(other.clone()),
        },
        Some(i) => {
            let results = engine.array(&o[2], place)?;
            let down = keys.cols == 1;
            if down && results.cols > 1 || !down && results.rows > 1 {
                let array = if down {
                    Array::build(1, results.cols, |_, c| results.get(i, c).clone())
                } else {
                    Array::build(results.rows, 1, |r, _| results.get(r, i).clone())
                };
                return Ok(Operand::Many(Rc::new(array)));
            }
            Ok(results
                .items
                .get(i)
                .cloned()
                .unwrap_or(Value::Fault(Fault::NA))
                .into())
        }
    }
}

fn index(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let row = one_or_array(engine, place, o, 1)?;
    let col = one_or_array(engine, place, o, 2)?;
    let (Some(row), Some(col)) = (row, col) else {
        let array = engine.array(&o[0], place)?;
        let r = engine.to_values(o[1].clone(), place)?;
        let c = match o.get(2) {
            Some(c) => engine.to_values(c.clone(), place)?,
            None => Operand::One(Value::Number(if array.rows == 1 { 0.0 } else { 1.0 })),
        };
        return engine.lift(&[r, c], false, |_, v| {
            let (r, c) = (whole(ok!(v[0].to_number())), whole(ok!(v[1].to_number())));
            let (r, c) = if c == 0 { (1, r) } else { (r, c) };
            Ok(match (usize::try_from(r - 1), usize::try_from(c - 1)) {
                (Ok(r), Ok(c)) if r < array.rows && c < array.cols => array.get(r, c).clone(),
                _ => Fault::Ref.into(),
            })
        });
    };
    let (mut row, mut col) = (whole(ok!(row.to_number())), whole(ok!(col.to_number())));
    if let Operand::Area(sheet, rect) = &o[0] {
        if o.len() == 2 && rect.rows() == 1 && rect.cols() > 1 {
            (row, col) = (if row == 0 { 0 } else { 1 }, row);
        }
        if row < 0 || col < 0 {
            return Ok(Fault::Value.into());
        }
        if row > i64::from(rect.rows()) || col > i64::from(rect.cols()) {
            return Ok(Fault::Ref.into());
        }
        let pick = |n: i64, start: u32, end: u32| {
            if n == 0 {
                return (start, end);
            }
            let at = start + u32::try_from(n).unwrap_or(1) - 1;
            (at, at)
        };
        let (top, bottom) = pick(row, rect.start.row, rect.end.row);
        let (left, right) = if o.len() == 2 && rect.cols() == 1 {
            (rect.start.col, rect.start.col)
        } else {
            pick(col, rect.start.col, rect.end.col)
        };
        return Ok(Operand::Area(
            *sheet,
            Rect {
                start: Cell::new(top, left),
                end: Cell::new(bottom, right),
            },
        ));
    }
    let array = engine.array(&o[0], place)?;
    if o.len() == 2 && array.rows == 1 {
        (row, col) = (1, row);
    }
    if row < 0 || col < 0 {
        return Ok(Fault::Value.into());
    }
    let (r, c) = (
        usize::try_from(row).unwrap_or(usize::MAX),
        usize::try_from(col).unwrap_or(usize::MAX),
    );
    if r > array.rows || c > array.cols {
        return Ok(Fault::Ref.into());
    }
    Ok(match (r, c) {
        (0, 0) => Operand::Many(array),
        (0, c) => Operand::Many(Rc::new(Array::build(array.rows, 1, |i, _| {
            array.get(i, c - 1).clone()
        }))),
        (r, 0) if array.cols > 1 => Operand::Many(Rc::new(Array::build(1, array.cols, |_, i| {
            array.get(r - 1, i).clone()
        }))),
        (r, c) => Operand::One(array.get(r - 1, c.max(1) - 1).clone()),
    })
}

/// The n-th operand as one value; `None` where it is an array of several.
fn one_or_array(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    n: usize,
) -> Answer<Option<Value>> {
    match o.get(n) {
        None => Ok(Some(Value::Number(if n == 2 { 0.0 } else { 1.0 }))),
        Some(operand) => match engine.to_values(operand.clone(), place)? {
            Operand::One(value) => Ok(Some(value)),
            Operand::Many(a) if a.items.len() == 1 => Ok(Some(a.items[0].clone())),
            _ => Ok(None),
        },
    }
}

fn offset(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    let (sheet, rect) = match engine.eval(&args[0], place)? {
        Operand::Area(sheet, rect) => (sheet, rect),
        Operand::One(Value::Fault(f)) => return Ok(f.into()),
        _ => return Ok(Fault::Value.into()),
    };
    let mut numbers = [0, 0, i64::from(rect.rows()), i64::from(rect.cols())];
    for (slot, arg) in numbers.iter_mut().zip(&args[1..]) {
        if matches!(arg, Node::Missing) {
            continue;
        }
        let value = engine.value_operand(arg, place)?;
        let Operand::One(value) = value else {
            return unsupported("OFFSET over arrays");
        };
        *slot = whole(ok!(value.to_number()));
    }
    let [rows, cols, height, width] = numbers;
    Ok(match Engine::offset(rect, rows, cols, height, width) {
        Some(rect) => Operand::Area(sheet, rect),
        None => Fault::Ref.into(),
    })
}

fn indirect(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    let text = engine.value(&args[0], place)?;
    if let Some(style) = args.get(1)
        && !matches!(style, Node::Missing)
    {
        let style = engine.value(style, place)?;
        if !ok!(style.to_bool()) {
            return unsupported("INDIRECT with row and column numbers");
        }
    }
    let text = ok!(text.to_text());
    let Some(root) = formula::parse(&text, engine.model.book) else {
        return Ok(Fault::Ref.into());
    };
    if !matches!(root, Node::Reference(_) | Node::Name(..) | Node::Table(_)) {
        return Ok(Fault::Ref.into());
    }
    // The text's references are absolute, whatever they look like.
    let inner = Place {
        base: place.at,
        own: place.sheet,
        ..*place
    };
    Ok(match engine.eval(&root, &inner)? {
        area @ (Operand::Area(..) | Operand::Areas(_)) => area,
        // A name that is no range, as one made by FILTER.
        _ => Fault::Ref.into(),
    })
}

fn place_of(engine: &mut Engine<'_>, place: &Place, args: &[Node], rows: bool) -> Answer<Operand> {
    let rect = match args.first() {
        None => Rect::one(place.at),
        Some(node) => match engine.eval(node, place)? {
            Operand::Area(_, rect) => rect,
            Operand::One(Value::Fault(f)) => return Ok(f.into()),
            _ => return Ok(Fault::Value.into()),
        },
    };
    let (start, count) = if rows {
        (rect.start.row, rect.rows())
    } else {
        (rect.start.col, rect.cols())
    };
    if count == 1 || !place.array {
        return Ok(Value::Number(f64::from(start)).into());
    }
    let items: Vec<Value> = (0..count.min(1_000_000))
        .map(|i| Value::Number(f64::from(start + i)))
        .collect();
    let (r, c) = if rows {
        (items.len(), 1)
    } else {
        (1, items.len())
    };
    Ok(Operand::Many(Rc::new(Array {
        rows: r,
        cols: c,
        items,
    })))
}

fn size_of(engine: &mut Engine<'_>, place: &Place, args: &[Node], rows: bool) -> Answer<Operand> {
    let (r, c) = match engine.eval(&args[0], place)? {
        Operand::Area(_, rect) => (f64::from(rect.rows()), f64::from(rect.cols())),
        Operand::Many(array) => (array.rows as f64, array.cols as f64),
        Operand::One(Value::Fault(f)) => return Ok(f.into()),
        Operand::One(_) => (1.0, 1.0),
        Operand::Areas(_) => return Ok(Fault::Ref.into()),
    };
    Ok(Value::Number(if rows { r } else { c }).into())
}

fn address(_: &mut Engine<'_>, v: &[Value]) -> Answer<Value> {
    let (row, col) = (whole(ok!(v[0].to_number())), whole(ok!(v[1].to_number())));
    let kind = whole(ok!(super::number_or(v, 2, 1.0)));
    if v.len() > 3 && v[3] != Value::Empty && !ok!(v[3].to_bool()) {
        return unsupported("ADDRESS with row and column numbers");
    }
    let (Ok(row), Ok(col)) = (u32::try_from(row), u32::try_from(col)) else {
        return Ok(Fault::Value.into());
    };
    if row == 0 || col == 0 || row > MAX_ROW || col > MAX_COL {
        return Ok(Fault::Value.into());
    }
    let (fixed_col, fixed_row) = (matches!(kind, 1 | 3), matches!(kind, 1 | 2));
    let sign = |fixed: bool| if fixed { "$" } else { "" };
    let mut text = format!(
        "{}{}{}{row}",
        sign(fixed_col),
        column_letters(col),
        sign(fixed_row)
    );
    if let Some(sheet) = v.get(4) {
        let sheet = ok!(sheet.to_text());
        let plain = sheet.chars().all(|c| c.is_alphanumeric() || c == '_');
        text = if plain {
            format!("{sheet}!{text}")
        } else {
            format!("'{}'!{text}", sheet.replace('\'', "''"))
        };
    }
    Ok(Value::text(&text))
}
