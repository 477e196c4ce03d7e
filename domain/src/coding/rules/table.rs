//! The map as a table: what each row of a file says, and what is wrong with it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::map::Codes;
use crate::imports::rules::{ImportProfile, Limits, ReadOptions, peek};
use crate::{Error, Result};

/// The columns of the map's file, in their order. Rows are told by headings, in any order.
pub const COLUMNS: [&str; 10] = [
    "cost_centre",
    "account",
    "project",
    "valid_from",
    "valid_to",
    "pool",
    "category",
    "place",
    "group",
    "capital_or_revenue",
];

/// A row as the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Its number in the file, from 1.
    pub row: u32,
    /// The codes; empty, `any` and `*` are any.
    pub codes: Codes,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
    /// The pool's short name, or its name.
    pub pool: String,
    /// The cost category's short name, or its name.
    pub category: String,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub group: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
}

/// What is wrong with a row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowFault {
    /// Its number in the file, from 1.
    pub row: u32,
    /// The column, by its heading; absent where the row as a whole is wrong.
    pub column: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The rows of a file with these headings: each row's number and its cells in the headings' order.
/// Headings may stand in any order; those in `needed` must be there.
pub(crate) fn cells(
    bytes: &[u8],
    headings: &[&str],
    needed: usize,
    most: usize,
) -> Result<Vec<(u32, Vec<String>)>> {
    let wrong = |message: String| Error::invalid("/file", "unreadable", message);
    let options = ReadOptions {
        limits: Limits::default(),
        precheck_xlsx: &|_| Err("This is a workbook: save the sheet as CSV.".to_owned()),
        vocabulary: None,
    };
    let (_source, rows) = peek(bytes, &ImportProfile::default(), &options, most + 2)
        .map_err(|fault| wrong(fault.message))?;
    let mut rows = rows.into_iter();
    let Some((_, first)) = rows.next() else {
        return Err(wrong(
            "The file is empty. Download the table to see what it looks like.".to_owned(),
        ));
    };
    let said: Vec<String> = first
        .iter()
        .map(|cell| {
            cell.text()
                .trim()
                .trim_start_matches('\u{feff}')
                .to_lowercase()
                .replace([' ', '-'], "_")
        })
        .collect();
    let places: Vec<Option<usize>> = headings
        .iter()
        .map(|heading| said.iter().position(|said| said == heading))
        .collect();
    let missing: Vec<&str> = headings
        .iter()
        .zip(&places)
        .take(needed)
        .filter(|(_, place)| place.is_none())
        .map(|(heading, _)| *heading)
        .collect();
    if !missing.is_empty() {
        return Err(wrong(format!(
            "The file’s first row does not name {}. Download the table to see its headings.",
            missing.join(", ")
        )));
    }
    let rows: Vec<(u32, Vec<String>)> = rows
        .filter(|(_, cells)| !cells.iter().all(|cell| cell.is_blank()))
        .map(|(number, cells)| {
            let of = |place: &Option<usize>| {
                let text = place
                    .and_then(|place| cells.get(place))
                    .map(|cell| cell.text().trim().to_owned())
                    .unwrap_or_default();
                // the mark that keeps a downloaded text from becoming a formula
                match text.strip_prefix('\'') {
                    Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
                    _ => text,
                }
            };
            (number, places.iter().map(of).collect())
        })
        .collect();
    if rows.len() > most {
        return Err(wrong(format!(
            "The file has more than {most} rows: bring it in parts."
        )));
    }
    Ok(rows)
}

/// A day as people and spreadsheets write it.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        .filter(|on| crate::calendar::rules::is_plausible(*on))
}

/// The most rows of a map.
const MOST: usize = 20_000;

/// Reads the map's file: its good rows, and what is wrong with the others.
pub fn read_table(bytes: &[u8]) -> Result<(Vec<TableRow>, Vec<RowFault>)> {
    let mut good = Vec::new();
    let mut faults = Vec::new();
    for (row, cells) in cells(bytes, &COLUMNS, 7, MOST)? {
        let before = faults.len();
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        let code = |at: usize| match cell(at) {
            "*" => "",
            text if text.eq_ignore_ascii_case("any") => "",
            text => text,
        };
        let mut fault = |at: Option<usize>, message: &str| {
            faults.push(RowFault {
                row,
                column: at
                    .and_then(|at| COLUMNS.get(at))
                    .map(|name| (*name).to_owned()),
                message: message.to_owned(),
            });
        };
        for at in [0, 1, 2, 7, 8] {
            if cell(at).chars().count() > 200 {
                fault(Some(at), "At most 200 characters.");
            } else if cell(at).chars().any(char::is_control) {
                fault(Some(at), "Take line breaks and tabs out.");
            }
        }
        let codes = Codes::new(code(0), code(1), code(2));
        if codes.exact() == 0 {
            fault(
                None,
                "Name a cost centre, an account or a project: a row for any line at all would \
                 hide what nobody coded.",
            );
        }
        let from = day(cell(3));
        if from.is_none() {
            fault(Some(3), "Write the first day like 2026-04-01.");
        }
        let to = match cell(4) {
            "" => None,
            text => {
                let to = day(text);
                if to.is_none() {
                    fault(
                        Some(4),
                        "Write the last day like 2027-03-31, or leave it empty.",
                    );
                } else if to < from {
                    fault(Some(4), "The last day is before the first.");
                }
                to
            }
        };
        let capital = match cell(9).to_lowercase().as_str() {
            "" | "revenue" => false,
            "capital" => true,
            _ => {
                fault(Some(9), "Write capital or revenue.");
                false
            }
        };
        let text = |at: usize| Some(cell(at)).filter(|text| !text.is_empty());
        for (at, what) in [(5, "Name the pool."), (6, "Name the cost category.")] {
            if text(at).is_none() {
                fault(Some(at), what);
            }
        }
        if faults.len() == before
            && let Some(from) = from
        {
            good.push(TableRow {
                row,
                codes,
                from,
                to,
                pool: cell(5).to_owned(),
                category: cell(6).to_owned(),
                place: text(7).map(str::to_owned),
                group: text(8).map(str::to_owned),
                capital,
            });
        }
    }
    Ok((good, faults))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_headings_and_every_fault_is_told() {
        let text = "Account,Cost centre,Project,Valid from,Valid to,Pool,Category\n\
                    500,A1,*,01/04/2026,,treatment,care\n\
                    ,any,,2026-04-01,2026-03-01,treatment,\n";
        let (good, faults) = read_table(text.as_bytes()).unwrap();
        assert_eq!(good.len(), 1);
        assert_eq!(good[0].codes, Codes::new("A1", "500", ""));
        assert_eq!((good[0].row, good[0].to), (2, None));
        let told: Vec<_> = faults
            .iter()
            .map(|fault| (fault.row, fault.column.as_deref()))
            .collect();
        assert_eq!(
            told,
            [(3, None), (3, Some("valid_to")), (3, Some("category"))]
        );
        let none = read_table(b"Account,Pool\n1,2\n").unwrap_err();
        assert!(none.to_string().contains("cost_centre"), "{none}");
    }
}
