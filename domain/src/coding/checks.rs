//! What must hold of the coding map and of the lines that wait, looked up in the whole database.

use sea_orm::{ConnectionTrait, Statement};

use super::rules::{first_tie, tie_words};
use super::store;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Money, Result};

/// No line could go by two rows of the map.
pub async fn no_ties(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCodingMap)?;
    let rows = store::rows(db.read()).await?;
    // rows for the same codes are one map; only ties between unequal codes need every pair
    Ok(rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| {
            first_tie(row, rows.iter().skip(at + 1)).map(|other| tie_words(row, other))
        })
        .take(20)
        .collect())
}

/// Each accepted import has as many lines that no row coded as it counted, and each that was coded
/// is a spend line of the same amount.
pub async fn waiting_lines(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCodingMap)?;
    let conn = db.read();
    let mut wrong = Vec::new();
    let query = |sql: &str| Statement::from_string(conn.get_database_backend(), sql);
    let rows = conn
        .query_all_raw(query(
            "SELECT * FROM (SELECT f.name AS name, i.rows_uncoded AS counted, \
               i.sum_uncoded AS stated, CAST(COALESCE(w.lines, 0) AS bigint) AS lines, \
               CAST(COALESCE(w.amount, 0) AS bigint) AS amount \
             FROM spend_import i JOIN file f ON f.id = i.file_id \
             LEFT JOIN (SELECT import_id, COUNT(*) AS lines, SUM(amount) AS amount \
                        FROM waiting_line GROUP BY import_id) w ON w.import_id = i.id \
             WHERE i.state = 'accepted') x WHERE counted <> lines OR stated <> amount",
        ))
        .await?;
    for row in rows {
        wrong.push(format!(
            "The import of {} counted {} lines of {} to be coded; it holds {} of {}.",
            row.try_get::<String>("", "name")?,
            row.try_get::<i64>("", "counted")?,
            Money(row.try_get("", "stated")?).in_full(),
            row.try_get::<i64>("", "lines")?,
            Money(row.try_get("", "amount")?).in_full(),
        ));
    }
    let rows = conn
        .query_all_raw(query(
            "SELECT w.identity AS identity FROM waiting_line w \
             LEFT JOIN spend_line l ON l.identity = w.identity AND l.import_id = w.coded_by_import_id \
             LEFT JOIN spend_import i ON i.id = w.coded_by_import_id \
             WHERE w.coded_by_import_id IS NOT NULL AND (l.id IS NULL OR l.amount <> w.amount \
               OR i.coded_from_id IS NULL OR i.coded_from_id <> w.import_id) LIMIT 20",
        ))
        .await?;
    for row in rows {
        wrong.push(format!(
            "The line known as {} was coded, and no spend line is the same.",
            row.try_get::<String>("", "identity")?,
        ));
    }
    Ok(wrong)
}

/// What is kept of an import by cost centre and month is what its lines come to.
pub async fn ledger_totals(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCodingMap)?;
    let conn = db.read();
    let first_of = match conn.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "date(incurred_on, 'start of month')",
        _ => "CAST(date_trunc('month', incurred_on) AS date)",
    };
    // by import only: backfilled totals of earlier imports name no cost centre
    let sql = format!(
        "SELECT x.month AS month, CAST(SUM(x.amount) AS bigint) AS amount \
         FROM (SELECT import_id, month, lines, amount FROM ledger_total \
               UNION ALL SELECT import_id, COALESCE(ledger_month, {first_of}), -1, -amount \
               FROM spend_line) x \
         JOIN spend_import i ON i.id = x.import_id AND i.state = 'accepted' \
         GROUP BY x.import_id, x.month HAVING SUM(x.lines) <> 0 OR SUM(x.amount) <> 0 LIMIT 20"
    );
    let rows = conn
        .query_all_raw(Statement::from_string(conn.get_database_backend(), sql))
        .await?;
    rows.iter()
        .map(|row| {
            let month: chrono::NaiveDate = row.try_get("", "month")?;
            Ok(format!(
                "What is kept of the ledger month {month} says {} more than its lines.",
                Money(row.try_get("", "amount")?).in_full(),
            ))
        })
        .collect()
}
