//! Text with separators: bytes to characters, characters to cells, rows numbered as a spreadsheet
//! shows them.
//!
//! The splitter is our own because a reader of records hides three things that people need: blank
//! rows count in a spreadsheet's numbering, a quoted value over several lines is one row, and a
//! quotation mark that is never closed must be reported with its row instead of swallowing the rest
//! of the file. A test holds it to the `csv` crate's results.

use std::borrow::Cow;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::labels::ENCODING;
use super::profile::{Delimiter, ImportProfile, TextEncoding};
use super::row::{Cell, FileFault, FileFaultCode};

/// Rows and bytes looked at to find the separator.
const SNIFFED_ROWS: usize = 40;
const SNIFFED_BYTES: usize = 65_536;

/// Characters of the file, and how they were stored.
pub(super) fn decode(
    bytes: &[u8],
    wanted: TextEncoding,
) -> Result<(Cow<'_, str>, TextEncoding), FileFault> {
    use TextEncoding::{Auto, Utf8, Utf16, Windows1252};
    let mark = encoding_rs::Encoding::for_bom(bytes);
    let (found, skip) = match mark {
        Some((encoding, length)) if encoding == UTF_8 => (Utf8, length),
        Some((_, length)) => (Utf16, length),
        None => (Auto, 0),
    };
    let body = bytes.get(skip..).unwrap_or_default();
    let bad = |message: String| FileFault::new(FileFaultCode::BadEncoding, message);
    let itself = Auto.label();
    let to = |encoding: TextEncoding| {
        format!(
            "“{ENCODING}” in the layout to “{}” or “{itself}”",
            encoding.label()
        )
    };
    let (text, encoding) = match (wanted, found) {
        (Auto | Utf16, Utf16) => {
            let little = mark.is_some_and(|(encoding, _)| encoding == UTF_16LE);
            let encoding = if little { UTF_16LE } else { UTF_16BE };
            let (text, broken) = encoding.decode_without_bom_handling(body);
            if broken {
                return Err(bad(
                    "The file begins as UTF-16 but cannot be read as it. Save it again as CSV UTF-8."
                        .to_owned(),
                ));
            }
            (text, Utf16)
        }
        (_, Utf16) => {
            return Err(bad(format!(
                "The file is stored as UTF-16. Set {}.",
                to(Utf16)
            )));
        }
        (Utf16, _) => {
            return Err(bad(format!(
                "The file has no UTF-16 mark. Set “{ENCODING}” in the layout to “{itself}”."
            )));
        }
        (Windows1252, Utf8) => {
            return Err(bad(format!(
                "The file is marked as UTF-8. Set {}.",
                to(Utf8)
            )));
        }
        (Windows1252, _) => (
            WINDOWS_1252.decode_without_bom_handling(body).0,
            Windows1252,
        ),
        (Auto | Utf8, _) => match std::str::from_utf8(body) {
            Ok(text) => (Cow::Borrowed(text), Utf8),
            Err(_) if wanted == Auto && found == Auto => (
                WINDOWS_1252.decode_without_bom_handling(body).0,
                Windows1252,
            ),
            Err(error) => {
                let at = error.valid_up_to();
                let line = body.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
                return Err(bad(format!(
                    "The file is not UTF-8 (first at text line {line}). It is probably \
                     Windows-1252: set {}.",
                    to(Windows1252)
                )));
            }
        },
    };
    if text.contains('\0') {
        return Err(FileFault::new(
            FileFaultCode::UnknownKind,
            "This is not a text file or a workbook. Export it again as CSV or XLSX.",
        ));
    }
    Ok((text, encoding))
}

/// The separator, and where the rows begin (after Excel's `sep=;` line, which it does not show).
pub(super) fn separator(text: &str, profile: &ImportProfile) -> (u8, usize) {
    let hint = text
        .get(..5)
        .filter(|front| {
            front
                .get(..4)
                .is_some_and(|f| f.eq_ignore_ascii_case("sep="))
        })
        .and_then(|front| front.as_bytes().get(4).copied())
        .filter(|byte| b",;\t|".contains(byte));
    let ended = text.get(5..).unwrap_or_default();
    let (hint, start) = match hint {
        Some(byte) if ended.starts_with("\r\n") => (Some(byte), 7),
        Some(byte) if ended.starts_with(['\n', '\r']) => (Some(byte), 6),
        _ => (None, 0),
    };
    let byte = match (profile.delimiter, hint) {
        (Delimiter::Comma, _) => b',',
        (Delimiter::Semicolon, _) => b';',
        (Delimiter::Tab, _) => b'\t',
        (Delimiter::Pipe, _) => b'|',
        (Delimiter::Auto, Some(byte)) => byte,
        (Delimiter::Auto, None) => sniff(text.get(start..).unwrap_or_default()),
    };
    (byte, start)
}

