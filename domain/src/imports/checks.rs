//! What must hold of imports, looked up in the whole database.

use sea_orm::ConnectionTrait;

use super::store::statement;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Money, Result};

/// What is wrong, each as a sentence; nothing when all is well.
pub async fn agreed(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadImports)?;
    let mut wrong = Vec::new();
    let conn = db.read();
    let rows = conn
        .query_all_raw(statement(
            conn,
            "SELECT f.name, i.control_total AS stated, \
                    i.sum_loaded - i.sum_replaced + i.sum_set_aside + i.sum_known \
                      + i.sum_uncoded AS found \
             FROM spend_import i JOIN file f ON f.id = i.file_id \
             WHERE i.state = 'accepted' AND (i.control_total IS NULL OR i.rows_faulty <> 0 \
               OR i.control_total <> i.sum_loaded - i.sum_replaced + i.sum_set_aside \
                 + i.sum_known + i.sum_uncoded)",
            [],
        ))
        .await?;
    for row in rows {
        let name: String = row.try_get("", "name")?;
        let stated: Option<i64> = row.try_get("", "stated")?;
        wrong.push(format!(
            "The import of {name} was accepted with a control total of {}, and adds up to {}.",
            stated.map_or_else(|| "nothing".to_owned(), |pence| Money(pence).in_full()),
            Money(row.try_get("", "found")?).in_full(),
        ));
    }
    let rows = conn
        .query_all_raw(statement(
            conn,
            "SELECT l.identity, CAST(COUNT(*) AS bigint) AS times FROM spend_line l \
             JOIN spend_import i ON i.id = l.import_id WHERE i.state = 'accepted' \
               AND NOT EXISTS (SELECT 1 FROM spend_line r \
                 JOIN spend_import ri ON ri.id = r.import_id AND ri.state = 'accepted' \
                 WHERE r.reverses_id = l.id) \
             GROUP BY l.identity HAVING COUNT(*) > 1 LIMIT 20",
            [],
        ))
        .await?;
    for row in rows {
        wrong.push(format!(
            "The line known as {} counts {} times.",
            row.try_get::<String>("", "identity")?,
            row.try_get::<i64>("", "times")?,
        ));
    }
    let rows = conn
        .query_all_raw(statement(
            conn,
            "SELECT l.row_no FROM spend_line l \
             JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
             LEFT JOIN spend_line o ON o.id = l.reverses_id \
             LEFT JOIN spend_import oi ON oi.id = o.import_id AND oi.state = 'accepted' \
             WHERE l.reverses_id IS NOT NULL AND (oi.id IS NULL OR o.amount <> -l.amount \
               OR o.pool_id <> l.pool_id OR o.category_id <> l.category_id \
               OR o.capital <> l.capital) LIMIT 20",
            [],
        ))
        .await?;
    for row in rows {
        wrong.push(format!(
            "The line of row {} takes back a line that it is not turned round.",
            row.try_get::<i32>("", "row_no")?,
        ));
    }
    let rows = conn
        .query_all_raw(statement(
            conn,
            "SELECT g.amount FROM gone_line g WHERE g.resolution = 'taken-back' AND NOT EXISTS \
               (SELECT 1 FROM spend_line r \
                JOIN spend_import ri ON ri.id = r.import_id AND ri.state = 'accepted' \
                WHERE r.reverses_id = g.line_id) LIMIT 20",
            [],
        ))
        .await?;
    for row in rows {
        wrong.push(format!(
            "A line of {} that is gone is said to be taken back, and is not.",
            Money(row.try_get("", "amount")?).in_full(),
        ));
    }
    Ok(wrong)
}
