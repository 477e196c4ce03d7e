//! Documents are read back as a reader of PDFs reads them.

use proptest::prelude::*;
use typeset::{Block, Cell, Document, Span, Table, pdf};

fn words(text: &str) -> Cell {
    Cell {
        lines: vec![vec![Span::plain(text)]],
        ..Cell::default()
    }
}

fn name(text: &str) -> Cell {
    Cell {
        names: true,
        ..words(text)
    }
}

fn amount(text: &str) -> Cell {
    Cell {
        number: true,
        ..words(text)
    }
}

fn document(blocks: Vec<Block>) -> Document {
    Document {
        title: "Position of Rough sleeping".to_owned(),
        house: "Withy Recovery".to_owned(),
        foot: "Made on 28 November 2026 at 10:15".to_owned(),
        made: chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        blocks,
    }
}

fn funders(rows: usize, columns: usize) -> Table {
    let heading = |at| Cell {
        number: true,
        ..name(&format!("Funder {at}"))
    };
    Table {
        caption: "Whose money, and what is left of it".to_owned(),
        note: "As of 28 November 2026".to_owned(),
        head: vec![
            std::iter::once(name("Award"))
                .chain((1..columns).map(heading))
                .collect(),
        ],
        body: (0..rows)
            .map(|row| {
                let amounts =
                    (1..columns).map(|at| amount(&format!("£{},{at:03}.{row:02}", row + 1)));
                std::iter::once(name(&format!("Award number {row} of many")))
                    .chain(amounts)
                    .collect()
            })
            .collect(),
        foot: vec![
            std::iter::once(name("Together"))
                .chain((1..columns).map(|_| amount("£1,234,567.89")))
                .collect(),
        ],
    }
}

/// All that a document says, page by page.
fn read(document: &Document) -> Vec<String> {
    let bytes = pdf(document).unwrap();
    pdftext::read(&bytes).unwrap().pages
}

/// Letters alone: where lines end is the layout's affair.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace())
        .collect()
}

#[test]
fn a_paper_says_what_it_was_given_in_its_order() {
    let pages = read(&document(vec![
        Block::Text(vec![
            Span::plain("There is "),
            Span::bold("£10,000.50"),
            Span::plain(" left."),
        ]),
        Block::Heading(2, "More of it".to_owned()),
        Block::Items(vec![
            vec![Span::plain("First")],
            vec![Span::plain("Second")],
        ]),
        Block::Table(funders(2, 3)),
        Block::Small(vec![Span::plain("Small print.")]),
    ]));
    assert_eq!(pages.len(), 1);
    let said = letters(&pages[0]);
    let mut from = 0;
    for part in [
        "PositionofRoughsleeping",
        "Thereis£10,000.50left.",
        "Moreofit",
        "First",
        "Second",
        "Whosemoney",
        "Asof28",
        "AwardFunder1Funder2",
        "Awardnumber0ofmany£1,001.00£1,002.00",
        "Together£1,234,567.89",
        "Smallprint.",
        "WithyRecovery",
        "Madeon28",
        "Page1of1",
    ] {
        let found = said[from..].find(part);
        assert!(
            found.is_some(),
            "{part} is not there, or not in its place: {said}"
        );
        from += found.unwrap() + part.len();
    }
}

#[test]
fn headings_are_there_on_each_page_and_each_row_stands_on_one() {
    let pages = read(&document(vec![Block::Table(funders(150, 4))]));
    assert!(pages.len() > 2);
    let count = pages.len();
    for (at, page) in pages.iter().enumerate() {
        let said = letters(page);
        assert!(
            said.contains("AwardFunder1Funder2Funder3"),
            "page {} has no headings",
            at + 1
        );
        assert!(said.contains(&format!("Page{}of{count}", at + 1)));
    }
    for row in 0..150 {
        let whole = letters(&format!(
            "Award number {row} of many£{r},001.{row:02}£{r},002.{row:02}£{r},003.{row:02}",
            r = row + 1
        ));
        let on = pages
            .iter()
            .filter(|page| letters(page).contains(&whole))
            .count();
        assert_eq!(on, 1, "row {row}");
    }
}

