//! The rows of a workbook's sheet, streamed: memory follows the cells that are there, never the
//! rectangle that a hostile file claims.
//!
//! The calling side must have checked the archive first (entries, bytes, ratio): the reader of
//! workbooks unpacks shared strings whole.

use std::borrow::Cow;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use chrono::NaiveDate;

use super::labels::SHEET;
use super::row::{Cell, FileFault, FileFaultCode};

/// What was read, besides the rows.
pub(super) struct SheetInfo {
    pub(super) name: String,
}

/// Gives each row that has cells, with its number (from 1) and whether the workbook counts days
/// from 1904.
///
/// The reader of workbooks counts on numbers in the file that a damaged one may have wrong, and
/// panics over some: that is a workbook that cannot be read, too.
pub(super) fn for_each_row(
    bytes: &[u8],
    wanted: Option<&str>,
    max_columns: usize,
    on_row: impl FnMut(u32, bool, &[Cell<'_>]) -> Result<ControlFlow<()>, FileFault>,
) -> Result<SheetInfo, FileFault> {
    catch_unwind(AssertUnwindSafe(|| {
        read(bytes, wanted, max_columns, on_row)
    }))
    .unwrap_or_else(|_panic| Err(unreadable("it is damaged")))
}

fn read(
    bytes: &[u8],
    wanted: Option<&str>,
    max_columns: usize,
    mut on_row: impl FnMut(u32, bool, &[Cell<'_>]) -> Result<ControlFlow<()>, FileFault>,
) -> Result<SheetInfo, FileFault> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let name = choose(&workbook, wanted)?;
    let epoch_1904 = workbook.has_1904_epoch();
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut current = 0_u32;
    while let Some(cell) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let value = cell.get_value().clone();
        if row != current && !cells.is_empty() {
            if on_row(current.saturating_add(1), epoch_1904, &cells)?.is_break() {
                return Ok(SheetInfo { name });
            }
            cells.clear();
        }
        if row < current {
            return Err(FileFault::new(
                FileFaultCode::BadWorkbook,
                "The rows of this worksheet are out of order. Open the workbook, save it and try \
                 again.",
            ));
        }
        current = row;
        if value == DataRef::Empty {
            continue;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= max_columns {
            return Err(too_many_columns(current.saturating_add(1), max_columns));
        }
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        if let Some(place) = cells.get_mut(column) {
            *place = convert(value);
        }
    }
    if !cells.is_empty() {
        // The last row: whether to go on no longer matters.
        let _last = on_row(current.saturating_add(1), epoch_1904, &cells)?;
    }
    Ok(SheetInfo { name })
}

pub(super) fn too_many_columns(row: u32, most: usize) -> FileFault {
    FileFault::new(
        FileFaultCode::TooManyColumns,
        format!("Row {row} has more than {most} columns. Export only the columns that are needed."),
    )
}

fn choose(workbook: &Xlsx<Cursor<&[u8]>>, wanted: Option<&str>) -> Result<String, FileFault> {
    let sheets = workbook.sheets_metadata();
    let readable = || {
        sheets
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
    };
    let found = match wanted {
        Some(name) => {
            readable().find(|sheet| sheet.name.trim().to_lowercase() == name.trim().to_lowercase())
        }
        None => readable().find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    if let Some(sheet) = found {
        return Ok(sheet.name.clone());
    }
    let names: Vec<&str> = readable()
        .map(|sheet| sheet.name.as_str())
        .take(20)
        .collect();
    Err(FileFault::new(
        FileFaultCode::NoSuchSheet,
        match wanted {
            Some(name) => format!(
                "The workbook has no sheet called “{name}”. Its sheets are: {}. Correct \
                 “{SHEET}” in the layout.",
                names.join(", ")
            ),
            None => "The workbook has no visible worksheet.".to_owned(),
        },
    ))
}

fn unreadable(error: impl std::fmt::Display) -> FileFault {
    FileFault::new(
        FileFaultCode::BadWorkbook,
        format!("The workbook cannot be read ({error}). Open it, save it as XLSX and try again."),
    )
}

/// Numbers become their shortest exact decimal text here, so that no float goes any further.
fn convert(value: DataRef<'_>) -> Cell<'_> {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(Cow::Owned(number.to_string())),
        DataRef::Float(number) => Cell::Number(Cow::Owned(number.to_string())),
        DataRef::String(text) => Cell::Text(Cow::Owned(text)),
        DataRef::SharedString(text) => Cell::Text(Cow::Borrowed(text)),
        DataRef::Bool(value) => Cell::Bool(value),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            match NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)) {
                Some(date) => Cell::Date(date),
                None => Cell::Number(Cow::Owned(moment.to_string())),
            }
        }
        DataRef::DateTime(duration) => Cell::Number(Cow::Owned(duration.to_string())),
        DataRef::DateTimeIso(text) => {
            let date = text
                .get(..10)
                .and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
            match date {
                Some(date) => Cell::Date(date),
                None => Cell::Text(Cow::Owned(text)),
            }
        }
        DataRef::DurationIso(text) => Cell::Text(Cow::Owned(text)),
        DataRef::Error(error) => Cell::Error(Cow::Owned(error.to_string())),
    }
}
