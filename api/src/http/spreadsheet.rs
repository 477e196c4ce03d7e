//! Every table that can be had as CSV can be had as a workbook too: the same rows, with amounts as numbers and
//! days as days. A page's file is asked for by its name (`….xlsx` beside `….csv`), the API's by what is accepted.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use chrono::NaiveDate;
use workbook::sheet::{Datum, Sheet};

use super::problem::Fault;
use super::renamed;

/// What a workbook is called by those who accept it.
pub const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Most rows of a workbook. A program that opens spreadsheets is slow long before, and a longer table comes as CSV.
const MOST: usize = 50_000;

/// Whether a client accepts a kind of file by its name.
pub fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| {
            accept
                .split(',')
                .map(|one| one.split(';').next().unwrap_or_default().trim())
                .any(|one| one.eq_ignore_ascii_case(kind))
        })
}

/// Whether a spreadsheet takes a text for a formula.
pub fn is_risky(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The address of the same table as CSV, where a page's file is asked for as a workbook. What one tries the house
/// with has workbooks of its own.
fn as_csv(uri: &Uri) -> Option<Uri> {
    let stem = uri.path().strip_suffix(".xlsx")?;
    if ["/api/", "/assets/", "/start/"]
        .iter()
        .any(|place| stem.starts_with(place))
    {
        return None;
    }
    renamed(uri, &format!("{stem}.csv"))
}

/// The layer: asks for the CSV, and makes a workbook of it.
pub async fn spreadsheet(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut wanted = false;
    if request.method() == Method::GET {
        if let Some(uri) = as_csv(request.uri()) {
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
            wanted = true;
        } else if request.path().starts_with("/api/") {
            wanted = accepts(request.headers(), KIND);
        }
    }
    let response = next.call(request).await?.map_into_boxed_body();
    let is_table = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/csv"));
    if !wanted || !is_table || !response.status().is_success() {
        return Ok(response);
    }
    let name = response
        .headers()
        .get(header::CONTENT_DISPOSITION)
        .and_then(|said| said.to_str().ok()?.split('"').nth(1))
        .and_then(|name| name.strip_suffix(".csv"))
        .unwrap_or("table")
        .to_owned();
    let (request, response) = response.into_parts();
    let (mut head, body) = response.into_parts();
    let failed = |told: String| Fault::from(domain::Error::internal(told));
    let file = match to_bytes(body).await {
        Ok(bytes) => {
            let title = name.clone();
            match tokio::task::spawn_blocking(move || made_of(&title, &bytes)).await {
                Ok(Some(Ok(file))) => Ok(file),
                Ok(Some(Err(error))) => {
                    Err(failed(format!("a workbook cannot be written: {error}")))
                }
                Ok(None) => Err(Fault::from(domain::Error::refused(
                    "too-many-rows",
                    "This table has more than 50,000 rows, too many for a workbook. Download it as CSV, or \
                     show less of it first.",
                ))),
                Err(error) => Err(failed(format!("a workbook was not finished: {error}"))),
            }
        }
        Err(error) => Err(failed(format!("a table cannot be read: {error}"))),
    };
    Ok(match file {
        Ok(file) => {
            let headers = head.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
            if let Ok(said) =
                HeaderValue::from_str(&format!("attachment; filename=\"{name}.xlsx\""))
            {
                headers.insert(header::CONTENT_DISPOSITION, said);
            }
            ServiceResponse::new(request, head.set_body(BoxBody::new(file)))
        }
        Err(fault) => ServiceResponse::from_err(fault, request),
    })
}

/// A workbook with the rows of a table; none where it has too many.
fn made_of(name: &str, csv: &[u8]) -> Option<Result<Vec<u8>, String>> {
    let text = String::from_utf8_lossy(csv);
    let mut rows = cells(text.trim_start_matches('\u{feff}')).into_iter();
    let headings = rows.next().unwrap_or_default();
    if rows.len() > MOST {
        return None;
    }
    let sheet = Sheet {
        name: name.to_owned(),
        rows: rows
            .map(|row| {
                row.into_iter()
                    .enumerate()
                    .map(|(at, cell)| datum(headings.get(at).map_or("", String::as_str), cell))
                    .collect()
            })
            .collect(),
        headings,
    };
    Some(sheet.to_xlsx().map_err(|error| error.to_string()))
}

/// What a cell holds: an amount has two decimals, a day is written as one, a count is a count where its column is
/// not one of codes. All else is text, and stays text: a workbook needs no quote before it.
fn datum(heading: &str, cell: String) -> Datum {
    if cell.is_empty() {
        return Datum::Empty;
    }
    if let Some(pence) = pence(&cell) {
        return Datum::Pence(pence);
    }
    if cell.len() == 10
        && let Ok(day) = NaiveDate::parse_from_str(&cell, "%Y-%m-%d")
    {
        return Datum::Date(day);
    }
    let is_count = cell.len() <= 9
        && cell.bytes().all(|b| b.is_ascii_digit())
        && (cell == "0" || !cell.starts_with('0'))
        && !is_code(heading);
    if is_count && let Ok(count) = cell.parse() {
        return Datum::Whole(count);
    }
    Datum::Text(match cell.strip_prefix('\'') {
        Some(rest) if is_risky(rest) => rest.to_owned(),
        _ => cell,
    })
}

/// Whether what stands under a heading names something, so that it is never a number.
fn is_code(heading: &str) -> bool {
    [
        "cost_centre",
        "account",
        "project",
        "transaction",
        "reference",
        "identity",
        "year",
    ]
    .iter()
    .any(|code| heading.contains(code))
        || heading.ends_with("_id")
        || ["id", "line"].contains(&heading)
}

/// Pounds with two decimals, in pence.
fn pence(cell: &str) -> Option<i64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let bare = cell.strip_prefix('-').unwrap_or(cell);
    let (pounds, pennies) = bare.split_once('.')?;
    if !digits(pounds) || !digits(pennies) || pennies.len() != 2 || pounds.len() > 15 {
        return None;
    }
    let sum: i64 = format!("{pounds}{pennies}").parse().ok()?;
    Some(if bare.len() < cell.len() { -sum } else { sum })
}

