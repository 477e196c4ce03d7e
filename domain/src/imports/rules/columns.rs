//! Columns by heading and letter, and the forms in which texts are compared and shown.

use std::borrow::Cow;

use super::profile::ColumnRef;
use super::row::{FileFault, FileFaultCode};

/// A column's place, from 0. A letter is always there; a heading may not be.
pub(super) fn find(column: &ColumnRef, headings: &[String]) -> Result<Option<usize>, FileFault> {
    match column {
        ColumnRef::Letter(letter) => Ok(column_index(letter)),
        ColumnRef::Header(name) => {
            let wanted = key(name);
            let mut found = headings
                .iter()
                .enumerate()
                .filter(|(_, heading)| key(heading) == wanted)
                .map(|(index, _)| index);
            match (found.next(), found.next()) {
                (Some(first), Some(second)) => Err(FileFault::new(
                    FileFaultCode::RepeatedHeading,
                    format!(
                        "The heading “{name}” stands over column {} and column {}. Name the right \
                         one by its letter in the layout.",
                        letters(first),
                        letters(second)
                    ),
                )),
                (first, _) => Ok(first),
            }
        }
    }
}

pub(super) fn no_such_heading(missing: &[&ColumnRef], headings: &[String]) -> FileFault {
    let names: Vec<String> = missing
        .iter()
        .map(|column| format!("“{}”", column_name(column)))
        .collect();
    let there: Vec<&str> = headings
        .iter()
        .map(|heading| heading.trim())
        .filter(|heading| !heading.is_empty())
        .collect();
    FileFault::new(
        FileFaultCode::NoSuchHeading,
        format!(
            "The file has no heading {}. Its headings are: {}. Correct the layout, or the number \
             of rows above the headings.",
            names.join(" or "),
            shortened(&there.join(", "), 600)
        ),
    )
}

pub(super) fn column_name(column: &ColumnRef) -> &str {
    match column {
        ColumnRef::Header(name) | ColumnRef::Letter(name) => name,
    }
}

/// `A` is 0, `AB` is 27; at most three letters.
pub(super) fn column_index(letter: &str) -> Option<usize> {
    let letter = letter.trim();
    if letter.is_empty() || letter.len() > 3 || !letter.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let value = letter.bytes().fold(0_usize, |value, byte| {
        value * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1
    });
    Some(value - 1)
}

/// 0 is `A`, 27 is `AB`.
pub fn letters(index: usize) -> String {
    let mut rest = index + 1;
    let mut text = Vec::new();
    while rest > 0 {
        rest -= 1;
        text.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    text.iter().rev().collect()
}

/// Trimmed, with each run of spaces or line breaks as one space.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let mut after_space = false;
    let clean = trimmed.chars().all(|character| {
        let fine = !character.is_whitespace() || (character == ' ' && !after_space);
        after_space = character == ' ';
        fine
    });
    if clean {
        return Cow::Borrowed(trimmed);
    }
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    Cow::Owned(words.join(" "))
}

/// The form in which headings and mapped values are compared.
pub(super) fn key(text: &str) -> String {
    tidy(text).to_lowercase()
}

pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
