//! What a cell for an answer is called: the texts to its left, above it, and around it.

use std::collections::{BTreeMap, HashMap};

use super::demands::is_placeholder;
use super::inputs::Found;
use super::page::{Page, Shown, is_marker};
use crate::address::Cell;

/// The words around a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub row_label: String,
    pub heads: Vec<String>,
    pub title: String,
    pub group: String,
    pub guidance: String,
}

/// A sheet with its cells for answers.
pub(super) struct Layout<'a> {
    page: &'a Page<'a>,
    rows: BTreeMap<u32, Vec<u32>>,
    inputs: &'a Found,
    /// The heading above each row, where there is one.
    headings: BTreeMap<u32, String>,
}

/// Rows of one kind, one below the other, without names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub first: u32,
    pub rows: u32,
}

fn has_letters(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() >= 2
}

fn is_label(shown: &Shown) -> bool {
    shown.words
        && has_letters(&shown.text)
        && !is_marker(&shown.text)
        && !is_placeholder(&shown.text)
}

/// The first line of a text and the rest of it.
fn split(text: &str) -> (String, String) {
    let text = text.trim();
    let (first, rest) = text.split_once(['\n', '\r']).unwrap_or((text, ""));
    let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (tidy(first), tidy(rest))
}

fn join(parts: impl IntoIterator<Item = String>) -> String {
    let mut out: Vec<String> = Vec::new();
    for part in parts {
        let part = part.trim().to_owned();
        if !part.is_empty() && !out.contains(&part) {
            out.push(part);
        }
    }
    out.join(" ")
}

impl<'a> Layout<'a> {
    pub fn new(page: &'a Page<'a>, inputs: &'a Found) -> Self {
        let mut rows: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for at in inputs.cells.keys() {
            rows.entry(at.row).or_default().push(at.col);
        }
        let mut layout = Self {
            page,
            rows,
            inputs,
            headings: BTreeMap::new(),
        };
        layout.headings = layout.find_headings();
        layout
    }

    /// How many cells of a row are for answers.
    pub fn in_row(&self, row: u32) -> u32 {
        self.rows
            .get(&row)
            .map_or(0, |cols| u32::try_from(cols.len()).unwrap_or(u32::MAX))
    }

    fn is_input(&self, at: Cell) -> bool {
        self.inputs.cells.contains_key(&at)
    }

    /// Rows that hold one heading and no answer.
    fn find_headings(&self) -> BTreeMap<u32, String> {
        let mut texts: BTreeMap<u32, Vec<(u32, &Shown)>> = BTreeMap::new();
        for (at, shown) in &self.page.cells {
            if is_label(shown) && !shown.formula && !self.is_input(*at) {
                texts.entry(at.row).or_default().push((at.col, shown));
            }
        }
        texts
            .into_iter()
            .filter(|(row, _)| !self.rows.contains_key(row))
            .filter_map(|(row, texts)| {
                let (col, first) = texts.first()?;
                // What stands to the right of the boxes below heads no part of the sheet.
                let below = self.rows.range(row..).next()?.1.first()?;
                if col > below {
                    return None;
                }
                let (line, _) = split(&first.text);
                let numbered = line
                    .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                    .len()
                    < line.len();
                let short = line.chars().count() <= 100 && !line.ends_with('.');
                (short && (texts.len() == 1 || numbered)).then_some((row, line))
            })
            .collect()
    }

    /// The words around a cell.
    pub fn words(&self, at: Cell) -> Words {
        let mut words = Words::default();
        let mut guidance = Vec::new();
        let heads = self.heads(at);
        let (row_label, row_more) = self.row_label(at, !heads.is_empty());
        words.row_label = row_label;
        guidance.push(row_more);
        // Under a single box a column's heading only says "Answer".
        if self.in_row(at.row) > 1 || words.row_label.is_empty() {
            words.heads = heads;
        }
        if words.row_label.is_empty() && (words.heads.len() < 2 || self.in_row(at.row) <= 1) {
            let (title, more) = self.above(at);
            if self.in_row(at.row) <= 1 {
                words.title = title;
                words.heads = Vec::new();
                guidance.push(more);
            } else if words.heads.is_empty() {
                words.title = title;
                guidance.push(more);
            }
        }
        guidance.push(self.right_of(at));
        words.group = self
            .headings
            .range(..at.row)
            .next_back()
            .map(|(_, text)| text.clone())
            .filter(|text| *text != words.title && *text != words.row_label)
            .or_else(|| {
                self.headings
                    .range(..at.row)
                    .rev()
                    .map(|(_, text)| text.clone())
                    .find(|text| *text != words.title && *text != words.row_label)
            })
            .unwrap_or_default();
        words.guidance = join(guidance);
        words
    }

    /// What a row is called: the text to the left, before another answer.
    fn row_label(&self, at: Cell, has_heads: bool) -> (String, String) {
        let mut texts: Vec<(Cell, &Shown)> = Vec::new();
        let mut given: Vec<&Shown> = Vec::new();
        let mut col = at.col;
        while col > 1 {
            col -= 1;
            let here = self.page.anchor(Cell::new(at.row, col));
            col = here.col;
            if self.is_input(here) {
                if texts.is_empty() {
                    continue;
                }
                break;
            }
            let Some(shown) = self.page.cells.get(&here) else {
                continue;
            };
            if !is_label(shown) {
                continue;
            }
            if shown.formula {
                given.push(shown);
            } else if texts.last().is_none_or(|(last, _)| *last != here) {
                texts.push((here, shown));
            }
        }
        match texts.as_slice() {
            [] => {
                let far = if has_heads {
                    given.last()
                } else {
                    given.first()
                };
                far.map(|shown| split(&shown.text)).unwrap_or_default()
            }
            [(_, one)] => split(&one.text),
            [(_, near), .., (far_at, far)] => {
                let tall = self.page.area(*far_at).rows() > 1;
                let (near, more) = split(&near.text);
                let (far, far_more) = split(&far.text);
                if tall {
                    (format!("{far}: {near}"), more)
                } else if has_heads {
                    (far, far_more)
                } else {
                    (near, more)
                }
            }
        }
    }

