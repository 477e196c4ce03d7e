//! Cost categories as readers get them.

use entity::{CostCategoryId, cost_category};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::rules::{Operation, Sight, sight};
use crate::{Ctx, Db, Error, Result};

/// A line of the charity's own chart of costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CategoryView {
    /// Its id.
    pub id: CostCategoryId,
    /// The stable short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// How often it was renamed, from 1.
    pub version: i64,
}

impl From<cost_category::Model> for CategoryView {
    fn from(row: cost_category::Model) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            version: row.version,
        }
    }
}

/// A page of categories by id, after `after`. The chart names no funder: who may see it sees all.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    after: Option<CostCategoryId>,
    limit: u64,
) -> Result<Vec<CategoryView>> {
    ctx.require(Operation::ReadCategories)?;
    if sight(&ctx.actor) == Sight::Nothing {
        return Ok(Vec::new());
    }
    let mut query = cost_category::Entity::find();
    if let Some(after) = after {
        query = query.filter(cost_category::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(cost_category::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The whole chart by name, for a form to choose from.
pub async fn all(db: &Db, ctx: &Ctx) -> Result<Vec<CategoryView>> {
    let mut all = list(db, ctx, None, 1000).await?;
    all.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    Ok(all)
}

/// One category.
pub async fn one(db: &Db, ctx: &Ctx, id: CostCategoryId) -> Result<CategoryView> {
    ctx.require(Operation::ReadCategories)?;
    if sight(&ctx.actor) == Sight::Nothing {
        return Err(Error::NotFound);
    }
    Ok(cost_category::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?
        .into())
}
