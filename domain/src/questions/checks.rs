//! What must hold of funders' questions, looked up in the whole database.

use entity::funder_question;
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::check_next;
use super::store;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// Every question was asked by whom it says it was, and what was said to it can have been said in its
/// order.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadFunderQuestions)?;
    let rows = funder_question::Entity::find()
        .order_by_asc(funder_question::Column::Id)
        .all(db.read())
        .await?;
    let mut wrong = Vec::new();
    for one in store::with_events(db.read(), rows).await? {
        let said = one.said();
        let in_order = !said.is_empty()
            && said
                .iter()
                .enumerate()
                .all(|(at, kind)| check_next(&said[..at], *kind).is_ok());
        let counted = one
            .events
            .iter()
            .zip(1..)
            .all(|(event, seq)| event.seq == seq);
        if !in_order || !counted {
            wrong.push(format!(
                "A question on “{}”: what was said to it cannot have been said in this order.",
                one.row.label
            ));
        }
        let first = one.events.first();
        if first.is_some_and(|first| {
            first.by_person != one.row.asked_by || first.at != one.row.asked_at
        }) {
            wrong.push(format!(
                "A question on “{}”: it was first asked by somebody else, or at another time.",
                one.row.label
            ));
        }
    }
    Ok(wrong)
}
