//! Dates and times.

use chrono::{Datelike, NaiveDate};

use super::{Function, VOLATILE, number_or, ok, one, scalar, values, whole, with};
use crate::calc::engine::{Engine, Place};
use crate::calc::value::{Fault, Value};
use crate::calc::{Answer, Operand, time, unsupported};

macro_rules! part {
    ($name:literal, $f:expr) => {
        scalar($name, 1, 1, |e, v| {
            let n = ok!(serial(e, &v[0])?);
            let f: fn(f64, bool) -> Option<f64> = $f;
            Ok(f(n, e.date1904()).map_or(Fault::Num.into(), Value::number))
        })
    };
}

pub(super) static ALL: &[Function] = &[
    with(scalar("TODAY", 0, 0, |_, _| unsupported("TODAY")), VOLATILE),
    with(scalar("NOW", 0, 0, |_, _| unsupported("NOW")), VOLATILE),
    part!("YEAR", |n, d| time::to_date(n, d)
        .map(|(y, _, _)| f64::from(y))),
    part!("MONTH", |n, d| time::to_date(n, d)
        .map(|(_, m, _)| f64::from(m))),
    part!("DAY", |n, d| time::to_date(n, d)
        .map(|(_, _, d)| f64::from(d))),
    part!("HOUR", |n, _| (n >= 0.0)
        .then(|| f64::from(time::to_time(n).0))),
    part!("MINUTE", |n, _| (n >= 0.0)
        .then(|| f64::from(time::to_time(n).1))),
    part!("SECOND", |n, _| (n >= 0.0)
        .then(|| f64::from(time::to_time(n).2))),
    part!("ISOWEEKNUM", |n, d| Some(f64::from(
        time::to_naive(n, d)?.iso_week().week()
    ))),
    scalar("DATE", 3, 3, |e, v| {
        let (y, m, d) = (
            ok!(v[0].to_number()),
            ok!(v[1].to_number()),
            ok!(v[2].to_number()),
        );
        let made = time::date(whole(y), whole(m), whole(d), e.date1904());
        Ok(made.map_or(Fault::Num.into(), Value::Number))
    }),
    scalar("TIME", 3, 3, |_, v| {
        let (h, m, s) = (
            ok!(v[0].to_number()),
            ok!(v[1].to_number()),
            ok!(v[2].to_number()),
        );
        let seconds = h.trunc() * 3600.0 + m.trunc() * 60.0 + s.trunc();
        if seconds < 0.0 {
            return Ok(Fault::Num.into());
        }
        Ok(Value::number((seconds / 86_400.0).fract()))
    }),
    scalar("DATEVALUE", 1, 1, |e, v| match &v[0] {
        Value::Text(t) => Ok(match time::read_text(t, e.date1904())? {
            Value::Number(n) => Value::Number(n.floor()),
            other => other,
        }),
        _ => Ok(Fault::Value.into()),
    }),
    scalar("TIMEVALUE", 1, 1, |e, v| match &v[0] {
        Value::Text(t) => Ok(match time::read_text(t, e.date1904())? {
            Value::Number(n) => Value::Number(n.fract()),
            other => other,
        }),
        _ => Ok(Fault::Value.into()),
    }),
    scalar("EDATE", 2, 2, |e, v| moved(e, v, false)),
    scalar("EOMONTH", 2, 2, |e, v| moved(e, v, true)),
    scalar("DAYS", 2, 2, |e, v| {
        let (a, b) = (ok!(serial(e, &v[0])?), ok!(serial(e, &v[1])?));
        Ok(Value::number(a.floor() - b.floor()))
    }),
    scalar("WEEKDAY", 1, 2, |e, v| {
        let n = ok!(serial(e, &v[0])?);
        let kind = whole(ok!(number_or(v, 1, 1.0)));
        if n < 0.0 {
            return Ok(Fault::Num.into());
        }
        // Day 1 of the 1900 system is a Sunday to Excel; 1 January 1904 was a Friday.
        let sunday = (whole(n) - 1 + if e.date1904() { 6 } else { 0 }).rem_euclid(7);
        let from = match kind {
            1 | 17 => 0,
            2 | 11 => 1,
            3 => return Ok(Value::Number((sunday - 1).rem_euclid(7) as f64)),
            12..=16 => kind - 10,
            _ => return Ok(Fault::Num.into()),
        };
        Ok(Value::Number(((sunday - from).rem_euclid(7) + 1) as f64))
    }),
    scalar("WEEKNUM", 1, 2, |e, v| {
        let n = ok!(serial(e, &v[0])?);
        let kind = whole(ok!(number_or(v, 1, 1.0)));
        let Some(date) = time::to_naive(n, e.date1904()) else {
            return Ok(Fault::Num.into());
        };
        if kind == 21 {
            return Ok(Value::Number(f64::from(date.iso_week().week())));
        }
        let from = match kind {
            1 | 17 => 0,
            2 | 11 => 1,
            12..=16 => kind - 10,
            _ => return Ok(Fault::Num.into()),
        };
        let first = NaiveDate::from_ymd_opt(date.year(), 1, 1).unwrap_or(date);
        let lead = (i64::from(first.weekday().num_days_from_sunday()) - from).rem_euclid(7);
        Ok(Value::Number(
            ((i64::from(date.ordinal0()) + lead) / 7 + 1) as f64,
        ))
    }),
    scalar("DATEDIF", 3, 3, date_dif),
    scalar("DAYS360", 2, 3, |e, v| {
        let (a, b) = (ok!(serial(e, &v[0])?), ok!(serial(e, &v[1])?));
        let european = match v.get(2) {
            Some(v) => ok!(v.to_bool()),
            None => false,
        };
        let d = e.date1904();
        Ok(days360(a, b, european, d).map_or(Fault::Num.into(), Value::Number))
    }),
    scalar("YEARFRAC", 2, 3, |e, v| {
        let (a, b) = (
            ok!(serial(e, &v[0])?).floor(),
            ok!(serial(e, &v[1])?).floor(),
        );
        let (a, b) = (a.min(b), a.max(b));
        let d = e.date1904();
        Ok(match whole(ok!(number_or(v, 2, 0.0))) {
            0 => days360(a, b, false, d).map_or(Fault::Num.into(), |n| Value::Number(n / 360.0)),
            2 => Value::Number((b - a) / 360.0),
            3 => Value::Number((b - a) / 365.0),
            4 => days360(a, b, true, d).map_or(Fault::Num.into(), |n| Value::Number(n / 360.0)),
            1 => actual_years(a, b, d).map_or(Fault::Num.into(), Value::number),
            _ => Fault::Num.into(),
        })
    }),
    values("NETWORKDAYS", 2, 3, |e, p, o| network_days(e, p, o, false)),
    values("WORKDAY", 2, 3, |e, p, o| work_day(e, p, o, false)),
    values("NETWORKDAYS.INTL", 2, 4, |e, p, o| {
        network_days(e, p, o, true)
    }),
    values("WORKDAY.INTL", 2, 4, |e, p, o| work_day(e, p, o, true)),
];

