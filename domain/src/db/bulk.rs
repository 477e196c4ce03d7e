//! Many rows in one statement, written in a transaction like any other.
//!
//! PostgreSQL is handed one array for each column, whose text it reads faster than it plans a
//! statement of thousands of values; SQLite, which binds fast, is handed rows of values.

use std::fmt::Write;

use chrono::Datelike;
use sea_orm::sqlx::sqlite::SqliteArguments;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};

use crate::{Db, Error, Result};

/// A column: its name, and PostgreSQL's name for its type.
pub(crate) type Column = (&'static str, &'static str);

/// Values that one statement of SQLite may bind.
const BOUND: usize = 32_000;

/// Rows that one prepared statement of SQLite takes: a part of the least piece. Between two statements
/// its thread waits for ours.
const AT_ONCE: usize = 250;
/// How PostgreSQL's binary copy begins: its signature, no flags, no extension.
const BEGINNING: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What is there instead of the number of columns after the last row.
const END: &[u8] = &(-1_i16).to_be_bytes();
/// What is there instead of a value that is absent.
const ABSENT: &[u8] = &(-1_i32).to_be_bytes();

/// Rows of one table that will be written as a piece ([`Db::load`](crate::Db)).
#[derive(Debug)]
pub(crate) struct Rows {
    table: &'static str,
    columns: &'static [Column],
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// PostgreSQL: their bytes, and of which columns any row has a value.
    Copied {
        bytes: Vec<u8>,
        rows: usize,
        given: Vec<bool>,
    },
    /// SQLite: their values, and which columns have had the same in all.
    Held {
        rows: Vec<Vec<Value>>,
        same: Vec<bool>,
    },
}

/// Rows as the database takes them: made ready while it is still busy with others.
#[derive(Debug)]
pub(crate) enum Ready {
    /// PostgreSQL: the statement, and its bytes.
    Copied(String, Vec<u8>),
    /// SQLite: statements with their values; whether there are others alike.
    Bound(Vec<(String, SqliteArguments, bool)>),
}

impl Rows {
    /// None yet.
    pub(crate) fn new(db: &Db, table: &'static str, columns: &'static [Column]) -> Self {
        let kept = match db.is_sqlite() {
            true => Kept::Held {
                rows: Vec::new(),
                same: vec![true; columns.len()],
            },
            false => Kept::Copied {
                bytes: BEGINNING.to_vec(),
                rows: 0,
                given: vec![false; columns.len()],
            },
        };
        Self {
            table,
            columns,
            kept,
        }
    }

    /// One more, with a value for each column.
    pub(crate) fn push(&mut self, row: Vec<Value>) -> Result<()> {
        if row.len() != self.columns.len() {
            return Err(Error::internal("a row that does not fit its table"));
        }
        match &mut self.kept {
            Kept::Copied { bytes, rows, given } => {
                let columns = i16::try_from(row.len()).map_err(|_many| too_large())?;
                bytes.extend_from_slice(&columns.to_be_bytes());
                for (value, given) in row.iter().zip(given) {
                    let before = bytes.len();
                    copied(bytes, value)?;
                    *given = *given || bytes.get(before..) != Some(ABSENT);
                }
                *rows += 1;
            }
            Kept::Held { rows, same } => {
                if let Some(first) = rows.first() {
                    for ((same, first), now) in same.iter_mut().zip(first).zip(&row) {
                        *same = *same && first == now;
                    }
                }
                rows.push(row);
            }
        }
        Ok(())
    }

    /// As the database takes them; nothing when there are none.
    pub(crate) fn ready(self) -> Result<Option<Ready>> {
        let names = |of: &mut dyn Iterator<Item = &Column>| {
            let names: Vec<&str> = of.map(|(name, _)| *name).collect();
            names.join(", ")
        };
        match self.kept {
            Kept::Copied { rows: 0, .. } => Ok(None),
            Kept::Copied { bytes, given, .. } => {
                let columns = self.columns.iter().zip(&given);
                let mut named = columns.filter(|(_, given)| **given).map(|(name, _)| name);
                let names = names(&mut named);
                let mut bytes = given_alone(bytes, &given)?;
                bytes.extend_from_slice(END);
                let sql = format!("COPY {} ({names}) FROM STDIN (FORMAT binary)", self.table);
                Ok(Some(Ready::Copied(sql, bytes)))
            }
            Kept::Held { rows, same } => {
                let names = names(&mut self.columns.iter());
                let into = format!("INSERT INTO {} ({names}) VALUES ", self.table);
                Ok(bound(&into, rows, &same)?.map(Ready::Bound))
            }
        }
    }
}

