//! What stands in a letter, and how far a term has come.

mod values;

use std::ops::Range;

use entity::Money;
use serde::{Deserialize, Serialize};

pub use values::Needle;

/// The most letters of an award.
pub const MOST_LETTERS: usize = 20;
/// The most passages of an award, with those that were taken back.
pub const MOST_PASSAGES: usize = 1_000;
/// The most characters of a passage.
pub const LONGEST_PASSAGE: usize = 2_000;
/// The most places of a term that are pointed out.
const MOST_PLACES: usize = 4;
/// A stretch of more characters is no sentence, and is taken line by line.
const LONGEST_SENTENCE: usize = 500;

/// How far a term is, beside the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = LetterTermState)]
pub enum TermState {
    /// Nobody has said where the letter says it.
    NoPassage,
    /// A passage is recorded; nobody has accepted that the term is what it says.
    Quoted,
    /// It was accepted as it stands.
    Accepted,
    /// It was accepted, and has changed since.
    Changed,
}

impl TermState {
    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NoPassage => "no-passage",
            Self::Quoted => "quoted",
            Self::Accepted => "accepted",
            Self::Changed => "changed",
        }
    }
}

/// How far a term is that stands so now: by whether a passage of it stands, and as what it was
/// accepted.
#[must_use]
pub fn state<'a>(
    stands: &str,
    quoted: bool,
    accepted: impl IntoIterator<Item = &'a str>,
) -> TermState {
    let mut before = false;
    for stood in accepted {
        if stood == stands {
            return TermState::Accepted;
        }
        before = true;
    }
    match (before, quoted) {
        (true, _) => TermState::Changed,
        (false, true) => TermState::Quoted,
        (false, false) => TermState::NoPassage,
    }
}

/// Letters that are printed differently and mean the same.
const fn plain(letter: char) -> char {
    match letter {
        '‘' | '’' | '‚' | '′' => '\'',
        '“' | '”' | '„' | '″' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        other => other,
    }
}

/// Where on a page a quotation stands, in bytes; nothing where the page does not say it. Where lines and
/// blanks are does not matter, nor how quotation marks and dashes are printed.
#[must_use]
pub fn range_of(page: &str, quotation: &str) -> Option<Range<usize>> {
    let letters = |text: &str| -> Vec<(usize, char)> {
        text.char_indices()
            .filter(|(_, letter)| !letter.is_whitespace() && *letter != '\u{ad}')
            .collect()
    };
    let (there, wanted) = (letters(page), letters(quotation));
    if wanted.is_empty() {
        return None;
    }
    let same = |window: &&[(usize, char)]| {
        window
            .iter()
            .zip(&wanted)
            .all(|((_, there), (_, wanted))| plain(*there) == plain(*wanted))
    };
    let found = there.windows(wanted.len()).find(same)?;
    let ((first, _), (last, letter)) = (*found.first()?, *found.last()?);
    Some(first..last.checked_add(letter.len_utf8())?)
}

/// The words of a page that a quotation is: as the page has them, on one line.
#[must_use]
pub fn words_of(page: &str, quotation: &str) -> Option<String> {
    range_of(page, quotation).and_then(|range| page.get(range).map(on_one_line))
}

/// A text with one blank wherever there are blanks or line breaks.
#[must_use]
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentences of a page, each on one line. A table has none: its lines are taken for them.
#[must_use]
pub fn sentences(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for paragraph in page.split("\n\n") {
        let mut begins = 0;
        let mut ends = Vec::new();
        let mut letters = paragraph.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            // "s. 31" and "3.5" go on
            let goes_on = next.is_some_and(|next| !next.is_whitespace())
                || paragraph.get(at..).is_some_and(|rest| {
                    let after = rest.get(1..).unwrap_or_default().trim_start();
                    after.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit())
                });
            if matches!(letter, '.' | '?' | '!') && !goes_on {
                ends.push(at.saturating_add(1));
            }
        }
        ends.push(paragraph.len());
        for end in ends {
            let sentence = paragraph.get(begins..end).unwrap_or_default();
            begins = end;
            // two blanks stand between the cells of a table
            if sentence.contains("  ") || sentence.chars().count() > LONGEST_SENTENCE {
                found.extend(sentence.lines().map(on_one_line));
            } else {
                found.push(on_one_line(sentence));
            }
        }
    }
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// A page of a letter.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Its number.
    pub number: i32,
    /// Its sentences.
    pub sentences: &'a [Sentence],
}

/// A sentence, with the values that stand in it.
#[derive(Clone, Debug)]
pub struct Sentence {
    words: String,
    lower: String,
    values: values::Values,
}

impl Sentence {
    /// Reads the sentences of a page.
    #[must_use]
    pub fn all(page: &str) -> Vec<Self> {
        sentences(page)
            .into_iter()
            .map(|words| Self {
                values: values::Values::of(&words),
                lower: words.to_lowercase().chars().map(plain).collect(),
                words,
            })
            .collect()
    }

    fn says(&self, needle: &Needle) -> bool {
        match needle {
            Needle::Money(amount) => self.values.money.contains(amount),
            Needle::Date(on) => self.values.dates.contains(on),
            Needle::Share(share) => self.values.shares.contains(share),
            Needle::Words(words) => {
                let words: String = words.to_lowercase().chars().map(plain).collect();
                let word = |c: char| c.is_alphanumeric();
                !words.is_empty()
                    && self.lower.match_indices(&words).any(|(at, _)| {
                        let before = self.lower.get(..at).unwrap_or_default();
                        let after = at.checked_add(words.len());
                        let after = after
                            .and_then(|at| self.lower.get(at..))
                            .unwrap_or_default();
                        !before.ends_with(word) && !after.starts_with(word)
                    })
            }
        }
    }
}

/// A place where a letter seems to say a term: found by its value, never by its sense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = LetterPlace)]
pub struct Place {
    /// The page.
    pub page: i32,
    /// The sentence, or the line of a table.
    pub words: String,
}

/// The places where a letter says what is looked for: first those that say most of it, then as they
/// stand.
#[must_use]
pub fn places(pages: &[Page<'_>], needles: &[Needle]) -> Vec<Place> {
    let mut found: Vec<(usize, Place)> = Vec::new();
    for page in pages {
        for sentence in page.sentences {
            let said = needles
                .iter()
                .filter(|needle| sentence.says(needle))
                .count();
            let known = found.iter().any(|(_, place)| place.words == sentence.words);
            if said > 0 && !known && sentence.words.chars().count() <= LONGEST_PASSAGE {
                found.push((
                    said,
                    Place {
                        page: page.number,
                        words: sentence.words.clone(),
                    },
                ));
            }
        }
    }
    // stable: as they stand, where they say as much
    found.sort_by_key(|(said, _)| std::cmp::Reverse(*said));
    found
        .into_iter()
        .take(MOST_PLACES)
        .map(|(_, place)| place)
        .collect()
}

/// What a term of so much money is looked for by; nothing where there is none.
#[must_use]
pub fn money(amount: Option<Money>) -> Option<Needle> {
    amount
        .filter(|amount| *amount > Money::ZERO)
        .map(Needle::Money)
}

#[cfg(test)]
#[path = "rules/tests.rs"]
mod tests;
