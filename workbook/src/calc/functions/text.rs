//! Texts. Positions count UTF-16 units, as in Excel.

use super::criteria::{pieces, search};
use super::{FAULTS, Function, MANY, number_or, ok, one, scalar, values, whole, with};
use crate::calc::engine::{Engine, Place};
use crate::calc::number_format;
use crate::calc::value::{Fault, Value, general, parse_number};
use crate::calc::{Answer, Operand, time, unsupported};

pub(super) static ALL: &[Function] = &[
    scalar("LEN", 1, 1, |_, v| {
        Ok(Value::Number(
            ok!(v[0].to_text()).encode_utf16().count() as f64
        ))
    }),
    scalar("LEFT", 1, 2, |_, v| Ok(cut(v, Side::Left))),
    scalar("RIGHT", 1, 2, |_, v| Ok(cut(v, Side::Right))),
    scalar("MID", 3, 3, |_, v| {
        let units: Vec<u16> = ok!(v[0].to_text()).encode_utf16().collect();
        let (start, count) = (whole(ok!(v[1].to_number())), whole(ok!(v[2].to_number())));
        if start < 1 || count < 0 {
            return Ok(Fault::Value.into());
        }
        let start = usize::try_from(start - 1)
            .unwrap_or(usize::MAX)
            .min(units.len());
        let end = start
            .saturating_add(usize::try_from(count).unwrap_or(0))
            .min(units.len());
        Ok(joined(&units[start..end]))
    }),
    scalar("UPPER", 1, 1, |_, v| {
        Ok(Value::text(&ok!(v[0].to_text()).to_uppercase()))
    }),
    scalar("LOWER", 1, 1, |_, v| {
        Ok(Value::text(&ok!(v[0].to_text()).to_lowercase()))
    }),
    scalar("PROPER", 1, 1, |_, v| {
        let mut out = String::new();
        let mut start = true;
        for c in ok!(v[0].to_text()).chars() {
            if start {
                out.extend(c.to_uppercase());
            } else {
                out.extend(c.to_lowercase());
            }
            start = !c.is_alphabetic();
        }
        Ok(Value::text(&out))
    }),
    scalar("TRIM", 1, 1, |_, v| {
        // Only the space itself; a no-break space stays.
        let text = ok!(v[0].to_text());
        let words: Vec<&str> = text.split(' ').filter(|w| !w.is_empty()).collect();
        Ok(Value::text(&words.join(" ")))
    }),
    scalar("CLEAN", 1, 1, |_, v| {
        let text = ok!(v[0].to_text());
        Ok(Value::text(
            &text.chars().filter(|c| *c >= ' ').collect::<String>(),
        ))
    }),
    scalar("CONCATENATE", 1, MANY, |_, v| {
        let mut out = String::new();
        for value in v {
            out.push_str(&ok!(value.to_text()));
        }
        Ok(limited(out))
    }),
    values("CONCAT", 1, MANY, |e, p, o| {
        let mut out = String::new();
        for operand in o {
            for value in &e.array(operand, p)?.items {
                out.push_str(&ok!(value.to_text()));
            }
        }
        Ok(limited(out).into())
    }),
    values("TEXTJOIN", 3, MANY, text_join),
    scalar("SUBSTITUTE", 3, 4, substitute),
    scalar("REPLACE", 4, 4, |_, v| {
        let units: Vec<u16> = ok!(v[0].to_text()).encode_utf16().collect();
        let (start, count) = (whole(ok!(v[1].to_number())), whole(ok!(v[2].to_number())));
        let new: Vec<u16> = ok!(v[3].to_text()).encode_utf16().collect();
        if start < 1 || count < 0 {
            return Ok(Fault::Value.into());
        }
        let start = usize::try_from(start - 1)
            .unwrap_or(usize::MAX)
            .min(units.len());
        let end = start
            .saturating_add(usize::try_from(count).unwrap_or(0))
            .min(units.len());
        Ok(joined(&[&units[..start], &new, &units[end..]].concat()))
    }),
    scalar("FIND", 2, 3, |_, v| {
        let (wanted, text) = (ok!(v[0].to_text()), ok!(v[1].to_text()));
        let from = whole(ok!(number_or(v, 2, 1.0)));
        let chars: Vec<char> = text.chars().collect();
        let wanted: Vec<char> = wanted.chars().collect();
        let Some(from) = usize::try_from(from - 1).ok().filter(|f| *f <= chars.len()) else {
            return Ok(Fault::Value.into());
        };
        let found = (from..=chars.len()).find(|s| chars[*s..].starts_with(&wanted));
        Ok(found.map_or(Fault::Value.into(), |at| Value::Number(at as f64 + 1.0)))
    }),
    scalar("SEARCH", 2, 3, |_, v| {
        let (wanted, text) = (ok!(v[0].to_text()), ok!(v[1].to_text()));
        let from = whole(ok!(number_or(v, 2, 1.0)));
        let Some(from) = usize::try_from(from - 1)
            .ok()
            .filter(|f| *f <= text.chars().count())
        else {
            return Ok(Fault::Value.into());
        };
        let found = search(&pieces(&wanted), &text, from);
        Ok(found.map_or(Fault::Value.into(), |at| Value::Number(at as f64 + 1.0)))
    }),
    scalar("EXACT", 2, 2, |_, v| {
        Ok((ok!(v[0].to_text()) == ok!(v[1].to_text())).into())
    }),
    scalar("REPT", 2, 2, |_, v| {
        let (text, times) = (ok!(v[0].to_text()), whole(ok!(v[1].to_number())));
        let Ok(times) = usize::try_from(times) else {
            return Ok(Fault::Value.into());
        };
        if text.len().saturating_mul(times) > 100_000 {
            return Ok(Fault::Value.into());
        }
        Ok(limited(text.repeat(times)))
    }),
    scalar("CHAR", 1, 1, |_, v| {
        let n = whole(ok!(v[0].to_number()));
        Ok(match u8::try_from(n) {
            Ok(0) | Err(_) => Fault::Value.into(),
            Ok(b) if b < 128 => Value::text(&char::from(b).to_string()),
            Ok(b) => Value::text(&windows_1252(b).to_string()),
        })
    }),
    scalar("CODE", 1, 1, |_, v| {
        let text = ok!(v[0].to_text());
        match text.chars().next() {
            None => Ok(Fault::Value.into()),
            Some(c) if c.is_ascii() => Ok(Value::Number(f64::from(u32::from(c)))),
            Some(c) => {
                let code = (128..=255u8).find(|b| windows_1252(*b) == c);
                Ok(Value::Number(code.map_or(63.0, f64::from)))
            }
        }
    }),
    scalar("UNICHAR", 1, 1, |_, v| {
        let n = whole(ok!(v[0].to_number()));
        let c = u32::try_from(n)
            .ok()
            .filter(|n| *n > 0)
            .and_then(char::from_u32);
        Ok(c.map_or(Fault::Value.into(), |c| Value::text(&c.to_string())))
    }),
    scalar("UNICODE", 1, 1, |_, v| {
        let text = ok!(v[0].to_text());
        Ok(text.chars().next().map_or(Fault::Value.into(), |c| {
            Value::Number(f64::from(u32::from(c)))
        }))
    }),
    scalar("VALUE", 1, 1, |e, v| match &v[0] {
        Value::Text(t) => match parse_number(t) {
            Some(n) => Ok(Value::Number(n)),
            None => time::read_text(t, e.date1904()),
        },
        Value::Bool(_) => Ok(Fault::Value.into()),
        other => Ok(other.to_number().into()),
    }),
    scalar("NUMBERVALUE", 1, 1, |_, v| {
        let text = ok!(v[0].to_text());
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if plain.is_empty() {
            return Ok(Value::Number(0.0));
        }
        Ok(parse_number(&plain).map_or(Fault::Value.into(), Value::Number))
    }),
    scalar("TEXT", 2, 2, |e, v| {
        let code = match &v[1] {
            Value::Number(n) => general(*n).into(),
            other => ok!(other.to_text()),
        };
        number_format::format(&v[0], &code, e.date1904())
    }),
    scalar("FIXED", 1, 3, |_, v| {
        let n = ok!(v[0].to_number());
        let digits = whole(ok!(number_or(v, 1, 2.0))).clamp(-15, 30);
        let plain = match v.get(2) {
            Some(value) => ok!(value.to_bool()),
            None => false,
        };
        // No negative zero.
        let rounded = super::math::scaled(n, digits as f64, super::math::round_half) + 0.0;
        let digits = usize::try_from(digits).unwrap_or(0);
        let text = format!("{rounded:.digits$}");
        Ok(Value::text(&if plain {
            text
        } else {
            number_format::grouped(&text)
        }))
    }),
    scalar("DOLLAR", 1, 2, |_, _| {
        unsupported("DOLLAR, which depends on the country")
    }),
    scalar("TEXTBEFORE", 2, 2, |_, v| {
        let (text, mark) = (ok!(v[0].to_text()), ok!(v[1].to_text()));
        Ok(text
            .split_once(&*mark)
            .map_or(Fault::NA.into(), |(a, _)| Value::text(a)))
    }),
    scalar("TEXTAFTER", 2, 2, |_, v| {
        let (text, mark) = (ok!(v[0].to_text()), ok!(v[1].to_text()));
        Ok(text
            .split_once(&*mark)
            .map_or(Fault::NA.into(), |(_, b)| Value::text(b)))
    }),
    with(
        scalar("HYPERLINK", 1, 2, |_, v| {
            Ok(v.get(1).unwrap_or(&v[0]).clone())
        }),
        FAULTS,
    ),
];

