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
        while let Some(event) = scanner.next_event()? {
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
        Err(Refused::Unreadable("a sheet is cut short".into()))
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
