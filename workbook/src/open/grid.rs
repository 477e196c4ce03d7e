//! The cells of a worksheet (ECMA-376 part 1, 18.3.1) as places in the part's bytes.
//!
//! Nothing is kept of a cell but where it stands, its style, its type and where its value and
//! formula are; values are decoded when somebody asks.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::Refused;
use super::xml::{self, Event, Scanner, Tag};
use crate::address::{Cell, MAX_COL, MAX_ROW, Rect};

/// How a cell's value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No value.
    Empty,
    /// `n`, or no type.
    Number,
    /// `s`: an index of the shared strings.
    Shared,
    /// `str`: text, the result of a formula.
    Text,
    /// `inlineStr`.
    Inline,
    /// `b`.
    Bool,
    /// `e`.
    Error,
    /// `d`: an ISO 8601 date (strict workbooks).
    Date,
}

/// What a formula cell's `f` element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormulaKind {
    /// An ordinary formula.
    Normal,
    /// The first of a shared formula, by its index.
    SharedFirst(u32),
    /// A further cell of a shared formula.
    Shared(u32),
    /// An array formula over a rectangle; `dynamic` when the cell says that it spills.
    Array {
        /// The cells that it fills.
        rect: Rect,
        /// Whether the cell carries cell metadata (`cm`), as spilling formulas do.
        dynamic: bool,
    },
    /// A what-if data table over a rectangle.
    DataTable(Rect),
}

type Span = (u32, u32);

fn span(range: Range<usize>) -> Span {
    (
        u32::try_from(range.start).unwrap_or(u32::MAX),
        u32::try_from(range.end).unwrap_or(u32::MAX),
    )
}

const fn range(span: Span) -> Range<usize> {
    span.0 as usize..span.1 as usize
}

const NONE: u32 = u32::MAX;

/// One `c` element.
#[derive(Clone, Copy, Debug)]
pub struct CellRec {
    /// Where it is on the sheet.
    pub at: Cell,
    /// Its cell format (`s`).
    pub style: u32,
    /// How its value is stored.
    pub kind: Kind,
    formula: u32,
    whole: Span,
    tag_end: u32,
    value: Span,
    value_element: Span,
}

/// One `f` element.
#[derive(Clone, Copy, Debug)]
pub struct FormulaRec {
    /// Its cell, as an index of `Grid::cells`.
    pub cell: u32,
    /// What it is.
    pub kind: FormulaKind,
    text: Span,
    element: Span,
    /// Where the value of its `ref` attribute stands, if it has one.
    reference: Span,
}

/// One `row` element.
#[derive(Clone, Debug)]
pub struct RowRec {
    /// Its number.
    pub row: u32,
    /// Its format, when it has one of its own.
    pub style: Option<u32>,
    /// The opening tag.
    pub tag: Range<usize>,
    /// The whole element.
    pub whole: Range<usize>,
    /// Whether it closes itself.
    pub empty: bool,
    /// The value of `spans`.
    pub spans: Option<Range<usize>>,
    first: u32,
    count: u32,
}

/// A worksheet's bytes with an index of its cells.
#[derive(Debug)]
pub struct Grid {
    /// The part.
    pub bytes: Vec<u8>,
    /// The prefix of its elements with the colon, mostly empty.
    pub prefix: String,
    /// Rows, ascending.
    pub rows: Vec<RowRec>,
    /// Cells, ascending by row and column.
    pub cells: Vec<CellRec>,
    /// Formulas, in the order of their cells.
    pub formulas: Vec<FormulaRec>,
    /// The value of `dimension`'s `ref`.
    pub dimension: Option<Range<usize>>,
    /// The `sheetData` element.
    pub data: Range<usize>,
    /// Whether `sheetData` closes itself.
    pub data_empty: bool,
    /// Column formats: first, last, style.
    pub columns: Vec<(u32, u32, u32)>,
    /// Rectangles filled by array formulas and data tables, with the formula's index.
    pub arrays: Vec<(Rect, u32)>,
}

impl Grid {
    /// Indexes a worksheet part.
    pub fn load(bytes: Vec<u8>) -> Result<Self, Refused> {
        let mut grid = Self {
            bytes: Vec::new(),
            prefix: String::new(),
            rows: Vec::new(),
            cells: Vec::new(),
            formulas: Vec::new(),
            dimension: None,
            data: 0..0,
            data_empty: true,
            columns: Vec::new(),
            arrays: Vec::new(),
        };
        grid.index(&bytes)?;
        grid.bytes = bytes;
        Ok(grid)
    }

