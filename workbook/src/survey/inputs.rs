//! Which cells of a sheet are for answers, and how they are found again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Why;
use super::demands::is_placeholder;
use super::page::{Page, is_marker, marker};
use crate::address::{Cell, Rect};
use crate::open::Refused;
use crate::open::validations::Wanted;

/// Cells for answers on a sheet, each with why.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub cells: BTreeMap<Cell, BTreeSet<Why>>,
}

impl Found {
    fn add(&mut self, at: Cell, why: Why) {
        self.cells.entry(at).or_default().insert(why);
    }
}

/// Two markers with what they enclose.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub start: String,
    pub end: String,
    pub from: Cell,
    pub to: Cell,
}

/// Marker pairs of a sheet, those left out whose names do not lead to one place in the workbook.
pub(super) fn pairs(page: &Page<'_>) -> Vec<Pair> {
    let mut starts: HashMap<&str, Vec<(Cell, &str)>> = HashMap::new();
    let mut ends: HashMap<&str, Vec<(Cell, &str)>> = HashMap::new();
    for (at, shown) in &page.cells {
        if let Some((name, begins)) = marker(&shown.text) {
            let side = if begins { &mut starts } else { &mut ends };
            side.entry(name).or_default().push((*at, shown.text.trim()));
        }
    }
    let mut found: Vec<Pair> = starts
        .into_iter()
        .filter_map(|(name, at)| {
            let [(from, start)] = at.as_slice() else {
                return None;
            };
            let [(to, end)] = ends.get(name)?.as_slice() else {
                return None;
            };
            (to.row >= from.row).then(|| Pair {
                start: (*start).to_owned(),
                end: (*end).to_owned(),
                from: *from,
                to: *to,
            })
        })
        .collect();
    found.sort_by_key(|pair| (pair.from, pair.to));
    found
}

/// The cells for answers.
pub(super) fn find(
    page: &Page<'_>,
    pairs: &[Pair],
    answers: &BTreeMap<Cell, String>,
) -> Result<Found, Refused> {
    let mut found = Found::default();
    let guarded = is_guarded(page);
    // A sheet of lists that others look up asks nothing, unless its protection leaves cells open.
    let may = |at: Cell| {
        page.anchor(at) == at
            && !page.is_spilled(at)
            && page
                .cells
                .get(&at)
                .is_none_or(|shown| !shown.formula && !is_marker(&shown.text))
            && (!guarded || !page.locked(at))
    };
    let blank = |at: Cell| {
        page.cells
            .get(&at)
            .is_none_or(|shown| shown.text.is_empty())
    };
    if guarded {
        for at in page.cells.keys() {
            if may(*at) && !page.locked(*at) {
                found.add(*at, Why::Open);
            }
        }
    }
    // "< Select >": the form asks to choose, whatever its protection says of this copy.
    for (at, shown) in &page.cells {
        if shown.words
            && !shown.formula
            && !shown.text.is_empty()
            && is_placeholder(&shown.text)
            && page.anchor(*at) == *at
            && !page.is_spilled(*at)
        {
            found.add(*at, Why::Placeholder);
        }
    }
    for validation in &page.tail.validations {
        if validation.wanted == Wanted::Any {
            continue;
        }
        for area in &validation.areas {
            for at in within(page, area) {
                // What is written where a list is kept is not an answer.
                if may(at) && (guarded || blank(at) || validation.wanted != Wanted::Custom) {
                    found.add(at, Why::Validation);
                }
            }
        }
    }
    for (rect, _) in &page.names {
        if page.area(rect.start) == *rect && may(rect.start) && (guarded || blank(rect.start)) {
            found.add(rect.start, Why::Name);
        }
    }
    for table in page.book.tables().iter().filter(|t| t.sheet == page.sheet) {
        for at in table.data().iter().flat_map(|data| within(page, data)) {
            if may(at) && (guarded || blank(at)) {
                found.add(at, Why::Table);
            }
        }
    }
    for pair in pairs {
        let rect = Rect::between(pair.from, pair.to);
        for at in found.cells.keys().copied().collect::<Vec<_>>() {
            if enclosed(page, pair, at) {
                found.add(at, Why::Markers);
            }
        }
        if !guarded {
            for at in within(page, &rect) {
                if may(at) && blank(at) && page.drawn(at) && at.row < pair.to.row {
                    found.add(at, Why::Markers);
                }
            }
        }
    }
    if !guarded && !page.tail.protected {
        beside(page, &may, &blank, &mut found);
    }
    for at in answers.keys() {
        if page.anchor(*at) == *at {
            found.add(*at, Why::Differs);
        }
    }
    Ok(found)
}

