//! What must hold of journals, looked up in the whole database.

use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// A journal counts if, and only if, somebody who prepared none of it approved it; its lines are what
/// was approved, and come to what it says.
pub async fn approved(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadJournals)?;
    let mut wrong = Vec::new();
    for (sql, words) in [
        (
            "SELECT j.number AS number FROM journal j \
             JOIN journal_version v ON v.journal_id = j.id AND v.revision = j.revision \
             LEFT JOIN spend_import i ON i.journal_id = j.id AND i.state = 'accepted' \
             WHERE (j.state = 'approved') <> (v.approved_by IS NOT NULL) \
                OR (j.state = 'approved') <> (i.id IS NOT NULL) ORDER BY j.number",
            "is said to count without having been approved, or the other way round",
        ),
        (
            "SELECT DISTINCT j.number AS number FROM journal j \
             JOIN journal_version v ON v.journal_id = j.id AND v.approved_by IS NOT NULL \
             JOIN journal_version p ON p.journal_id = j.id AND p.prepared_by = v.approved_by \
             ORDER BY j.number",
            "was approved by somebody who prepared it",
        ),
        (
            "SELECT * FROM (SELECT j.number AS number, v.total AS total, \
               CAST(COALESCE((SELECT SUM(l.amount) FROM journal_line l WHERE l.journal_id = j.id \
                 AND l.revision = v.revision), 0) AS bigint) AS lines \
             FROM journal j JOIN journal_version v ON v.journal_id = j.id) x \
             WHERE total <> lines ORDER BY number",
            "says another total than its lines come to",
        ),
        (
            "SELECT DISTINCT number FROM (SELECT j.number AS number, l.line_no AS line_no, \
               SUM(l.amount) AS amount, SUM(l.n) AS n \
             FROM journal j JOIN (SELECT journal_id, revision, line_no, amount, pool_id, \
                 category_id, incurred_on, capital, 1 AS n FROM journal_line \
               UNION ALL SELECT i.journal_id, k.revision, s.row_no, -s.amount, s.pool_id, \
                 s.category_id, s.incurred_on, s.capital, -1 \
               FROM spend_line s JOIN spend_import i ON i.id = s.import_id \
               JOIN journal k ON k.id = i.journal_id) l \
               ON l.journal_id = j.id AND l.revision = j.revision \
             WHERE j.state = 'approved' \
             GROUP BY j.number, l.line_no, l.pool_id, l.category_id, l.incurred_on, l.capital \
             HAVING SUM(l.amount) <> 0 OR SUM(l.n) <> 0) x ORDER BY number",
            "counts with other lines than were approved",
        ),
        (
            "SELECT DISTINCT j.number AS number FROM journal j \
             JOIN spend_import i ON i.journal_id = j.id JOIN spend_line s ON s.import_id = i.id \
             LEFT JOIN spend_line o ON o.id = s.reverses_id \
             WHERE (j.reverses_id IS NOT NULL) <> (s.reverses_id IS NOT NULL) \
                OR (s.reverses_id IS NOT NULL AND (o.id IS NULL OR o.amount <> -s.amount \
                  OR o.pool_id <> s.pool_id OR o.category_id <> s.category_id)) ORDER BY j.number",
            "takes lines back that are not its own turned round",
        ),
    ] {
        for row in rows(db, sql).await? {
            let number: i64 = row.try_get("", "number")?;
            wrong.push(format!("Journal {number} {words}."));
        }
    }
    Ok(wrong)
}
