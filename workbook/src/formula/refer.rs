//! What a formula refers to: the rectangles whose change may change its value.

use super::{Formula, Node, OnSheet, Reference, TableReference};
use crate::address::{Cell, MAX_COL, MAX_ROW, Rect};
use crate::open::book::Book;

/// What a formula uses.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Rectangles by sheet.
    pub rects: Vec<(usize, Rect)>,
    /// Whether it refers to cells that only its evaluation can tell (INDIRECT, OFFSET).
    pub anywhere: bool,
    /// Whether its value changes by itself (NOW, TODAY, RAND).
    pub volatile: bool,
}

/// Collects what a formula uses, at a cell of a sheet, through names and tables.
pub fn uses(formula: &Formula, book: &Book, sheet: usize, at: Cell, out: &mut Uses) {
    Collector {
        book,
        sheet,
        at,
        names: 0,
    }
    .walk(&formula.root, formula.base, sheet, out);
}

/// What a formula uses, gathered once for all cells that share it: the same rectangles for all,
/// and those that move with the cell.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Rectangles by sheet, wherever the formula stands.
    pub fixed: Vec<(usize, Rect)>,
    moving: Vec<(usize, Reference, Cell)>,
    /// As in [`Uses`].
    pub anywhere: bool,
    /// As in [`Uses`].
    pub volatile: bool,
}

impl Plan {
    /// The plan of a formula on a sheet; `None` where what it uses is only told cell by cell.
    pub fn new(formula: &Formula, book: &Book, sheet: usize) -> Option<Self> {
        let mut plan = Self::default();
        plan.walk(&formula.root, formula.base, sheet, book, sheet, 0)
            .then_some(plan)
    }

    /// The rectangles that move, for the formula at a cell.
    pub fn moving(&self, at: Cell) -> impl Iterator<Item = (usize, Rect)> {
        self.moving
            .iter()
            .map(move |(sheet, reference, base)| (*sheet, reference.rect(*base, at)))
    }

    fn walk(
        &mut self,
        node: &Node,
        base: Cell,
        own: usize,
        book: &Book,
        sheet: usize,
        names: u32,
    ) -> bool {
        match node {
            Node::Reference(r) => {
                let on = match r.sheet {
                    OnSheet::Own => own..=own,
                    OnSheet::Of(sheet) => sheet..=sheet,
                    OnSheet::Span(a, b) => a.min(b)..=a.max(b),
                };
                let stays = [r.a, r.b].iter().all(|c| c.fixed_row && c.fixed_col);
                for on in on {
                    if stays {
                        self.fixed.push((on, r.rect(base, base)));
                    } else {
                        self.moving.push((on, *r, base));
                    }
                }
                true
            }
            Node::Name(on, name) => {
                let Some((index, defined)) = book.name(name, Some(on.unwrap_or(sheet))) else {
                    if let Some(table) = book.table(name)
                        && let Some(rect) = table.data()
                    {
                        self.fixed.push((table.sheet, rect));
                    }
                    return true;
                };
                let (Some(root), true) = (book.name_root(index), names < 16) else {
                    self.anywhere = true;
                    return true;
                };
                let own = defined.sheet.or(*on).unwrap_or(sheet);
                self.walk(root, Cell::new(1, 1), own, book, sheet, names + 1)
            }
            Node::Binary(_, a, b) | Node::Intersection(a, b) => {
                self.walk(a, base, own, book, sheet, names)
                    && self.walk(b, base, own, book, sheet, names)
            }
            Node::Unary(_, a) | Node::Single(a) => self.walk(a, base, own, book, sheet, names),
            Node::Call(function, args) => {
                self.anywhere |= function.refers_anywhere();
                self.volatile |= function.is_volatile();
                args.iter()
                    .all(|arg| self.walk(arg, base, own, book, sheet, names))
            }
            Node::Union(args) => args
                .iter()
                .all(|arg| self.walk(arg, base, own, book, sheet, names)),
            Node::Number(_)
            | Node::Text(_)
            | Node::Bool(_)
            | Node::Fault(_)
            | Node::Missing
            | Node::Array(..)
            | Node::External => true,
            Node::Table(_) | Node::Range(..) | Node::Spill(_) | Node::Unknown(..) => false,
        }
    }
}

struct Collector<'a> {
    book: &'a Book,
    sheet: usize,
    at: Cell,
    names: u32,
}