    fn index(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        // A byte-order mark is not markup.
        let start = if bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        if bytes[start..].starts_with(&[0xff, 0xfe]) || bytes[start..].starts_with(&[0xfe, 0xff]) {
            return Err(Refused::Unreadable(
                "a sheet is not in the UTF-8 encoding".into(),
            ));
        }
        let mut scanner = Scanner::from(bytes, start);
        let mut root = true;
        while let Some(event) = scanner.next_event()? {
            let Event::Open(tag) = event else { continue };
            if root {
                root = false;
                if tag.name != b"worksheet" {
                    // A chart sheet or dialog sheet: no cells.
                    return Ok(());
                }
                let name = bytes.get(tag.start + 1..tag.start + 1 + tag.prefix);
                self.prefix = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
                continue;
            }
            match tag.name {
                b"dimension" => {
                    if let Some(r) = xml::attr_range(tag.attrs, b"ref") {
                        let base = tag.attrs.as_ptr().addr() - bytes.as_ptr().addr();
                        self.dimension = Some(base + r.start..base + r.end);
                    }
                }
                b"col" => {
                    if let (Some(a), Some(b), Some(s)) =
                        (tag.number("min"), tag.number("max"), tag.number("style"))
                    {
                        self.columns.push((a, b, s));
                    }
                }
                b"sheetData" => {
                    self.data = tag.start..tag.end;
                    self.data_empty = tag.empty;
                    if !tag.empty {
                        let end = self.sheet_data(&mut scanner, bytes)?;
                        self.data.end = end;
                    }
                    return Ok(());
                }
                b"cols" | b"sheetPr" => {}
                _ => {
                    scanner.skip(&tag)?;
                }
            }
        }
        Err(Refused::Unreadable("a sheet has no sheetData".into()))
    }

    fn sheet_data(&mut self, scanner: &mut Scanner<'_>, bytes: &[u8]) -> Result<usize, Refused> {
        let mut last = 0;
        while let Some(event) = scanner.next_event()? {
            match event {
                Event::Open(tag) if tag.name == b"row" => {
                    let row = match tag.number("r") {
                        Some(r) => r,
                        None => last + 1,
                    };
                    if row <= last || row > MAX_ROW {
                        return Err(Refused::Unreadable(format!(
                            "row {row} of a sheet is out of order"
                        )));
                    }
                    last = row;
                    let spans = xml::attr_range(tag.attrs, b"spans").map(|r| {
                        let base = tag.attrs.as_ptr().addr() - bytes.as_ptr().addr();
                        base + r.start..base + r.end
                    });
                    let style = tag
                        .number("s")
                        .filter(|_| tag.flag("customFormat") == Some(true));
                    let first = u32::try_from(self.cells.len()).unwrap_or(NONE);
                    let end = if tag.empty {
                        tag.end
                    } else {
                        self.row(scanner, bytes, row)?
                    };
                    let count = u32::try_from(self.cells.len()).unwrap_or(NONE) - first;
                    self.rows.push(RowRec {
                        row,
                        style,
                        tag: tag.start..tag.end,
                        whole: tag.start..end,
                        empty: tag.empty,
                        spans,
                        first,
                        count,
                    });
                }
                Event::Open(tag) => {
                    scanner.skip(&tag)?;
                }
                Event::Close { name, end, .. } if name == b"sheetData" => return Ok(end),
                _ => {}
            }
        }
        Err(Refused::Unreadable("a sheet is cut short".into()))
    }

