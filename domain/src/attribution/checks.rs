//! What must hold of attributions, looked up in the whole database.

use sea_orm::ConnectionTrait;

use super::store::statement;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// What is wrong, each as a sentence; nothing when all is well.
pub async fn own_lines(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadSpend)?;
    let mut wrong = Vec::new();
    let conn = db.read();
    // Only lines that count are attributed, in their own pool.
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT l.identity FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
             JOIN spend_line l ON l.id = a.line_id JOIN spend_import i ON i.id = l.import_id \
             WHERE r.state = 'accepted' AND (i.state <> 'accepted' OR l.pool_id <> r.pool_id) \
             LIMIT 20",
            [],
        ))
        .await?
    {
        wrong.push(format!(
            "The line known as {} is attributed, and does not count or is in another pool.",
            row.try_get::<String>("", "identity")?,
        ));
    }
    Ok(wrong)
}
