//! Cost categories by id.

use std::collections::{BTreeSet, HashMap};

use entity::{CostCategoryId, cost_category};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::Result;

/// Names by id.
pub(crate) async fn names(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = CostCategoryId>,
) -> Result<HashMap<CostCategoryId, String>> {
    let rows = cost_category::Entity::find()
        .filter(cost_category::Column::Id.is_in(ids))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// What all of them are called.
pub(crate) async fn all_names(
    conn: &impl ConnectionTrait,
) -> Result<HashMap<CostCategoryId, String>> {
    let rows = cost_category::Entity::find().all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Those of the ids that name no category.
pub(crate) async fn unknown(
    conn: &impl ConnectionTrait,
    ids: &BTreeSet<CostCategoryId>,
) -> Result<BTreeSet<CostCategoryId>> {
    let known: Vec<CostCategoryId> = cost_category::Entity::find()
        .select_only()
        .column(cost_category::Column::Id)
        .filter(cost_category::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    let known: BTreeSet<_> = known.into_iter().collect();
    Ok(ids.difference(&known).copied().collect())
}
