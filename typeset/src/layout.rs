//! Where everything stands: pages of ink, and the tree that says what each ink is part of.

use crate::faces::Faces;
use crate::lines::{self, Line};
use crate::table;
use crate::{Block, Document, Span};

/// The sides of A4, and the long side of A3, in points.
const SHORT: f32 = 595.28;
const LONG: f32 = 841.89;
const LONGEST: f32 = 1190.55;
pub const MARGIN: f32 = 45.0;
/// What stands over and under the text of a page.
const EDGE: f32 = 24.0;
const TEXT: f32 = 9.5;
const SMALL: f32 = 8.5;
/// The smallest type that a table may have before the page is turned, or grows.
const SMALLEST: f32 = 7.5;

/// Said where the typeface does not have a letter: a name is not to be lost without a word.
const MISSED: &str = "This file’s typeface does not have some letters that stand here: a question mark or an \
                      empty box is drawn for each. What a screen reader reads has the letters themselves.";

/// How far one line stands under another, in parts of the size of the type.
pub const LEADING: f32 = 1.36;
/// How far the line that letters stand on lies under the top of theirs.
pub const ASCENT: f32 = 1.02;

/// What a part of a document is to a screen reader.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Heading(u8, String),
    Paragraph,
    List,
    Item,
    Mark,
    Body,
    Table,
    Caption,
    Head,
    Rows,
    Foot,
    Row,
    /// A cell that names its column, or its row; and how many columns it takes.
    ColumnName(usize),
    RowName(usize),
    Cell(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inside {
    Element(usize),
    Ink(usize),
}

#[derive(Debug)]
pub struct Element {
    pub kind: Kind,
    pub inside: Vec<Inside>,
}

/// What is drawn.
#[derive(Debug)]
pub enum Ink {
    /// A run of text from here on; `part` is its number in the tree, none for what only decorates.
    Text {
        x: f32,
        y: f32,
        size: f32,
        bold: bool,
        soft: bool,
        text: String,
        part: Option<usize>,
    },
    /// A line across.
    Rule {
        from: f32,
        to: f32,
        y: f32,
        thick: f32,
    },
}

/// A document that is laid out.
pub struct Laid {
    pub width: f32,
    pub height: f32,
    pub pages: Vec<Vec<Ink>>,
    pub tree: Vec<Element>,
    /// What the tree begins with.
    pub roots: Vec<usize>,
    pub inks: usize,
    /// Headings for the outline: level, words, page, height.
    pub outline: Vec<(u8, String, usize, f32)>,
}

pub struct Layout<'a> {
    pub faces: &'a Faces,
    pub laid: Laid,
    /// How far down the page the next thing stands.
    pub y: f32,
}

pub fn laid_out(document: &Document, faces: &Faces) -> Laid {
    let (width, height) = page_for(document, faces);
    let mut layout = Layout {
        faces,
        laid: Laid {
            width,
            height,
            pages: Vec::new(),
            tree: Vec::new(),
            roots: Vec::new(),
            inks: 0,
            outline: Vec::new(),
        },
        y: 0.0,
    };
    layout.turn();
    layout.heading(1, &document.title);
    for block in &document.blocks {
        match block {
            Block::Heading(level, text) => layout.heading(*level, text),
            Block::Text(spans) => layout.paragraph(spans, TEXT, false),
            Block::Small(spans) => layout.paragraph(spans, SMALL, true),
            Block::Items(items) => layout.items(items),
            Block::Table(table) => table::set(&mut layout, table),
        }
    }
    if faces.missed() {
        layout.paragraph(&[Span::plain(MISSED)], SMALL, true);
    }
    layout.edges(document);
    layout.laid
}

/// The smallest page on which all tables can be read: A4 upright, A4 turned, A3 turned.
fn page_for(document: &Document, faces: &Faces) -> (f32, f32) {
    let fit = |width: f32| {
        document.blocks.iter().all(|block| match block {
            Block::Table(table) => table::fits(table, faces, SMALLEST, width - 2.0 * MARGIN),
            _ => true,
        })
    };
    let pages = [(SHORT, LONG), (LONG, SHORT)];
    let found = pages.into_iter().find(|(width, _)| fit(*width));
    found.unwrap_or((LONGEST, LONG))
}

