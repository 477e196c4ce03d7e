//! What a page says, as a PDF: for a meeting, for a funder's file, for a wall.
//!
//! Values in, bytes out: no clock, no files, no database. The PDF is tagged by PDF/UA-1, so that a screen reader finds
//! headings, lists and the cells of a table, and holds to PDF/A-2a, so that it can be kept. The same document gives the
//! same bytes. `docs/decisions/0022-documents.md` says why it is laid out here.

use chrono::{DateTime, Utc};

mod faces;
mod layout;
mod lines;
mod table;
mod write;

/// A document: one title, and what stands under it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The first heading, and the file's own title.
    pub title: String,
    /// Whose document it is; stands over every page.
    pub house: String,
    /// Stands under every page, beside its number: when and by whom it was made.
    pub foot: String,
    /// When it was made (UTC); kept in the file, as the standard for what is to be kept asks.
    pub made: DateTime<Utc>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a document, one under the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading; 2 stands under the title, 3 under 2.
    Heading(u8, String),
    /// A paragraph.
    Text(Vec<Span>),
    /// A paragraph of less weight.
    Small(Vec<Span>),
    /// A list, each item with a mark before it.
    Items(Vec<Vec<Span>>),
    /// A table.
    Table(Table),
}

/// A run of text in one weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// Whether it stands out.
    pub bold: bool,
}

impl Span {
    /// A run in the usual weight.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, bold: false }
    }

    /// A run that stands out.
    pub fn bold(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, bold: true }
    }
}

/// A table. Its headings are repeated on each page that it reaches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it holds; may be empty.
    pub caption: String,
    /// What more is to be known of all of it: as of when, in which order.
    pub note: String,
    /// The rows of its headings.
    pub head: Vec<Vec<Cell>>,
    /// Its rows.
    pub body: Vec<Vec<Cell>>,
    /// Its sums.
    pub foot: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What it says, a paragraph each.
    pub lines: Vec<Vec<Span>>,
    /// How many columns it takes; one where nothing is said.
    pub across: usize,
    /// Whether it names its row or column.
    pub names: bool,
    /// Whether it is an amount or a count, which stand on the right.
    pub number: bool,
}

/// Why there is no PDF: nothing that who asked did wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// The typeface that is built in cannot be read.
    #[error("the built-in typeface cannot be read")]
    Typeface,
    /// The document does not hold to the standard.
    #[error("the document cannot be written: {0}")]
    Written(String),
}

/// The document as a PDF.
pub fn pdf(document: &Document) -> Result<Vec<u8>, Trouble> {
    let faces = faces::Faces::built_in()?;
    write::write(document, layout::laid_out(document, &faces), &faces)
}
