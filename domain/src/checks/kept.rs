//! Checks that what is kept so that nobody has to add it up is what it would add up to.

use super::rows;
use crate::{Ctx, Db, Money, Result};

/// The totals of accepted imports against their lines.
pub(super) async fn spend_totals(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let apart = rows(
        db,
        "SELECT x.incurred_on AS incurred_on, CAST(SUM(x.lines) AS bigint) AS lines, \
           CAST(SUM(x.amount) AS bigint) AS amount \
         FROM (SELECT import_id, pool_id, category_id, incurred_on, lines, amount FROM spend_total \
               UNION ALL SELECT import_id, pool_id, category_id, incurred_on, -1, -amount \
               FROM spend_line) x \
         JOIN spend_import i ON i.id = x.import_id AND i.state = 'accepted' \
         GROUP BY x.import_id, x.pool_id, x.category_id, x.incurred_on \
         HAVING SUM(x.lines) <> 0 OR SUM(x.amount) <> 0 ORDER BY x.incurred_on LIMIT 100",
    )
    .await?;
    apart
        .iter()
        .map(|row| {
            let on: chrono::NaiveDate = row.try_get("", "incurred_on")?;
            let lines: i64 = row.try_get("", "lines")?;
            Ok(format!(
                "What is kept of the spend of {on} says {lines} lines and {} more than there are.",
                Money(row.try_get("", "amount")?).in_full(),
            ))
        })
        .collect()
}

/// The totals of accepted runs against their differences.
pub(super) async fn attribution_totals(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let key = "run_id, award_id, fence_id, category_id, place, people_group, incurred_on, capital";
    let apart = rows(
        db,
        &format!(
            "SELECT x.incurred_on AS incurred_on, w.title AS title, \
               CAST(SUM(x.amount) AS bigint) AS amount \
             FROM (SELECT {key}, amount FROM attribution_total \
                   UNION ALL SELECT a.run_id, a.award_id, a.fence_id, l.category_id, l.place, \
                     l.people_group, l.incurred_on, l.capital, -a.amount \
                   FROM attribution a JOIN spend_line l ON l.id = a.line_id) x \
             JOIN attribution_run r ON r.id = x.run_id AND r.state = 'accepted' \
             JOIN award w ON w.id = x.award_id \
             GROUP BY x.run_id, x.award_id, w.title, x.fence_id, x.category_id, x.place, \
               x.people_group, x.incurred_on, x.capital \
             HAVING SUM(x.amount) <> 0 ORDER BY x.incurred_on LIMIT 100"
        ),
    )
    .await?;
    apart
        .iter()
        .map(|row| {
            let on: chrono::NaiveDate = row.try_get("", "incurred_on")?;
            let title: String = row.try_get("", "title")?;
            Ok(format!(
                "What is kept of what “{title}” pays for {on} is {} more than its attributions.",
                Money(row.try_get("", "amount")?).in_full(),
            ))
        })
        .collect()
}

/// The newest run of each pool.
const NEWEST: &str = "SELECT r.id, r.pool_id, r.saw_seq FROM attribution_run r \
     WHERE r.accepted_seq = (SELECT MAX(n.accepted_seq) FROM attribution_run n \
                             WHERE n.pool_id = r.pool_id)";

/// The lines that are said not to be settled against what is attributed of each line.
pub(super) async fn unfunded(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let lines = rows(
        db,
        &format!(
            "SELECT l.row_no AS row_no, CAST(SUM(x.amount) AS bigint) AS amount \
             FROM (SELECT u.line_id, u.unfunded AS amount FROM unfunded_line u \
                     JOIN ({NEWEST}) r ON r.id = u.run_id \
                   UNION ALL SELECT l.id, -l.amount FROM spend_line l \
                     JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
                     JOIN ({NEWEST}) r ON r.pool_id = l.pool_id AND i.accepted_seq <= r.saw_seq \
                   UNION ALL SELECT a.line_id, a.amount FROM attribution a \
                     JOIN attribution_run r ON r.id = a.run_id AND r.state = 'accepted') x \
             JOIN spend_line l ON l.id = x.line_id \
             GROUP BY l.id, l.row_no HAVING SUM(x.amount) <> 0 ORDER BY l.id LIMIT 100"
        ),
    )
    .await?;
    let mut wrong = lines
        .iter()
        .map(|row| {
            let row_no: i32 = row.try_get("", "row_no")?;
            Ok(format!(
                "What no award pays of the spend line of row {row_no} is kept as {} more than it is.",
                Money(row.try_get("", "amount")?).in_full(),
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    let sums = rows(
        db,
        &format!(
            "SELECT x.incurred_on AS incurred_on, CAST(SUM(x.unfunded) AS bigint) AS unfunded \
             FROM (SELECT run_id, import_id, category_id, incurred_on, reason, lines, amount, \
                     unfunded FROM unfunded_total \
                   UNION ALL SELECT u.run_id, l.import_id, l.category_id, l.incurred_on, u.reason, \
                     -1, -l.amount, -u.unfunded \
                   FROM unfunded_line u JOIN spend_line l ON l.id = u.line_id \
                     AND l.incurred_on = u.incurred_on) x \
             JOIN ({NEWEST}) r ON r.id = x.run_id \
             GROUP BY x.run_id, x.import_id, x.category_id, x.incurred_on, x.reason \
             HAVING SUM(x.lines) <> 0 OR SUM(x.amount) <> 0 OR SUM(x.unfunded) <> 0 \
             ORDER BY x.incurred_on LIMIT 100"
        ),
    )
    .await?;
    for row in &sums {
        let on: chrono::NaiveDate = row.try_get("", "incurred_on")?;
        wrong.push(format!(
            "What is kept of the spend of {on} that no award pays for is {} more than its lines.",
            Money(row.try_get("", "unfunded")?).in_full(),
        ));
    }
    Ok(wrong)
}
