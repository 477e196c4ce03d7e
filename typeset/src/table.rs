//! Tables: how wide their columns are, and where their rows go on.

use crate::faces::Faces;
use crate::layout::{Ink, Kind, LEADING, Layout, MARGIN};
use crate::lines::{self, Line};
use crate::{Cell, Span, Table};

/// The sizes of type that are tried, until the widest words fit.
const SIZES: [f32; 7] = [9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0];
/// What is left free on both sides of a cell, and over and under it.
const SIDE: f32 = 3.0;
const OVER: f32 = 2.4;
/// A word that is wider than this, in parts of the size of the type, may be parted.
const WIDEST_WORD: f32 = 16.0;

#[derive(Clone, Copy, PartialEq)]
enum Group {
    Head,
    Body,
    Foot,
}

/// How many lines a row should have at most, on average, before smaller type or a wider page is tried.
const LINES: f32 = 3.2;

/// The least that each column needs, and the most that it can use.
struct Column {
    least: f32,
    most: f32,
    /// It holds amounts, which are not parted while a word is.
    firm: bool,
}

fn rows(table: &Table) -> impl Iterator<Item = (Group, &Vec<Cell>)> {
    let of = |group| move |row| (group, row);
    table
        .head
        .iter()
        .map(of(Group::Head))
        .chain(table.body.iter().map(of(Group::Body)))
        .chain(table.foot.iter().map(of(Group::Foot)))
}

/// What a cell says, in the weight of its group.
fn said(group: Group, cell: &Cell) -> Vec<Vec<Span>> {
    let strong = group != Group::Body;
    let mut lines = cell.lines.clone();
    if strong {
        for span in lines.iter_mut().flatten() {
            span.bold = true;
        }
    }
    lines
}

fn columns(table: &Table, faces: &Faces, size: f32) -> Vec<Column> {
    let count = rows(table)
        .map(|(_, row)| row.iter().map(|cell| cell.across.max(1)).sum())
        .max()
        .unwrap_or(0);
    let mut columns: Vec<Column> = (0..count)
        .map(|_| Column {
            least: 2.0 * SIDE,
            most: 2.0 * SIDE,
            firm: false,
        })
        .collect();
    let mut wide = Vec::new();
    for (group, row) in rows(table) {
        let mut at = 0;
        for cell in row {
            let across = cell.across.max(1);
            let (mut least, mut most) = (0_f32, 0_f32);
            for spans in said(group, cell) {
                let (word, all) = lines::widths(&spans, faces, size);
                // An amount is never parted.
                let bound = if cell.number {
                    word
                } else {
                    word.min(WIDEST_WORD * size)
                };
                least = least.max(bound + 2.0 * SIDE);
                most = most.max(all + 2.0 * SIDE + 0.5);
            }
            match columns.get_mut(at).filter(|_| across == 1) {
                Some(column) => {
                    column.least = column.least.max(least);
                    column.most = column.most.max(most).max(least);
                    column.firm |= cell.number && group != Group::Head;
                }
                None => wide.push((at, across, least)),
            }
            at += across;
        }
    }
    for (at, across, least) in wide {
        let Some(under) = columns.get_mut(at..at + across) else {
            continue;
        };
        let have: f32 = under.iter().map(|column| column.least).sum();
        if let Some(last) = under.last_mut().filter(|_| have < least) {
            last.least += least - have;
            last.most = last.most.max(last.least);
        }
    }
    columns
}

/// Whether a table can be read well in this width with type of this size: every word fits, and its rows do not grow
/// tall.
pub fn fits(table: &Table, faces: &Faces, size: f32, inner: f32) -> bool {
    let columns = columns(table, faces, size);
    words_fit(&columns, inner) && is_low(table, faces, size, &shared(&columns, inner))
}

fn words_fit(columns: &[Column], inner: f32) -> bool {
    columns.iter().map(|column| column.least).sum::<f32>() <= inner
}

/// Whether the rows of a table have few lines.
fn is_low(table: &Table, faces: &Faces, size: f32, widths: &[f32]) -> bool {
    let lines: usize = table
        .body
        .iter()
        .map(|row| ready(Group::Body, row, faces, size, widths).lines)
        .sum();
    counted(lines) <= counted(table.body.len()) * LINES
}

