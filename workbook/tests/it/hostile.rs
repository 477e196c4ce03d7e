//! Files made to do harm, and broken ones: each is refused with one line, and nothing panics.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use workbook::fill::{Options, fill};
use workbook::open::Refused;
use workbook::open::archive::Bounds;
use workbook::open::book::Book;

use crate::build::{Builder, part, zip};

fn small() -> Vec<u8> {
    Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f><v>2</v></c></row>"#,
            "",
        )
        .strings(&["a"])
        .bytes()
}

fn refused(bytes: Vec<u8>) -> Refused {
    let refused = Book::open(bytes, &Bounds::default()).expect_err("opened");
    assert!(!refused.to_string().contains('\n'));
    refused
}

/// An archive with one deflated entry whose sizes are as given.
fn deflated(data: &[u8], declared: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    let packed = encoder.finish().unwrap();
    let mut bytes = zip(&[part("xl/workbook.xml", "")]);
    let name = 30 + "xl/workbook.xml".len();
    let mut patch = |at: usize| {
        bytes[at] = 8;
    };
    patch(8);
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[central + 10] = 8;
    for at in [18, central + 20] {
        bytes[at..at + 4].copy_from_slice(&(packed.len() as u32).to_le_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&declared.to_le_bytes());
    }
    let end = bytes.len() - 22;
    let start = (central + packed.len()) as u32;
    bytes[end + 16..end + 20].copy_from_slice(&start.to_le_bytes());
    bytes.splice(name..name, packed);
    bytes
}

#[test]
fn bombs_are_refused_before_they_burst() {
    let zeros = vec![b' '; 64 << 20];
    assert!(matches!(
        refused(deflated(&zeros, 64 << 20)),
        Refused::TooLarge(_)
    ));
    // It says that it is small, and is not.
    assert!(matches!(
        refused(deflated(&zeros, 100)),
        Refused::Hostile(_)
    ));
    let many: Vec<_> = (0..6_000).map(|i| part(&format!("f{i}"), "")).collect();
    assert!(matches!(refused(zip(&many)), Refused::TooLarge(_)));
}

#[test]
fn a_billion_laughs_are_refused_wherever_they_stand() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><x>&b;</x>";
    for name in [
        "xl/worksheets/s1.xml",
        "xl/sharedStrings.xml",
        "xl/workbook.xml",
        "docProps/core.xml",
        "xl/drawings/a.vml",
    ] {
        let form = Builder::default()
            .sheet("A", "", "")
            .extra("docProps/core.xml", "<a/>")
            .extra("xl/drawings/a.vml", "<a/>")
            .bytes();
        let book = Book::open(form, &Bounds::default()).unwrap();
        let parts: Vec<_> = book
            .archive
            .entries()
            .iter()
            .enumerate()
            .map(|(i, e)| {
                let data = book.archive.read(i).unwrap();
                let text = String::from_utf8(data).unwrap();
                part(&e.name, if e.name == name { laughs } else { &text })
            })
            .collect();
        assert!(
            matches!(refused(zip(&parts)), Refused::Hostile(_)),
            "{name}"
        );
    }
    let external = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x/>";
    let padded = format!("<!--{}-->{external}", " ".repeat(100_000));
    for laugh in [external.to_owned(), padded] {
        assert!(matches!(
            refused(zip(&[part("a.xml", &laugh)])),
            Refused::Hostile(_)
        ));
    }
}

#[test]
fn names_that_reach_outside_or_come_twice_are_refused() {
    for name in ["../x", "/x", "a/../../x", "C:x", "a\\..\\x"] {
        assert!(
            matches!(refused(zip(&[part(name, "")])), Refused::Hostile(_)),
            "{name}"
        );
    }
    let twice = [
        part("xl/workbook.xml", "<workbook/>"),
        part("XL/workbook.xml", "<workbook/>"),
    ];
    assert!(matches!(refused(zip(&twice)), Refused::Hostile(_)));
}

#[test]
fn what_is_no_workbook_is_refused_in_words() {
    assert!(matches!(refused(Vec::new()), Refused::Unreadable(_)));
    assert!(matches!(refused(b"hello".to_vec()), Refused::Unreadable(_)));
    assert!(matches!(
        refused(b"PK\x03\x04".to_vec()),
        Refused::Unreadable(_)
    ));
    assert!(matches!(
        refused(zip(&[part("a.txt", "a")])),
        Refused::Unreadable(_)
    ));
    let mut ole = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    ole.resize(4096, 0);
    assert_eq!(refused(ole), Refused::Encrypted);
    let mut locked = small();
    let central = locked.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    locked[central + 8] |= 1;
    assert_eq!(refused(locked), Refused::Encrypted);
}

#[test]
fn overlapping_entries_are_refused() {
    let mut bytes = zip(&[part("a", "aaaa"), part("a", "aaaa")]);
    // The second record leads to the first entry's bytes, under another spelling.
    let at = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[at + 42..at + 46].copy_from_slice(&0u32.to_le_bytes());
    assert!(Book::open(bytes, &Bounds::default()).is_err());
}

#[test]
fn formulas_that_nest_without_end_stop() {
    let deep = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    let signs = format!("{}1", "-".repeat(100_000));
    let calls = format!("{}A1{}", "ABS(".repeat(60), ")".repeat(60));
    for formula in [deep, signs, calls] {
        let rows = format!(
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><f>{formula}+A1</f><v>2</v></c></row>"
        );
        let form = Builder::default().sheet("A", &rows, "").bytes();
        let answers =
            serde_json::from_value(serde_json::json!([{"at": "A!A1", "value": 3}])).unwrap();
        let answers: Vec<workbook::fill::Answer> = answers;
        let filled = fill(&form, &answers, &Options::default()).unwrap();
        assert!(filled.bytes.is_some());
    }
    // Names that stand for one another.
    let form = Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>X+A1</f><v>2</v></c></row>"#,
            "",
        )
        .name("X", "Y+1")
        .name("Y", "X+1")
        .bytes();
    let answers: Vec<workbook::fill::Answer> =
        serde_json::from_value(serde_json::json!([{"at": "A!A1", "value": 3}])).unwrap();
    assert_eq!(
        fill(&form, &answers, &Options::default()).unwrap().dropped,
        1
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_cut_file_never_panics(cut in 0usize..3000) {
        let bytes = small();
        let cut = cut.min(bytes.len() - 1);
        prop_assert!(Book::open(bytes[..cut].to_vec(), &Bounds::default()).is_err());
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0usize..3000, to in any::<u8>()) {
        let mut bytes = small();
        let at = at % bytes.len();
        bytes[at] = to;
        let answers: Vec<workbook::fill::Answer> =
            serde_json::from_value(serde_json::json!([{"at": "A!A1", "value": 3}])).unwrap();
        if let Ok(filled) = fill(&bytes, &answers, &Options::default()) {
            prop_assert!(filled.bytes.is_some() || !filled.findings.is_empty());
        }
    }

    #[test]
    fn any_formula_is_read_and_evaluated_without_panic(text in "[A-C1-3=+*/&<>(),:;{}\"#!$@%^ .a-z\\[\\]]{0,40}") {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let rows = format!("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"D1\"><f>{text}</f></c></row>");
        let form = Builder::default().sheet("A", &rows, "").bytes();
        let answers: Vec<workbook::fill::Answer> =
            serde_json::from_value(serde_json::json!([{"at": "A!A1", "value": 3}])).unwrap();
        prop_assert!(fill(&form, &answers, &Options::default()).is_ok());
    }
}
