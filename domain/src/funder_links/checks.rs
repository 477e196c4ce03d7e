//! What must hold of links, looked up in the whole database.

use std::collections::HashMap;

use chrono::Days;
use entity::{FunderLinkId, funder_link, funder_link_opening};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::LONGEST_DAYS;
use crate::access::rules::Operation;
use crate::calendar::rules::london_date;
use crate::{Ctx, Db, Result};

/// A link works for at most ninety days, and was opened only while it worked.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadFunderLinks)?;
    let links: HashMap<FunderLinkId, funder_link::Model> = funder_link::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut wrong = Vec::new();
    let mut in_order: Vec<&funder_link::Model> = links.values().collect();
    in_order.sort_by_key(|row| row.id);
    for row in in_order {
        let made_on = london_date(row.made_at);
        if row.ends_on < made_on || row.ends_on > made_on + Days::new(LONGEST_DAYS) {
            wrong.push(format!(
                "Link {} of funder {} works until {}, which is not within 90 days of its making.",
                row.number, row.funder_id, row.ends_on
            ));
        }
    }
    for row in funder_link_opening::Entity::find()
        .order_by_asc(funder_link_opening::Column::Id)
        .all(db.read())
        .await?
    {
        let Some(link) = links.get(&row.link_id) else {
            continue;
        };
        let late = london_date(row.at) > link.ends_on
            || link.revoked_at.is_some_and(|revoked| row.at > revoked);
        if late || row.at < link.made_at {
            wrong.push(format!(
                "Link {} of funder {} was opened when it did not work.",
                link.number, link.funder_id
            ));
        }
    }
    Ok(wrong)
}
