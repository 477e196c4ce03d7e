//! From glyphs that stand somewhere to lines of words.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point};
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps};
use hayro_interpret::{SoftMask, hayro_syntax::object::Dict};

use crate::MOST_CHARACTERS;

/// A glyph moved up or down by less than this part of its size stands on the same line: so does the
/// "rd" of "3rd".
const SAME_LINE: f64 = 0.55;
/// A gap of more than this part of the size is a space.
const SPACE: f64 = 0.14;
/// A line further down than this many sizes begins a paragraph.
const PARAGRAPH: f64 = 1.75;
/// A gap of more than this many sizes is one between the cells of a table.
const CELL: f64 = 2.0;

/// Where the glyph before ended.
#[derive(Clone, Copy)]
struct Last {
    x: f64,
    y: f64,
    size: f64,
}

/// Takes the glyphs of a page, and makes lines of them.
pub struct Lines {
    upright: Affine,
    text: String,
    characters: usize,
    last: Option<Last>,
}

impl Lines {
    /// Of a page that stands upright after this is done to it.
    pub const fn upright(upright: Affine) -> Self {
        Self {
            upright,
            text: String::new(),
            characters: 0,
            last: None,
        }
    }

    /// The page's words: lines without blanks at their ends, an empty line between paragraphs.
    pub fn finish(self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut empty = 0;
        for line in self.text.lines().map(str::trim) {
            if line.is_empty() {
                empty += 1;
                continue;
            }
            if !text.is_empty() {
                text.push_str(if empty > 0 { "\n\n" } else { "\n" });
            }
            text.push_str(line);
            empty = 0;
        }
        text
    }

    fn take(&mut self, said: &str, start: Point, end: Point, size: f64) {
        if self.characters >= MOST_CHARACTERS || !(start.x.is_finite() && start.y.is_finite()) {
            return;
        }
        if let Some(last) = self.last {
            let size = size.max(last.size);
            let down = start.y - last.y;
            let on = start.x - last.x;
            if down.abs() > SAME_LINE * size {
                // further up is another column, or something that stands apart
                let apart = down < 0.0 || down > PARAGRAPH * size;
                self.text.push_str(if apart { "\n\n" } else { "\n" });
            } else if on < -size {
                self.text.push('\n');
            } else if on > CELL * size {
                self.text.push_str("  ");
            } else if on > SPACE * size {
                self.space();
            }
        }
        for letter in said.chars() {
            match letter {
                // a ligature is its letters; a hyphen that only shows where a word may break is none
                '\u{fb00}' => self.text.push_str("ff"),
                '\u{fb01}' => self.text.push_str("fi"),
                '\u{fb02}' => self.text.push_str("fl"),
                '\u{fb03}' => self.text.push_str("ffi"),
                '\u{fb04}' => self.text.push_str("ffl"),
                '\u{fb05}' | '\u{fb06}' => self.text.push_str("st"),
                '\u{ad}' => {}
                letter if letter.is_whitespace() => self.space(),
                letter if letter.is_control() => {}
                letter => self.text.push(letter),
            }
            self.characters += 1;
        }
        self.last = Some(Last {
            x: end.x,
            y: end.y,
            size,
        });
    }

    fn space(&mut self) {
        if !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }
}

impl<'a> Device<'a> for Lines {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let said = match glyph.as_unicode() {
                Some(BfString::Char(letter)) => letter.to_string(),
                Some(BfString::String(letters)) => letters,
                // a glyph that nobody can name is shown as one, not left out: a quotation of it
                // would not be word for word
                None => char::REPLACEMENT_CHARACTER.to_string(),
            };
            let placed = self.upright * props.transform * glyph.transform();
            let wide = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let [.., across, down, _, _] = placed.as_coeffs();
            // glyphs are drawn on a square of a thousand
            let size = across.hypot(down) * 1000.0;
            self.take(
                &said,
                placed * Point::ZERO,
                placed * Point::new(wide.unwrap_or_default().into(), 0.0),
                size,
            );
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
    fn begin_marked_content(&mut self, _: &[u8], _: Option<&Dict<'_>>) {}
}