    fn row(&mut self, scanner: &mut Scanner<'_>, bytes: &[u8], row: u32) -> Result<usize, Refused> {
        let mut last = 0;
        loop {
            // Cells as nearly all writers write them are read at a glance.
            while let Some(end) = self.glance(bytes, scanner.offset(), row, last) {
                scanner.seek(end);
                last = self.cells.last().map_or(last, |c| c.at.col);
            }
            let Some(event) = scanner.next_event()? else {
                return Err(Refused::Unreadable("a sheet is cut short".into()));
            };
            match event {
                Event::Open(tag) if tag.name == b"c" => {
                    let mut at = None;
                    let mut style = 0;
                    let mut kind = Kind::Number;
                    let mut dynamic = false;
                    for (name, value) in xml::attributes(tag.attrs) {
                        match name {
                            b"r" => at = std::str::from_utf8(value).ok().and_then(Cell::parse),
                            b"s" => style = small_number(value),
                            b"t" => {
                                kind = match value {
                                    b"s" => Kind::Shared,
                                    b"str" => Kind::Text,
                                    b"inlineStr" => Kind::Inline,
                                    b"b" => Kind::Bool,
                                    b"e" => Kind::Error,
                                    b"d" => Kind::Date,
                                    _ => Kind::Number,
                                }
                            }
                            b"cm" => dynamic = true,
                            _ => {}
                        }
                    }
                    let at = at.unwrap_or(Cell::new(row, last + 1));
                    if at.row != row || at.col <= last || at.col > MAX_COL {
                        return Err(Refused::Unreadable(format!(
                            "cell {at} of a sheet is out of order"
                        )));
                    }
                    last = at.col;
                    let mut cell = CellRec {
                        at,
                        style,
                        kind: Kind::Empty,
                        formula: NONE,
                        whole: span(tag.start..tag.end),
                        tag_end: span(0..tag.end).1,
                        value: (0, 0),
                        value_element: (0, 0),
                    };
                    if !tag.empty {
                        let end = self.cell(scanner, bytes, &mut cell, kind, dynamic)?;
                        cell.whole.1 = span(0..end).1;
                    }
                    self.cells.push(cell);
                }
                Event::Open(tag) => {
                    scanner.skip(&tag)?;
                }
                Event::Close { name, end, .. } if name == b"row" => return Ok(end),
                _ => {}
            }
        }
    }

    /// Reads a cell that is written plainly: `<c r="B2" s="1" t="n"/>`, or with an `f` without
    /// attributes and a `v` inside. Gives where it ends; nothing, and nothing done, for any other.
    fn glance(&mut self, bytes: &[u8], start: usize, row: u32, last: u32) -> Option<usize> {
        let rest = bytes.get(start..)?;
        if !rest.starts_with(b"<c r=\"") {
            return None;
        }
        let mut i = 6;
        let (mut col, mut at_row) = (0u32, 0u32);
        while let (Some(b @ b'A'..=b'Z'), ..9) = (rest.get(i), i) {
            col = col * 26 + u32::from(b - b'A') + 1;
            i += 1;
        }
        let digits = i;
        while let (Some(b @ b'0'..=b'9'), true) = (rest.get(i), i < digits + 7) {
            at_row = at_row * 10 + u32::from(b - b'0');
            i += 1;
        }
        if at_row != row || col <= last || col > MAX_COL || *rest.get(i)? != b'"' {
            return None;
        }
        i += 1;
        let (mut style, mut kind) = (0u32, Kind::Number);
        if rest[i..].starts_with(b" s=\"") {
            i += 4;
            let digits = i;
            while let Some(b @ b'0'..=b'9') = rest.get(i) {
                style = style * 10 + u32::from(b - b'0');
                i += 1;
                if i > digits + 6 {
                    return None;
                }
            }
            if *rest.get(i)? != b'"' {
                return None;
            }
            i += 1;
        }
        if rest[i..].starts_with(b" t=\"") {
            i += 4;
            let len = memchr(b'"', rest.get(i..i + 5)?)?;
            kind = match &rest[i..i + len] {
                b"n" => Kind::Number,
                b"s" => Kind::Shared,
                b"str" => Kind::Text,
                b"b" => Kind::Bool,
                b"e" => Kind::Error,
                _ => return None,
            };
            i += len + 1;
        }
        if rest.get(i) == Some(&b' ') {
            i += 1;
        }
        let mut cell = CellRec {
            at: Cell::new(row, col),
            style,
            kind: Kind::Empty,
            formula: NONE,
            whole: (0, 0),
            tag_end: 0,
            value: (0, 0),
            value_element: (0, 0),
        };
        let place = |i: usize| start + i;
        let mut formula = None;
        match rest.get(i..i + 2)? {
            b"/>" => {
                i += 2;
                cell.tag_end = span(0..place(i)).1;
            }
            [b'>', _] => {
                i += 1;
                cell.tag_end = span(0..place(i)).1;
                if rest[i..].starts_with(b"<f>") {
                    let from = i;
                    let text = i + 3;
                    let len = memchr(b'<', &rest[text..])?;
                    i = text + len;
                    if !rest[i..].starts_with(b"</f>") {
                        return None;
                    }
                    i += 4;
                    formula = Some((place(text)..place(text + len), place(from)..place(i)));
                }
                let from = i;
                if rest[i..].starts_with(b"<v>") {
                    let text = i + 3;
                    let len = memchr(b'<', &rest[text..])?;
                    i = text + len;
                    if !rest[i..].starts_with(b"</v>") {
                        return None;
                    }
                    i += 4;
                    cell.value_element = span(place(from)..place(i));
                    if len > 0 || kind == Kind::Text {
                        cell.kind = kind;
                        cell.value = span(place(text)..place(text + len));
                    }
                } else if rest[i..].starts_with(b"<v/>") || rest[i..].starts_with(b"<v />") {
                    i += if rest[i + 2] == b'/' { 4 } else { 5 };
                    cell.value_element = span(place(from)..place(i));
                    if kind == Kind::Text {
                        cell.kind = Kind::Text;
                    }
                }
                if !rest[i..].starts_with(b"</c>") {
                    return None;
                }
                i += 4;
            }
            _ => return None,
        }
        cell.whole = span(start..place(i));
        if let Some((text, element)) = formula {
            cell.formula = u32::try_from(self.formulas.len()).unwrap_or(NONE);
            self.formulas.push(FormulaRec {
                cell: u32::try_from(self.cells.len()).unwrap_or(NONE),
                kind: FormulaKind::Normal,
                text: span(text),
                element: span(element),
                reference: (0, 0),
            });
        }
        self.cells.push(cell);
        Some(start + i)
    }

