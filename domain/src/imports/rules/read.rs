//! A whole file, row by row.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::columns::{shortened, tidy};
use super::delimited::{Records, decode, delimiter_named, separator};
use super::identity::{Identities, UsedAbove};
use super::labels::FORMAT;
use super::parse::{Layout, Parsed, RowParser};
use super::profile::{Delimiter, Field, FileFormat, ImportProfile, TextEncoding};
use super::row::{
    Cell, Fault, FaultCode, FaultyRow, FileFault, FileFaultCode, GoodRow, RawCell, Row, SkippedRow,
};
use super::sheet::{self, too_many_columns};
use super::validate::check_profile;
use super::vocabulary::Vocabulary;

/// What a file may have at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Rows, blank ones included.
    pub rows: u32,
    /// Columns.
    pub columns: usize,
    /// Characters of a cell; a longer one is a fault of its row.
    pub cell_characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 512 * 1024 * 1024,
            rows: 2_000_000,
            columns: 512,
            cell_characters: 4_000,
        }
    }
}

/// How a file is read, whatever its profile.
#[derive(Clone, Copy)]
pub struct ReadOptions<'o> {
    /// What the file may have at most.
    pub limits: Limits,
    /// Looks at a workbook's archive before anything is unpacked (entries, bytes, ratio), and says
    /// in plain words why it is refused. Required, because the reader of workbooks unpacks shared
    /// strings whole: pass the bounded opener of the `workbook` crate. The limits on the reading
    /// process stand behind it.
    pub precheck_xlsx: &'o dyn Fn(&[u8]) -> Result<(), String>,
    /// The pools and cost categories that there are; absent, any will do.
    pub vocabulary: Option<&'o Vocabulary>,
}

/// How the file was stored, as it was told or stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// Kind of file, never `Auto`.
    pub format: FileFormat,
    /// The separator, of a text file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// The encoding, of a text file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<TextEncoding>,
    /// The sheet, of a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// What a whole file came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How the file was stored.
    pub source: SourceInfo,
    /// What the file added to its profile; needed to correct a row later.
    pub layout: Layout,
    /// Rows that can load.
    pub lines: u64,
    /// Faulty rows.
    pub faulty: u64,
    /// Rows that a skip rule took out.
    pub skipped: u64,
    /// Rows with nothing in them.
    pub blank: u64,
    /// Lines that may repeat an earlier row.
    pub suspected: u64,
    /// The sum of the rows that can load, in pence.
    pub sum_lines_pence: i64,
    /// The sum of the faulty rows, in pence, as far as it could be read.
    pub sum_faulty_pence: i64,
    /// Faulty rows whose amount could not be read.
    pub amounts_unknown: u64,
    /// Whether the caller stopped before the end.
    pub stopped: bool,
}

