//! What must hold of attributions, looked up in the whole database.

use sea_orm::ConnectionTrait;

use super::store::{self, statement};
use crate::access::rules::Operation;
use crate::{Ctx, Db, Money, Result};

/// What is wrong, each as a sentence; nothing when all is well.
pub async fn checks(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadSpend)?;
    let mut wrong = Vec::new();
    let conn = db.read();
    // Σ attributed of a line is between nothing and the line.
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT l.identity, l.amount, CAST(p.paid AS bigint) AS paid \
             FROM spend_line l JOIN (SELECT a.line_id, SUM(a.amount) AS paid FROM attribution a \
               JOIN attribution_run r ON r.id = a.run_id WHERE r.state = 'accepted' \
               GROUP BY a.line_id) p ON p.line_id = l.id \
             WHERE (l.amount >= 0 AND (p.paid < 0 OR p.paid > l.amount)) \
                OR (l.amount < 0 AND (p.paid > 0 OR p.paid < l.amount)) LIMIT 20",
            [],
        ))
        .await?
    {
        wrong.push(format!(
            "The line known as {} is of {}, and {} of it is attributed.",
            row.try_get::<String>("", "identity")?,
            Money(row.try_get("", "amount")?).in_full(),
            Money(row.try_get("", "paid")?).in_full(),
        ));
    }
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
    wrong.extend(balances(db).await?);
    Ok(wrong)
}

/// Each balance row is the sum of what accepted runs attributed, and within its cap.
async fn balances(db: &Db) -> Result<Vec<String>> {
    let conn = db.read();
    let mut expected = std::collections::BTreeMap::new();
    for pool in store::pools(conn).await? {
        let parts: Vec<_> = store::current(conn, pool.id).await?.into_iter().collect();
        let awards = store::awards_alone(conn, pool.id).await?;
        for (subject, (_, _, amount)) in store::balances(&awards, &parts) {
            *expected.entry(subject).or_insert(0) += amount;
        }
    }
    let mut wrong = Vec::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT kind, subject_id, cap, attributed FROM balance",
            [],
        ))
        .await?
    {
        let subject: uuid::Uuid = row.try_get("", "subject_id")?;
        let (cap, told): (i64, i64) = (row.try_get("", "cap")?, row.try_get("", "attributed")?);
        let found = expected.remove(&subject).unwrap_or(0);
        if told != found || told > cap {
            wrong.push(format!(
                "The balance of {} {subject} says {} of at most {}, and accepted runs add up to {}.",
                row.try_get::<String>("", "kind")?,
                Money(told).in_full(),
                Money(cap).in_full(),
                Money(found).in_full(),
            ));
        }
    }
    for (subject, amount) in expected.into_iter().filter(|(_, amount)| *amount != 0) {
        wrong.push(format!(
            "{} is attributed to {subject}, which has no balance.",
            Money(amount).in_full()
        ));
    }
    Ok(wrong)
}
