//! A certified return to read: its answers under the form's headings, who agreed, who signed, how it was sent.

use domain::returns::view::{AnswerView, CertificationView, Pack, SendingView};
use typeset::{Block, Cell, Document, Span, Table};

use crate::pages::{answer_in_words, words};

/// Answers longer than this are paragraphs, not cells.
const LONG: usize = 160;

pub(super) fn document(pack: &Pack) -> Document {
    let shown = &pack.shown;
    let summary = &shown.summary;
    // when it was signed, so that the same return gives the same document
    let made = shown
        .certifications
        .iter()
        .filter_map(|one| one.certified_at)
        .max()
        .unwrap_or_default();
    let mut blocks = vec![
        facts(&[
            ("Award", summary.award.clone()),
            ("Funder", summary.funder.clone()),
            ("Period", summary.period.clone()),
            ("Form", shown.form.clone()),
            ("Version", shown.revision.to_string()),
        ]),
        said(&shown.rests_on),
    ];
    for section in &shown.sections {
        blocks.push(Block::Heading(2, section.title.clone()));
        answers(&section.answers, &mut blocks);
    }
    blocks.push(Block::Heading(2, "Agreed and signed".to_owned()));
    blocks.push(Block::Items(
        shown
            .boards
            .iter()
            .map(|board| {
                let when = board
                    .agreed_on
                    .map_or_else(String::new, |on| format!(" on {}", words::date(on)));
                let what = if board.agreed {
                    "agreed"
                } else {
                    "has yet to agree"
                };
                vec![Span::plain(format!(
                    "The {} {what}{when}.",
                    words::board(board.board)
                ))]
            })
            .chain(
                shown
                    .certifications
                    .iter()
                    .map(|one| vec![Span::plain(signed(one))]),
            )
            .collect(),
    ));
    if !shown.sendings.is_empty() {
        blocks.push(Block::Heading(2, "Sent".to_owned()));
        blocks.push(Block::Items(
            shown
                .sendings
                .iter()
                .map(|one| vec![Span::plain(sent(one))])
                .collect(),
        ));
    }
    blocks.push(Block::Heading(2, "To check it by".to_owned()));
    blocks.push(facts(&[
        (
            "Hash of the answers and the form",
            shown.content_hash.clone(),
        ),
        (
            "Hash of the workbook (SHA-256)",
            pack.workbook.sha256.clone(),
        ),
    ]));
    Document {
        title: format!("{}: {}", summary.award, summary.title),
        house: pack.house.clone(),
        foot: format!(
            "As certified on {}. Made with Tributary.",
            words::instant(&made)
        ),
        made,
        blocks,
    }
}

fn said(text: &str) -> Block {
    Block::Text(vec![Span::plain(text)])
}

fn cell(text: &str) -> Cell {
    Cell {
        lines: text.lines().map(|line| vec![Span::plain(line)]).collect(),
        ..Cell::default()
    }
}

fn named(text: &str) -> Cell {
    Cell {
        names: true,
        ..cell(text)
    }
}

fn facts(all: &[(&str, String)]) -> Block {
    Block::Table(Table {
        body: all
            .iter()
            .map(|(what, is)| vec![named(what), cell(is)])
            .collect(),
        ..Table::default()
    })
}

/// Answers in the form's order: short ones as a table, what somebody wrote as paragraphs.
fn answers(all: &[AnswerView], blocks: &mut Vec<Block>) {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for answer in all {
        let is = answer_in_words(answer);
        let is = match (is.is_empty(), answer.written_when_signed) {
            (true, true) => "Written when it was signed".to_owned(),
            (true, false) => "No answer".to_owned(),
            (false, _) => is,
        };
        if is.chars().count() > LONG {
            put(&mut rows, blocks);
            blocks.push(Block::Text(vec![Span::bold(answer.label.clone())]));
            blocks.extend(is.lines().filter(|line| !line.trim().is_empty()).map(said));
            continue;
        }
        let is = Cell {
            number: answer.value.is_number(),
            ..cell(&is)
        };
        rows.push(vec![
            named(&answer.label),
            is,
            cell(&answer.place.replace('!', ", ")),
        ]);
    }
    put(&mut rows, blocks);
}

fn put(rows: &mut Vec<Vec<Cell>>, blocks: &mut Vec<Block>) {
    if rows.is_empty() {
        return;
    }
    blocks.push(Block::Table(Table {
        head: vec![vec![
            named("Question"),
            named("Answer"),
            named("Cell of the form"),
        ]],
        body: std::mem::take(rows),
        ..Table::default()
    }));
}

fn signed(one: &CertificationView) -> String {
    let Some(at) = one.certified_at else {
        return format!("The {} has yet to sign.", one.office);
    };
    let by = match (&one.signed_by, one.signed_on, &one.certified_by) {
        (Some(name), Some(on), _) => format!("signed on paper by {name} on {}", words::date(on)),
        (_, _, Some(by)) => format!("signed by {by} on {}", words::instant(&at)),
        _ => format!("signed on {}", words::instant(&at)),
    };
    format!("The {}, {by}: “{}”", one.office, one.statement)
}

fn sent(one: &SendingView) -> String {
    let again = one
        .resubmission_reason
        .as_ref()
        .map_or_else(String::new, |why| format!(" It was sent again: {why}"));
    let replaced = if one.replaced {
        " A later one replaced it."
    } else {
        ""
    };
    format!(
        "On {} by {} to {}. Receipt: {}.{replaced}{again}",
        words::instant(&one.sent_at),
        one.how,
        one.to_whom,
        one.receipt.trim_end_matches('.'),
    )
}
