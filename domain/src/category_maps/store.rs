//! Maps as they are kept, and what an award paid by category. Whoever asks has looked whether the award may be seen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    AwardId, CategoryMapId, CostCategoryId, Money, category_map, category_map_category,
    category_map_line, forecast,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

use super::rules::Line;
use crate::Result;
use crate::calendar::rules::first_of_month;
use crate::db::{among, statement};
use crate::positions::rules::AsOf;

/// A map with its lines, in their order.
pub(crate) struct Map {
    pub(crate) row: category_map::Model,
    pub(crate) lines: Vec<Line>,
}

/// The last map of an award that was known then.
pub(crate) async fn last(
    conn: &impl ConnectionTrait,
    award: AwardId,
    then: Option<AsOf>,
) -> Result<Option<Map>> {
    let mut query = category_map::Entity::find()
        .filter(category_map::Column::AwardId.eq(award))
        .order_by_desc(category_map::Column::Seq);
    if let Some(known_at) = then.and_then(|then| then.known_at) {
        query = query.filter(category_map::Column::RecordedAt.lte(known_at));
    }
    let Some(row) = query.one(conn).await? else {
        return Ok(None);
    };
    let lines = lines(conn, row.id).await?;
    Ok(Some(Map { row, lines }))
}

/// The lines of a map, in their order.
pub(super) async fn lines(conn: &impl ConnectionTrait, map: CategoryMapId) -> Result<Vec<Line>> {
    let rows = category_map_line::Entity::find()
        .filter(category_map_line::Column::MapId.eq(map))
        .order_by_asc(category_map_line::Column::Position)
        .all(conn)
        .await?;
    let mut made_of: BTreeMap<Uuid, BTreeSet<CostCategoryId>> = BTreeMap::new();
    for part in category_map_category::Entity::find()
        .filter(category_map_category::Column::LineId.is_in(rows.iter().map(|line| line.id)))
        .all(conn)
        .await?
    {
        made_of
            .entry(part.line_id)
            .or_default()
            .insert(part.category_id);
    }
    Ok(rows
        .into_iter()
        .map(|line| Line {
            categories: made_of.remove(&line.id).unwrap_or_default(),
            name: line.name,
            budget: line.budget,
            pays_for: line.pays_for,
        })
        .collect())
}

/// Those of these awards whose budget lines are known.
pub(crate) async fn mapped(
    conn: &impl ConnectionTrait,
    awards: impl IntoIterator<Item = AwardId>,
) -> Result<BTreeSet<AwardId>> {
    let ids: Vec<AwardId> = category_map::Entity::find()
        .select_only()
        .column(category_map::Column::AwardId)
        .filter(among(conn, category_map::Column::AwardId, awards))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Sums by cost category (none: without one), capital apart.
pub(super) type Sums = BTreeMap<(Option<CostCategoryId>, bool), Money>;

/// What an award paid in all pools: from sums by run and day, never the lines.
pub(super) async fn paid(conn: &impl ConnectionTrait, award: AwardId, then: AsOf) -> Result<Sums> {
    let mut sql = String::from(
        "SELECT a.category_id, a.capital, CAST(SUM(a.amount) AS bigint) AS total \
         FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
         WHERE r.state = 'accepted' AND a.award_id = $1 AND a.incurred_on <= $2",
    );
    let mut values: Vec<Value> = vec![award.into(), then.on.into()];
    if let Some(known_at) = then.known_at {
        sql.push_str(" AND r.accepted_at <= $3");
        values.push(known_at.into());
    }
    sql.push_str(" GROUP BY a.category_id, a.capital");
    let mut paid = Sums::new();
    for row in conn.query_all_raw(statement(conn, sql, values)).await? {
        let category = CostCategoryId(row.try_get("", "category_id")?);
        paid.insert(
            (Some(category), row.try_get("", "capital")?),
            Money(row.try_get("", "total")?),
        );
    }
    Ok(paid)
}

/// What is forecast of an award for the months after this one.
pub(super) async fn to_come(
    conn: &impl ConnectionTrait,
    award: AwardId,
    today: NaiveDate,
) -> Result<Sums> {
    let rows: Vec<(Option<CostCategoryId>, bool, i64)> = forecast::Entity::find()
        .select_only()
        .columns([forecast::Column::CategoryId, forecast::Column::Capital])
        .column_as(crate::awards::store::total("forecast.amount"), "total")
        .filter(forecast::Column::AwardId.eq(award))
        .filter(forecast::Column::SupersededAt.is_null())
        .filter(forecast::Column::Month.gt(first_of_month(today)))
        .group_by(forecast::Column::CategoryId)
        .group_by(forecast::Column::Capital)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(category, capital, total)| ((category, capital), Money(total)))
        .collect())
}
