//! Edits to the bytes of a worksheet. What is not edited is not touched: the new part is the old
//! one with a few stretches of bytes replaced.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::address::{Cell, Rect};
use crate::calc::value::{Value, stored};
use crate::open::grid::{CellRec, Grid, RowRec};
use crate::open::xml;

/// What happens to one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A person's answer; with another style where a date needs one.
    Answer(Value, Option<u32>),
    /// A formula's new value, or what an array formula puts into a cell.
    Result(Value),
    /// The stored value is taken away.
    Drop,
}

/// The edits to one sheet.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// By cell, in order.
    pub cells: BTreeMap<Cell, Edit>,
    /// Array formulas that now fill another rectangle: where their `ref` stands, and the new one.
    pub references: Vec<(Range<usize>, Rect)>,
}

/// Carries out the edits. The same edits give the same bytes.
pub fn apply(grid: &Grid, edits: &Edits) -> Vec<u8> {
    let mut work = Work {
        grid,
        splices: Vec::new(),
    };
    let mut new_cells: Option<Rect> = None;
    let mut pending: Vec<(&Cell, &Edit)> = edits.cells.iter().collect();
    let mut at = 0;
    while at < pending.len() {
        let row = pending[at].0.row;
        let end = at
            + pending[at..]
                .iter()
                .take_while(|(c, _)| c.row == row)
                .count();
        work.row(row, &mut pending[at..end], &mut new_cells);
        at = end;
    }
    for (range, rect) in &edits.references {
        work.splices
            .push((range.clone(), rect.to_string().into_bytes()));
    }
    if let (Some(grown), Some(range)) = (new_cells, grid.dimension.clone())
        && let Some(old) = std::str::from_utf8(&grid.bytes[range.clone()])
            .ok()
            .and_then(Rect::parse)
        && old.around(&grown) != old
    {
        let text = old.around(&grown).to_string();
        work.splices.push((range, text.into_bytes()));
    }
    work.finish()
}

struct Work<'a> {
    grid: &'a Grid,
    splices: Vec<(Range<usize>, Vec<u8>)>,
}

