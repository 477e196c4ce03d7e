//! What must hold of suspensions, looked up in the whole database.

use entity::{AwardId, award};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::{check_resumption, check_suspension};
use super::store;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// The suspensions of an award follow each other: none begins before the one before it has ended.
pub async fn in_turn(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadAwards)?;
    let awards = award::Entity::find()
        .order_by_asc(award::Column::Id)
        .all(db.read())
        .await?;
    let ids: Vec<AwardId> = awards.iter().map(|row| row.id).collect();
    let known = store::of_awards(db.read(), &ids).await?;
    let mut wrong = Vec::new();
    for award in awards {
        let Some(all) = known.get(&award.id) else {
            continue;
        };
        for (at, one) in all.iter().enumerate() {
            let before = all.get(..at).unwrap_or_default();
            let resumed = one.resumed_on;
            if !check_suspension(before, one.from_on).is_empty()
                || resumed.is_some_and(|on| !check_resumption(one, on).is_empty())
            {
                wrong.push(format!(
                    "The suspensions of “{}” do not follow each other.",
                    award.title
                ));
            }
        }
    }
    Ok(wrong)
}