/// Years by actual days over the mean length of the years that are touched.
fn actual_years(a: f64, b: f64, date1904: bool) -> Option<f64> {
    let (y1, m1, d1) = time::to_date(a, date1904)?;
    let (y2, m2, d2) = time::to_date(b, date1904)?;
    let leap = |y: i32| NaiveDate::from_ymd_opt(y, 2, 29).is_some();
    let length = if y1 == y2 {
        if leap(y1) { 366.0 } else { 365.0 }
    } else if y2 == y1 + 1 && (m1, d1) >= (m2, d2) {
        let touched = leap(y1) && (m1, d1) <= (2, 29) || leap(y2) && (m2, d2) >= (2, 29);
        if touched { 366.0 } else { 365.0 }
    } else {
        let days: i32 = (y1..=y2).map(|y| if leap(y) { 366 } else { 365 }).sum();
        f64::from(days) / f64::from(y2 - y1 + 1)
    };
    Some((b - a) / length)
}

/// A number of days; texts are read as dates.
fn serial(engine: &mut Engine<'_>, value: &Value) -> Answer<Result<f64, Fault>> {
    match value {
        Value::Text(t) => match value.to_number() {
            Ok(n) => Ok(Ok(n)),
            Err(_) => Ok(time::read_text(t, engine.date1904())?.to_number()),
        },
        other => Ok(other.to_number()),
    }
}

