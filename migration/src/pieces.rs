//! What keeps the writing of many rows quick.

use sea_orm::DbBackend;

/// PostgreSQL looks up the parent of every row that names one, which costs about as much as the row. Lines
/// are held to by the totals of their import, and attributions by those of their run: a few rows
/// that name the same parents, written before either counts. Neither a parent nor a line that
/// counts can be removed.
pub(crate) fn statements(backend: DbBackend) -> Vec<String> {
    let mut made: Vec<String> = match backend {
        DbBackend::Sqlite => Vec::new(),
        _ => [
            ("spend_line", "import_id"),
            ("attribution", "run_id"),
            ("attribution", "line_id"),
        ]
        .iter()
        .map(|(table, column)| format!("ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fkey"))
        // Files are kept as they came: most are compressed already, and its own compression takes
        // time.
        .chain(["ALTER TABLE file_chunk ALTER COLUMN content SET STORAGE EXTERNAL".to_owned()])
        .collect(),
    };
    // One index that finds the attributions of a run, and those of an award in a run, in place of
    // two.
    made.extend(
        [
            "DROP INDEX ix_attribution_award_id",
            "DROP INDEX ix_attribution_run_id",
            "CREATE INDEX ix_attribution_run_id_award_id ON attribution (run_id, award_id)",
        ]
        .map(str::to_owned),
    );
    made
}
