//! The rows of suspensions. Whoever asks has looked whether the award may be seen.

use std::collections::HashMap;

use entity::{AwardId, award_suspension};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::Suspension;
use crate::Result;

pub(super) fn fact(row: &award_suspension::Model) -> Suspension {
    Suspension {
        from_on: row.from_on,
        resumed_on: row.resumed_on,
        pays_on: row.pays_on,
    }
}

/// The suspensions of these awards, the oldest first.
pub(crate) async fn rows(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<Vec<award_suspension::Model>> {
    Ok(award_suspension::Entity::find()
        .filter(award_suspension::Column::AwardId.is_in(ids.iter().copied()))
        .order_by_asc(award_suspension::Column::AwardId)
        .order_by_asc(award_suspension::Column::Seq)
        .all(conn)
        .await?)
}

/// The same as their rules see them, by award.
pub(crate) async fn of_awards(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<HashMap<AwardId, Vec<Suspension>>> {
    let mut by: HashMap<AwardId, Vec<Suspension>> = HashMap::new();
    for row in rows(conn, ids).await? {
        by.entry(row.award_id).or_default().push(fact(&row));
    }
    Ok(by)
}
