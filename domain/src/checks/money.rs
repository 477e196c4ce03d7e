//! Checks that the money adds up. What is counted is counted by the database, from the lines.

use entity::Money;
use sea_orm::QueryResult;

use super::rows;
use crate::{Ctx, Db, Result};

fn pence(row: &QueryResult, column: &str) -> Result<Money> {
    Ok(Money(row.try_get("", column)?))
}

/// Attributions that count, with the pool of their run.
const COUNTED: &str = "SELECT attribution.*, attribution_run.pool_id FROM attribution \
     JOIN attribution_run ON attribution_run.id = attribution.run_id \
     WHERE attribution_run.state = 'accepted'";

pub(super) async fn lines_attributed_once(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    // A credit is attributed as a negative amount, down to its own.
    let over = rows(
        db,
        &format!(
            "SELECT spend_line.amount AS amount, spend_line.row_no AS row_no, \
                    counted.attributed AS attributed \
             FROM spend_line JOIN (SELECT line_id, CAST(SUM(amount) AS bigint) AS attributed \
                                   FROM ({COUNTED}) AS each_one GROUP BY line_id) AS counted \
               ON counted.line_id = spend_line.id \
             WHERE (spend_line.amount >= 0 AND (counted.attributed > spend_line.amount \
                                                OR counted.attributed < 0)) \
                OR (spend_line.amount < 0 AND (counted.attributed < spend_line.amount \
                                               OR counted.attributed > 0))"
        ),
    )
    .await?;
    over.iter()
        .map(|row| {
            let row_no: i32 = row.try_get("", "row_no")?;
            Ok(format!(
                "The spend line of row {row_no} is {}, and {} of it is attributed.",
                pence(row, "amount")?.in_full(),
                pence(row, "attributed")?.in_full(),
            ))
        })
        .collect()
}

pub(super) async fn balances(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    // A fence holds what the fences inside it hold.
    for (kind, name, counted) in [
        (
            "award",
            "(SELECT title FROM award WHERE award.id = balance.subject_id)",
            "counted.award_id = balance.subject_id".to_owned(),
        ),
        (
            "contribution",
            "(SELECT award.title FROM contribution JOIN award ON award.id = contribution.award_id \
              WHERE contribution.id = balance.subject_id)",
            "EXISTS (SELECT 1 FROM contribution WHERE contribution.id = balance.subject_id \
               AND contribution.award_id = counted.award_id \
               AND contribution.pool_id = counted.pool_id)"
                .to_owned(),
        ),
        (
            "fence",
            "(SELECT name FROM fence WHERE fence.id = balance.subject_id)",
            "counted.fence_id IN (WITH RECURSIVE inside (id) AS ( \
                SELECT fence.id FROM fence WHERE fence.id = balance.subject_id UNION \
                SELECT fence.id FROM fence JOIN inside ON fence.parent_id = inside.id) \
               SELECT id FROM inside)"
                .to_owned(),
        ),
    ] {
        let apart = rows(
            db,
            &format!(
                "SELECT * FROM (SELECT {name} AS name, balance.attributed AS attributed, \
                   CAST(COALESCE((SELECT SUM(counted.amount) FROM ({COUNTED}) AS counted \
                     WHERE {counted}), 0) AS bigint) AS summed \
                 FROM balance WHERE balance.kind = '{kind}') AS both_sides \
                 WHERE attributed <> summed"
            ),
        )
        .await?;
        for row in &apart {
            let name: Option<String> = row.try_get("", "name")?;
            wrong.push(format!(
                "The {kind} “{}” says that {} is attributed; its attributions come to {}.",
                name.unwrap_or_default(),
                pence(row, "attributed")?.in_full(),
                pence(row, "summed")?.in_full(),
            ));
        }
    }
    Ok(wrong)
}

pub(super) async fn imports_whole(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let apart = rows(
        db,
        "SELECT * FROM (SELECT spend_import.period_from AS period_from, \
           spend_import.rows_loaded AS rows_loaded, spend_import.sum_loaded AS sum_loaded, \
           CAST(COALESCE(held.lines, 0) AS bigint) AS lines, \
           CAST(COALESCE(held.total, 0) AS bigint) AS total \
         FROM spend_import LEFT JOIN (SELECT import_id, COUNT(*) AS lines, SUM(amount) AS total \
                                      FROM spend_line GROUP BY import_id) AS held \
           ON held.import_id = spend_import.id \
         WHERE spend_import.state = 'accepted') AS both_sides \
         WHERE rows_loaded <> lines OR sum_loaded <> total",
    )
    .await?;
    apart
        .iter()
        .map(|row| {
            let (loaded, lines): (i64, i64) =
                (row.try_get("", "rows_loaded")?, row.try_get("", "lines")?);
            let from: chrono::NaiveDate = row.try_get("", "period_from")?;
            Ok(format!(
                "The import for the period from {from} counted {loaded} lines of {}; it holds \
                 {lines} of {}.",
                pence(row, "sum_loaded")?.in_full(),
                pence(row, "total")?.in_full(),
            ))
        })
        .collect()
}