impl Work<'_> {
    fn finish(mut self) -> Vec<u8> {
        // Several insertions at one place stay in the order in which they were made.
        self.splices.sort_by_key(|(range, _)| range.start);
        let bytes = &self.grid.bytes;
        let grown: usize = self.splices.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(bytes.len() + grown);
        let mut at = 0;
        for (range, new) in &self.splices {
            out.extend_from_slice(&bytes[at..range.start]);
            out.extend_from_slice(new);
            at = range.end;
        }
        out.extend_from_slice(&bytes[at..]);
        out
    }

    fn row(&mut self, number: u32, edits: &mut [(&Cell, &Edit)], grown: &mut Option<Rect>) {
        let grid = self.grid;
        let mut note = |at: Cell| {
            let one = Rect::one(at);
            *grown = Some(grown.map_or(one, |g| g.around(&one)));
        };
        let Ok(index) = grid.row_index(number) else {
            let before = grid.rows.partition_point(|r| r.row < number);
            let mut cells = Vec::new();
            for (at, edit) in edits.iter() {
                if let Some(cell) = self.new_cell(**at, edit) {
                    note(**at);
                    cells.extend_from_slice(&cell);
                }
            }
            if !cells.is_empty() {
                self.new_row(number, before, &cells);
            }
            return;
        };
        let row = &grid.rows[index];
        let mut inserted = Vec::new();
        let mut reach: Option<(u32, u32)> = None;
        for (at, edit) in edits.iter() {
            let range = grid.row_cell_range(row);
            let cells = &grid.cells[range];
            let place = cells.partition_point(|c| c.at.col < at.col);
            match cells.get(place).filter(|c| c.at.col == at.col) {
                Some(cell) => self.cell(cell, edit),
                None => {
                    let Some(xml) = self.new_cell(**at, edit) else {
                        continue;
                    };
                    note(**at);
                    reach = Some(
                        reach.map_or((at.col, at.col), |(a, b)| (a.min(at.col), b.max(at.col))),
                    );
                    match cells.get(place) {
                        Some(next) => {
                            let start = next.whole().start;
                            self.splices.push((start..start, xml));
                        }
                        None if row.empty => inserted.extend_from_slice(&xml),
                        None => {
                            let end = close_of(grid, row);
                            self.splices.push((end..end, xml));
                        }
                    }
                }
            }
        }
        if !inserted.is_empty() {
            // `<row …/>` becomes `<row …>…</row>`.
            let slash = row.tag.end - 2;
            let mut new = b">".to_vec();
            new.extend_from_slice(&inserted);
            new.extend_from_slice(format!("</{}row>", grid.prefix).as_bytes());
            self.splices.push((slash..row.tag.end, new));
        }
        if let (Some((low, high)), Some(spans)) = (reach, row.spans.clone()) {
            self.spans(spans, low, high);
        }
    }

    /// `spans` is a list of `first:last`; it may only be widened.
    fn spans(&mut self, range: Range<usize>, low: u32, high: u32) {
        let text = String::from_utf8_lossy(&self.grid.bytes[range.clone()]).into_owned();
        let parts: Vec<(u32, u32)> = text
            .split_whitespace()
            .filter_map(|p| {
                let (a, b) = p.split_once(':')?;
                Some((a.parse().ok()?, b.parse().ok()?))
            })
            .collect();
        if parts.iter().any(|(a, b)| *a <= low && high <= *b) {
            return;
        }
        let first = parts.iter().map(|p| p.0).min().unwrap_or(low).min(low);
        let last = parts.iter().map(|p| p.1).max().unwrap_or(high).max(high);
        self.splices
            .push((range, format!("{first}:{last}").into_bytes()));
    }

    fn new_row(&mut self, number: u32, before: usize, cells: &[u8]) {
        let grid = self.grid;
        let prefix = &grid.prefix;
        let mut row = format!("<{prefix}row r=\"{number}\">").into_bytes();
        row.extend_from_slice(cells);
        row.extend_from_slice(format!("</{prefix}row>").as_bytes());
        if grid.data_empty {
            // `<sheetData/>`: the first row opens it; further ones go before its end.
            let slash = grid.data.end - 2;
            let close = format!("</{prefix}sheetData>").into_bytes();
            match self
                .splices
                .iter_mut()
                .find(|(r, _)| *r == (slash..grid.data.end))
            {
                Some((_, new)) => {
                    let end = new.len() - close.len();
                    new.splice(end..end, row);
                }
                None => {
                    let mut new = b">".to_vec();
                    new.extend_from_slice(&row);
                    new.extend_from_slice(&close);
                    self.splices.push((slash..grid.data.end, new));
                }
            }
            return;
        }
        let at = match grid.rows.get(before) {
            Some(next) => next.whole.start,
            None => match grid.rows.last() {
                Some(last) => last.whole.end,
                // `<sheetData></sheetData>`
                None => {
                    let bytes = &grid.bytes[grid.data.clone()];
                    grid.data.start + bytes.iter().rposition(|b| *b == b'<').unwrap_or(0)
                }
            },
        };
        self.splices.push((at..at, row));
    }

    fn new_cell(&self, at: Cell, edit: &Edit) -> Option<Vec<u8>> {
        let (kind, content) = match edit {
            Edit::Answer(value, _) => answer_content(value, &self.grid.prefix),
            Edit::Result(value) => result_content(value, &self.grid.prefix),
            Edit::Drop => return None,
        };
        if content.is_empty() {
            return None;
        }
        let style = match edit {
            Edit::Answer(_, Some(style)) => *style,
            _ => self.grid.style_at(at),
        };
        let prefix = &self.grid.prefix;
        let mut out = format!("<{prefix}c r=\"{at}\"").into_bytes();
        if style != 0 {
            out.extend_from_slice(format!(" s=\"{style}\"").as_bytes());
        }
        if !kind.is_empty() {
            out.extend_from_slice(format!(" t=\"{kind}\"").as_bytes());
        }
        out.push(b'>');
        out.extend_from_slice(&content);
        out.extend_from_slice(format!("</{prefix}c>").as_bytes());
        Some(out)
    }

    fn cell(&mut self, cell: &CellRec, edit: &Edit) {
        let grid = self.grid;
        let prefix = &grid.prefix;
        let (kind, content, style) = match edit {
            Edit::Answer(value, style) => {
                let (kind, content) = answer_content(value, prefix);
                (kind, content, *style)
            }
            Edit::Result(value) => {
                let (kind, content) = result_content(value, prefix);
                (kind, content, None)
            }
            Edit::Drop => ("", Vec::new(), None),
        };
        let answered = matches!(edit, Edit::Answer(..));
        let tag = &grid.bytes[cell.tag()];
        let empty = tag.ends_with(b"/>");
        let mut open = tag[..tag.len() - if empty { 2 } else { 1 }].to_vec();
        while open.last().is_some_and(u8::is_ascii_whitespace) {
            open.pop();
        }
        remove_attribute(&mut open, b"t");
        if answered {
            // What describes the old value does not describe the new one.
            remove_attribute(&mut open, b"vm");
            remove_attribute(&mut open, b"cm");
        }
        if let Some(style) = style {
            remove_attribute(&mut open, b"s");
            open.extend_from_slice(format!(" s=\"{style}\"").as_bytes());
        }
        if !kind.is_empty() {
            open.extend_from_slice(format!(" t=\"{kind}\"").as_bytes());
        }
        let formula = cell.formula().map(|f| grid.formulas[f].element());
        if content.is_empty() && formula.is_none() {
            open.extend_from_slice(b"/>");
            self.splices.push((cell.whole(), open));
            return;
        }
        open.push(b'>');
        if let Some(formula) = formula {
            // The formula stays as it stands; only the opening tag and the value change.
            self.splices.push((cell.tag(), open));
            match cell.value_element() {
                Some(range) => self.splices.push((range, content)),
                None => self.splices.push((formula.end..formula.end, content)),
            }
            return;
        }
        open.extend_from_slice(&content);
        open.extend_from_slice(format!("</{prefix}c>").as_bytes());
        self.splices.push((cell.whole(), open));
    }
}

