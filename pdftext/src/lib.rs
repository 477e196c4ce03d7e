//! The words of a PDF, page by page. Knows nothing of grants.
//!
//! A PDF says which glyph stands where; nothing says what a word or a line is. So the glyphs are taken
//! in the order in which the file draws them, which is the order in which people read nearly every
//! letter, and spaces and line breaks come from the gaps between them. What is drawn without being
//! seen, as the words that a scanner laid under its picture, is read like everything else.
//!
//! Opening a file that somebody else made is done in a child process: see [`child`].
#![warn(missing_docs)]

pub mod child;
mod lines;
pub mod sample;

use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, RenderContent, TransformExt, interpret_page,
};
use serde::{Deserialize, Serialize};

/// The most pages that are read.
pub const MOST_PAGES: usize = 300;
/// The most characters of one page that are read.
pub const MOST_CHARACTERS: usize = 60_000;

/// The words of each page, in their order. A page without words is an empty text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The pages.
    pub pages: Vec<String>,
}

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refused {
    /// It does not begin as a PDF does.
    #[error("it is not a PDF")]
    NotPdf,
    /// It is encrypted, and opens with a password only.
    #[error("it opens with a password only")]
    Locked,
    /// It is damaged.
    #[error("it is damaged")]
    Damaged,
    /// It has no page, or too many.
    #[error("it has no page, or more than 300")]
    Pages,
    /// Reading it took too long, or too much memory.
    #[error("reading it took too long, or too much memory")]
    TooMuch,
}

/// Reads the words of a PDF, in this process.
pub fn read(bytes: &[u8]) -> Result<Words, Refused> {
    // what stands before its mark is let pass by every reader, within the first kilobyte
    let head = &bytes[..bytes.len().min(1024)];
    if !head.windows(5).any(|five| five == b"%PDF-") {
        return Err(Refused::NotPdf);
    }
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Refused::Locked,
        LoadPdfError::Invalid => Refused::Damaged,
    })?;
    let found = pdf.pages();
    if found.is_empty() || found.len() > MOST_PAGES {
        return Err(Refused::Pages);
    }
    let settings = InterpreterSettings {
        // what people wrote beside the text, and what they typed into a form's fields, is not the
        // letter
        render_content: RenderContent::PAGE,
        ..InterpreterSettings::default()
    };
    let cache = InterpreterCache::new();
    let mut pages = Vec::with_capacity(found.len());
    for page in found.iter() {
        let upright = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(
            Affine::IDENTITY,
            Rect::new(0.0, 0.0, 1.0, 1.0),
            &cache,
            pdf.xref(),
            settings.clone(),
        );
        let mut lines = lines::Lines::upright(upright);
        interpret_page(page, &mut context, &mut lines);
        pages.push(lines.finish());
    }
    Ok(Words { pages })
}
