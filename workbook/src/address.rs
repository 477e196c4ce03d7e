//! Cell addresses and rectangles, in the A1 notation of ECMA-376 part 1, 18.3.1.4 and 18.18.7.

use std::fmt;

/// The last row and column that a sheet can have.
pub const MAX_ROW: u32 = 1_048_576;
/// The last column that a sheet can have (XFD).
pub const MAX_COL: u32 = 16_384;

/// One cell of a sheet: row and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Row, from 1.
    pub row: u32,
    /// Column, from 1.
    pub col: u32,
}

impl Cell {
    /// A cell by row and column.
    pub const fn new(row: u32, col: u32) -> Self {
        Self { row, col }
    }

    /// Reads `E17` or `$E$17`; nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut at = 0;
        if bytes.first() == Some(&b'$') {
            at += 1;
        }
        let mut col: u32 = 0;
        let letters = at;
        while let Some(b) = bytes.get(at) {
            if !b.is_ascii_alphabetic() || at - letters >= 3 {
                break;
            }
            col = col * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1;
            at += 1;
        }
        if at == letters || col > MAX_COL {
            return None;
        }
        if bytes.get(at) == Some(&b'$') {
            at += 1;
        }
        let digits = at;
        let mut row: u32 = 0;
        while let Some(b) = bytes.get(at) {
            if !b.is_ascii_digit() || at - digits >= 7 {
                return None;
            }
            row = row * 10 + u32::from(b - b'0');
            at += 1;
        }
        if at == digits || row == 0 || row > MAX_ROW || bytes[digits] == b'0' {
            return None;
        }
        Some(Self { row, col })
    }
}

/// Writes a column number as letters.
pub fn column_letters(mut col: u32) -> String {
    let mut letters = Vec::new();
    while col > 0 {
        let digit = (col - 1) % 26;
        letters.push(b'A' + u8::try_from(digit).unwrap_or(0));
        col = (col - 1) / 26;
    }
    letters.reverse();
    String::from_utf8(letters).unwrap_or_default()
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", column_letters(self.col), self.row)
    }
}

/// A rectangle of cells, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rect {
    /// Top left.
    pub start: Cell,
    /// Bottom right.
    pub end: Cell,
}

impl Rect {
    /// A rectangle of one cell.
    pub const fn one(cell: Cell) -> Self {
        Self {
            start: cell,
            end: cell,
        }
    }

    /// The rectangle between two corners, in whichever order they are given.
    pub fn between(a: Cell, b: Cell) -> Self {
        Self {
            start: Cell::new(a.row.min(b.row), a.col.min(b.col)),
            end: Cell::new(a.row.max(b.row), a.col.max(b.col)),
        }
    }

    /// Reads `A1`, `A1:B5`, `A:C` or `3:7`.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((left, right)) = text.split_once(':') else {
            return Cell::parse(text).map(Self::one);
        };
        if let (Some(a), Some(b)) = (Cell::parse(left), Cell::parse(right)) {
            return Some(Self::between(a, b));
        }
        let (left, right) = (left.replace('$', ""), right.replace('$', ""));
        if let (Ok(a), Ok(b)) = (left.parse::<u32>(), right.parse::<u32>()) {
            if a == 0 || b == 0 || a > MAX_ROW || b > MAX_ROW {
                return None;
            }
            return Some(Self::between(Cell::new(a, 1), Cell::new(b, MAX_COL)));
        }
        let a = Cell::parse(&format!("{left}1"))?;
        let b = Cell::parse(&format!("{right}1"))?;
        Some(Self::between(
            Cell::new(1, a.col),
            Cell::new(MAX_ROW, b.col),
        ))
    }

    /// Whether the cell lies inside.
    pub fn contains(&self, cell: Cell) -> bool {
        self.start.row <= cell.row
            && cell.row <= self.end.row
            && self.start.col <= cell.col
            && cell.col <= self.end.col
    }

    /// Whether the two share a cell.
    pub fn meets(&self, other: &Self) -> bool {
        self.start.row <= other.end.row
            && other.start.row <= self.end.row
            && self.start.col <= other.end.col
            && other.start.col <= self.end.col
    }

    /// The smallest rectangle around both.
    pub fn around(&self, other: &Self) -> Self {
        Self {
            start: Cell::new(
                self.start.row.min(other.start.row),
                self.start.col.min(other.start.col),
            ),
            end: Cell::new(
                self.end.row.max(other.end.row),
                self.end.col.max(other.end.col),
            ),
        }
    }

    /// Number of rows.
    pub const fn rows(&self) -> u32 {
        self.end.row - self.start.row + 1
    }

    /// Number of columns.
    pub const fn cols(&self) -> u32 {
        self.end.col - self.start.col + 1
    }

    /// Whether it is one cell.
    pub fn is_one(&self) -> bool {
        self.start == self.end
    }
}

impl fmt::Display for Rect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_one() {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}:{}", self.start, self.end)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_and_writes_addresses() {
        for text in ["A1", "Z26", "AA27", "XFD1048576"] {
            assert_eq!(Cell::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Cell::parse("$b$3"), Some(Cell::new(3, 2)));
        for text in [
            "", "A", "1", "A0", "A01", "XFE1", "A1048577", "AAAA1", "A1B", "A-1",
        ] {
            assert_eq!(Cell::parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_rectangles() {
        assert_eq!(Rect::parse("B2:A1").unwrap().to_string(), "A1:B2");
        assert_eq!(Rect::parse("$A:C").unwrap().end, Cell::new(MAX_ROW, 3));
        assert_eq!(Rect::parse("2:3").unwrap().end, Cell::new(3, MAX_COL));
        assert_eq!(Rect::parse("A1:"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,16}") {
            let _ = Rect::parse(&text);
        }

        #[test]
        fn columns_round_trip(col in 1u32..=MAX_COL, row in 1u32..=MAX_ROW) {
            let cell = Cell::new(row, col);
            proptest::prop_assert_eq!(Cell::parse(&cell.to_string()), Some(cell));
        }
    }
}
