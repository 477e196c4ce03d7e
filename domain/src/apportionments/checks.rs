//! What must hold of splits, looked up in the whole database.

use super::rules::split;
use super::store;
use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// A split counts once somebody who did not propose it approved it; what it made of a line is the line's
/// amount, out and in, by its shares, and of a line that was taken back nothing stands.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadApportionments)?;
    let mut wrong = Vec::new();
    for row in rows(
        db,
        "SELECT DISTINCT a.number AS number FROM apportionment a \
         LEFT JOIN apportioned_line l ON l.apportionment_id = a.id \
         WHERE (a.approved_by = a.proposed_by) OR (l.line_id IS NOT NULL AND a.approved_at IS NULL) \
         ORDER BY a.number",
    )
    .await?
    {
        wrong.push(format!(
            "Apportionment {} is applied without somebody else’s approval.",
            row.try_get::<i64>("", "number")?
        ));
    }
    for row in rows(
        db,
        "SELECT a.number AS number, o.identity AS identity FROM apportioned_line l \
         JOIN apportionment a ON a.id = l.apportionment_id \
         JOIN spend_line o ON o.id = l.of_line_id JOIN spend_line m ON m.id = l.line_id \
         GROUP BY a.number, o.id, o.identity, o.amount \
         HAVING SUM(m.amount) <> 0 OR SUM(CASE WHEN l.part = 0 THEN m.amount ELSE 0 END) <> -o.amount \
         ORDER BY a.number LIMIT 20",
    )
    .await?
    {
        wrong.push(format!(
            "What apportionment {} made of the line known as {} does not come to it.",
            row.try_get::<i64>("", "number")?,
            row.try_get::<String>("", "identity")?
        ));
    }
    let splits = store::approved(db.read()).await?;
    let parts = store::parts(db.read(), splits.iter().map(|row| row.id)).await?;
    for one in splits {
        let shares = parts.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        for row in rows(
            db,
            &format!(
                "SELECT l.part AS part, o.amount AS whole, m.amount AS amount, o.identity AS identity \
                 FROM apportioned_line l JOIN apportionment a ON a.id = l.apportionment_id \
                 JOIN spend_line o ON o.id = l.of_line_id JOIN spend_line m ON m.id = l.line_id \
                 WHERE l.part > 0 AND a.number = {}",
                one.number
            ),
        )
        .await?
        {
            let part: i32 = row.try_get("", "part")?;
            let (whole, amount): (i64, i64) = (row.try_get("", "whole")?, row.try_get("", "amount")?);
            let due = usize::try_from(part - 1)
                .ok()
                .and_then(|at| split(whole, shares).get(at).copied());
            if due != Some(amount) {
                wrong.push(format!(
                    "Part {part} that apportionment {} made of the line known as {} is not its share.",
                    one.number,
                    row.try_get::<String>("", "identity")?
                ));
            }
        }
    }
    Ok(wrong)
}