/// Reads a file by its profile and gives each row to `on_row`, in the file's order.
pub fn read(
    bytes: &[u8],
    profile: &ImportProfile,
    options: &ReadOptions<'_>,
    mut on_row: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<Summary, FileFault> {
    if let Some(problem) = check_profile(profile).into_iter().next() {
        return Err(FileFault::new(FileFaultCode::BadProfile, problem.message));
    }
    let mut gathering = Gathering {
        parser: None,
        vocabulary: options.vocabulary,
        identities: Identities::new(&profile.system),
        summary: Summary {
            source: SourceInfo {
                format: FileFormat::Auto,
                delimiter: None,
                encoding: None,
                sheet: None,
            },
            layout: Layout::default(),
            lines: 0,
            faulty: 0,
            skipped: 0,
            blank: 0,
            suspected: 0,
            sum_lines_pence: 0,
            sum_faulty_pence: 0,
            amounts_unknown: 0,
            stopped: false,
        },
    };
    let heading_row = profile.skip_rows.saturating_add(1);
    let mut last = 0_u32;
    let source = for_each_row(bytes, profile, options, |number, origin, cells| {
        // A workbook does not mention its blank rows.
        let gap = number.saturating_sub(last).saturating_sub(1);
        let from = profile.skip_rows.max(last);
        gathering.summary.blank +=
            u64::from(number.saturating_sub(from).saturating_sub(1).min(gap));
        last = number;
        if number < heading_row {
            return Ok(ControlFlow::Continue(()));
        }
        let layout = |headings| Layout {
            headings,
            epoch_1904: origin.epoch_1904,
            delimited: origin.delimited,
            max_cell_characters: options.limits.cell_characters,
        };
        if gathering.parser.is_none() {
            if !profile.no_headings {
                if number > heading_row || cells.iter().all(Cell::is_blank) {
                    return Err(no_headings(heading_row));
                }
                let headings = cells.iter().map(|cell| tidy(&cell.text()).into_owned());
                let parser = RowParser::new(profile, layout(headings.collect()))?;
                gathering.parser = Some(parser);
                return Ok(ControlFlow::Continue(()));
            }
            gathering.parser = Some(RowParser::new(profile, layout(Vec::new()))?);
        }
        let Some(row) = gathering.row(number, cells) else {
            return Ok(ControlFlow::Continue(()));
        };
        let flow = on_row(row);
        gathering.summary.stopped |= flow.is_break();
        Ok(flow)
    })?;
    match gathering.parser {
        Some(parser) => gathering.summary.layout = parser.layout().clone(),
        None if profile.no_headings => {}
        None => return Err(no_headings(heading_row)),
    }
    gathering.summary.source = source;
    Ok(gathering.summary)
}

/// The first rows of a file as they stand, for choosing a profile. Of the profile only what says
/// how the file is stored is used; a blank one will do.
pub fn peek(
    bytes: &[u8],
    profile: &ImportProfile,
    options: &ReadOptions<'_>,
    most_rows: usize,
) -> Result<(SourceInfo, Vec<PeekedRow>), FileFault> {
    let mut rows = Vec::new();
    let source = for_each_row(bytes, profile, options, |number, _, cells| {
        if rows.len() >= most_rows {
            return Ok(ControlFlow::Break(()));
        }
        rows.push((number, cells.iter().map(Cell::to_raw).collect()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((source, rows))
}

/// One of the first rows of a file: its number, from 1, and its cells.
pub type PeekedRow = (u32, Vec<RawCell>);

struct Gathering<'o> {
    parser: Option<RowParser>,
    vocabulary: Option<&'o Vocabulary>,
    identities: Identities,
    summary: Summary,
}

impl Gathering<'_> {
    fn row(&mut self, number: u32, cells: &[Cell<'_>]) -> Option<Row> {
        let parser = self.parser.as_ref()?;
        let summary = &mut self.summary;
        let (amount_pence, faults) = match parser.parse(number, cells) {
            Parsed::Blank => {
                summary.blank += 1;
                return None;
            }
            Parsed::Skipped(rule) => {
                summary.skipped += 1;
                let words: Vec<String> = cells
                    .iter()
                    .filter(|cell| !cell.is_blank())
                    .take(4)
                    .map(|cell| shortened(&tidy(&cell.text()), 60))
                    .collect();
                return Some(Row::Skipped(SkippedRow {
                    row: number,
                    rule,
                    text: words.join(" "),
                }));
            }
            Parsed::Line(mut draft, fingerprint) => {
                // A row that waits takes no identity: once corrected it joins after the others.
                let unknown = self.vocabulary.map_or_else(Vec::new, |vocabulary| {
                    vocabulary.settle(parser, number, &mut draft)
                });
                if !unknown.is_empty() {
                    return Some(waits(
                        summary,
                        number,
                        Some(draft.amount_pence),
                        unknown,
                        cells,
                    ));
                }
                let identified = self
                    .identities
                    .identify(number, &draft, fingerprint.as_ref());
                match identified {
                    Ok((identity, suspects)) => {
                        summary.lines += 1;
                        summary.suspected += u64::from(!suspects.is_empty());
                        // One line's bound times the bound on rows fits.
                        summary.sum_lines_pence =
                            summary.sum_lines_pence.saturating_add(draft.amount_pence);
                        return Some(Row::Line(GoodRow {
                            row: number,
                            identity,
                            suspects,
                            draft,
                        }));
                    }
                    Err(UsedAbove { by_row }) => {
                        let raw = format!(
                            "{} / {}",
                            draft.transaction.as_deref().unwrap_or_default(),
                            draft.line.as_deref().unwrap_or_default()
                        );
                        let fault = parser.fault(
                            number,
                            Some(Field::Line),
                            parser.column_of(Field::Line),
                            FaultCode::DuplicateLine,
                            format!(
                                "Row {by_row} already has this transaction and line number, and \
                                 the ledger gives each line its own. Correct the number, or set \
                                 one of the rows aside."
                            ),
                            &raw,
                        );
                        (Some(draft.amount_pence), vec![fault])
                    }
                }
            }
            Parsed::Faulty(amount, faults) => (amount, faults),
        };
        Some(waits(summary, number, amount_pence, faults, cells))
    }
}

fn waits(
    summary: &mut Summary,
    row: u32,
    amount_pence: Option<i64>,
    faults: Vec<Fault>,
    cells: &[Cell<'_>],
) -> Row {
    summary.faulty += 1;
    match amount_pence {
        Some(pence) => {
            summary.sum_faulty_pence = summary.sum_faulty_pence.saturating_add(pence);
        }
        None => summary.amounts_unknown += 1,
    }
    Row::Faulty(FaultyRow {
        row,
        amount_pence,
        faults,
        cells: cells.iter().map(Cell::to_raw).collect(),
    })
}

/// Where a row came from, as far as reading it depends on that.
#[derive(Clone, Copy)]
struct Origin {
    epoch_1904: bool,
    delimited: bool,
}

fn for_each_row(
    bytes: &[u8],
    profile: &ImportProfile,
    options: &ReadOptions<'_>,
    mut on_row: impl FnMut(u32, Origin, &[Cell<'_>]) -> Result<ControlFlow<()>, FileFault>,
) -> Result<SourceInfo, FileFault> {
    let limits = options.limits;
    if bytes.is_empty() {
        return Err(FileFault::new(FileFaultCode::Empty, "The file is empty."));
    }
    if bytes.len() > limits.bytes {
        return Err(FileFault::new(
            FileFaultCode::TooManyBytes,
            format!(
                "The file has more than {} MB. Split it, for example by month.",
                limits.bytes / (1024 * 1024)
            ),
        ));
    }
    let too_many_rows = || {
        FileFault::new(
            FileFaultCode::TooManyRows,
            format!(
                "The file has more than {} rows. Split it, for example by month.",
                limits.rows
            ),
        )
    };
    let format = format_of(bytes, profile.format)?;
    if format == FileFormat::Xlsx {
        (options.precheck_xlsx)(bytes)
            .map_err(|why| FileFault::new(FileFaultCode::BadWorkbook, why))?;
        let sheet = sheet::for_each_row(
            bytes,
            profile.sheet.as_deref(),
            limits.columns,
            |number, epoch_1904, cells| {
                if number > limits.rows {
                    return Err(too_many_rows());
                }
                let origin = Origin {
                    epoch_1904,
                    delimited: false,
                };
                on_row(number, origin, cells)
            },
        )?;
        return Ok(SourceInfo {
            format,
            delimiter: None,
            encoding: None,
            sheet: Some(sheet.name),
        });
    }
    let (text, encoding) = decode(bytes, profile.encoding)?;
    let (delimiter, start) = separator(&text, profile);
    let mut records = Records::new(&text, delimiter, start);
    let mut cells = Vec::new();
    let origin = Origin {
        epoch_1904: false,
        delimited: true,
    };
    while records.next(&mut cells)? {
        if records.row > limits.rows {
            return Err(too_many_rows());
        }
        if cells.len() > limits.columns {
            return Err(too_many_columns(records.row, limits.columns));
        }
        if on_row(records.row, origin, &cells)?.is_break() {
            break;
        }
    }
    Ok(SourceInfo {
        format,
        delimiter: Some(delimiter_named(delimiter)),
        encoding: Some(encoding),
        sheet: None,
    })
}

/// The kind of file by its first bytes, and whether it is the one that the profile expects.
fn format_of(bytes: &[u8], wanted: FileFormat) -> Result<FileFormat, FileFault> {
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(FileFault::new(
            FileFaultCode::OldOrLockedWorkbook,
            "This is an Excel file of the old kind (.xls), or one behind a password. Open it, save \
             it as XLSX without a password and try again.",
        ));
    }
    let archive = bytes.starts_with(b"PK\x03\x04");
    let wrong = |message: &str| Err(FileFault::new(FileFaultCode::UnknownKind, message));
    if [&b"\x89PNG"[..], b"\xff\xd8\xff", b"GIF8", b"%PDF"]
        .iter()
        .any(|start| bytes.starts_with(start))
    {
        return wrong(
            "This is a picture or a PDF, whatever its name ends in. Ask the finance system for \
             the figures themselves, as CSV or XLSX.",
        );
    }
    match (wanted, archive) {
        (FileFormat::Auto | FileFormat::Xlsx, true) => Ok(FileFormat::Xlsx),
        (FileFormat::Auto | FileFormat::Csv, false) => Ok(FileFormat::Csv),
        (FileFormat::Csv, true) => wrong(&format!(
            "The layout expects a CSV file and this is a workbook. Change “{FORMAT}” in the \
             layout, or save the sheet as CSV."
        )),
        (FileFormat::Xlsx, false) => wrong(&format!(
            "The layout expects a workbook (XLSX) and this is not one. Change “{FORMAT}” in the \
             layout, or choose the right file."
        )),
    }
}

fn no_headings(row: u32) -> FileFault {
    FileFault::new(
        FileFaultCode::NoHeadings,
        format!(
            "Row {row}, where the layout expects the headings, is empty or missing. Correct the \
             number of rows above the headings."
        ),
    )
}