/// Where a row's closing tag begins.
fn close_of(grid: &Grid, row: &RowRec) -> usize {
    let bytes = &grid.bytes[row.whole.clone()];
    let back = bytes.iter().rposition(|b| *b == b'<').unwrap_or(0);
    row.whole.start + back
}

fn remove_attribute(open: &mut Vec<u8>, name: &[u8]) {
    let Some(start) = open.iter().position(u8::is_ascii_whitespace) else {
        return;
    };
    let attrs = &open[start..];
    let Some(range) = xml::attr_range(attrs, name) else {
        return;
    };
    // Back over the quote, the sign and the name to the space before them.
    let mut from = start + range.start - 1;
    while from > start && !open[from - 1].is_ascii_whitespace() {
        from -= 1;
    }
    while from > start && open[from - 1].is_ascii_whitespace() {
        from -= 1;
    }
    open.drain(from..start + range.end + 1);
}

fn number_content(n: f64, prefix: &str) -> Vec<u8> {
    format!("<{prefix}v>{}</{prefix}v>", stored(n)).into_bytes()
}

/// The type and content of an answered cell. Text is an inline string: it cannot become a
/// formula, and the shared strings stay as they are.
fn answer_content(value: &Value, prefix: &str) -> (&'static str, Vec<u8>) {
    match value {
        Value::Text(text) if !text.is_empty() => {
            let spaced = text.starts_with(char::is_whitespace)
                || text.ends_with(char::is_whitespace)
                || text.contains(['\n', '\t'])
                || text.contains("  ");
            let keep = if spaced {
                " xml:space=\"preserve\""
            } else {
                ""
            };
            let mut out = format!("<{prefix}is><{prefix}t{keep}>").into_bytes();
            xml::escape_text(text, &mut out);
            out.extend_from_slice(format!("</{prefix}t></{prefix}is>").as_bytes());
            ("inlineStr", out)
        }
        Value::Text(_) => ("", Vec::new()),
        other => result_content(other, prefix),
    }
}

/// The type and content of a formula's value.
fn result_content(value: &Value, prefix: &str) -> (&'static str, Vec<u8>) {
    match value {
        Value::Empty => ("", Vec::new()),
        Value::Number(n) => ("", number_content(*n, prefix)),
        Value::Bool(b) => (
            "b",
            format!("<{prefix}v>{}</{prefix}v>", u8::from(*b)).into_bytes(),
        ),
        Value::Fault(f) => (
            "e",
            format!("<{prefix}v>{}</{prefix}v>", f.text()).into_bytes(),
        ),
        Value::Text(text) => {
            let mut out = format!("<{prefix}v>").into_bytes();
            xml::escape_text(text, &mut out);
            out.extend_from_slice(format!("</{prefix}v>").as_bytes());
            ("str", out)
        }
    }
}

