//! Text into lines.

use crate::Span;
use crate::faces::Faces;

/// A run of a line, in one weight. A run that a further word follows ends in a space, as the standard wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub text: String,
    pub bold: bool,
    pub width: f32,
}

pub type Line = Vec<Run>;

/// How wide a line is, without the space at its end.
pub fn width(line: &Line, faces: &Faces, size: f32) -> f32 {
    let all: f32 = line.iter().map(|run| run.width).sum();
    match line.last() {
        Some(last) if last.text.ends_with(' ') => all - faces.face(last.bold).width(" ", size),
        _ => all,
    }
}

/// What is drawn of a text: one space for each gap, and nothing that does not show.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{feff}' => {}
            '\u{a0}' | '\u{202f}' => out.push('\u{a0}'),
            other if other.is_whitespace() || other.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// A word with the weight of each of its parts, and whether a space comes before it.
struct Word {
    parts: Vec<(String, bool)>,
    spaced: bool,
}

fn words(spans: &[Span]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut spaced = false;
    let mut open = false;
    for span in spans {
        let text = clean(&span.text);
        for piece in text.split_inclusive(' ') {
            let bare = piece.trim_end_matches(' ');
            if !bare.is_empty() {
                match words.last_mut().filter(|_| open && !spaced) {
                    Some(word) => word.parts.push((bare.to_owned(), span.bold)),
                    None => words.push(Word {
                        parts: vec![(bare.to_owned(), span.bold)],
                        spaced,
                    }),
                }
                open = true;
                spaced = false;
            }
            if piece.ends_with(' ') {
                spaced = true;
            }
        }
    }
    words
}

/// The width of the widest word, and of all of it on one line.
pub fn widths(spans: &[Span], faces: &Faces, size: f32) -> (f32, f32) {
    let (mut least, mut most) = (0_f32, 0_f32);
    for word in words(spans) {
        let mut wide = 0.0;
        for (text, bold) in &word.parts {
            wide += faces.face(*bold).width(text, size);
            if word.spaced {
                most += faces.face(*bold).width(" ", size) / to_count(word.parts.len());
            }
        }
        least = least.max(wide);
        most += wide;
    }
    (least, most)
}

fn to_count(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX)).max(1.0)
}

/// A text in lines of at most this width; a word that is wider goes on in the next line.
pub fn wrapped(spans: &[Span], faces: &Faces, size: f32, most: f32) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut line: Line = Vec::new();
    let mut at = 0.0;
    for word in words(spans) {
        let wide: f32 = word
            .parts
            .iter()
            .map(|(text, bold)| faces.face(*bold).width(text, size))
            .sum();
        if word.spaced && !line.is_empty() {
            let bold = line.last().is_some_and(|run| run.bold);
            let space = faces.face(bold).width(" ", size);
            add(&mut line, " ", bold, space);
            if at + space + wide > most {
                lines.push(std::mem::take(&mut line));
                at = 0.0;
            } else {
                at += space;
            }
        }
        for (text, bold) in &word.parts {
            let face = faces.face(*bold);
            let wide = face.width(text, size);
            if at + wide <= most || wide <= most && line.is_empty() {
                add(&mut line, text, *bold, wide);
                at += wide;
                continue;
            }
            for letter in text.chars() {
                let wide = face.glyph(letter).advance * size;
                if at + wide > most && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    at = 0.0;
                }
                add(&mut line, letter.encode_utf8(&mut [0; 4]), *bold, wide);
                at += wide;
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn add(line: &mut Line, text: &str, bold: bool, width: f32) {
    match line.last_mut() {
        Some(run) if run.bold == bold => {
            run.text.push_str(text);
            run.width += width;
        }
        _ => line.push(Run {
            text: text.to_owned(),
            bold,
            width,
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(lines: &[Line]) -> Vec<String> {
        lines
            .iter()
            .map(|line| line.iter().map(|run| run.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn words_go_on_in_the_next_line_and_keep_the_space_that_parts_them() {
        let faces = Faces::built_in().unwrap();
        let spans = [
            Span::plain("Money that "),
            Span::bold("goes"),
            Span::plain(" back"),
        ];
        let wide = faces.plain.width("Money that", 10.0) + 1.0;
        let lines = wrapped(&spans, &faces, 10.0, wide);
        assert_eq!(told(&lines), ["Money that ", "goes back"]);
        assert_eq!(lines[1].len(), 2, "two weights are two runs");
        let bare = width(&lines[0], &faces, 10.0);
        assert!((bare - faces.plain.width("Money that", 10.0)).abs() < 0.01);
    }

    #[test]
    fn a_word_that_is_too_wide_is_parted_and_none_of_it_is_lost() {
        let faces = Faces::built_in().unwrap();
        let long = "x".repeat(100);
        let lines = wrapped(&[Span::plain(&long)], &faces, 10.0, 60.0);
        assert!(lines.len() > 5);
        assert_eq!(told(&lines).concat(), long);
        for line in &lines {
            assert!(width(line, &faces, 10.0) <= 60.0);
        }
        // Narrower than any letter: one a line, and no end without one.
        assert_eq!(wrapped(&[Span::plain("ab")], &faces, 10.0, 0.1).len(), 2);
    }

    #[test]
    fn what_does_not_show_is_left_out() {
        assert_eq!(
            clean("a\u{ad}b\u{200b}\n\t c\u{a0}d\u{202e}"),
            "ab c\u{a0}d"
        );
        let faces = Faces::built_in().unwrap();
        assert!(wrapped(&[Span::plain(" \n ")], &faces, 10.0, 60.0).is_empty());
        assert_eq!(widths(&[], &faces, 10.0), (0.0, 0.0));
    }

    #[test]
    fn a_word_in_two_weights_stays_one_word() {
        let faces = Faces::built_in().unwrap();
        let spans = [Span::bold("Agreed"), Span::plain(", and more")];
        let wide = faces.bold.width("Agreed", 10.0) + faces.plain.width(",", 10.0) + 0.5;
        assert_eq!(
            told(&wrapped(&spans, &faces, 10.0, wide)),
            ["Agreed, ", "and ", "more"]
        );
    }
}
