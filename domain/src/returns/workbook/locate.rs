//! Where a locator leads.

use std::collections::HashMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

use super::Place;
use crate::{Error, Result};

/// Where each locator leads in this workbook; off the async threads.
pub(super) fn resolve(workbook: Vec<u8>, locators: Vec<String>) -> Result<HashMap<String, Place>> {
    let mut book: Xlsx<_> =
        open_workbook_from_rs(Cursor::new(workbook)).map_err(|error: calamine::XlsxError| {
            Error::invalid(
                "/workbook",
                "unreadable",
                format!("The workbook cannot be read: {error}"),
            )
        })?;
    let sheets = book.sheet_names();
    let names: HashMap<String, String> = book
        .defined_names()
        .iter()
        .map(|(name, refers)| (name.to_lowercase(), refers.clone()))
        .collect();
    let markers = markers(&mut book, &sheets, &locators);
    Ok(locators
        .into_iter()
        .map(|at| {
            let place = place(&at, &sheets, &names, &markers);
            (at, place)
        })
        .collect())
}

type Markers = HashMap<String, Vec<(String, u32, u32)>>;

/// Where the marker texts stand that some locator names.
fn markers(book: &mut Xlsx<Cursor<Vec<u8>>>, sheets: &[String], locators: &[String]) -> Markers {
    let mut wanted: Markers = locators
        .iter()
        .filter_map(|at| between(at))
        .flat_map(|(start, end, _)| [start.to_owned(), end.to_owned()])
        .map(|name| (name, Vec::new()))
        .collect();
    if wanted.is_empty() {
        return wanted;
    }
    for sheet in sheets {
        let Ok(range) = book.worksheet_range(sheet) else {
            continue;
        };
        let (top, left) = range.start().unwrap_or_default();
        for (row, col, cell) in range.used_cells() {
            if let Data::String(text) = cell
                && let Some(found) = wanted.get_mut(text.trim())
                && let (Ok(row), Ok(col)) = (u32::try_from(row), u32::try_from(col))
            {
                found.push((
                    sheet.clone(),
                    top.saturating_add(row).saturating_add(1),
                    left.saturating_add(col).saturating_add(1),
                ));
            }
        }
    }
    wanted
}

fn between(at: &str) -> Option<(&str, &str, &str)> {
    let (markers, offset) = at.strip_prefix("between:")?.rsplit_once('!')?;
    let (start, end) = markers.split_once("..")?;
    Some((start, end, offset))
}

fn place(at: &str, sheets: &[String], names: &HashMap<String, String>, markers: &Markers) -> Place {
    if let Some(name) = at.strip_prefix("name:") {
        let refers = names
            .get(&name.to_lowercase())
            .ok_or_else(|| format!("the workbook has no name “{name}”"))?;
        return cell(refers.trim_start_matches('='), sheets);
    }
    if at.starts_with("between:") {
        let (start, end, offset) = between(at)
            .ok_or("write it as between:X-START..X-END!r2c3: two markers, then row and column")?;
        let one = |name: &str| match markers.get(name).map(Vec::as_slice) {
            Some([place]) => Ok(place.clone()),
            Some([_, _, ..]) => Err(format!("the marker “{name}” stands in several cells")),
            _ => Err(format!("no cell holds the marker “{name}”")),
        };
        let (sheet, top, left) = one(start)?;
        let (end_sheet, bottom, _) = one(end)?;
        let (row, col) = row_and_column(offset)
            .ok_or_else(|| format!("“{offset}” is not a row and a column such as r2c3"))?;
        let (row, col) = (top.saturating_add(row - 1), left.saturating_add(col - 1));
        if end_sheet != sheet || row > bottom {
            return Err("the cell is not between its markers".to_owned());
        }
        return Ok((sheet, format!("{}{row}", letters(col))));
    }
    cell(at, sheets)
}

/// `r2c3`, both from 1.
fn row_and_column(offset: &str) -> Option<(u32, u32)> {
    let (row, col) = offset.strip_prefix('r')?.split_once('c')?;
    let (row, col) = (row.parse().ok()?, col.parse().ok()?);
    (row > 0 && col > 0).then_some((row, col))
}

/// `Finances!E17`, `'Start here'!$C$8`.
fn cell(at: &str, sheets: &[String]) -> Place {
    let (sheet, cell) = at
        .rsplit_once('!')
        .ok_or("write it as a sheet, an exclamation mark and a cell, such as Finances!E17")?;
    let sheet = sheet
        .strip_prefix('\'')
        .and_then(|name| name.strip_suffix('\''))
        .map_or_else(|| sheet.to_owned(), |name| name.replace("''", "'"));
    let known = sheets
        .iter()
        .find(|name| name.to_lowercase() == sheet.to_lowercase())
        .ok_or_else(|| format!("the workbook has no sheet “{sheet}”"))?;
    let cell = cell.replace('$', "").to_ascii_uppercase();
    let split = cell
        .find(|c: char| c.is_ascii_digit())
        .ok_or_else(|| format!("“{cell}” is not one cell"))?;
    let (col, row) = cell.split_at(split);
    let fits = (1..=3).contains(&col.len())
        && col.chars().all(|c| c.is_ascii_uppercase())
        && row
            .parse::<u32>()
            .is_ok_and(|row| (1..=1_048_576).contains(&row));
    if fits {
        Ok((known.clone(), cell))
    } else {
        Err(format!("“{cell}” is not one cell"))
    }
}

/// The letters of a column, from 1.
fn letters(mut col: u32) -> String {
    let mut out = Vec::new();
    while col > 0 {
        let rest = (col - 1) % 26;
        out.push(char::from_u32(u32::from(b'A') + rest).unwrap_or('A'));
        col = (col - 1) / 26;
    }
    out.iter().rev().collect()
}
