//! Tables as CSV, for a client that accepts it.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::http::spreadsheet::{KIND, accepts, is_risky};

/// Most rows of a table that comes all at once.
pub const MOST: u64 = 200_000;

/// Whether the client asks for a table: as CSV, or as a workbook, which is made of the CSV.
pub fn is_wanted(request: &HttpRequest) -> bool {
    accepts(request.headers(), "text/csv") || accepts(request.headers(), KIND)
}

/// What is read as JSON, or as the table of it where the client asks for one.
pub fn or_json<T: Serialize>(
    request: &HttpRequest,
    seen: T,
    table: impl FnOnce(T) -> HttpResponse,
) -> HttpResponse {
    if is_wanted(request) {
        table(seen)
    } else {
        HttpResponse::Ok().json(seen)
    }
}

/// A table as a reply: a heading, then rows. Typed text never becomes a formula.
pub fn reply(
    name: &str,
    heading: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> HttpResponse {
    let mut table = Table::new(heading);
    rows.into_iter().for_each(|row| table.row(row));
    table.reply(name)
}

/// A table that grows: its rows need not all be there at once.
pub struct Table(String);

impl Table {
    pub fn new(heading: &[&str]) -> Self {
        let mut text = String::new();
        line(&mut text, heading.iter().map(|cell| (*cell).to_owned()));
        Self(text)
    }

    pub fn row(&mut self, cells: Vec<String>) {
        line(&mut self.0, cells.into_iter());
    }

    pub fn reply(self, name: &str) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}.csv\""),
            ))
            .body(self.0)
    }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        let cell = harmless(cell);
        // a semicolon divides cells where the comma is the decimal sign
        if cell.contains([',', ';', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&cell);
        }
    }
    text.push_str("\r\n");
}

/// A quote before what a spreadsheet takes for a formula makes it text. Plain numbers stay numbers.
fn harmless(cell: String) -> String {
    let number = cell.strip_prefix('-').is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    if is_risky(&cell) && !number {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_quoted_and_never_a_formula() {
        let mut text = String::new();
        let cells = [
            "=1+1",
            "-12.50",
            "-x",
            "@a",
            "＝2+2",
            "a;=2+2",
            "say \"hello\", twice",
            "plain",
        ];
        line(&mut text, cells.into_iter().map(str::to_owned));
        assert_eq!(
            text,
            "'=1+1,-12.50,'-x,'@a,'＝2+2,\"a;=2+2\",\"say \"\"hello\"\", twice\",plain\r\n"
        );
    }
}