/// The name of a separator.
pub(super) fn delimiter_named(byte: u8) -> Delimiter {
    match byte {
        b';' => Delimiter::Semicolon,
        b'\t' => Delimiter::Tab,
        b'|' => Delimiter::Pipe,
        _ => Delimiter::Comma,
    }
}

/// The separator under which most of the first rows have the same number of cells, above one.
fn sniff(text: &str) -> u8 {
    let mut end = text.len().min(SNIFFED_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or_default();
    let mut best = (0_usize, 0_usize, b',');
    for candidate in [b',', b';', b'\t', b'|'] {
        let mut records = Records::new(sample, candidate, 0);
        let (mut cells, mut widths) = (Vec::new(), Vec::new());
        while widths.len() < SNIFFED_ROWS && matches!(records.next(&mut cells), Ok(true)) {
            if cells.len() > 1 {
                widths.push(cells.len());
            }
        }
        widths.sort_unstable();
        let commonest = widths
            .chunk_by(|a, b| a == b)
            .map(|run| (run.len(), run.first().copied().unwrap_or(0)))
            .max();
        if let Some((rows, width)) = commonest
            && (rows, width) > (best.0, best.1)
        {
            best = (rows, width, candidate);
        }
    }
    best.2
}

/// The rows of a text file, borrowed from it.
pub(super) struct Records<'t> {
    text: &'t str,
    at: usize,
    delimiter: u8,
    /// The number of the row last read, from 1.
    pub(super) row: u32,
}

impl<'t> Records<'t> {
    pub(super) fn new(text: &'t str, delimiter: u8, start: usize) -> Self {
        Records {
            text,
            at: start,
            delimiter,
            row: 0,
        }
    }

    /// Reads the next row into `cells`; false at the end of the file.
    pub(super) fn next(&mut self, cells: &mut Vec<Cell<'t>>) -> Result<bool, FileFault> {
        cells.clear();
        let bytes = self.text.as_bytes();
        if self.at >= bytes.len() {
            return Ok(false);
        }
        self.row = self.row.saturating_add(1);
        loop {
            let cell = if bytes.get(self.at) == Some(&b'"') {
                self.quoted()?
            } else {
                let from = self.at;
                self.at = self.end_of_plain(from);
                Cow::Borrowed(self.text.get(from..self.at).unwrap_or_default())
            };
            cells.push(if cell.is_empty() {
                Cell::Empty
            } else {
                Cell::Text(cell)
            });
            match bytes.get(self.at) {
                Some(byte) if *byte == self.delimiter => self.at += 1,
                Some(b'\r') => {
                    self.at += if bytes.get(self.at + 1) == Some(&b'\n') {
                        2
                    } else {
                        1
                    };
                    return Ok(true);
                }
                Some(_) => {
                    self.at += 1;
                    return Ok(true);
                }
                None => return Ok(true),
            }
        }
    }

    fn end_of_plain(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes().get(from..).unwrap_or_default();
        let length = bytes
            .iter()
            .position(|byte| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r')
            .unwrap_or(bytes.len());
        from + length
    }

    /// A value in quotation marks; doubled marks stand for one. What follows the closing mark up to
    /// the separator is kept, as spreadsheets do.
    fn quoted(&mut self) -> Result<Cow<'t, str>, FileFault> {
        let bytes = self.text.as_bytes();
        let mut from = self.at + 1;
        let mut whole: Cow<'t, str> = Cow::Borrowed("");
        loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| *byte == b'"') else {
                return Err(FileFault::new(
                    FileFaultCode::UnclosedQuote,
                    format!(
                        "A quotation mark (\") opened in row {} is never closed, so where its value \
                         ends cannot be told. Correct that row, or export the file again.",
                        self.row
                    ),
                ));
            };
            let piece = self.text.get(from..from + length).unwrap_or_default();
            append(&mut whole, piece);
            from += length + 1;
            if bytes.get(from) != Some(&b'"') {
                break;
            }
            append(&mut whole, "\"");
            from += 1;
        }
        self.at = self.end_of_plain(from);
        append(&mut whole, self.text.get(from..self.at).unwrap_or_default());
        Ok(whole)
    }
}

fn append<'t>(whole: &mut Cow<'t, str>, piece: &'t str) {
    if whole.is_empty() {
        *whole = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        whole.to_mut().push_str(piece);
    }
}
