//! The evidence behind each figure as a workbook: what it was come to by, and the lines that it is made of.

use domain::returns::view::{Figure, FigureLine};
use entity::FieldKind;
use serde_json::Value;
use workbook::sheet::{Datum, Sheet, book};

/// Most lines that stand in the workbook. More come beside it as CSV: programs that open spreadsheets are slow long
/// before.
const MOST: usize = 50_000;

/// The files, each with its path.
pub(super) fn of(figures: &[Figure]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let lines = lines(figures);
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    if lines.rows.len() > MOST {
        return Ok(vec![
            (
                "evidence.xlsx".to_owned(),
                book(&[answers(figures)]).map_err(|error| failed(&error))?,
            ),
            ("evidence-lines.csv".to_owned(), lines.to_csv()),
        ]);
    }
    let both = book(&[answers(figures), lines]).map_err(|error| failed(&error))?;
    Ok(vec![("evidence.xlsx".to_owned(), both)])
}

fn headings(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

fn text(said: Option<&String>) -> Datum {
    said.map_or(Datum::Empty, |said| Datum::Text(said.clone()))
}

/// What stands in a form's cell, or would. Money is whole pence.
fn datum(value: &Value, kind: FieldKind) -> Datum {
    match value {
        Value::Null => Datum::Empty,
        Value::Bool(truth) => Datum::Truth(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(pence), _) if kind == FieldKind::Money => Datum::Pence(pence),
            (Some(whole), _) => Datum::Whole(whole),
            (None, Some(number)) => Datum::Number(number),
            (None, None) => Datum::Text(number.to_string()),
        },
        Value::String(said) => match said.parse() {
            Ok(day) if kind == FieldKind::Date => Datum::Date(day),
            _ => Datum::Text(said.clone()),
        },
        other => Datum::Text(other.to_string()),
    }
}

fn answers(figures: &[Figure]) -> Sheet {
    let rows = figures.iter().map(|figure| {
        let typed = figure.value != figure.drafted;
        let page = figure.lines.as_ref();
        vec![
            Datum::Text(figure.place.clone()),
            Datum::Text(figure.label.clone()),
            datum(&figure.value, figure.kind),
            Datum::Text(if typed { "typed" } else { "drafted" }.to_owned()),
            text(figure.sentence.as_ref()),
            text(figure.rule.as_ref()),
            page.map_or(Datum::Empty, |page| Datum::Whole(page.total_lines)),
            page.map_or(Datum::Empty, |page| Datum::Pence(page.total.0)),
            if typed {
                datum(&figure.drafted, figure.kind)
            } else {
                Datum::Empty
            },
            text(figure.reason.as_ref()),
        ]
    });
    Sheet {
        name: "Answers".to_owned(),
        headings: headings(&[
            "Cell",
            "Question",
            "Answer",
            "Typed or drafted",
            "What it is",
            "By which rule",
            "Lines",
            "What the lines come to",
            "Drafted, where another was typed",
            "Why another was typed",
        ]),
        rows: rows.collect(),
    }
}

fn lines(figures: &[Figure]) -> Sheet {
    let rows = figures.iter().flat_map(|figure| {
        let lines = figure
            .lines
            .as_ref()
            .map_or(&[][..], |page| page.lines.as_slice());
        lines.iter().map(|line| row(figure, line))
    });
    Sheet {
        name: "Lines".to_owned(),
        headings: headings(&[
            "Cell",
            "Question",
            "On",
            "Counts in the figure",
            "The whole line",
            "Supplier or source",
            "What the record says",
            "Cost category",
            "Capital or revenue",
            "Pool",
            "Ledger’s reference",
            "Came in the file",
            "Row",
        ]),
        rows: rows.collect(),
    }
}

fn row(figure: &Figure, line: &FigureLine) -> Vec<Datum> {
    vec![
        Datum::Text(figure.place.clone()),
        Datum::Text(figure.label.clone()),
        Datum::Date(line.on),
        Datum::Pence(line.amount.0),
        Datum::Pence(line.whole.0),
        text(line.who.as_ref()),
        text(line.description.as_ref()),
        text(line.category.as_ref()),
        Datum::Text(if line.capital { "capital" } else { "revenue" }.to_owned()),
        text(line.pool.as_ref()),
        text(line.ledger_reference.as_ref()),
        text(line.file_name.as_ref()),
        line.row_no
            .map_or(Datum::Empty, |row| Datum::Whole(i64::from(row))),
    ]
}