/// Whether the sheet itself tells open cells from locked ones: it has both. A protected sheet
/// without one open cell tells nothing: it was locked when it was handed in.
fn is_guarded(page: &Page<'_>) -> bool {
    let (mut open, mut locked) = (0u32, 0u32);
    for (at, shown) in &page.cells {
        match (
            page.locked(*at),
            shown.formula,
            shown.words && !shown.text.is_empty(),
        ) {
            (false, false, _) => open += 1,
            (true, _, true) => locked += 1,
            _ => {}
        }
    }
    open > 0 && (locked > 0 || page.tail.protected)
}

/// On a sheet that is not protected: empty boxes to the right of a label, or under a row of
/// headings.
fn beside(
    page: &Page<'_>,
    may: &impl Fn(Cell) -> bool,
    blank: &impl Fn(Cell) -> bool,
    found: &mut Found,
) {
    let says = |at: Cell| {
        page.seen(at)
            .is_some_and(|shown| shown.words && !shown.text.is_empty() && !is_marker(&shown.text))
    };
    for (at, shown) in &page.cells {
        if !shown.words || shown.text.is_empty() || shown.formula || is_marker(&shown.text) {
            continue;
        }
        let right = Cell::new(at.row, page.area(*at).end.col + 1);
        let asks = shown.text.ends_with([':', '?']);
        if may(right) && blank(right) && (page.drawn(right) || asks) {
            found.add(right, Why::Beside);
        }
    }
    // A heading row: three texts or more beside each other, with boxes or nothing at all below.
    let rows: BTreeSet<u32> = page.cells.keys().map(|at| at.row).collect();
    for row in rows {
        let columns: Vec<u32> = (1..=page.last.col.min(200))
            .filter(|col| {
                let at = Cell::new(row, *col);
                page.anchor(at) == at && says(at)
            })
            .collect();
        if columns.len() < 3 {
            continue;
        }
        let ends_here =
            row + 1 >= page.last.row && columns.iter().all(|col| blank(Cell::new(row + 1, *col)));
        for col in columns {
            let below = Cell::new(row + 1, col);
            if may(below) && blank(below) && (ends_here || page.drawn(below)) {
                found.add(below, Why::Beside);
            }
        }
    }
}

/// The cells of a rectangle as far as the sheet is used.
fn within(page: &Page<'_>, rect: &Rect) -> Vec<Cell> {
    let rows = rect.start.row..=rect.end.row.min(page.last.row);
    let last_col = rect.end.col.min(page.last.col.max(rect.start.col + 63));
    let mut out = Vec::new();
    for row in rows {
        for col in rect.start.col..=last_col {
            if out.len() >= 200_000 {
                return out;
            }
            out.push(Cell::new(row, col));
        }
    }
    out
}

fn enclosed(page: &Page<'_>, pair: &Pair, at: Cell) -> bool {
    // The end marker's row belongs to it: forms put it beside the last answers.
    let rows = pair.from.row..=pair.to.row;
    // Markers in one column bound rows only.
    let right = if pair.to.col == pair.from.col {
        u32::MAX
    } else {
        pair.to.col.max(page.last.col)
    };
    rows.contains(&at.row) && at.col >= pair.from.col && at.col <= right && at != pair.from
}

/// How a cell is found again: by its own name, between the narrowest pair of markers, as a column
/// of a table, or by its address.
pub(super) fn locator(page: &Page<'_>, pairs: &[Pair], at: Cell) -> String {
    for (rect, name) in &page.names {
        if rect.start == at && page.area(at) == *rect {
            let shared = page
                .book
                .names
                .iter()
                .filter(|n| n.name.eq_ignore_ascii_case(&name.name))
                .count()
                > 1;
            return match (&name.scope, shared) {
                (Some(scope), true) => format!("name:{}!{}", quoted(scope), name.name),
                _ => format!("name:{}", name.name),
            };
        }
    }
    let pair = pairs
        .iter()
        .filter(|pair| enclosed(page, pair, at) && at.row >= pair.from.row)
        .min_by_key(|pair| (pair.to.row - pair.from.row, pair.from));
    if let Some(pair) = pair {
        return format!(
            "between:{}..{}!r{}c{}",
            pair.start,
            pair.end,
            at.row - pair.from.row + 1,
            at.col - pair.from.col + 1
        );
    }
    for table in page.book.tables().iter().filter(|t| t.sheet == page.sheet) {
        if let Some(data) = table.data()
            && data.contains(at)
            && let Ok(index) = usize::try_from(at.col - data.start.col)
            && let Some(column) = table.columns.get(index)
            && !column.contains(['[', ']', '!', '\n'])
        {
            return format!(
                "table:{}[{column}]!{}",
                table.name,
                at.row - data.start.row + 1
            );
        }
    }
    format!("{}!{at}", quoted(page.name()))
}

/// A sheet's name as a locator writes it.
pub(super) fn quoted(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        && !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "''"))
    }
}