/// The size of the type, and how wide each column is: the largest that keeps rows low, else the largest in which
/// every word fits, else the smallest.
fn measured(table: &Table, faces: &Faces, inner: f32) -> (f32, Vec<f32>) {
    let (mut found, mut last) = (None, (0.0, Vec::new()));
    for size in SIZES {
        let columns = columns(table, faces, size);
        let widths = shared(&columns, inner);
        if !words_fit(&columns, inner) {
            last = (size, widths);
        } else if is_low(table, faces, size, &widths) {
            return (size, widths);
        } else {
            found.get_or_insert((size, widths));
        }
    }
    found.unwrap_or(last)
}

/// How wide each column is, of what there is.
fn shared(columns: &[Column], inner: f32) -> Vec<f32> {
    let sum = |of: fn(&Column) -> f32| columns.iter().map(of).sum::<f32>();
    let (least, most) = (sum(|one| one.least), sum(|one| one.most));
    let firm = sum(|one| if one.firm { one.least } else { 0.0 });
    columns
        .iter()
        .map(|column| {
            if least > inner && firm < inner * 0.9 {
                match column.firm {
                    true => column.least,
                    false => column.least * (inner - firm) / (least - firm).max(0.01),
                }
            } else if least > inner {
                column.least * inner / least
            } else if most > inner {
                let wish = (column.most - column.least) / (most - least).max(0.01);
                column.least + (inner - least) * wish
            } else {
                // A table that is nearly as wide as the page takes all of it.
                column.most
                    * if most > inner * 0.55 {
                        inner / most.max(0.01)
                    } else {
                        1.0
                    }
            }
        })
        .collect()
}

/// A row that is ready to be drawn.
struct Ready<'a> {
    group: Group,
    cells: Vec<Set<'a>>,
    /// Its lines, those of its tallest cell.
    lines: usize,
}

struct Set<'a> {
    cell: &'a Cell,
    lines: Vec<Line>,
    x: f32,
    width: f32,
}

fn ready<'a>(group: Group, row: &'a [Cell], faces: &Faces, size: f32, widths: &[f32]) -> Ready<'a> {
    let mut cells = Vec::with_capacity(row.len());
    let mut at = 0;
    for cell in row {
        let across = cell.across.max(1);
        let x = widths.iter().take(at).sum();
        let width: f32 = widths.iter().skip(at).take(across).sum();
        let lines = said(group, cell)
            .iter()
            .flat_map(|spans| lines::wrapped(spans, faces, size, width - 2.0 * SIDE))
            .collect();
        cells.push(Set {
            cell,
            lines,
            x,
            width,
        });
        at += across;
    }
    let lines = cells.iter().map(|set| set.lines.len()).max().unwrap_or(0);
    Ready {
        group,
        cells,
        lines: lines.max(1),
    }
}

fn counted(lines: usize) -> f32 {
    f32::from(u16::try_from(lines).unwrap_or(u16::MAX))
}

/// How tall a row of so many lines is.
fn tall(lines: usize, size: f32) -> f32 {
    counted(lines) * size * LEADING + 2.0 * OVER
}