/// Statements for SQLite. What is the same in every row stands in them once and for all: most
/// columns of most files, each of which would cost as much to bind as any other.
fn bound(
    into: &str,
    rows: Vec<Vec<Value>>,
    same: &[bool],
) -> Result<Option<Vec<(String, SqliteArguments, bool)>>> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let written: Vec<Option<String>> = first
        .iter()
        .zip(same)
        .map(|(value, same)| same.then(|| literal(value)).flatten())
        .collect();
    let places: Vec<&str> = written
        .iter()
        .map(|written| written.as_deref().unwrap_or("?"))
        .collect();
    let row = format!("({})", places.join(", "));
    let of = |rows: usize| format!("{into}{}", vec![row.as_str(); rows].join(", "));
    let full = of(AT_ONCE);
    let mut statements = Vec::with_capacity(rows.len() / AT_ONCE + 1);
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let some = rows.len().min(AT_ONCE);
        let mut values = SqliteArguments::default();
        for row in rows.by_ref().take(some) {
            for (value, written) in row.into_iter().zip(&written) {
                if written.is_none() {
                    super::load::argument(&mut values, value)?;
                }
            }
        }
        let again = some == AT_ONCE;
        let sql = if again { full.clone() } else { of(some) };
        statements.push((sql, values, again));
    }
    Ok(Some(statements))
}

/// How a value is written in a statement of SQLite, if it is a plain one.
fn literal(value: &Value) -> Option<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ' ');
    match value {
        Value::Uuid(Some(id)) => Some(format!("x'{}'", id.simple())),
        Value::BigInt(Some(number)) => Some(number.to_string()),
        Value::Int(Some(number)) => Some(number.to_string()),
        Value::Bool(Some(truth)) => Some(u8::from(*truth).to_string()),
        Value::String(Some(words)) if words.len() <= 40 && words.chars().all(plain) => {
            Some(format!("'{words}'"))
        }
        Value::Uuid(None)
        | Value::String(None)
        | Value::BigInt(None)
        | Value::Int(None)
        | Value::Bool(None)
        | Value::ChronoDate(None)
        | Value::ChronoDateTimeUtc(None)
        | Value::Json(None) => Some("NULL".to_owned()),
        _ => None,
    }
}

fn too_large() -> Error {
    Error::internal("a value too large to be written")
}

/// Rows without the columns of which none has a value: about half of those of most files. No column that may be absent
/// has a default, so what is not named is absent.
fn given_alone(bytes: Vec<u8>, given: &[bool]) -> Result<Vec<u8>> {
    let many = given.iter().filter(|given| **given).count();
    if many == given.len() {
        return Ok(bytes);
    }
    let broken = || Error::internal("rows that were not written as they are read");
    let many = i16::try_from(many).map_err(|_many| too_large())?;
    let mut kept = Vec::with_capacity(bytes.len());
    let (beginning, mut rest) = bytes.split_at_checked(BEGINNING.len()).ok_or_else(broken)?;
    kept.extend_from_slice(beginning);
    while !rest.is_empty() {
        let (_, row) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
        kept.extend_from_slice(&many.to_be_bytes());
        rest = row;
        for given in given {
            let (length, _) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
            let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
            let (value, after) = rest.split_at_checked(4 + length).ok_or_else(broken)?;
            if *given {
                kept.extend_from_slice(value);
            }
            rest = after;
        }
    }
    Ok(kept)
}

/// A value in PostgreSQL's binary format, after its length.
fn copied(bytes: &mut Vec<u8>, value: &Value) -> Result<()> {
    let mut sized = |parts: &[&[u8]]| {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let length = i32::try_from(length).map_err(|_large| too_large())?;
        bytes.extend_from_slice(&length.to_be_bytes());
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Ok(())
    };
    match value {
        Value::Uuid(Some(id)) => sized(&[id.as_bytes()]),
        Value::String(Some(words)) => sized(&[words.as_bytes()]),
        Value::Bytes(Some(content)) => sized(&[content.as_slice()]),
        Value::BigInt(Some(number)) => sized(&[&number.to_be_bytes()]),
        Value::Int(Some(number)) => sized(&[&number.to_be_bytes()]),
        Value::Bool(Some(truth)) => sized(&[&[u8::from(*truth)]]),
        Value::ChronoDate(Some(date)) => {
            // Days since the first of January 2000.
            let days = date.num_days_from_ce() - 730_120;
            sized(&[&days.to_be_bytes()])
        }
        // Microseconds since then.
        Value::ChronoDateTimeUtc(Some(instant)) => {
            let since = instant.timestamp_micros() - 946_684_800_000_000;
            sized(&[&since.to_be_bytes()])
        }
        // The version of the format, then the text.
        Value::Json(Some(json)) => sized(&[&[1], json.to_string().as_bytes()]),
        Value::Uuid(None)
        | Value::String(None)
        | Value::BigInt(None)
        | Value::Int(None)
        | Value::Bool(None)
        | Value::ChronoDate(None)
        | Value::ChronoDateTimeUtc(None)
        | Value::Json(None) => {
            bytes.extend_from_slice(ABSENT);
            Ok(())
        }
        other => Err(Error::internal(format!(
            "a value that is not written in bulk: {other:?}"
        ))),
    }
}