impl Collector<'_> {
    fn walk(&mut self, node: &Node, base: Cell, own: usize, out: &mut Uses) {
        match node {
            Node::Reference(r) => self.reference(r, base, own, out),
            Node::Name(sheet, name) => self.name(*sheet, name, out),
            Node::Table(t) => match table_rect(self.book, t, self.sheet, self.at) {
                Some((sheet, rect)) => out.rects.push((sheet, rect)),
                None => out.anywhere |= self.book.table(&t.table).is_some(),
            },
            Node::Binary(_, a, b) | Node::Intersection(a, b) => {
                self.walk(a, base, own, out);
                self.walk(b, base, own, out);
            }
            Node::Range(a, b) => {
                // The ends span a rectangle that may be larger than both.
                let from = out.rects.len();
                self.walk(a, base, own, out);
                self.walk(b, base, own, out);
                let parts = &out.rects[from..];
                match parts.first() {
                    Some(&(sheet, first)) if parts.iter().all(|p| p.0 == sheet) => {
                        let whole = parts.iter().fold(first, |w, p| w.around(&p.1));
                        out.rects.push((sheet, whole));
                    }
                    _ => out.anywhere = true,
                }
            }
            Node::Unary(_, a) | Node::Single(a) => self.walk(a, base, own, out),
            Node::Spill(a) => {
                let from = out.rects.len();
                self.walk(a, base, own, out);
                // What it spills over grows downwards and to the right.
                let grown: Vec<_> = out.rects[from..]
                    .iter()
                    .map(|(s, r)| {
                        let end = Cell::new(MAX_ROW, (r.end.col + 256).min(MAX_COL));
                        (
                            *s,
                            Rect {
                                start: r.start,
                                end,
                            },
                        )
                    })
                    .collect();
                out.rects.extend(grown);
            }
            Node::Call(function, args) => {
                out.anywhere |= function.refers_anywhere();
                out.volatile |= function.is_volatile();
                for arg in args {
                    self.walk(arg, base, own, out);
                }
            }
            Node::Unknown(name, args) => {
                // A name may stand for a LAMBDA, which refers to cells of its own.
                self.name(None, name, out);
                out.volatile |= matches!(&**name, "CELL" | "INFO");
                for arg in args {
                    self.walk(arg, base, own, out);
                }
            }
            Node::Union(args) => {
                for arg in args {
                    self.walk(arg, base, own, out);
                }
            }
            Node::Number(_)
            | Node::Text(_)
            | Node::Bool(_)
            | Node::Fault(_)
            | Node::Missing
            | Node::Array(..)
            | Node::External => {}
        }
    }

    fn reference(&mut self, r: &Reference, base: Cell, own: usize, out: &mut Uses) {
        let rect = r.rect(base, self.at);
        match r.sheet {
            OnSheet::Own => out.rects.push((own, rect)),
            OnSheet::Of(sheet) => out.rects.push((sheet, rect)),
            OnSheet::Span(a, b) => {
                for sheet in a.min(b)..=a.max(b) {
                    out.rects.push((sheet, rect));
                }
            }
        }
    }

    fn name(&mut self, sheet: Option<usize>, name: &str, out: &mut Uses) {
        if self.names > 16 {
            out.anywhere = true;
            return;
        }
        let Some((index, defined)) = self.book.name(name, Some(sheet.unwrap_or(self.sheet))) else {
            // A table's name alone means its data.
            if let Some(table) = self.book.table(name)
                && let Some(rect) = table.data()
            {
                out.rects.push((table.sheet, rect));
            }
            return;
        };
        let Some(root) = self.book.name_root(index) else {
            // Not understood: it may refer to anything.
            out.anywhere = true;
            return;
        };
        let own = defined.sheet.or(sheet).unwrap_or(self.sheet);
        self.names += 1;
        // Relative references in a name are written for A1.
        self.walk(root, Cell::new(1, 1), own, out);
        self.names -= 1;
    }
}

/// Where a structured reference leads, for a formula at `at`; `None` where it leads nowhere.
pub fn table_rect(
    book: &Book,
    reference: &TableReference,
    sheet: usize,
    at: Cell,
) -> Option<(usize, Rect)> {
    let table = if reference.table.is_empty() {
        book.tables()
            .iter()
            .find(|t| t.sheet == sheet && t.rect.contains(at))?
    } else {
        book.table(&reference.table)?
    };
    let (mut left, mut right) = (table.rect.start.col, table.rect.end.col);
    if let Some((a, b)) = &reference.columns {
        let (a, b) = (table.column(a)?, table.column(b)?);
        left = table.rect.start.col + a.min(b);
        right = table.rect.start.col + a.max(b);
    }
    let rows = reference.rows;
    let headers = table.header_rows;
    let data_top = table.rect.start.row + headers;
    let data_bottom = table.rect.end.row.checked_sub(table.totals_rows)?;
    let (top, bottom) = if rows.this_row {
        (at.row, at.row)
    } else {
        let top = match (rows.headers, rows.data) {
            (true, _) => table.rect.start.row,
            (false, true) => data_top,
            (false, false) => data_bottom + 1,
        };
        let bottom = match (rows.totals, rows.data) {
            (true, _) => table.rect.end.row,
            (false, true) => data_bottom,
            (false, false) => data_top.checked_sub(1)?,
        };
        (top, bottom)
    };
    (top <= bottom && top >= 1).then_some((
        table.sheet,
        Rect {
            start: Cell::new(top, left),
            end: Cell::new(bottom, right),
        },
    ))
}
