//! Small readable files, and what becomes of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agreeing;
mod amounts_and_dates;
mod files;
mod profiles;
mod properties;
mod workbooks;

use std::ops::ControlFlow;

use super::*;

fn fine(_: &[u8]) -> Result<(), String> {
    Ok(())
}

fn options() -> ReadOptions<'static> {
    ReadOptions {
        limits: Limits::default(),
        precheck_xlsx: &fine,
        vocabulary: None,
    }
}

fn header(name: &str) -> ColumnRef {
    ColumnRef::Header(name.to_owned())
}

/// Transaction, line, date, amount and supplier, under those headings.
fn ledger() -> ImportProfile {
    ImportProfile {
        system: "council-ledger".to_owned(),
        columns: [
            (Field::Transaction, header("Trans")),
            (Field::Line, header("Line")),
            (Field::IncurredOn, header("Date")),
            (Field::Amount, header("Amount")),
            (Field::Supplier, header("Supplier")),
        ]
        .into(),
        defaults: [(Field::Kind, "invoice".to_owned())].into(),
        ..ImportProfile::default()
    }
}

/// The same without transaction and line numbers.
fn unnumbered() -> ImportProfile {
    let mut profile = ledger();
    profile.columns.remove(&Field::Transaction);
    profile.columns.remove(&Field::Line);
    profile
}

fn read_all(bytes: &[u8], profile: &ImportProfile) -> Result<(Vec<Row>, Summary), FileFault> {
    let mut rows = Vec::new();
    let summary = read(bytes, profile, &options(), |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, summary))
}

fn rows(bytes: impl AsRef<[u8]>, profile: &ImportProfile) -> Vec<Row> {
    read_all(bytes.as_ref(), profile)
        .expect("the file is readable")
        .0
}

fn good(row: &Row) -> &GoodRow {
    match row {
        Row::Line(row) => row,
        other => panic!("expected a line: {other:?}"),
    }
}

fn faulty(row: &Row) -> &FaultyRow {
    match row {
        Row::Faulty(row) => row,
        other => panic!("expected a faulty row: {other:?}"),
    }
}

fn refused(bytes: impl AsRef<[u8]>, profile: &ImportProfile) -> FileFault {
    match read_all(bytes.as_ref(), profile) {
        Err(fault) => fault,
        Ok((rows, _)) => panic!("expected a refusal, got {rows:?}"),
    }
}
