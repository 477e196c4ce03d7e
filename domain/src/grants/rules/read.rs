//! Reading a file of grants, one grant at a time: never more of it in memory than that.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read};

use entity::GrantFormat;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::grant::Grant;
use super::schema::Fault;
use super::{package, table};

/// One grant of a file: good, or what is wrong with it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which grant of the file, from 1; in a table the number of its row, the heading's being 1.
    pub number: u64,
    /// Its identifier as far as it could be read.
    pub identifier: String,
    /// The grant, or what is wrong.
    pub grant: Result<Grant, Vec<Fault>>,
}

/// How a file is written, by its name and its first bytes.
#[must_use]
pub fn format_of(name: &str, beginning: &[u8]) -> Option<GrantFormat> {
    let text = beginning
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(beginning)
        .trim_ascii_start();
    let named = |ending: &str| name.to_lowercase().ends_with(ending);
    if text.starts_with(b"PK") {
        None
    } else if text.starts_with(b"{") || named(".json") {
        Some(GrantFormat::Json)
    } else if named(".csv") || text.contains(&b',') {
        Some(GrantFormat::Csv)
    } else {
        None
    }
}

/// What `read` is told with each grant; false ends the reading.
type Each<'a> = dyn FnMut(Row) -> bool + 'a;

/// Reads every grant of a file. What is wrong with the file as a whole is told in words.
pub fn read(format: GrantFormat, from: impl Read, each: &mut Each<'_>) -> Result<(), String> {
    let mut from = BufReader::with_capacity(1 << 16, from);
    let beginning = from
        .fill_buf()
        .map_err(|error| format!("The file cannot be read: {error}"))?;
    if beginning.starts_with(b"\xEF\xBB\xBF") {
        from.consume(3);
    }
    let mut seen = Seen {
        first: HashMap::new(),
        each,
        stopped: false,
    };
    match format {
        GrantFormat::Json => json(from, &mut seen),
        GrantFormat::Csv => csv(from, &mut seen),
    }
}

/// The identifiers that the file had so far: a second grant with the same one is told.
struct Seen<'a, 'b> {
    first: HashMap<u64, u64>,
    each: &'a mut Each<'b>,
    stopped: bool,
}

impl Seen<'_, '_> {
    fn tell(&mut self, number: u64, value: &Value, amount: &str) -> bool {
        let identifier = value
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim();
        let mut grant = Grant::of(value, amount);
        if !identifier.is_empty() {
            let mut hasher = DefaultHasher::new();
            identifier.hash(&mut hasher);
            let first = *self.first.entry(hasher.finish()).or_insert(number);
            if first != number {
                let fault = Fault {
                    place: "id".to_owned(),
                    message: format!(
                        "The same identifier is that of grant {first} of this file: each grant \
                         has its own. Take one of them out."
                    ),
                };
                match &mut grant {
                    Ok(_) => grant = Err(vec![fault]),
                    Err(faults) => faults.push(fault),
                }
            }
        }
        self.stopped = !(self.each)(Row {
            number,
            identifier: identifier
                .chars()
                .take(200)
                .filter(|c| *c != '\0')
                .collect(),
            grant,
        });
        !self.stopped
    }
}

/// The amount as it is written, before any number type rounds it.
#[derive(Deserialize)]
struct Amount<'a> {
    #[serde(borrow, rename = "amountAwarded", default)]
    awarded: Option<&'a RawValue>,
}

/// The own text of a grant's amount. A whole number is written as it is read; of another, the text that
/// follows its name is taken, if the name is there once.
fn amount_of<'t>(text: &'t str, value: &Value) -> Cow<'t, str> {
    const NAME: &str = "\"amountAwarded\"";
    let whole = match value.get("amountAwarded") {
        Some(Value::Number(number)) if number.is_i64() => Some(number.to_string()),
        Some(_) => None,
        None => return Cow::Borrowed(""),
    };
    let mut named = text.split(NAME);
    if let (None, Some(_), Some(after), None) = (&whole, named.next(), named.next(), named.next())
        && let Some(after) = after.trim_start().strip_prefix(':')
    {
        let after = after.trim_start();
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        return Cow::Borrowed(after.get(..end.unwrap_or(after.len())).unwrap_or_default());
    }
    match whole {
        Some(whole) => Cow::Owned(whole),
        None => serde_json::from_str::<Amount<'_>>(text)
            .ok()
            .and_then(|amount| amount.awarded)
            .map_or(Cow::Borrowed(""), |raw| Cow::Borrowed(raw.get())),
    }
}

fn json(from: impl BufRead, seen: &mut Seen<'_, '_>) -> Result<(), String> {
    let told = |error: String| {
        format!(
            "The file is not 360Giving data as JSON: {error}. Ask the funder for the file again, or \
             check it where it goes wrong."
        )
    };
    let mut number = 0;
    let parted = package::part(from, &mut |element| {
        number += 1;
        let place = |error: &dyn std::fmt::Display| format!("its grant {number}: {error}");
        let text = std::str::from_utf8(element).map_err(|error| place(&error))?;
        let value: Value = serde_json::from_str(text).map_err(|error| place(&error))?;
        let amount = amount_of(text, &value);
        Ok(seen.tell(number, &value, &amount))
    });
    match parted {
        Ok(_) if seen.stopped => Ok(()),
        Ok(true) if number > 0 => Ok(()),
        Ok(true) => Err(told("its list of grants is empty".to_owned())),
        Ok(false) => Err(told("it has no list called grants".to_owned())),
        Err(error) => Err(told(error)),
    }
}

fn csv(from: impl Read, seen: &mut Seen<'_, '_>) -> Result<(), String> {
    let told = |error: &::csv::Error| match error.kind() {
        ::csv::ErrorKind::Utf8 { .. } => {
            "The file is not UTF-8. Save it again as “CSV UTF-8”.".to_owned()
        }
        _ => format!("The table cannot be read: {error}. Save it again as “CSV UTF-8”."),
    };
    let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(from);
    let headings = reader.headers().map_err(|error| told(&error))?.clone();
    let columns: Vec<_> = headings.iter().map(table::column).collect();
    if !columns.iter().flatten().any(table::Column::is_amount) {
        return Err(
            "The first row is not a heading of 360Giving data: there is no “Amount Awarded” in \
             it. Use the standard’s titles, such as “Identifier” and “Recipient Org:Name”."
                .to_owned(),
        );
    }
    let mut record = ::csv::StringRecord::new();
    let mut number = 1;
    while reader
        .read_record(&mut record)
        .map_err(|error| told(&error))?
    {
        number += 1;
        let mut value = Value::Object(serde_json::Map::new());
        let mut amount = String::new();
        for (column, cell) in columns.iter().zip(record.iter()) {
            let Some(column) = column else { continue };
            if cell.trim().is_empty() {
                continue;
            }
            if column.is_amount() {
                amount = table::plain_number(cell);
            }
            column.put(&mut value, cell);
        }
        if value.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        if !seen.tell(number, &value, &amount) {
            return Ok(());
        }
    }
    if number == 1 {
        return Err("The table has no grant under its heading.".to_owned());
    }
    Ok(())
}
