//! The typeface, and how wide its letters are. Letters stand beside each other without kerning: what is measured is
//! what is drawn, so that columns of figures are straight.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::Trouble;

/// What stands for a letter that the typeface does not have.
const UNKNOWN: [char; 2] = ['\u{25a1}', '?'];

pub struct Faces {
    pub plain: Face,
    pub bold: Face,
}

pub struct Face {
    pub bytes: &'static [u8],
    font: FontRef<'static>,
    em: f32,
    known: RefCell<HashMap<char, Glyph>>,
    missed: Cell<bool>,
}

/// A letter of a face.
#[derive(Clone, Copy)]
pub struct Glyph {
    pub id: u32,
    /// Its width, in parts of the size of the type.
    pub advance: f32,
}

impl Faces {
    pub fn built_in() -> Result<Self, Trouble> {
        Ok(Self {
            plain: Face::of(notosans::REGULAR_TTF)?,
            bold: Face::of(notosans::BOLD_TTF)?,
        })
    }

    /// Whether a letter was asked for that the typeface does not have.
    pub fn missed(&self) -> bool {
        self.plain.missed.get() || self.bold.missed.get()
    }

    pub fn face(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.plain }
    }
}

impl Face {
    fn of(bytes: &'static [u8]) -> Result<Self, Trouble> {
        let font = FontRef::new(bytes).map_err(|_unreadable| Trouble::Typeface)?;
        let em = f32::from(
            font.metrics(Size::unscaled(), LocationRef::default())
                .units_per_em,
        );
        Ok(Self {
            bytes,
            font,
            em,
            known: RefCell::default(),
            missed: Cell::new(false),
        })
    }

    /// A letter; another stands for one that the face does not have.
    pub fn glyph(&self, letter: char) -> Glyph {
        if let Some(known) = self.known.borrow().get(&letter) {
            return *known;
        }
        let glyph = self.own(letter).unwrap_or_else(|| {
            self.missed.set(true);
            let other = UNKNOWN.iter().find_map(|other| self.own(*other));
            other.unwrap_or(Glyph {
                id: 0,
                advance: 0.5,
            })
        });
        self.known.borrow_mut().insert(letter, glyph);
        glyph
    }

    /// A text as it is drawn: with a stand-in for each letter that the face does not have.
    pub fn shown(&self, text: &str) -> String {
        let other = UNKNOWN.iter().find(|other| self.own(**other).is_some());
        text.chars()
            .map(|letter| match self.own(letter) {
                Some(_) => letter,
                None => *other.unwrap_or(&letter),
            })
            .collect()
    }

    fn own(&self, letter: char) -> Option<Glyph> {
        let id = self.font.charmap().map(letter)?;
        let widths = self
            .font
            .glyph_metrics(Size::unscaled(), LocationRef::default());
        Some(Glyph {
            id: id.to_u32(),
            advance: widths.advance_width(id)? / self.em,
        })
    }

    /// How wide a text is at this size.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars()
            .map(|letter| self.glyph(letter).advance * size)
            .sum()
    }
}
