//! What must hold of conditions, looked up in the whole database.

use std::collections::HashMap;

use entity::{AwardId, DeadlineKind, award, deadline};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{check_next, state};
use super::{ops, store};
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result, closures};

/// Everything that happened to a condition could happen to it then; while it is open and has a date it
/// has a deadline, otherwise it has none; nor has one of an award that is closed.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadConditions)?;
    let awards: HashMap<AwardId, String> = award::Entity::find()
        .order_by_asc(award::Column::Id)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    let mut ids: Vec<AwardId> = awards.keys().copied().collect();
    ids.sort_unstable();
    let mut open: HashMap<_, _> = deadline::Entity::find()
        .filter(deadline::Column::Kind.eq(DeadlineKind::Condition))
        .filter(deadline::Column::ClosedAt.is_null())
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.subject_id, (row.award_id, row.due_at)))
        .collect();
    let closed = closures::store::closed(db.read(), &ids).await?;
    let mut wrong = Vec::new();
    for one in store::of_awards(db.read(), &ids).await? {
        let award = awards.get(&one.row.award_id).cloned().unwrap_or_default();
        let title = &one.says()?.title;
        for (at, event) in one.events.iter().enumerate() {
            let before = state(one.events.iter().take(at).map(|event| event.kind));
            if check_next(before, event.kind).is_err() {
                wrong.push(format!(
                    "Of “{award}”: what happened to “{title}” cannot have happened in this order."
                ));
            }
        }
        let wanted = ops::duty(&one)?
            .filter(|_| !closed.contains_key(&one.row.award_id))
            .map(|duty| (Some(one.row.award_id), duty.due_at));
        if open.remove(&one.row.id.into()) != wanted {
            wrong.push(format!(
                "Of “{award}”: the deadline of “{title}” is not the one that follows from how it stands."
            ));
        }
    }
    if !open.is_empty() {
        wrong.push(format!("{} deadlines are of no condition.", open.len()));
    }
    Ok(wrong)
}