    fn cell(
        &mut self,
        scanner: &mut Scanner<'_>,
        bytes: &[u8],
        cell: &mut CellRec,
        kind: Kind,
        dynamic: bool,
    ) -> Result<usize, Refused> {
        while let Some(event) = scanner.next_event()? {
            match event {
                Event::Open(tag) => match tag.name {
                    b"v" | b"is" => {
                        let (inner, end) = element(scanner, &tag)?;
                        let has = kind == Kind::Text && !tag.empty || !inner.is_empty();
                        if tag.name == b"is" || has {
                            cell.kind = if tag.name == b"is" {
                                Kind::Inline
                            } else {
                                kind
                            };
                            cell.value = span(inner);
                        }
                        cell.value_element = span(tag.start..end);
                        if kind == Kind::Text && tag.empty {
                            cell.kind = Kind::Text;
                        }
                    }
                    b"f" => {
                        let (inner, end) = element(scanner, &tag)?;
                        self.formula(bytes, cell, &tag, inner, end, dynamic);
                    }
                    _ => {
                        scanner.skip(&tag)?;
                    }
                },
                Event::Close {
                    name: b"c", end, ..
                } => return Ok(end),
                _ => {}
            }
        }
        Err(Refused::Unreadable("a sheet is cut short".into()))
    }

    fn formula(
        &mut self,
        bytes: &[u8],
        cell: &mut CellRec,
        tag: &Tag<'_>,
        inner: Range<usize>,
        end: usize,
        dynamic: bool,
    ) {
        let reference = xml::attr_range(tag.attrs, b"ref").map(|r| {
            let base = tag.attrs.as_ptr().addr() - bytes.as_ptr().addr();
            base + r.start..base + r.end
        });
        let rect = reference
            .clone()
            .and_then(|r| std::str::from_utf8(&bytes[r]).ok())
            .and_then(Rect::parse)
            .unwrap_or(Rect::one(cell.at));
        let index = u32::try_from(self.formulas.len()).unwrap_or(NONE);
        let kind = match xml::attr(tag.attrs, b"t") {
            Some(b"shared") => {
                let shared = tag.number("si").unwrap_or(NONE);
                if inner.is_empty() {
                    FormulaKind::Shared(shared)
                } else {
                    FormulaKind::SharedFirst(shared)
                }
            }
            Some(b"array") => {
                self.arrays.push((rect, index));
                FormulaKind::Array { rect, dynamic }
            }
            Some(b"dataTable") => {
                self.arrays.push((rect, index));
                FormulaKind::DataTable(rect)
            }
            _ => FormulaKind::Normal,
        };
        cell.formula = index;
        self.formulas.push(FormulaRec {
            cell: u32::try_from(self.cells.len()).unwrap_or(NONE),
            kind,
            text: span(inner),
            element: span(tag.start..end),
            reference: reference.map_or((0, 0), span),
        });
    }

