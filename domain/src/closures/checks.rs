//! What must hold of closures, looked up in the whole database.

use std::collections::HashMap;

use entity::{AwardId, Money, award, deadline};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{check_closure, check_reopening};
use super::store;
use crate::access::rules::Operation;
use crate::calendar::rules::london_date;
use crate::db::statement;
use crate::{Ctx, Db, Result};

/// The closures of an award follow each other; one that is closed pays for nothing that it did not pay
/// for then, what it came to is what runs before it attributed, and none of its deadlines is open.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadAwards)?;
    let conn = db.read();
    let awards: HashMap<AwardId, String> = award::Entity::find()
        .order_by_asc(award::Column::Id)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    let mut ids: Vec<AwardId> = awards.keys().copied().collect();
    ids.sort_unstable();
    let mut wrong = Vec::new();
    let mut known = Vec::new();
    let mut of = None;
    for row in store::rows(conn, &ids).await? {
        if of != Some(row.award_id) {
            known.clear();
            of = Some(row.award_id);
        }
        let title = awards.get(&row.award_id).cloned().unwrap_or_default();
        let one = store::fact(&row);
        let recorded = london_date(row.recorded_at);
        let reopened = row.reopened_on.zip(row.reopened_at);
        if !check_closure(&known, row.closed_on, recorded).is_empty()
            || reopened
                .is_some_and(|(on, at)| !check_reopening(&one, on, london_date(at)).is_empty())
        {
            wrong.push(format!(
                "The closures of “{title}” do not follow each other."
            ));
        }
        known.push(one);
        let then = conn
            .query_one_raw(statement(
                conn,
                "SELECT CAST(COALESCE(SUM(a.amount), 0) AS bigint) AS total FROM attribution a \
                 JOIN attribution_run r ON r.id = a.run_id \
                 WHERE a.award_id = $1 AND r.state = 'accepted' AND r.accepted_seq < $2",
                [row.award_id.into(), row.closed_seq.into()],
            ))
            .await?
            .map_or(Ok(0), |found| found.try_get("", "total"))?;
        if Money(then) != row.attributed {
            wrong.push(format!(
                "“{title}” was closed with {} attributed, and {} was.",
                row.attributed.in_full(),
                Money(then).in_full()
            ));
        }
        if row.reopened_on.is_some() {
            continue;
        }
        // Only what takes spend back may have moved it since, and only down.
        let moved = conn
            .query_all_raw(statement(
                conn,
                "SELECT l.identity FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
                 JOIN spend_line l ON l.id = a.line_id \
                 WHERE a.award_id = $1 AND r.state = 'accepted' AND r.accepted_seq > $2 \
                 GROUP BY l.id, l.identity, l.amount \
                 HAVING SUM(a.amount) <> 0 AND (SUM(a.amount) > 0 OR l.amount > 0) LIMIT 20",
                [row.award_id.into(), row.closed_seq.into()],
            ))
            .await?;
        for found in moved {
            wrong.push(format!(
                "“{title}” is closed, and what it pays of the line known as {} changed since.",
                found.try_get::<String>("", "identity")?
            ));
        }
        let open = deadline::Entity::find()
            .filter(deadline::Column::AwardId.eq(row.award_id))
            .filter(deadline::Column::ClosedAt.is_null())
            .all(conn)
            .await?;
        for one in open {
            wrong.push(format!(
                "“{title}” is closed, and its deadline “{}” is open.",
                one.title
            ));
        }
    }
    Ok(wrong)
}