/// Adds rows to a table, all or none.
pub(crate) async fn insert(
    conn: &DatabaseTransaction,
    table: &str,
    columns: &[Column],
    rows: &[Vec<Value>],
) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let into = format!("INSERT INTO {table} ({})", names.join(", "));
    match conn.get_database_backend() {
        DbBackend::Sqlite => {
            for some in rows.chunks((BOUND / columns.len().max(1)).max(1)) {
                let row = format!("({})", vec!["?"; columns.len()].join(", "));
                let sql = format!("{into} VALUES {}", vec![row; some.len()].join(", "));
                let values = some.iter().flatten().cloned();
                let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
                conn.execute_raw(statement).await?;
            }
        }
        backend => {
            if rows.is_empty() {
                return Ok(());
            }
            let arrays: Vec<String> = (1..)
                .zip(columns)
                .map(|(n, (_, kind))| format!("CAST(${n} AS {kind}[])"))
                .collect();
            let sql = format!("{into} SELECT * FROM UNNEST({})", arrays.join(", "));
            let mut values: Vec<Value> = Vec::with_capacity(columns.len());
            for at in 0..columns.len() {
                values.push(array(rows, at)?.into());
            }
            conn.execute_raw(Statement::from_sql_and_values(backend, sql, values))
                .await?;
        }
    }
    Ok(())
}

/// One column of the rows, as PostgreSQL writes an array.
fn array(rows: &[Vec<Value>], at: usize) -> Result<String> {
    let mut text = String::with_capacity(rows.len().saturating_mul(24));
    for row in rows {
        text.push(if text.is_empty() { '{' } else { ',' });
        let value = row.get(at).ok_or_else(|| Error::internal("a short row"))?;
        // Writing to a string cannot fail.
        let _written: std::fmt::Result = match value {
            Value::Uuid(Some(id)) => write!(text, "{id}"),
            Value::String(Some(words)) => {
                quoted(&mut text, words);
                Ok(())
            }
            Value::BigInt(Some(number)) => write!(text, "{number}"),
            Value::Int(Some(number)) => write!(text, "{number}"),
            Value::Bool(Some(truth)) => write!(text, "{truth}"),
            Value::ChronoDate(Some(date)) => write!(text, "{date}"),
            Value::Json(Some(json)) => {
                quoted(&mut text, &json.to_string());
                Ok(())
            }
            Value::ChronoDateTimeUtc(Some(instant)) => {
                write!(text, "\"{}\"", instant.to_rfc3339())
            }
            Value::Uuid(None)
            | Value::String(None)
            | Value::BigInt(None)
            | Value::Int(None)
            | Value::Bool(None)
            | Value::ChronoDate(None)
            | Value::Json(None)
            | Value::ChronoDateTimeUtc(None) => write!(text, "NULL"),
            other => {
                return Err(Error::internal(format!(
                    "a value that is not written in bulk: {other:?}"
                )));
            }
        };
    }
    text.push('}');
    Ok(text)
}

fn quoted(text: &mut String, words: &str) {
    text.push('"');
    for letter in words.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_in_every_row_is_written_and_the_rest_is_bound() {
        let rows: Vec<Vec<Value>> = (0..300)
            .map(|n| {
                vec![
                    n.into(),
                    "invoice".into(),
                    Value::String(None),
                    "it's".into(),
                ]
            })
            .collect();
        let same = [false, true, true, true];
        let statements = bound("INSERT INTO t VALUES ", rows, &same)
            .unwrap()
            .unwrap();
        let row = "(?, 'invoice', NULL, ?)";
        let [(first, _, true), (rest, _, false)] = &statements[..] else {
            panic!("{statements:?}");
        };
        assert_eq!(
            *first,
            format!("INSERT INTO t VALUES {}", vec![row; 250].join(", "))
        );
        assert_eq!(
            *rest,
            format!("INSERT INTO t VALUES {}", vec![row; 50].join(", "))
        );
    }

    #[test]
    fn what_no_row_has_a_value_of_is_left_out() {
        let row = |values: &[Value]| {
            let columns = i16::try_from(values.len()).unwrap();
            let mut bytes = columns.to_be_bytes().to_vec();
            for value in values {
                copied(&mut bytes, value).unwrap();
            }
            bytes
        };
        let absent = Value::String(None);
        let whole = [
            BEGINNING.to_vec(),
            row(&[1.into(), absent.clone(), "one".into(), absent.clone()]),
            row(&[2.into(), absent.clone(), absent.clone(), absent.clone()]),
        ];
        let kept = [
            BEGINNING.to_vec(),
            row(&[1.into(), "one".into()]),
            row(&[2.into(), absent]),
        ];
        assert_eq!(
            given_alone(whole.concat(), &[true, false, true, false]).unwrap(),
            kept.concat()
        );
        assert_eq!(
            given_alone(kept.concat(), &[true, true]).unwrap(),
            kept.concat()
        );
        let short = [BEGINNING, &[0, 2, 0]].concat();
        assert!(given_alone(short, &[true, false]).is_err());
    }

    #[test]
    fn an_array_keeps_every_letter_and_what_is_absent() {
        let rows = [
            vec![Value::from("a \"quoted\" \\ word, {braced}")],
            vec![Value::String(None)],
            vec![Value::from("NULL")],
            vec![Value::from("")],
        ];
        assert_eq!(
            array(&rows, 0).unwrap(),
            r#"{"a \"quoted\" \\ word, {braced}",NULL,"NULL",""}"#
        );
    }
}
