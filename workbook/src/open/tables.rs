//! Tables (ECMA-376 part 1, 18.5).

use super::Refused;
use super::xml::{Event, Scanner, unescape_xstring};
use crate::address::{Cell, Rect};

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name that formulas use.
    pub name: String,
    /// The sheet that it stands on, as an index.
    pub sheet: usize,
    /// All of it, headers and totals included.
    pub rect: Rect,
    /// Rows of headers (0 or 1).
    pub header_rows: u32,
    /// Rows of totals (0 or 1).
    pub totals_rows: u32,
    /// Names of the columns.
    pub columns: Vec<String>,
}

impl Table {
    /// Reads a table part.
    pub fn load(bytes: &[u8], sheet: usize) -> Result<Option<Self>, Refused> {
        let mut scanner = Scanner::new(bytes);
        let mut table: Option<Self> = None;
        while let Some(event) = scanner.next_event()? {
            let Event::Open(tag) = event else { continue };
            match tag.name {
                b"table" => {
                    let name = tag.attr("displayName").or_else(|| tag.attr("name"));
                    let rect = tag.attr("ref").as_deref().and_then(Rect::parse);
                    let (Some(name), Some(rect)) = (name, rect) else {
                        return Ok(None);
                    };
                    table = Some(Self {
                        name: name.into_owned(),
                        sheet,
                        rect,
                        header_rows: tag.number("headerRowCount").unwrap_or(1),
                        totals_rows: tag.number("totalsRowCount").unwrap_or(0),
                        columns: Vec::new(),
                    });
                }
                b"tableColumn" => {
                    if let (Some(table), Some(name)) = (&mut table, tag.attr("name")) {
                        table.columns.push(unescape_xstring(&name).into_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(table)
    }

    /// The number of a column, from 0; names compare without case.
    pub fn column(&self, name: &str) -> Option<u32> {
        let wanted = name.to_lowercase();
        let flat = |s: &str| s.replace("\r\n", "\n").to_lowercase();
        let at = self
            .columns
            .iter()
            .position(|c| c.to_lowercase() == wanted || flat(c) == flat(name))?;
        u32::try_from(at).ok()
    }

    /// The rectangle of the rows between headers and totals.
    pub fn data(&self) -> Option<Rect> {
        let top = self.rect.start.row + self.header_rows;
        let bottom = self.rect.end.row.checked_sub(self.totals_rows)?;
        (top <= bottom).then_some(Rect {
            start: Cell::new(top, self.rect.start.col),
            end: Cell::new(bottom, self.rect.end.col),
        })
    }

    /// Whether a cell is one of its headers.
    pub fn is_header(&self, at: Cell) -> bool {
        self.rect.contains(at) && at.row < self.rect.start.row + self.header_rows
    }
}