impl Layout<'_> {
    pub fn inner(&self) -> f32 {
        self.laid.width - 2.0 * MARGIN
    }

    /// How much can stand on a whole page.
    pub fn page_room(&self) -> f32 {
        self.laid.height - 2.0 * MARGIN
    }

    /// How much still fits on this page.
    pub fn room(&self) -> f32 {
        self.laid.height - MARGIN - self.y
    }

    /// Begins the next page.
    pub fn turn(&mut self) {
        self.laid.pages.push(Vec::new());
        self.y = MARGIN;
    }

    /// Begins the next page where less than this is left.
    pub fn need(&mut self, room: f32) {
        if self.room() < room && self.y > MARGIN {
            self.turn();
        }
    }

    pub fn element(&mut self, kind: Kind, within: Option<usize>) -> usize {
        let at = self.laid.tree.len();
        self.laid.tree.push(Element {
            kind,
            inside: Vec::new(),
        });
        match within.and_then(|outer| self.laid.tree.get_mut(outer)) {
            Some(outer) => outer.inside.push(Inside::Element(at)),
            None => self.laid.roots.push(at),
        }
        at
    }

    pub fn ink(&mut self, ink: Ink) {
        if let Some(page) = self.laid.pages.last_mut() {
            page.push(ink);
        }
    }

    /// Draws a line of text with its top here. `of` is the element that it belongs to.
    pub fn line(
        &mut self,
        line: &Line,
        (x, top): (f32, f32),
        (size, soft): (f32, bool),
        of: Option<usize>,
    ) {
        let mut x = x;
        for run in line {
            let part = of.and_then(|of| self.laid.tree.get_mut(of)).map(|element| {
                let part = self.laid.inks;
                element.inside.push(Inside::Ink(part));
                self.laid.inks += 1;
                part
            });
            self.ink(Ink::Text {
                x,
                y: top + size * ASCENT,
                size,
                bold: run.bold,
                soft,
                text: run.text.clone(),
                part,
            });
            x += run.width;
        }
    }

    /// Draws a text in lines under each other, over pages where it must.
    fn flow(&mut self, spans: &[Span], indent: f32, style: (f32, bool), of: usize) {
        let most = self.inner() - indent;
        for line in lines::wrapped(spans, self.faces, style.0, most) {
            self.need(style.0 * LEADING);
            self.line(&line, (MARGIN + indent, self.y), style, Some(of));
            self.y += style.0 * LEADING;
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        let words = lines::clean(text).trim().to_owned();
        if words.is_empty() {
            return;
        }
        let (size, before, after) = match level {
            0 | 1 => (17.0, 0.0, 7.0),
            2 => (12.5, 12.0, 4.0),
            _ => (10.5, 8.0, 3.0),
        };
        if self.y > MARGIN {
            self.y += before;
        }
        // A heading stands with what it is over.
        self.need(size * LEADING + 52.0);
        let page = self.laid.pages.len().saturating_sub(1);
        self.laid
            .outline
            .push((level.max(1), words.clone(), page, self.y));
        let of = self.element(Kind::Heading(level.max(1), words.clone()), None);
        self.flow(&[Span::bold(words)], 0.0, (size, false), of);
        self.y += after;
    }

    fn paragraph(&mut self, spans: &[Span], size: f32, soft: bool) {
        let of = self.element(Kind::Paragraph, None);
        self.need(size * LEADING * 2.0);
        self.flow(spans, 0.0, (size, soft), of);
        self.y += size * 0.55;
    }

    fn items(&mut self, items: &[Vec<Span>]) {
        let list = self.element(Kind::List, None);
        for spans in items {
            self.need(TEXT * LEADING);
            let item = self.element(Kind::Item, Some(list));
            let mark = self.element(Kind::Mark, Some(item));
            let body = self.element(Kind::Body, Some(item));
            let dot = lines::wrapped(&[Span::plain("•")], self.faces, TEXT, 20.0);
            for line in &dot {
                self.line(line, (MARGIN + 2.0, self.y), (TEXT, true), Some(mark));
            }
            self.flow(spans, 13.0, (TEXT, false), body);
            self.y += 1.5;
        }
        self.y += TEXT * 0.4;
    }

    /// What stands over and under each page: whose document it is, when it was made, which page.
    fn edges(&mut self, document: &Document) {
        let (width, height, inner) = (self.laid.width, self.laid.height, self.inner());
        let count = self.laid.pages.len();
        let faces = self.faces;
        for (at, page) in self.laid.pages.iter_mut().enumerate() {
            let mut put = |text: &str, right: bool, y: f32, most: f32| {
                let one = lines::wrapped(&[Span::plain(text)], faces, 7.5, most);
                let Some(line) = one.first() else { return };
                let x = match right {
                    true => width - MARGIN - lines::width(line, faces, 7.5),
                    false => MARGIN,
                };
                let text = line.iter().map(|run| run.text.as_str()).collect();
                page.push(Ink::Text {
                    x,
                    y,
                    size: 7.5,
                    bold: false,
                    soft: true,
                    text,
                    part: None,
                });
            };
            put(&document.house, false, EDGE + 4.0, inner * 0.5);
            if at > 0 {
                put(&document.title, true, EDGE + 4.0, inner * 0.48);
            }
            put(&document.foot, false, height - EDGE, inner * 0.8);
            let number = format!("Page {} of {count}", at + 1);
            put(&number, true, height - EDGE, inner * 0.2);
        }
    }
}
