//! What must hold of attributions, looked up in the whole database.

use entity::spend_line;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::rules::{Proved, Shown, attribute_by};
use super::store::{self, statement};
use crate::access::rules::Operation;
use crate::{Ctx, Db, Error, Result};

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

/// What is attributed follows from what is recorded, and the optimal answers from what proves them. Every pool of
/// which nothing has changed since its last run is worked out again from the recorded facts; where a rule is optimal, nothing
/// is solved again: what the run kept as its proof is held against every bound, and dealt to the lines.
pub async fn follow(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadSpend)?;
    let mut wrong = Vec::new();
    for pool in store::pools(db.read()).await? {
        let conn = db.snapshot().await?;
        let Some((run, seq, locks)) = store::can_be_repeated(&conn, pool.id).await? else {
            continue;
        };
        let proofs = store::proofs(&conn, run.id).await?;
        let awards = store::awards(&conn, pool.id).await?;
        let store::Basis {
            awards,
            policies,
            lines: store::Lines { lines, .. },
            ..
        } = store::basis_with(&conn, pool.id, awards, &locks).await?;
        let shown = match policies.look_at_what_was_shown() {
            true => store::shown(&store::attributed_before(&conn, pool.id, seq).await?),
            false => Shown::new(),
        };
        let now = store::current(&conn, pool.id).await?;
        conn.rollback().await?;
        let (broken, others) = tokio::task::spawn_blocking(move || {
            let mut proved = Proved::by(proofs);
            let target = attribute_by(&lines, &awards, &policies, &shown, &mut proved);
            (proved.broken, store::differences(now, &target).0)
        })
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?;
        let name = &pool.name;
        for broken in &broken {
            wrong.push(format!(
                "What proves the attribution in “{name}” does not hold: {broken}"
            ));
        }
        // without its proof an answer cannot be had again
        if let Some(((line, ..), _)) = others.first().filter(|_| broken.is_empty()) {
            let known = spend_line::Entity::find_by_id(*line)
                .one(db.read())
                .await?
                .map_or_else(|| line.to_string(), |row| row.identity);
            wrong.push(format!(
                "In “{name}” {} parts of lines are attributed otherwise than they follow from what is \
                 recorded; the first is of the line known as {known}.",
                others.len()
            ));
        }
    }
    Ok(wrong)
}