/// Puts an element last into the root of a part. The element is written without a prefix; where
/// the root has one, it is put before the name.
pub fn append_child(part: &[u8], element: &str) -> Option<Vec<u8>> {
    let mut scanner = xml::Scanner::new(part);
    let root = loop {
        match scanner.next_event().ok()?? {
            xml::Event::Open(tag) => break tag,
            _ => continue,
        }
    };
    let name = part.get(root.start + 1..root.end)?;
    let prefix = String::from_utf8_lossy(&name[..root.prefix]).into_owned();
    let element = element.replacen('<', &format!("<{prefix}"), 1);
    if root.empty {
        let whole = String::from_utf8_lossy(root.name).into_owned();
        let open = &part[..root.end - 2];
        let close = format!(">{element}</{prefix}{whole}>");
        return Some([open, close.as_bytes(), &part[root.end..]].concat());
    }
    let end = scanner.skip(&root).ok()?;
    let close = part[..end].iter().rposition(|b| *b == b'<')?;
    Some([&part[..close], element.as_bytes(), &part[close..]].concat())
}

/// Sets `fullCalcOnLoad` in the workbook part, so that whatever has no value gets one when the
/// file is opened.
pub fn calculate_on_load(workbook: &[u8]) -> Vec<u8> {
    let mut scanner = xml::Scanner::new(workbook);
    let mut prefix = String::new();
    let mut root = true;
    let mut before = None;
    while let Ok(Some(event)) = scanner.next_event() {
        match event {
            xml::Event::Open(tag) if root => {
                root = false;
                let name = workbook.get(tag.start + 1..tag.start + 1 + tag.prefix);
                prefix = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
            }
            xml::Event::Open(tag) if tag.name == b"calcPr" => {
                let mut element = workbook[tag.start..tag.end].to_vec();
                crate::open::styles::set_attribute(&mut element, b"fullCalcOnLoad", "1");
                return [&workbook[..tag.start], &element, &workbook[tag.end..]].concat();
            }
            xml::Event::Open(tag) => {
                // What comes after `calcPr` (18.2.27).
                let later: [&[u8]; 9] = [
                    b"oleSize",
                    b"customWorkbookViews",
                    b"pivotCaches",
                    b"smartTagPr",
                    b"smartTagTypes",
                    b"webPublishing",
                    b"fileRecoveryPr",
                    b"webPublishObjects",
                    b"extLst",
                ];
                if before.is_none() && later.contains(&tag.name) {
                    before = Some(tag.start);
                }
                if scanner.skip(&tag).is_err() {
                    break;
                }
            }
            xml::Event::Close { start, .. } => {
                let at = before.unwrap_or(start);
                let element = format!("<{prefix}calcPr fullCalcOnLoad=\"1\"/>");
                return [&workbook[..at], element.as_bytes(), &workbook[at..]].concat();
            }
            xml::Event::Text { .. } => {}
        }
    }
    workbook.to_vec()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sheet(data: &str) -> Grid {
        let xml =
            format!("<worksheet><dimension ref=\"A1:B2\"/>{data}<after x=\"1\"/></worksheet>");
        Grid::load(xml.into_bytes()).unwrap()
    }

    fn edited(data: &str, edits: &[(&str, Edit)]) -> String {
        let mut all = Edits::default();
        for (at, edit) in edits {
            all.cells.insert(Cell::parse(at).unwrap(), edit.clone());
        }
        let text = String::from_utf8(apply(&sheet(data), &all)).unwrap();
        Grid::load(text.clone().into_bytes()).unwrap();
        text
    }

    fn number(n: f64) -> Edit {
        Edit::Answer(Value::Number(n), None)
    }

    #[test]
    fn cells_and_rows_are_made_in_order() {
        let out = edited(
            r#"<sheetData><row r="2" spans="1:2"><c r="B2" s="4"/></row><row r="5"/></sheetData>"#,
            &[
                ("A2", number(1.0)),
                ("B2", number(2.0)),
                ("D2", number(3.0)),
                ("C3", Edit::Answer(Value::text("=1+1"), None)),
                ("A5", Edit::Answer(Value::Bool(true), None)),
                ("A9", number(0.5)),
            ],
        );
        assert_eq!(
            out,
            r#"<worksheet><dimension ref="A1:D9"/><sheetData><row r="2" spans="1:4"><c r="A2"><v>1</v></c><c r="B2" s="4"><v>2</v></c><c r="D2"><v>3</v></c></row><row r="3"><c r="C3" t="inlineStr"><is><t>=1+1</t></is></c></row><row r="5"><c r="A5" t="b"><v>1</v></c></row><row r="9"><c r="A9"><v>0.5</v></c></row></sheetData><after x="1"/></worksheet>"#
        );
    }

    #[test]
    fn an_empty_sheet_is_opened_once() {
        let out = edited("<sheetData/>", &[("B1", number(1.0)), ("A3", number(2.0))]);
        assert!(out.contains(r#"<sheetData><row r="1"><c r="B1"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row></sheetData>"#), "{out}");
        let out = edited("<sheetData></sheetData>", &[("A1", number(1.0))]);
        assert!(
            out.contains(r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>"#),
            "{out}"
        );
    }

    #[test]
    fn formulas_keep_everything_but_their_value() {
        let data = r#"<sheetData><row r="1"><c r="A1" s="2" t="str"><f>B1&amp;"x"</f><v>old</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C1"><f>A1</f></c></row></sheetData>"#;
        let out = edited(
            data,
            &[
                ("A1", Edit::Drop),
                ("B1", Edit::Result(Value::Number(4.0))),
                ("C1", Edit::Result(Value::text("<a>"))),
            ],
        );
        assert!(
            out.contains(r#"<c r="A1" s="2"><f>B1&amp;"x"</f></c>"#),
            "{out}"
        );
        assert!(out.contains(r#"<c r="B1"><f>1/0</f><v>4</v></c>"#), "{out}");
        assert!(
            out.contains(r#"<c r="C1" t="str"><f>A1</f><v>&lt;a&gt;</v></c>"#),
            "{out}"
        );
    }

    #[test]
    fn emptying_keeps_the_format() {
        let out = edited(
            r#"<sheetData><row r="1"><c t="s" r="A1" s="7"><v>3</v></c></row></sheetData>"#,
            &[
                ("A1", Edit::Answer(Value::Empty, None)),
                ("Z9", Edit::Answer(Value::Empty, None)),
            ],
        );
        assert!(
            out.contains(r#"<row r="1"><c r="A1" s="7"/></row></sheetData>"#),
            "{out}"
        );
    }

    #[test]
    fn prefixed_sheets_are_edited_with_their_prefix() {
        let xml = r#"<x:worksheet xmlns:x="u"><x:sheetData><x:row r="1"><x:c r="A1"/></x:row></x:sheetData></x:worksheet>"#;
        let grid = Grid::load(xml.as_bytes().to_vec()).unwrap();
        let mut edits = Edits::default();
        edits.cells.insert(Cell::new(1, 1), number(1.0));
        edits.cells.insert(Cell::new(2, 1), number(2.0));
        let out = String::from_utf8(apply(&grid, &edits)).unwrap();
        assert!(out.contains(r#"<x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>2</x:v></x:c></x:row>"#), "{out}");
    }

    #[test]
    fn a_child_is_put_last() {
        for (part, with) in [
            (
                "<?xml version=\"1.0\"?><a><b/></a>",
                "<?xml version=\"1.0\"?><a><b/><c x=\"1\"/></a>",
            ),
            ("<t:a u=\"v\"/>", "<t:a u=\"v\"><t:c x=\"1\"/></t:a>"),
        ] {
            let out = append_child(part.as_bytes(), "<c x=\"1\"/>").unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), with);
        }
    }

    #[test]
    fn calculation_on_load_is_asked_for_where_it_belongs() {
        let set = |xml: &str| String::from_utf8(calculate_on_load(xml.as_bytes())).unwrap();
        assert_eq!(
            set(r#"<workbook><sheets/><calcPr calcId="1"/></workbook>"#),
            r#"<workbook><sheets/><calcPr fullCalcOnLoad="1" calcId="1"/></workbook>"#
        );
        assert_eq!(
            set("<x:workbook><x:sheets/><x:extLst><x:a/></x:extLst></x:workbook>"),
            r#"<x:workbook><x:sheets/><x:calcPr fullCalcOnLoad="1"/><x:extLst><x:a/></x:extLst></x:workbook>"#
        );
        assert_eq!(
            set("<workbook><sheets/></workbook>"),
            r#"<workbook><sheets/><calcPr fullCalcOnLoad="1"/></workbook>"#
        );
    }
}