    /// The index of the row with this number.
    pub fn row_index(&self, row: u32) -> Result<usize, usize> {
        // Where no rows are left out, it is as far down as its number says.
        if let Some(first) = self.rows.first()
            && let Some(guess) = row.checked_sub(first.row)
            && self.rows.get(guess as usize).is_some_and(|r| r.row == row)
        {
            return Ok(guess as usize);
        }
        self.rows.binary_search_by_key(&row, |r| r.row)
    }

    /// The cells of a row.
    pub fn row_cells(&self, row: &RowRec) -> &[CellRec] {
        let first = row.first as usize;
        &self.cells[first..first + row.count as usize]
    }

    /// Indexes of the cells of a row.
    pub fn row_cell_range(&self, row: &RowRec) -> Range<usize> {
        let first = row.first as usize;
        first..first + row.count as usize
    }

    /// The cell here, if the sheet has one.
    pub fn find(&self, at: Cell) -> Option<usize> {
        let row = &self.rows[self.row_index(at.row).ok()?];
        let cells = self.row_cells(row);
        if let Some(first) = cells.first()
            && let Some(guess) = at.col.checked_sub(first.at.col)
            && cells
                .get(guess as usize)
                .is_some_and(|c| c.at.col == at.col)
        {
            return Some(row.first as usize + guess as usize);
        }
        cells
            .binary_search_by_key(&at.col, |c| c.at.col)
            .ok()
            .map(|i| row.first as usize + i)
    }

    /// The formula of a cell.
    pub fn formula_of(&self, cell: &CellRec) -> Option<(u32, &FormulaRec)> {
        let formula = self.formulas.get(cell.formula as usize)?;
        Some((cell.formula, formula))
    }

    /// The text of a formula, unescaped; empty for the further cells of a shared one.
    pub fn formula_text(&self, formula: &FormulaRec) -> Cow<'_, str> {
        self.plain(&self.bytes[range(formula.text)])
    }

    /// The text of a formula as the part has it, still escaped.
    pub fn formula_bytes(&self, formula: &FormulaRec) -> &[u8] {
        &self.bytes[range(formula.text)]
    }

    fn plain<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        if memchr(b'<', bytes).is_none() {
            return xml::unescape(bytes);
        }
        // A CDATA section or a comment.
        let mut out = String::new();
        let mut scanner = Scanner::new(bytes);
        while let Ok(Some(event)) = scanner.next_event() {
            match event {
                Event::Text { bytes, raw: true } => out.push_str(&String::from_utf8_lossy(bytes)),
                Event::Text { bytes, raw: false } => out.push_str(&xml::unescape(bytes)),
                _ => {}
            }
        }
        Cow::Owned(out)
    }

    /// The value as stored: digits, a shared string's index, text. Inline strings are read by
    /// `strings::rich_text` instead.
    pub fn value_text(&self, cell: &CellRec) -> Cow<'_, str> {
        self.plain(&self.bytes[range(cell.value)])
    }

    /// The stored value's bytes.
    pub fn value_bytes(&self, cell: &CellRec) -> &[u8] {
        &self.bytes[range(cell.value)]
    }

    /// The format that a cell here has, or would have if it were made.
    pub fn style_at(&self, at: Cell) -> u32 {
        if let Some(i) = self.find(at) {
            return self.cells[i].style;
        }
        if let Ok(i) = self.row_index(at.row)
            && let Some(style) = self.rows[i].style
        {
            return style;
        }
        self.columns
            .iter()
            .find(|(a, b, _)| (*a..=*b).contains(&at.col))
            .map_or(0, |c| c.2)
    }

    /// The array formula or data table that fills this cell.
    pub fn array_at(&self, at: Cell) -> Option<(Rect, u32)> {
        self.arrays.iter().find(|(r, _)| r.contains(at)).copied()
    }
}

impl CellRec {
    /// The whole element.
    pub fn whole(&self) -> Range<usize> {
        range(self.whole)
    }

    /// The opening tag.
    pub fn tag(&self) -> Range<usize> {
        self.whole.0 as usize..self.tag_end as usize
    }

    /// The `v` or `is` element, if there is one.
    pub fn value_element(&self) -> Option<Range<usize>> {
        (self.value_element.1 > 0).then(|| range(self.value_element))
    }

