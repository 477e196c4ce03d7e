//! Many rows in one statement, written in a transaction like any other.
//!
//! PostgreSQL is handed one array for each column, whose text it reads faster than it plans a
//! statement of thousands of values; SQLite, which binds fast, is handed rows of values.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};

use crate::{Error, Result};

/// A column: its name, and PostgreSQL's name for its type.
pub(crate) type Column = (&'static str, &'static str);

/// Values that one statement of SQLite may bind.
const BOUND: usize = 32_000;

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
