//! The columns of a table with their meaning and unit, read from the entity's own lines of meaning,
//! which are the only place where they are written.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::QueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tables::Table;
use crate::Result;

/// How a column is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text,
    Pence,
    Number,
    SmallNumber,
    Truth,
    Date,
    Instant,
    Json,
    Bytes,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub meaning: String,
    pub kind: Kind,
    pub required: bool,
    /// Whether it is a part of what tells rows apart.
    pub key: bool,
    /// Whether it names a person.
    pub person: bool,
}

/// A table with its columns.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub name: &'static str,
    pub meaning: String,
    pub columns: Vec<Column>,
}

impl Described {
    /// Reads an entity's file.
    pub(super) fn of(table: &Table) -> Self {
        let first = table
            .source
            .lines()
            .find_map(|line| line.strip_prefix("//! "));
        let mut columns = Vec::new();
        let (mut meaning, mut key, mut inside) = (String::new(), false, false);
        for line in table.source.lines().map(str::trim) {
            if line.starts_with("pub struct Model") {
                inside = true;
                meaning.clear();
            } else if !inside {
                continue;
            } else if line == "}" {
                break;
            } else if let Some(words) = line.strip_prefix("///") {
                if !meaning.is_empty() {
                    meaning.push(' ');
                }
                meaning.push_str(words.trim());
            } else if line.starts_with("#[") {
                key |= line.contains("primary_key");
            } else if let Some((name, kept)) = line
                .strip_prefix("pub ")
                .and_then(|line| line.trim_end_matches(',').split_once(": "))
            {
                if !table.kept_back.contains(&name) {
                    columns.push(column(name, kept, std::mem::take(&mut meaning), key));
                }
                meaning.clear();
                key = false;
            }
        }
        Self {
            name: table.name,
            meaning: first.unwrap_or_default().to_owned(),
            columns,
        }
    }

    /// The columns that tell rows apart, if all of them are ids.
    pub(super) fn ids(&self) -> Option<Vec<&str>> {
        let keys = self.columns.iter().filter(|column| column.key);
        let ids = keys.clone().all(|column| column.kind == Kind::Id);
        let names: Vec<&str> = keys.map(|column| column.name.as_str()).collect();
        (ids && !names.is_empty()).then_some(names)
    }

    /// Its columns, as a query names them.
    pub(super) fn selected(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        columns.join(", ")
    }

    /// The columns that together tell rows apart.
    pub(super) fn keys(&self) -> Vec<&str> {
        let keys = self.columns.iter().filter(|column| column.key);
        keys.map(|column| column.name.as_str()).collect()
    }

    /// As a resource of a data package.
    pub(super) fn resource(&self) -> Value {
        let fields: Vec<Value> = self.columns.iter().map(Column::field).collect();
        let keys = self.keys();
        json!({
            "name": self.name.replace('_', "-"),
            "path": format!("{}.csv", self.name),
            "title": self.meaning,
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": { "fields": fields, "primaryKey": keys, "missingValues": [""] },
        })
    }
}

fn column(name: &str, kept: &str, meaning: String, key: bool) -> Column {
    let inner = kept
        .strip_prefix("Option<")
        .and_then(|kept| kept.strip_suffix('>'));
    let kept = inner.unwrap_or(kept);
    let kind = match kept {
        "Money" => Kind::Pence,
        "i64" => Kind::Number,
        "i32" => Kind::SmallNumber,
        "bool" => Kind::Truth,
        "Date" => Kind::Date,
        "DateTimeUtc" => Kind::Instant,
        "Json" => Kind::Json,
        "Vec<u8>" => Kind::Bytes,
        "Uuid" => Kind::Id,
        id if id.ends_with("Id") => Kind::Id,
        // texts, and the closed enums, which are kept as slugs
        _ => Kind::Text,
    };
    Column {
        name: name.to_owned(),
        meaning,
        kind,
        required: inner.is_none(),
        key,
        person: kept == "PersonId",
    }
}

impl Column {
    fn field(&self) -> Value {
        let (kind, format, unit) = match self.kind {
            Kind::Id => ("string", "uuid", ""),
            Kind::Text => ("string", "default", ""),
            Kind::Pence => ("integer", "default", "pence"),
            Kind::Number | Kind::SmallNumber => ("integer", "default", ""),
            Kind::Truth => ("boolean", "default", ""),
            Kind::Date => ("date", "default", "day in London"),
            Kind::Instant => ("datetime", "default", "instant in UTC"),
            Kind::Json => ("string", "default", "JSON"),
            Kind::Bytes => ("string", "default", "hexadecimal"),
        };
        let mut field = json!({
            "name": self.name, "type": kind, "format": format, "description": self.meaning,
        });
        if !unit.is_empty() {
            field["unit"] = unit.into();
        }
        if self.required {
            field["constraints"] = json!({ "required": true });
        }
        field
    }

    /// A cell: what is absent is empty.
    pub(super) fn cell(&self, row: &QueryResult) -> Result<String> {
        let name = self.name.as_str();
        Ok(match self.kind {
            Kind::Id => row
                .try_get::<Option<Uuid>>("", name)?
                .map(|id| id.to_string()),
            Kind::Text => row.try_get::<Option<String>>("", name)?.map(harmless),
            Kind::Pence | Kind::Number => row
                .try_get::<Option<i64>>("", name)?
                .map(|number| number.to_string()),
            Kind::SmallNumber => row
                .try_get::<Option<i32>>("", name)?
                .map(|number| number.to_string()),
            Kind::Truth => row
                .try_get::<Option<bool>>("", name)?
                .map(|truth| truth.to_string()),
            Kind::Date => row
                .try_get::<Option<NaiveDate>>("", name)?
                .map(|date| date.to_string()),
            Kind::Instant => row
                .try_get::<Option<DateTime<Utc>>>("", name)?
                .map(|at| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()),
            Kind::Json => row
                .try_get::<Option<Value>>("", name)?
                .map(|json| harmless(json.to_string())),
            Kind::Bytes => row
                .try_get::<Option<Vec<u8>>>("", name)?
                .map(|bytes| crate::audit::hex(&bytes)),
        }
        .unwrap_or_default())
    }
}

/// A spreadsheet takes what begins so for a formula; an apostrophe before it makes it text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}
