//! Ink and tree to the bytes of a PDF.

use std::num::{NonZeroU16, NonZeroU32};

use chrono::{Datelike, Timelike};
use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::color::luma;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope,
    Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::faces::{Face, Faces};
use crate::layout::{Ink, Inside, Kind, Laid};
use crate::{Document, Trouble};

struct Fonts {
    plain: Font,
    bold: Font,
}

pub fn write(document: &Document, laid: Laid, faces: &Faces) -> Result<Vec<u8>, Trouble> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| Trouble::Written(format!("{error:?}")))?;
    let mut file = Pdf::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let font = |face: &Face| Font::new(face.bytes.into(), 0).ok_or(Trouble::Typeface);
    let fonts = Fonts {
        plain: font(&faces.plain)?,
        bold: font(&faces.bold)?,
    };
    let size = || PageSettings::from_wh(laid.width, laid.height);
    let mut drawn: Vec<Option<Identifier>> = vec![None; laid.inks];
    for inks in &laid.pages {
        let settings = size().ok_or_else(|| Trouble::Written("a page has no size".to_owned()))?;
        let mut page = file.start_page_with(settings);
        let mut surface = page.surface();
        for ink in inks {
            match ink {
                Ink::Text {
                    part, text, bold, ..
                } => {
                    let shown = faces.face(*bold).shown(text);
                    // What is read aloud has the letters that cannot be drawn.
                    let read = (shown != *text).then_some(text.as_str());
                    let tag = match part {
                        Some(_) => ContentTag::Span(SpanTag::empty().with_actual_text(read)),
                        None => {
                            ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther))
                        }
                    };
                    let identifier = surface.start_tagged(tag);
                    self::text(&mut surface, ink, &shown, faces, &fonts);
                    surface.end_tagged();
                    if let Some(place) = part.and_then(|part| drawn.get_mut(part)) {
                        *place = Some(identifier);
                    }
                }
                Ink::Rule { from, to, y, thick } => {
                    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
                        ArtifactType::Layout,
                    )));
                    rule(&mut surface, (*from, *to), *y, *thick);
                    surface.end_tagged();
                }
            }
        }
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some("en-GB".to_owned()));
    for root in &laid.roots {
        if let Some(group) = group(*root, &laid, &mut drawn) {
            tree.push(group);
        }
    }
    file.set_tag_tree(tree);
    file.set_outline(outline(&laid));
    let title = laid
        .outline
        .first()
        .map_or("Document".to_owned(), |(_, words, ..)| words.clone());
    file.set_metadata(
        Metadata::new()
            .title(title)
            .language("en-GB".to_owned())
            .creator("Tributary".to_owned())
            .creation_date(date(document)),
    );
    file.finish()
        .map_err(|error| Trouble::Written(format!("{error:?}")))
}

fn date(document: &Document) -> DateTime {
    let two = |part: u32| u8::try_from(part).unwrap_or_default();
    let made = document.made;
    DateTime::new(u16::try_from(made.year()).unwrap_or_default())
        .month(two(made.month()))
        .day(two(made.day()))
        .hour(two(made.hour()))
        .minute(two(made.minute()))
        .second(two(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn filled(lightness: u8) -> Option<Fill> {
    Some(Fill {
        paint: luma::Color::new(lightness).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::default(),
    })
}

fn rule(surface: &mut Surface<'_>, (from, to): (f32, f32), y: f32, thick: f32) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_ltrb(from, y - thick / 2.0, to, y + thick / 2.0) {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.set_fill(filled(if thick > 0.5 { 40 } else { 150 }));
        surface.draw_path(&path);
    }
}

fn text(surface: &mut Surface<'_>, ink: &Ink, text: &str, faces: &Faces, fonts: &Fonts) {
    let Ink::Text {
        x,
        y,
        size,
        bold,
        soft,
        ..
    } = ink
    else {
        return;
    };
    let face = faces.face(*bold);
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(at, letter)| {
            let glyph = face.glyph(letter);
            let range = at..at + letter.len_utf8();
            KrillaGlyph::new(
                GlyphId::new(glyph.id),
                glyph.advance,
                0.0,
                0.0,
                0.0,
                range,
                None,
            )
        })
        .collect();
    surface.set_fill(filled(if *soft { 85 } else { 15 }));
    let font = if *bold { &fonts.bold } else { &fonts.plain };
    surface.draw_glyphs(
        Point::from_xy(*x, *y),
        &glyphs,
        font.clone(),
        text,
        *size,
        false,
    );
}

fn across(count: usize) -> Option<NonZeroU32> {
    u32::try_from(count)
        .ok()
        .filter(|count| *count > 1)
        .and_then(NonZeroU32::new)
}

fn tag(kind: &Kind) -> TagKind {
    match kind {
        Kind::Heading(level, words) => {
            let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(words.clone())).into()
        }
        Kind::Paragraph => Tag::P.into(),
        Kind::List => Tag::L(ListNumbering::Disc).into(),
        Kind::Item => Tag::LI.into(),
        Kind::Mark => Tag::Lbl.into(),
        Kind::Body => Tag::LBody.into(),
        Kind::Table => Tag::Table.into(),
        Kind::Caption => Tag::Caption.into(),
        Kind::Head => Tag::THead.into(),
        Kind::Rows => Tag::TBody.into(),
        Kind::Foot => Tag::TFoot.into(),
        Kind::Row => Tag::TR.into(),
        Kind::ColumnName(wide) => Tag::TH(TableHeaderScope::Column)
            .with_col_span(across(*wide))
            .into(),
        Kind::RowName(wide) => Tag::TH(TableHeaderScope::Row)
            .with_col_span(across(*wide))
            .into(),
        Kind::Cell(wide) => Tag::TD.with_col_span(across(*wide)).into(),
    }
}

/// An element with all that is inside it; a cell that says nothing is still a cell.
fn group(at: usize, laid: &Laid, drawn: &mut [Option<Identifier>]) -> Option<TagGroup> {
    let element = laid.tree.get(at)?;
    let mut group = TagGroup::new(tag(&element.kind));
    for inside in &element.inside {
        match inside {
            Inside::Element(inner) => {
                if let Some(inner) = self::group(*inner, laid, drawn) {
                    group.push(Node::Group(inner));
                }
            }
            Inside::Ink(part) => {
                if let Some(identifier) = drawn.get_mut(*part).and_then(Option::take) {
                    group.push(Node::Leaf(identifier));
                }
            }
        }
    }
    Some(group)
}

/// Headings under headings.
fn outline(laid: &Laid) -> Outline {
    let mut outline = Outline::new();
    let mut open: Vec<(u8, OutlineNode)> = Vec::new();
    let close = |open: &mut Vec<(u8, OutlineNode)>, outline: &mut Outline| {
        if let Some((_, node)) = open.pop() {
            match open.last_mut() {
                Some((_, outer)) => outer.push_child(node),
                None => outline.push_child(node),
            }
        }
    };
    for (level, words, page, y) in &laid.outline {
        while open.last().is_some_and(|(last, _)| last >= level) {
            close(&mut open, &mut outline);
        }
        let to = XyzDestination::new(*page, Point::from_xy(0.0, *y));
        open.push((*level, OutlineNode::new(words.clone(), to)));
    }
    while !open.is_empty() {
        close(&mut open, &mut outline);
    }
    outline
}
