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

/// Fewer and shorter keys on the tables that an import and the run after it write a row of for every line.
///
/// - Attributions are found by their line, and told apart by the same key: a key of their ids alone
///   found nothing that anybody asks for.
/// - Lines that are not settled have one key, in the order in which they are written and listed.
/// - Spend is listed by pool and day; the few lines of a day are put in order when they are read.
///
/// What the parents of a run's rows are is held to by its totals, on SQLite as on PostgreSQL.
pub(crate) fn fewer_keys(backend: DbBackend) -> Vec<String> {
    let mut made: Vec<String> = match backend {
        DbBackend::Sqlite => SQLITE_TABLES.to_vec(),
        _ => [
            "ALTER TABLE attribution DROP CONSTRAINT attribution_pkey",
            "ALTER TABLE attribution ADD PRIMARY KEY (line_id, id)",
            "DROP INDEX ix_attribution_line_id_award_id",
            "ALTER TABLE unfunded_line DROP CONSTRAINT unfunded_line_run_id_fkey",
            "ALTER TABLE unfunded_line DROP CONSTRAINT unfunded_line_pkey",
            "ALTER TABLE unfunded_line ADD PRIMARY KEY (run_id, incurred_on, line_id)",
            "DROP INDEX ix_unfunded_line_run_id_incurred_on_line_id",
        ]
        .to_vec(),
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    if backend == DbBackend::Sqlite {
        // They went with the table.
        made.extend(crate::append_only::of_attributions(backend));
    }
    made.extend(
        [
            "CREATE INDEX ix_spend_line_pool_id_incurred_on ON spend_line (pool_id, incurred_on)",
            "DROP INDEX ix_spend_line_pool_id_incurred_on_id",
        ]
        .map(str::to_owned),
    );
    made
}

/// SQLite changes the key of a table by making it anew; rows as short as these stand in their key.
const SQLITE_TABLES: [&str; 9] = [
    "CREATE TABLE attribution_by_line (
        id uuid_text NOT NULL,
        run_id uuid_text NOT NULL,
        line_id uuid_text NOT NULL,
        award_id uuid_text NOT NULL,
        fence_id uuid_text,
        amount bigint NOT NULL,
        PRIMARY KEY (line_id, id)
    ) WITHOUT ROWID",
    "INSERT INTO attribution_by_line (id, run_id, line_id, award_id, fence_id, amount) \
     SELECT id, run_id, line_id, award_id, fence_id, amount FROM attribution \
     ORDER BY line_id, id",
    "DROP TABLE attribution",
    "ALTER TABLE attribution_by_line RENAME TO attribution",
    "CREATE INDEX ix_attribution_run_id_award_id ON attribution (run_id, award_id)",
    "CREATE TABLE unfunded_line_by_day (
        run_id uuid_text NOT NULL,
        line_id uuid_text NOT NULL,
        incurred_on date_text NOT NULL,
        reason text NOT NULL,
        unfunded bigint NOT NULL,
        PRIMARY KEY (run_id, incurred_on, line_id)
    ) WITHOUT ROWID",
    "INSERT INTO unfunded_line_by_day (run_id, line_id, incurred_on, reason, unfunded) \
     SELECT run_id, line_id, incurred_on, reason, unfunded FROM unfunded_line \
     ORDER BY run_id, incurred_on, line_id",
    "DROP TABLE unfunded_line",
    "ALTER TABLE unfunded_line_by_day RENAME TO unfunded_line",
];
