//! The rows of the map, and of the lines that wait.

use std::collections::HashMap;

use entity::{
    CodingMapRowId, CostCategoryId, PoolId, SpendImportId, WaitingLineId, coding_map_row,
    cost_category, pool, spend_import, waiting_line,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

use super::rules::{Codes, Coding, CodingMap, MapRow};
use crate::Result;
use crate::access::for_those_inside;
use crate::{Ctx, Error};

/// The rows that apply to some day.
pub(crate) fn standing() -> Select<coding_map_row::Entity> {
    coding_map_row::Entity::find().filter(coding_map_row::Column::Withdrawn.eq(false))
}

/// The whole map.
pub(crate) async fn map(conn: &impl ConnectionTrait) -> Result<CodingMap> {
    Ok(CodingMap::new(rows(conn).await?))
}

/// Every row that applies to some day.
pub(crate) async fn rows(conn: &impl ConnectionTrait) -> Result<Vec<MapRow>> {
    let rows = standing().all(conn).await?;
    Ok(rows.iter().map(row_of).collect())
}

/// A stored row, as the rules take it.
pub(crate) fn row_of(row: &coding_map_row::Model) -> MapRow {
    MapRow {
        id: row.id,
        codes: Codes {
            cost_centre: row.cost_centre.clone(),
            account: row.account.clone(),
            project: row.project.clone(),
        },
        from: row.valid_from,
        to: row.valid_to,
        coding: Coding {
            pool: row.pool_id,
            category: row.category_id,
            place: row.place.clone(),
            group: row.people_group.clone(),
            capital: row.capital,
        },
    }
}

/// One row, withdrawn or not.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    id: CodingMapRowId,
) -> Result<coding_map_row::Model> {
    coding_map_row::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// Lines of accepted imports that wait to be coded, as far as an actor may see them.
pub(crate) fn waiting(ctx: &Ctx) -> Select<waiting_line::Entity> {
    let query = waiting_line::Entity::find()
        .filter(waiting_line::Column::CodedByImportId.is_null())
        .filter(waiting_line::Column::ImportId.in_subquery(crate::imports::accepted()));
    // a ledger holds every pool's spend: whoever sees only their own awards sees none
    for_those_inside(ctx, query)
}

/// These lines, as far as they wait.
pub(crate) async fn waiting_with(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    ids: &[WaitingLineId],
) -> Result<Vec<waiting_line::Model>> {
    Ok(waiting(ctx)
        .filter(waiting_line::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?)
}

/// The codes of a line that waits.
pub(crate) fn codes_of(line: &waiting_line::Model) -> Codes {
    Codes {
        cost_centre: line.cost_centre.clone(),
        account: line.account.clone(),
        project: line.project.clone(),
    }
}

/// Which import each of these came from, where its lines were coded after that was accepted.
pub(crate) async fn coded_from(
    conn: &impl ConnectionTrait,
    imports: impl IntoIterator<Item = SpendImportId>,
) -> Result<HashMap<SpendImportId, spend_import::Model>> {
    let mut ids: Vec<SpendImportId> = imports.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = HashMap::new();
    for some in ids.chunks(500) {
        let rows = spend_import::Entity::find()
            .filter(spend_import::Column::Id.is_in(some.iter().copied()))
            .filter(spend_import::Column::CodedFromId.is_not_null())
            .all(conn)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// Pools and cost categories by id, and by what people and files call them.
pub(crate) struct Chart {
    pools: HashMap<PoolId, pool::Model>,
    categories: HashMap<CostCategoryId, cost_category::Model>,
}

impl Chart {
    pub(crate) async fn of(conn: &impl ConnectionTrait) -> Result<Self> {
        let pools = pool::Entity::find().all(conn).await?;
        let categories = cost_category::Entity::find().all(conn).await?;
        Ok(Self {
            pools: pools.into_iter().map(|row| (row.id, row)).collect(),
            categories: categories.into_iter().map(|row| (row.id, row)).collect(),
        })
    }

    pub(crate) fn pool(&self, id: PoolId) -> Option<&pool::Model> {
        self.pools.get(&id)
    }

    pub(crate) fn category(&self, id: CostCategoryId) -> Option<&cost_category::Model> {
        self.categories.get(&id)
    }

    pub(crate) fn pool_called(&self, text: &str) -> Option<PoolId> {
        let text = text.to_lowercase();
        let by = |row: &&pool::Model| row.slug == text;
        let name = |row: &&pool::Model| row.name.to_lowercase() == text;
        let mut rows = self.pools.values();
        rows.find(by)
            .or_else(|| self.pools.values().find(name))
            .map(|row| row.id)
    }

    pub(crate) fn category_called(&self, text: &str) -> Option<CostCategoryId> {
        let text = text.to_lowercase();
        let by = |row: &&cost_category::Model| row.slug == text;
        let name = |row: &&cost_category::Model| row.name.to_lowercase() == text;
        let mut rows = self.categories.values();
        rows.find(by)
            .or_else(|| self.categories.values().find(name))
            .map(|row| row.id)
    }
}
