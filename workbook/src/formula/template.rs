//! Formulas that say the same of another row or column, told apart from others before they are
//! parsed: a column of ten thousand is parsed once.

use super::parse::corner;
use crate::address::Cell;

/// Writes a key that two formulas share when one is the other moved from its cell to another, as
/// the further cells of a shared formula are. `raw` is the text as the part has it, still escaped.
/// False where that cannot be told by looking; the formula is then parsed by itself.
pub fn template(raw: &[u8], at: Cell, out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut i = 0;
    // The last byte that was no space: `:` joins what cannot be looked at alone.
    let mut before = 0;
    while let Some(&b) = raw.get(i) {
        let start = i;
        match b {
            b'"' | b'\'' => {
                let Some(len) = memchr::memchr(b, &raw[i + 1..]) else {
                    return false;
                };
                i += len + 2;
                if !is_plain(&raw[start..i]) {
                    return false;
                }
                out.extend_from_slice(&raw[start..i]);
            }
            b'[' => {
                let Some(len) = bracketed(&raw[i..]) else {
                    return false;
                };
                i += len;
                if !is_plain(&raw[start..i]) {
                    return false;
                }
                out.extend_from_slice(&raw[start..i]);
            }
            b'&' => {
                if !is_plain(&raw[i..]) {
                    return false;
                }
                let Some(len) = memchr::memchr(b';', &raw[i..]) else {
                    return false;
                };
                i += len + 1;
                out.extend_from_slice(&raw[start..i]);
            }
            b'<' => return false,
            b'0'..=b'9' | b'.' => {
                while raw.get(i).is_some_and(|b| b.is_ascii_digit() || *b == b'.') {
                    i += 1;
                }
                if matches!(raw.get(i), Some(b'e' | b'E')) {
                    let sign = usize::from(matches!(raw.get(i + 1), Some(b'+' | b'-')));
                    if raw.get(i + 1 + sign).is_some_and(u8::is_ascii_digit) {
                        i += 1 + sign;
                        while raw.get(i).is_some_and(u8::is_ascii_digit) {
                            i += 1;
                        }
                    }
                }
                if before == b':' || follows(raw, i) == Some(b':') {
                    return false;
                }
                out.extend_from_slice(&raw[start..i]);
            }
            b if is_name_byte(b) => {
                while raw.get(i).is_some_and(|b| is_name_byte(*b)) {
                    i += 1;
                }
                let word = &raw[start..i];
                match raw.get(i) {
                    Some(b'(') => out.extend_from_slice(word),
                    Some(b'!') if before == b':' => return false,
                    Some(b'!' | b'[') => out.extend_from_slice(word),
                    _ => match std::str::from_utf8(word).ok().and_then(corner) {
                        Some(c) => {
                            let place = |fixed: bool, value: u32, from: u32| {
                                if fixed {
                                    value
                                } else {
                                    value.wrapping_sub(from)
                                }
                            };
                            let kind = 1 | u8::from(c.fixed_row) << 1 | u8::from(c.fixed_col) << 2;
                            let row = place(c.fixed_row, c.cell.row, at.row);
                            let col = place(c.fixed_col, c.cell.col, at.col);
                            out.push(kind);
                            out.extend_from_slice(&row.to_le_bytes());
                            out.extend_from_slice(&col.to_le_bytes());
                        }
                        None if before == b':' || follows(raw, i) == Some(b':') => return false,
                        None => out.extend_from_slice(word),
                    },
                }
            }
            other => {
                out.push(other);
                i += 1;
            }
        }
        if !b.is_ascii_whitespace() {
            before = raw[i - 1];
        }
    }
    true
}

const fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'\\' | b'?' | b'$') || b >= 0x80
}

/// Whether no quotation mark hides in it as an entity.
fn is_plain(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'&', bytes).all(|at| {
        [&b"amp;"[..], b"lt;", b"gt;"]
            .iter()
            .any(|known| bytes[at + 1..].starts_with(known))
    })
}

fn follows(raw: &[u8], at: usize) -> Option<u8> {
    raw.get(at..)?
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace())
}

/// The length of `[…]`, brackets inside and `'` escapes minded.
fn bracketed(raw: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0);
    while let Some(b) = raw.get(at) {
        match b {
            b'\'' => at += 1,
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(text: &str, at: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        template(text.as_bytes(), Cell::parse(at).unwrap(), &mut out).then_some(out)
    }

    #[test]
    fn moved_formulas_share_a_key_and_others_do_not() {
        for (a, b) in [
            (("A1+$B$1", "C1"), ("A2+$B$1", "C2")),
            (
                ("SUM(A1:B9)*LOG10(A1)", "C1"),
                ("SUM(B1:C9)*LOG10(B1)", "D1"),
            ),
            (
                ("IF(A1=\"A1\",'A1'!B2,Name)", "C1"),
                ("IF(A2=\"A1\",'A1'!B3,Name)", "C2"),
            ),
            (
                ("A1&amp;\".\"&amp;B$1", "C1"),
                ("A5&amp;\".\"&amp;B$1", "C5"),
            ),
            (("T[A1]+1E5", "C1"), ("T[A1]+1E5", "C2")),
        ] {
            assert!(key(a.0, a.1).is_some(), "{}", a.0);
            assert_eq!(key(a.0, a.1), key(b.0, b.1), "{} {}", a.0, b.0);
        }
        for (a, b) in [
            (("A1", "C1"), ("A1", "C2")),
            (("$A1", "C1"), ("$A1", "C2")),
            (("A1+\"A1\"", "C1"), ("A2+\"A2\"", "C2")),
            (("'A1'!B1", "C1"), ("'A2'!B2", "C2")),
            (("A1!B1", "C1"), ("A2!B2", "C2")),
            (("T[A1]", "C1"), ("T[A2]", "C2")),
        ] {
            assert_ne!(key(a.0, a.1), key(b.0, b.1), "{} {}", a.0, b.0);
        }
        for text in [
            "SUM(A:C)",
            "SUM(3:7)",
            "SUM($3 : $7)",
            "A1:B2!C3",
            "A1:Name",
            "&quot;A1&quot;",
            "\"a&quot;",
            "<![CDATA[A1]]>",
            "\"open",
        ] {
            assert_eq!(key(text, "D9"), None, "{text}");
        }
    }
}