fn moved(engine: &mut Engine<'_>, v: &[Value], to_end: bool) -> Answer<Value> {
    let n = ok!(serial(engine, &v[0])?);
    let months = whole(ok!(v[1].to_number()).trunc());
    let date1904 = engine.date1904();
    let Some((y, m, d)) = time::to_date(n, date1904) else {
        return Ok(Fault::Num.into());
    };
    let (y, m) = (i64::from(y), i64::from(m) + months);
    let end = time::date(y, m + 1, 0, date1904);
    if to_end {
        return Ok(end.map_or(Fault::Num.into(), Value::Number));
    }
    let same = time::date(y, m, i64::from(d), date1904);
    Ok(match (same, end) {
        (Some(same), Some(end)) => Value::Number(same.min(end)),
        _ => Fault::Num.into(),
    })
}

fn date_dif(engine: &mut Engine<'_>, v: &[Value]) -> Answer<Value> {
    let (a, b) = (
        ok!(serial(engine, &v[0])?).floor(),
        ok!(serial(engine, &v[1])?).floor(),
    );
    let unit = ok!(v[2].to_text()).to_ascii_uppercase();
    let d = engine.date1904();
    let (Some(from), Some(to)) = (time::to_date(a, d), time::to_date(b, d)) else {
        return Ok(Fault::Num.into());
    };
    if a > b {
        return Ok(Fault::Num.into());
    }
    let mut months = (to.0 - from.0) * 12 + i32::try_from(to.1).unwrap_or(0)
        - i32::try_from(from.1).unwrap_or(0);
    if to.2 < from.2 {
        months -= 1;
    }
    Ok(Value::Number(match unit.as_str() {
        "D" => b - a,
        "M" => f64::from(months),
        "Y" => f64::from(months / 12),
        "YM" => f64::from(months % 12),
        _ => return unsupported("DATEDIF with that unit"),
    }))
}

fn days360(a: f64, b: f64, european: bool, date1904: bool) -> Option<f64> {
    let (y1, m1, mut d1) = time::to_date(a, date1904)?;
    let (y2, m2, mut d2) = time::to_date(b, date1904)?;
    let last_of_february = |y: i32, m: u32, d: u32| {
        m == 2
            && NaiveDate::from_ymd_opt(y, m, d)
                .and_then(|x| x.succ_opt())
                .is_some_and(|x| x.month() == 3)
    };
    if european {
        d1 = d1.min(30);
        d2 = d2.min(30);
    } else {
        if last_of_february(y1, m1, d1) {
            if last_of_february(y2, m2, d2) {
                d2 = 30;
            }
            d1 = 30;
        }
        if d2 == 31 && d1 >= 30 {
            d2 = 30;
        }
        d1 = d1.min(30);
    }
    let days = (f64::from(y2) - f64::from(y1)) * 360.0
        + (f64::from(m2) - f64::from(m1)) * 30.0
        + (f64::from(d2) - f64::from(d1));
    Some(days)
}

/// The days that are given as holidays.
fn holidays(
    engine: &mut Engine<'_>,
    place: &Place,
    operand: Option<&Operand>,
) -> Answer<Result<Vec<i64>, Fault>> {
    let Some(operand) = operand else {
        return Ok(Ok(Vec::new()));
    };
    let mut days = Vec::new();
    for value in &engine.array(operand, place)?.items {
        match value {
            Value::Empty => {}
            Value::Fault(f) => return Ok(Err(*f)),
            other => match other.to_number() {
                Ok(n) => days.push(whole(n)),
                Err(f) => return Ok(Err(f)),
            },
        }
    }
    Ok(Ok(days))
}