/// Draws a table where the layout stands.
pub fn set(layout: &mut Layout<'_>, table: &Table) {
    let (size, widths) = measured(table, layout.faces, layout.inner());
    let tall = |lines| tall(lines, size);
    let all: Vec<Ready<'_>> = rows(table)
        .map(|(group, row)| ready(group, row, layout.faces, size, &widths))
        .collect();
    if all.is_empty() {
        return;
    }
    let width: f32 = widths.iter().sum();
    let heads: Vec<&Ready<'_>> = all.iter().filter(|row| row.group == Group::Head).collect();
    let head_tall: f32 = heads.iter().map(|row| tall(row.lines)).sum();
    let first = all.iter().find(|row| row.group != Group::Head);
    let with_first = head_tall + first.map_or(0.0, |row| tall(row.lines.min(4)));
    let of = layout.element(Kind::Table, None);
    caption(layout, table, of, with_first);
    layout.need(with_first);

    let mut group: Option<(Group, usize)> = None;
    for row in &all {
        let within = match group.filter(|(was, _)| *was == row.group) {
            Some((_, within)) => within,
            None => {
                let kind = match row.group {
                    Group::Head => Kind::Head,
                    Group::Body => Kind::Rows,
                    Group::Foot => Kind::Foot,
                };
                let within = layout.element(kind, Some(of));
                group = Some((row.group, within));
                within
            }
        };
        let element = layout.element(Kind::Row, Some(within));
        let parts: Vec<usize> = row
            .cells
            .iter()
            .map(|set| {
                let across = set.cell.across.max(1);
                let kind = match (set.cell.names, row.group) {
                    (true, Group::Head) => Kind::ColumnName(across),
                    (true, _) => Kind::RowName(across),
                    (false, _) => Kind::Cell(across),
                };
                layout.element(kind, Some(element))
            })
            .collect();
        // A row that fits on a page stands on one; a longer one is parted between its lines.
        if layout.room() < tall(row.lines) && tall(row.lines) + head_tall <= layout.page_room() {
            go_on(layout, &heads, row, (size, width));
        }
        if row.group == Group::Foot {
            rule(layout, width, 0.9);
        }
        let mut from = 0;
        while from < row.lines {
            if layout.room() < tall(1) {
                go_on(layout, &heads, row, (size, width));
            }
            let fit = (from + 1..=row.lines)
                .take_while(|to| tall(to - from) <= layout.room())
                .last()
                .unwrap_or(from + 1);
            draw(layout, row, (from, fit), size, Some(&parts));
            layout.y += tall(fit - from);
            from = fit;
        }
        let thick = if row.group == Group::Head { 0.9 } else { 0.35 };
        rule(layout, width, thick);
    }
    layout.y += 9.0;
}

/// The next page, with the headings again: for the eye only.
fn go_on(
    layout: &mut Layout<'_>,
    heads: &[&Ready<'_>],
    row: &Ready<'_>,
    (size, width): (f32, f32),
) {
    layout.turn();
    if row.group == Group::Head {
        return;
    }
    for head in heads {
        draw(layout, head, (0, head.lines), size, None);
        layout.y += tall(head.lines, size);
        rule(layout, width, 0.9);
    }
}

fn rule(layout: &mut Layout<'_>, width: f32, thick: f32) {
    let y = layout.y;
    layout.ink(Ink::Rule {
        from: MARGIN,
        to: MARGIN + width,
        y,
        thick,
    });
}

/// Draws some lines of a row. `parts` are the elements of its cells.
fn draw(
    layout: &mut Layout<'_>,
    row: &Ready<'_>,
    (from, to): (usize, usize),
    size: f32,
    parts: Option<&[usize]>,
) {
    let top = layout.y + OVER;
    for (at, set) in row.cells.iter().enumerate() {
        // Headings stand on the line under them.
        let lower = match row.group {
            Group::Head => row.lines - set.lines.len(),
            _ => 0,
        };
        for (place, line) in set.lines.iter().enumerate() {
            let place = place + lower;
            if place < from || place >= to {
                continue;
            }
            let x = match set.cell.number {
                true => set.x + set.width - SIDE - lines::width(line, layout.faces, size),
                false => set.x + SIDE,
            };
            let y = top + counted(place - from) * size * LEADING;
            let of = parts.and_then(|parts| parts.get(at)).copied();
            layout.line(line, (MARGIN + x, y), (size, false), of);
        }
    }
}

fn caption(layout: &mut Layout<'_>, table: &Table, of: usize, with_first: f32) {
    let mut spans = Vec::new();
    if !table.caption.trim().is_empty() {
        spans.push(Span::bold(table.caption.trim()));
    }
    if !table.note.trim().is_empty() {
        spans.push(Span::plain(format!("  {}", table.note.trim())));
    }
    let size = 9.5;
    let lines = lines::wrapped(&spans, layout.faces, size, layout.inner());
    if lines.is_empty() {
        return;
    }
    layout.y += 4.0;
    layout.need(counted(lines.len()) * size * LEADING + with_first + 4.0);
    let caption = layout.element(Kind::Caption, Some(of));
    for line in &lines {
        layout.line(line, (MARGIN, layout.y), (size, false), Some(caption));
        layout.y += size * LEADING;
    }
    layout.y += 2.0;
}
