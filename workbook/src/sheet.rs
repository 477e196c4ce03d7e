//! A neutral table, written as CSV (RFC 4180) or as a workbook.
//!
//! Text that a spreadsheet program would take for a formula is defused in both: in CSV by an
//! apostrophe before it, in a workbook by being stored as text.

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

/// What a cell of a table holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number that is no money.
    Number(f64),
    /// Money in pence.
    Pence(i64),
    /// A day.
    Date(NaiveDate),
    /// Yes or no.
    Truth(bool),
}

/// A table with a heading over each column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The headings.
    pub headings: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Datum>>,
}

/// Pence as pounds with two decimals.
pub fn pounds(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let whole = pence.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 100, whole % 100)
}

/// A text that no program takes for a formula.
pub fn defused(text: &str) -> String {
    let dangerous = text
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if dangerous {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

impl Sheet {
    /// The table as CSV in UTF-8 with a byte-order mark, so that Excel reads it rightly.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut out = String::from("\u{feff}");
        let mut line = |fields: Vec<String>| {
            out.push_str(&fields.join(","));
            out.push_str("\r\n");
        };
        line(self.headings.iter().map(|h| quoted(&defused(h))).collect());
        for row in &self.rows {
            line(row.iter().map(field).collect());
        }
        out.into_bytes()
    }

    /// The table as a workbook. The same table gives the same bytes.
    pub fn to_xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        book(std::slice::from_ref(self))
    }

    fn write(&self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        let money = Format::new().set_num_format("#,##0.00");
        let day = Format::new().set_num_format("dd/mm/yyyy");
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(&self.name))?;
        for (col, heading) in (0u16..).zip(&self.headings) {
            sheet.write_string_with_format(0, col, heading, &bold)?;
        }
        for (r, row) in (1u32..).zip(&self.rows) {
            for (c, datum) in (0u16..).zip(row) {
                match datum {
                    Datum::Empty => {}
                    Datum::Text(text) => {
                        sheet.write_string(r, c, text)?;
                    }
                    // Whole numbers past 2^53 lose their last digits as a number.
                    Datum::Whole(n) if n.unsigned_abs() > 1 << 53 => {
                        sheet.write_string(r, c, n.to_string())?;
                    }
                    Datum::Whole(n) => {
                        sheet.write_number(r, c, *n as f64)?;
                    }
                    Datum::Number(n) => {
                        sheet.write_number(r, c, *n)?;
                    }
                    Datum::Pence(pence) => {
                        let pounds: f64 = pounds(*pence).parse().unwrap_or_default();
                        sheet.write_number_with_format(r, c, pounds, &money)?;
                    }
                    Datum::Date(date) => {
                        match excel_day(*date) {
                            Some(on) => sheet.write_datetime_with_format(r, c, on, &day)?,
                            None => sheet.write_string(r, c, date.to_string())?,
                        };
                    }
                    Datum::Truth(b) => {
                        sheet.write_boolean(r, c, *b)?;
                    }
                }
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.autofit();
        Ok(())
    }
}

/// Tables as the sheets of one workbook, in their order. The same tables give the same bytes.
pub fn book(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    for sheet in sheets {
        sheet.write(&mut workbook)?;
    }
    workbook.save_to_buffer()
}

/// A day as Excel has it; there are none before 1900.
fn excel_day(date: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    let (month, day) = (
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    ExcelDateTime::from_ymd(year, month, day).ok()
}

/// A sheet's name: at most 31 characters, without those that Excel refuses.
fn sheet_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| {
            if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') {
                ' '
            } else {
                c
            }
        })
        .take(31)
        .collect();
    let clean = clean.trim().trim_matches('\'').to_owned();
    if clean.is_empty() {
        "Sheet".into()
    } else {
        clean
    }
}

fn field(datum: &Datum) -> String {
    match datum {
        Datum::Empty => String::new(),
        Datum::Text(text) => quoted(&defused(text)),
        Datum::Whole(n) => n.to_string(),
        Datum::Number(n) => format!("{n}"),
        Datum::Pence(pence) => pounds(*pence),
        Datum::Date(date) => date.format("%Y-%m-%d").to_string(),
        Datum::Truth(true) => "yes".into(),
        Datum::Truth(false) => "no".into(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r', '\t', ';']) || text.starts_with('\'') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::open::archive::Bounds;
    use crate::open::book::Book;
    use crate::read;

    fn table() -> Sheet {
        Sheet {
            name: "Spend: all".into(),
            headings: vec!["Supplier".into(), "Amount".into(), "On".into()],
            rows: vec![
                vec![
                    Datum::Text("=HYPERLINK(\"x\")".into()),
                    Datum::Pence(-12_345),
                    Datum::Date(NaiveDate::from_ymd_opt(2026, 9, 30).unwrap()),
                ],
                vec![
                    Datum::Text("a, \"b\"".into()),
                    Datum::Pence(5),
                    Datum::Empty,
                ],
            ],
        }
    }

    #[test]
    fn csv_is_quoted_and_defused() {
        let text = String::from_utf8(table().to_csv()).unwrap();
        assert_eq!(
            text,
            "\u{feff}Supplier,Amount,On\r\n\"'=HYPERLINK(\"\"x\"\")\",-123.45,2026-09-30\r\n\"a, \"\"b\"\"\",0.05,\r\n"
        );
        for text in ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1"] {
            assert!(defused(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(defused("a=1"), "a=1");
    }

    #[test]
    fn a_workbook_holds_texts_as_texts_and_is_reproducible() {
        let bytes = table().to_xlsx().unwrap();
        assert_eq!(bytes, table().to_xlsx().unwrap());
        let book = Book::open(bytes, &Bounds::default()).unwrap();
        let cells = read::cells(&book, 0).unwrap();
        let first = cells.iter().find(|c| c.at.to_string() == "A2").unwrap();
        assert_eq!(first.value.show(), "=HYPERLINK(\"x\")");
        assert!(cells.iter().all(|c| c.formula.is_none()));
    }
}