/// Which days of a week are free, from Sunday.
type Weekend = [bool; 7];

const SATURDAY_AND_SUNDAY: Weekend = [true, false, false, false, false, false, true];

/// The days off that a number or a text of seven digits means.
fn weekend(value: Option<Value>) -> Result<Weekend, Fault> {
    let mut free = [false; 7];
    match value {
        None | Some(Value::Empty) => return Ok(SATURDAY_AND_SUNDAY),
        Some(Value::Text(digits)) => {
            // From Monday.
            let fits = digits.len() == 7 && digits.bytes().all(|b| matches!(b, b'0' | b'1'));
            if !fits || &*digits == "1111111" {
                return Err(Fault::Value);
            }
            for (n, b) in digits.bytes().enumerate() {
                free[(n + 1) % 7] = b == b'1';
            }
        }
        Some(other) => match whole(other.to_number()?) {
            n @ 1..=7 => {
                // 1 is Saturday and Sunday, 2 is Sunday and Monday …
                let first = usize::try_from(n + 5).unwrap_or(0) % 7;
                free[first] = true;
                free[(first + 1) % 7] = true;
            }
            n @ 11..=17 => free[usize::try_from(n - 11).unwrap_or(0)] = true,
            _ => return Err(Fault::Num),
        },
    }
    Ok(free)
}

/// Whether a day is none of a weekend; the first number of each system is minded.
fn is_weekend(day: i64, free: &Weekend, date1904: bool) -> bool {
    let sunday = (day - 1 + if date1904 { 6 } else { 0 }).rem_euclid(7);
    free[usize::try_from(sunday).unwrap_or(0)]
}

/// The weekend and the holidays among the arguments.
fn free_days(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    international: bool,
) -> Answer<Result<(Weekend, Vec<i64>), Fault>> {
    if !international {
        return Ok(holidays(engine, place, o.get(2))?.map(|off| (SATURDAY_AND_SUNDAY, off)));
    }
    let free = match weekend(one(engine, place, o, 2)?) {
        Ok(free) => free,
        Err(f) => return Ok(Err(f)),
    };
    Ok(holidays(engine, place, o.get(3))?.map(|off| (free, off)))
}

fn network_days(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    international: bool,
) -> Answer<Operand> {
    let a = one(engine, place, o, 0)?.unwrap_or(Value::Empty);
    let b = one(engine, place, o, 1)?.unwrap_or(Value::Empty);
    let (a, b) = (
        whole(ok!(serial(engine, &a)?)),
        whole(ok!(serial(engine, &b)?)),
    );
    let (free, off) = ok!(free_days(engine, place, o, international)?);
    let (from, to, sign) = if a <= b { (a, b, 1.0) } else { (b, a, -1.0) };
    if from < 0 || to > 3_000_000 {
        return Ok(Fault::Num.into());
    }
    let d = engine.date1904();
    engine.spend(usize::try_from(to - from).unwrap_or(0))?;
    let days = (from..=to)
        .filter(|n| !is_weekend(*n, &free, d) && !off.contains(n))
        .count();
    Ok(Value::Number(days as f64 * sign).into())
}

fn work_day(
    engine: &mut Engine<'_>,
    place: &Place,
    o: &[Operand],
    international: bool,
) -> Answer<Operand> {
    let a = one(engine, place, o, 0)?.unwrap_or(Value::Empty);
    let count = one(engine, place, o, 1)?.unwrap_or(Value::Empty);
    let mut day = whole(ok!(serial(engine, &a)?));
    let mut left = whole(ok!(count.to_number()).trunc());
    let (free, off) = ok!(free_days(engine, place, o, international)?);
    if left.abs() > 1_000_000 {
        return Ok(Fault::Num.into());
    }
    let d = engine.date1904();
    while left != 0 {
        engine.spend(1)?;
        day += left.signum();
        if !is_weekend(day, &free, d) && !off.contains(&day) {
            left -= left.signum();
        }
        if !(0..3_000_000).contains(&day) {
            return Ok(Fault::Num.into());
        }
    }
    Ok(Value::Number(day as f64).into())
}