    /// What a column is called, from the top down.
    fn heads(&self, at: Cell) -> Vec<String> {
        let columns: &[u32] = self.rows.get(&at.row).map_or(&[], Vec::as_slice);
        let many = columns.len() > 1;
        let mut found: Vec<String> = Vec::new();
        let mut gap = 0;
        let mut row = at.row;
        while row > 1 {
            row -= 1;
            let here = Cell::new(row, at.col);
            let anchor = self.page.anchor(here);
            if self.is_input(anchor) {
                if !found.is_empty() {
                    break;
                }
                gap = 0;
                continue;
            }
            let shown = self.page.cells.get(&anchor);
            let text = shown.map(|shown| shown.text.as_str()).unwrap_or_default();
            if text.is_empty() || is_marker(text) {
                if !found.is_empty() && !is_marker(text) {
                    break;
                }
                gap += 1;
                // Far from its headings a lone box has none; a row of boxes may have them far up.
                if gap > if many { 12 } else { 0 } {
                    break;
                }
                continue;
            }
            let is_head = shown.is_some_and(is_label)
                || (shown.is_some_and(|shown| !shown.words) && text.contains(' '))
                || is_year(text);
            if !is_head {
                if !found.is_empty() {
                    break;
                }
                continue;
            }
            if many && !self.heads_columns(row, columns) {
                // A remark across the whole block, or above one box only, is no heading.
                if !found.is_empty() {
                    break;
                }
                continue;
            }
            let (line, rest) = split(text);
            let whole = if rest.is_empty() || rest.chars().count() > 40 {
                line
            } else {
                format!("{line} {rest}")
            };
            if found.last() != Some(&whole) {
                found.push(whole);
            }
            if found.len() == 5 {
                break;
            }
        }
        found.reverse();
        found
    }

    /// Whether a row has several headings over these columns.
    fn heads_columns(&self, row: u32, columns: &[u32]) -> bool {
        let mut anchors: Vec<Cell> = columns
            .iter()
            .map(|col| self.page.anchor(Cell::new(row, *col)))
            .filter(|anchor| {
                self.page
                    .cells
                    .get(anchor)
                    .is_some_and(|shown| !shown.text.is_empty())
            })
            .collect();
        let with_text = anchors.len();
        anchors.dedup();
        anchors.len() > 1 && with_text * 3 >= columns.len()
    }

    /// The block of text right above a cell: its first line is the title.
    fn above(&self, at: Cell) -> (String, String) {
        let mut texts: Vec<&str> = Vec::new();
        let mut row = at.row;
        let mut gap = 0;
        while row > 1 {
            row -= 1;
            let anchor = self.page.anchor(Cell::new(row, at.col));
            if self.is_input(anchor) {
                break;
            }
            match self.page.cells.get(&anchor) {
                Some(shown) if is_marker(&shown.text) => break,
                Some(shown) if is_label(shown) && !shown.formula => texts.push(&shown.text),
                Some(shown) if !shown.text.is_empty() => break,
                _ => {
                    gap += 1;
                    if !texts.is_empty() || gap > 1 {
                        break;
                    }
                }
            }
            if texts.len() == 4 {
                break;
            }
        }
        let Some(top) = texts.pop() else {
            return Default::default();
        };
        let (title, more) = split(top);
        let rest = texts
            .iter()
            .rev()
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        (title, join(std::iter::once(more).chain(rest)))
    }

    /// What stands to the right, before another answer.
    fn right_of(&self, at: Cell) -> String {
        if self.in_row(at.row) > 1 {
            return String::new();
        }
        let mut col = self.page.area(at).end.col;
        while col < self.page.last.col {
            col += 1;
            let here = self.page.anchor(Cell::new(at.row, col));
            if self.is_input(here) {
                break;
            }
            if let Some(shown) = self.page.cells.get(&here)
                && is_label(shown)
                && !shown.formula
            {
                return shown.text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            col = self.page.area(here).end.col;
        }
        String::new()
    }
}

fn is_year(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 4
        && text.len() <= 9
        && text.starts_with("20")
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "-/ –".contains(c))
}

/// Runs of rows that have the same boxes and no names of their own.
pub(super) fn runs(layout: &Layout<'_>, found: &Found) -> Vec<Run> {
    let mut named: HashMap<u32, bool> = HashMap::new();
    for at in found.cells.keys() {
        let first = layout.rows.get(&at.row).and_then(|cols| cols.first());
        if first == Some(&at.col) {
            named.insert(at.row, !layout.row_label(*at, true).0.is_empty());
        }
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut before: Option<(u32, &Vec<u32>)> = None;
    for (row, columns) in &layout.rows {
        let alone = named.get(row) == Some(&false);
        let goes_on = before.is_some_and(|(last, cols)| last + 1 == *row && cols == columns);
        match runs.last_mut() {
            Some(run) if alone && goes_on && run.first + run.rows == *row => run.rows += 1,
            _ if alone => runs.push(Run {
                first: *row,
                rows: 1,
            }),
            _ => {}
        }
        before = Some((*row, columns));
    }
    runs.retain(|run| run.rows > 1);
    runs
}
