//! What must hold of category maps, looked up in the whole database.

use entity::category_map;
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::held_before;
use super::store;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// In each map the same spend counts in one line at most: otherwise its lines would add up to more than was paid.
pub async fn add_up(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadAwards)?;
    let mut wrong = Vec::new();
    for map in category_map::Entity::find()
        .order_by_asc(category_map::Column::Id)
        .all(db.read())
        .await?
    {
        let lines = store::lines(db.read(), map.id).await?;
        for (at, line) in lines.iter().enumerate() {
            let twice = line
                .categories
                .iter()
                .any(|category| held_before(&lines, at, *category).is_some());
            if twice {
                wrong.push(format!(
                    "The budget line “{}” of award {} holds spend that another line holds too.",
                    line.name, map.award_id
                ));
            }
        }
    }
    Ok(wrong)
}
