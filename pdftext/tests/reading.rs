//! Letters that we make are read back; damaged ones do no harm.
#![allow(clippy::unwrap_used)]

use pdftext::sample::pdf;
use pdftext::{Refused, read};

const FIRST: &[&str] = &[
    "Grant offer letter, reference SRF/2026/0147",
    "",
    "We are pleased to offer you a grant of £1,250,000.00, from",
    "1 April 2026 to 31 March 2028 – “the period”.",
    "",
    "(You may move up to 10% between budget lines.)",
];

#[test]
fn the_words_of_each_page_come_back_line_by_line() {
    let words = read(&pdf(&[FIRST, &["Match of 25 per cent is required."]])).unwrap();
    assert_eq!(
        words.pages,
        [
            "Grant offer letter, reference SRF/2026/0147\n\nWe are pleased to offer you a grant of \
             £1,250,000.00, from\n1 April 2026 to 31 March 2028 – “the period”.\n\n(You may move up \
             to 10% between budget lines.)",
            "Match of 25 per cent is required."
        ]
    );
}

#[test]
fn a_scanned_page_has_no_words() {
    assert_eq!(
        read(&pdf(&[&[], &["Signed"]])).unwrap().pages,
        ["", "Signed"]
    );
}

#[test]
fn what_is_no_pdf_says_so() {
    assert_eq!(read(b""), Err(Refused::NotPdf));
    assert_eq!(read(b"PK\x03\x04 a workbook"), Err(Refused::NotPdf));
    assert!(matches!(
        read(b"%PDF-1.7\n1 0 obj"),
        Err(Refused::Damaged | Refused::Pages)
    ));
    assert_eq!(read(&pdf(&[])), Err(Refused::Pages));
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

/// Two thousand letters with bytes changed, cut out, doubled: each is read or refused, none aborts, and
/// what is read is bounded.
#[test]
fn damaged_letters_are_read_or_refused() {
    let whole = pdf(&[FIRST, &[], &["The end"]]);
    let mut dice = Dice(20_260_303);
    for _ in 0..2_000 {
        let mut bytes = whole.clone();
        for _ in 0..=dice.below(12) {
            let at = dice.below(bytes.len());
            match dice.below(5) {
                0 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.drain(at..(at + dice.below(40)).min(bytes.len()))),
                3 => {
                    let end = (at + dice.below(200)).min(bytes.len());
                    let twice = bytes[at..end].to_vec();
                    bytes.splice(at..at, twice);
                }
                _ => {
                    // numbers that are too large are what most readers break on
                    let huge = b"99999999999999999999".iter().copied();
                    bytes.splice(at..at, huge);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        if let Ok(words) = read(&bytes) {
            assert!(words.pages.len() <= pdftext::MOST_PAGES);
        }
    }
}