    /// The index of its formula in `Grid::formulas`.
    pub fn formula(&self) -> Option<usize> {
        (self.formula != NONE).then_some(self.formula as usize)
    }
}

impl FormulaRec {
    /// The `f` element.
    pub fn element(&self) -> Range<usize> {
        range(self.element)
    }

    /// The value of its `ref` attribute.
    pub fn reference(&self) -> Option<Range<usize>> {
        (self.reference.1 > 0).then(|| range(self.reference))
    }
}

/// The inside of an element whose opening tag was just read, and the end of the whole.
fn element(scanner: &mut Scanner<'_>, tag: &Tag<'_>) -> Result<(Range<usize>, usize), Refused> {
    if tag.empty {
        return Ok((tag.end..tag.end, tag.end));
    }
    let mut depth = 1u32;
    while let Some(event) = scanner.next_event()? {
        match event {
            Event::Open(t) if !t.empty => depth += 1,
            Event::Close { start, end, .. } => {
                depth -= 1;
                if depth == 0 {
                    return Ok((tag.end..start, end));
                }
            }
            _ => {}
        }
    }
    Err(Refused::Unreadable("a sheet is cut short".into()))
}

fn small_number(value: &[u8]) -> u32 {
    std::str::from_utf8(value)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What is read at a glance is what is read with care.
    #[test]
    fn a_glance_sees_what_a_careful_look_sees() {
        let cells = r#"<c r="A1"/><c r="B1" s="7" t="n" /><c r="C1" t="s"><v>3</v></c><c r="D1" s="2" t="str"><f>A1&amp;"x"</f><v></v></c><c r="E1" t="str"><f>A1</f><v/></c><c r="F1"><f>1+1</f><v /></c><c r="G1"><v></v></c><c r="H1" t="b"><v>1</v></c><c r="I1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="J1"></c><c r="K1" t="inlineStr"><is><t>a</t></is></c><c r="AB1" s="12"><f t="array" ref="AB1:AB2">A1</f><v>2</v></c><c r="XFD1" cm="1"><v>1.5E-3</v></c>"#;
        let sheet = |cells: &str| {
            let xml =
                format!("<worksheet><sheetData><row r=\"1\">{cells}</row></sheetData></worksheet>");
            Grid::load(xml.into_bytes()).unwrap()
        };
        let quick = sheet(cells);
        // A space more before its attributes keeps every cell from the quick way.
        let careful = sheet(&cells.replace("<c r", "<c  r"));
        assert_eq!(quick.cells.len(), careful.cells.len());
        for (a, b) in quick.cells.iter().zip(&careful.cells) {
            assert_eq!((a.at, a.style, a.kind), (b.at, b.style, b.kind));
            assert_eq!(quick.value_text(a), careful.value_text(b), "{}", a.at);
            let element = |g: &Grid, c: &CellRec| c.value_element().map(|r| g.bytes[r].to_vec());
            assert_eq!(element(&quick, a), element(&careful, b), "{}", a.at);
            let formula = |g: &Grid, c: &CellRec| {
                g.formula_of(c).map(|(_, f)| {
                    let text = g.formula_text(f).into_owned();
                    (
                        f.kind,
                        text,
                        g.bytes[f.element()].to_vec(),
                        f.reference().is_some(),
                    )
                })
            };
            assert_eq!(formula(&quick, a), formula(&careful, b), "{}", a.at);
            let tag = |g: &Grid, c: &CellRec| {
                String::from_utf8_lossy(&g.bytes[c.tag()]).replace("  ", " ")
            };
            assert_eq!(tag(&quick, a), tag(&careful, b));
            assert_eq!(a.whole().len() + 1, b.whole().len());
        }
        for wrong in [
            "<c r=\"AAAAAAAAAAAAAAAAA1\"/><c r=\"A99999999999999999\"/><c r=\"A2\"/>",
            "<c r=\"A1\" s=\"99999999999999999999\"/><c r=\"A2\"/>",
            "<c r=\"B1\"/><c r=\"A1\"/>",
            "<c r=\"A2\"/>",
            "<c r=\"A1\"/><c r=\"A1\"/>",
        ] {
            let xml =
                format!("<worksheet><sheetData><row r=\"1\">{wrong}</row></sheetData></worksheet>");
            assert!(Grid::load(xml.into_bytes()).is_err(), "{wrong}");
        }
    }
}