/// The rows of a table, each with its cells.
fn cells(text: &str) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records()
        .filter_map(Result::ok)
        .map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pages_file_is_asked_for_by_its_name() {
        let csv = |uri: &str| as_csv(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(
            csv("/owed/owed.xlsx?direction=we-owe").as_deref(),
            Some("/owed/owed.csv?direction=we-owe")
        );
        assert_eq!(csv("/owed/owed.csv"), None);
        assert_eq!(csv("/start/samples/form.xlsx"), None);
        assert_eq!(csv("/api/v1/x.xlsx"), None);
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        assert_eq!(
            cells("a,b\r\n\"x, \"\"y\"\"\",\"two\r\nlines\"\r\n,\r\n"),
            [
                vec!["a", "b"],
                vec!["x, \"y\"", "two\r\nlines"],
                vec!["", ""]
            ]
        );
        assert_eq!(cells("a"), [vec!["a"]]);
        assert!(cells("").is_empty());
    }

    #[test]
    fn amounts_are_numbers_days_are_days_and_codes_stay_text() {
        let of = |heading: &str, cell: &str| datum(heading, cell.to_owned());
        assert_eq!(of("amount", "-1234.50"), Datum::Pence(-123_450));
        assert_eq!(of("amount", "1234.5"), Datum::Text("1234.5".to_owned()));
        assert_eq!(
            of("due_on", "2026-10-30"),
            Datum::Date(NaiveDate::from_ymd_opt(2026, 10, 30).unwrap())
        );
        assert_eq!(of("lines", "12"), Datum::Whole(12));
        assert_eq!(of("cost_centre", "4711"), Datum::Text("4711".to_owned()));
        assert_eq!(of("number", "007"), Datum::Text("007".to_owned()));
        assert_eq!(of("why", "'=1+1"), Datum::Text("=1+1".to_owned()));
        assert_eq!(of("why", "'tis"), Datum::Text("'tis".to_owned()));
        assert_eq!(of("why", ""), Datum::Empty);
    }

    #[test]
    fn a_table_that_is_too_long_is_no_workbook() {
        let long = "a\r\n".repeat(MOST + 2);
        assert!(made_of("x", long.as_bytes()).is_none());
        assert!(made_of("x", b"a\r\n1.00\r\n").unwrap().is_ok());
    }
}