#[test]
fn a_wide_table_turns_the_page_and_amounts_stay_whole() {
    let narrow = pdf(&document(vec![Block::Table(funders(3, 4))])).unwrap();
    let wide = pdf(&document(vec![Block::Table(funders(3, 10))])).unwrap();
    let turned = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.contains("841.89 595.28")
    };
    assert!(!turned(&narrow));
    assert!(turned(&wide));
    let grid = pdf(&document(vec![Block::Table(funders(3, 22))])).unwrap();
    assert!(
        String::from_utf8_lossy(&grid).contains("1190.55 841.89"),
        "what is wider still is A3"
    );
    let page = &pdftext::read(&grid).unwrap().pages[0];
    let whole = page
        .split_whitespace()
        .filter(|word| word.contains("£1,234,567.89"))
        .count();
    assert_eq!(whole, 21, "{page}");
    let page = &pdftext::read(&wide).unwrap().pages[0];
    assert!(
        page.split_whitespace()
            .any(|word| word.contains("£1,234,567.89")),
        "{page}"
    );
}

#[test]
fn a_row_that_is_longer_than_a_page_goes_on_and_loses_nothing() {
    let long: Vec<String> = (0..1_500).map(|at| format!("word{at}")).collect();
    let table = Table {
        head: vec![vec![name("What"), name("Why")]],
        body: vec![
            vec![name("One"), words(&long.join(" "))],
            vec![name("Two"), words("After it")],
        ],
        ..Table::default()
    };
    let pages = read(&document(vec![Block::Table(table)]));
    assert!(pages.len() > 1);
    let said = pages.concat();
    for word in ["word0", "word749", "word1499", "After"] {
        assert!(
            said.split_whitespace().any(|one| one == word),
            "{word} is lost"
        );
    }
}

#[test]
fn letters_that_the_typeface_lacks_are_told_of_and_can_still_be_read() {
    let pages = read(&document(vec![Block::Text(vec![Span::plain(
        "Łukasz Żółć, 李小龍, مريم, ≥ £5",
    )])]));
    let said = pages.concat();
    assert!(letters(&said).contains("ŁukaszŻółć"), "{said}");
    assert!(
        !said.contains('李'),
        "a letter that is not drawn is not told of as if it were: {said}"
    );
    assert!(letters(&said).contains("typefacedoesnothave"), "{said}");
    let without = read(&document(vec![Block::Text(vec![Span::plain(
        "Łukasz Żółć – “£5”…",
    )])]));
    assert!(!letters(&without.concat()).contains("typefacedoesnothave"));
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    let one = || pdf(&document(vec![Block::Table(funders(40, 6))])).unwrap();
    assert_eq!(one(), one());
}

#[test]
fn what_is_empty_is_no_trouble() {
    assert_eq!(read(&Document::default()).len(), 1);
    let empty = Table {
        body: vec![vec![name("One"), words("")], vec![]],
        ..Table::default()
    };
    read(&document(vec![
        Block::Table(Table::default()),
        Block::Table(empty),
        Block::Items(vec![]),
        Block::Items(vec![vec![]]),
        Block::Text(vec![]),
        Block::Heading(2, String::new()),
    ]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn whatever_a_table_holds_is_written_and_none_of_it_is_lost(
        rows in proptest::collection::vec(proptest::collection::vec("[a-zA-Z0-9£%&(){}\\\\.,;:é–]{0,40}", 1..9), 1..30),
        number in any::<bool>(),
    ) {
        let body: Vec<Vec<Cell>> = rows
            .iter()
            .map(|row| row.iter().map(|text| Cell { number, ..words(text) }).collect())
            .collect();
        let said = letters(&read(&document(vec![Block::Table(Table { body, ..Table::default() })])).concat());
        let wanted: usize = rows.iter().flatten().map(|text| letters(text).chars().count()).sum();
        prop_assert!(said.chars().count() >= wanted, "{} of {wanted} letters", said.chars().count());
    }
}
