//! What the reading process tells the one that started it: one JSON object a line, ending with
//! `ended` or `refused`. A stream that stops without either means that the reader died, and
//! nothing of it may load.

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use super::read::Summary;
use super::row::{FaultyRow, FileFault, GoodRow, Row, SkippedRow};

/// The longest line that is read back, in bytes. A row of the widest allowed file fits.
pub const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// One line of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// A row that can load.
    Line(GoodRow),
    /// A faulty row.
    Faulty(FaultyRow),
    /// A skipped row.
    Skipped(SkippedRow),
    /// Every row was read.
    Ended(Box<Summary>),
    /// The file was refused.
    Refused(FileFault),
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        match row {
            Row::Line(row) => Message::Line(row),
            Row::Faulty(row) => Message::Faulty(row),
            Row::Skipped(row) => Message::Skipped(row),
        }
    }
}

/// Writes one message and its line end. The writer should be buffered.
pub fn write_message(out: &mut impl Write, message: &Message) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, message)?;
    out.write_all(b"\n")
}

/// Reads the next message into a reused buffer; `None` at the end of the stream. The other side
/// has read a hostile file: a line too long or not understood is an error.
pub fn read_message(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
) -> std::io::Result<Option<Message>> {
    line.clear();
    let mut bounded = std::io::Read::take(&mut *input, MAX_LINE_BYTES);
    if bounded.read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "a message was cut short or is too long",
        ));
    }
    Ok(Some(serde_json::from_slice(line)?))
}
