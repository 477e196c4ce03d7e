//! What must hold of pins, looked up in the whole database.

use sea_orm::ConnectionTrait;

use crate::access::rules::Operation;
use crate::db::statement;
use crate::{Ctx, Db, Result};

/// No more of a line is pinned than there is of it, and to awards that are behind its pool.
pub async fn within(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadSpend)?;
    let conn = db.read();
    let mut wrong = Vec::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT l.identity FROM spend_pin p JOIN spend_line l ON l.id = p.line_id \
             WHERE p.taken_off_at IS NULL GROUP BY l.id, l.identity, l.amount \
             HAVING SUM(p.amount) > l.amount ORDER BY l.identity LIMIT 20",
            [],
        ))
        .await?
    {
        wrong.push(format!(
            "More of the line known as {} is pinned to awards than there is of it.",
            row.try_get::<String>("", "identity")?
        ));
    }
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT l.identity FROM spend_pin p JOIN spend_line l ON l.id = p.line_id \
             JOIN spend_import i ON i.id = l.import_id \
             WHERE p.taken_off_at IS NULL AND (i.state <> 'accepted' OR NOT EXISTS \
               (SELECT 1 FROM contribution c WHERE c.pool_id = l.pool_id \
                AND c.award_id = p.award_id)) \
             ORDER BY l.identity LIMIT 20",
            [],
        ))
        .await?
    {
        wrong.push(format!(
            "The line known as {} is pinned to an award that is not behind its pool, or does not count.",
            row.try_get::<String>("", "identity")?
        ));
    }
    Ok(wrong)
}