enum Side {
    Left,
    Right,
}

fn cut(v: &[Value], side: Side) -> Value {
    let (text, count) = match (v[0].to_text(), number_or(v, 1, 1.0)) {
        (Ok(t), Ok(n)) => (t, whole(n)),
        (Err(f), _) | (_, Err(f)) => return f.into(),
    };
    let Ok(count) = usize::try_from(count) else {
        return Fault::Value.into();
    };
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = count.min(units.len());
    match side {
        Side::Left => joined(&units[..count]),
        Side::Right => joined(&units[units.len() - count..]),
    }
}

fn joined(units: &[u16]) -> Value {
    limited(String::from_utf16_lossy(units))
}

/// No text is longer than 32,767 units.
fn limited(text: String) -> Value {
    if text.len() > 32_767 && text.encode_utf16().count() > 32_767 {
        return Fault::Value.into();
    }
    Value::Text(text.into())
}

fn text_join(engine: &mut Engine<'_>, place: &Place, o: &[Operand]) -> Answer<Operand> {
    let marks = engine.array(&o[0], place)?;
    let skip = one(engine, place, o, 1)?.unwrap_or(Value::Empty);
    let skip = ok!(skip.to_bool());
    let mut out = String::new();
    let mut count = 0;
    for operand in &o[2..] {
        for value in &engine.array(operand, place)?.items {
            let text = ok!(value.to_text());
            if skip && text.is_empty() {
                continue;
            }
            if count > 0 {
                let mark = &marks.items[(count - 1) % marks.items.len()];
                out.push_str(&ok!(mark.to_text()));
            }
            out.push_str(&text);
            count += 1;
        }
    }
    Ok(limited(out).into())
}

fn substitute(_: &mut Engine<'_>, v: &[Value]) -> Answer<Value> {
    let (text, old, new) = (
        ok!(v[0].to_text()),
        ok!(v[1].to_text()),
        ok!(v[2].to_text()),
    );
    if old.is_empty() {
        return Ok(Value::Text(text));
    }
    let Some(which) = v.get(3) else {
        return Ok(limited(text.replace(&*old, &new)));
    };
    let which = whole(ok!(which.to_number()));
    let Some(which) = usize::try_from(which - 1).ok() else {
        return Ok(Fault::Value.into());
    };
    match text.match_indices(&*old).nth(which) {
        None => Ok(Value::Text(text.clone())),
        Some((at, _)) => Ok(limited(format!(
            "{}{new}{}",
            &text[..at],
            &text[at + old.len()..]
        ))),
    }
}

fn windows_1252(b: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match b {
        128..=159 => HIGH[usize::from(b) - 128],
        other => char::from(other),
    }
}
