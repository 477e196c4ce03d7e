//! Forecasts as readers get them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, CostCategoryId, ForecastId, Money, PersonId, forecast, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::ops::place;
use super::rules::{Bounds, Place};
use crate::access::rules::Operation;
use crate::calendar::rules::months_of;
use crate::categories::view::CategoryView;
use crate::{Ctx, Db, Result, awards, categories};

/// What we expect to spend in a month, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ForecastView {
    /// Its id.
    pub id: ForecastId,
    /// The month's first day.
    pub month: NaiveDate,
    /// The cost category, if any.
    pub category_id: Option<CostCategoryId>,
    /// The category's name.
    pub category: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
    /// In pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// The chosen name of who entered it.
    pub entered_by: String,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub entered_at: DateTime<Utc>,
}

/// A page of an award's standing forecasts by id, after `after`.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    after: Option<ForecastId>,
    limit: u64,
) -> Result<Vec<ForecastView>> {
    ctx.require(Operation::ReadForecasts)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let mut query = standing(award_id);
    if let Some(after) = after {
        query = query.filter(forecast::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(forecast::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    views(db, rows).await
}

/// All of an award's standing forecasts by month, for a file.
pub async fn all(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<Vec<ForecastView>> {
    let mut views = list(db, ctx, award_id, None, 100_000).await?;
    views.sort_by(|a, b| (a.month, a.capital, &a.category).cmp(&(b.month, b.capital, &b.category)));
    Ok(views)
}

fn standing(award_id: AwardId) -> sea_orm::Select<forecast::Entity> {
    forecast::Entity::find()
        .filter(forecast::Column::AwardId.eq(award_id))
        .filter(forecast::Column::SupersededAt.is_null())
}

async fn views(db: &Db, rows: Vec<forecast::Model>) -> Result<Vec<ForecastView>> {
    let people: HashMap<PersonId, String> = person::Entity::find()
        .filter(person::Column::Id.is_in(rows.iter().map(|row| row.entered_by)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|person| (person.id, person.display_name))
        .collect();
    let names =
        categories::store::names(db.read(), rows.iter().filter_map(|row| row.category_id)).await?;
    Ok(rows
        .into_iter()
        .map(|row| ForecastView {
            id: row.id,
            month: row.month,
            category_id: row.category_id,
            category: row.category_id.and_then(|id| names.get(&id).cloned()),
            capital: row.capital,
            amount_pence: row.amount,
            entered_by: people.get(&row.entered_by).cloned().unwrap_or_default(),
            entered_at: row.entered_at,
        })
        .collect())
}

/// An award's forecasts as a grid to be filled in.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Tells whether something was entered since: give it back on entering.
    pub state: String,
    /// The months of the award's window.
    pub months: Vec<NaiveDate>,
    /// The lines: what may be forecast.
    pub lines: Vec<GridLine>,
}

/// A line of the grid.
#[derive(Clone, Debug)]
pub struct GridLine {
    /// The cost category; none is "not by category".
    pub category: Option<CategoryView>,
    /// Capital, or revenue.
    pub capital: bool,
    /// Amounts by month.
    pub amounts: BTreeMap<NaiveDate, Money>,
}

/// The grid of an award's forecasts: a line for each category that it may pay for, capital and
/// revenue apart, and one for what is not by category where there is any or no category is named.
pub async fn grid(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<Grid> {
    ctx.require(Operation::ReadForecasts)?;
    let award = awards::store::one(db.read(), ctx, award_id).await?;
    let bounds = Bounds {
        starts_on: award.starts_on,
        ends_on: award.ends_on,
        pays_for: award.pays_for,
        categories: awards::store::categories(db.read(), award_id).await?,
    };
    let rows = standing(award_id).all(db.read()).await?;
    let state = state(&rows);
    let entered: HashMap<Place, Money> = rows.iter().map(|row| (place(row), row.amount)).collect();
    let mut chart: Vec<Option<CategoryView>> = categories::view::all(db, ctx)
        .await?
        .into_iter()
        .filter(|category| bounds.categories.is_empty() || bounds.categories.contains(&category.id))
        .map(Some)
        .collect();
    if bounds.categories.is_empty() || entered.keys().any(|place| place.category.is_none()) {
        chart.push(None);
    }
    let lines = [false, true]
        .into_iter()
        .filter(|capital| bounds.pays(*capital))
        .flat_map(|capital| {
            chart
                .iter()
                .map(move |category| (category.clone(), capital))
        })
        .map(|(category, capital)| GridLine {
            amounts: entered
                .iter()
                .filter(|(place, _)| {
                    place.capital == capital
                        && place.category == category.as_ref().map(|category| category.id)
                })
                .map(|(place, amount)| (place.month, *amount))
                .collect(),
            category,
            capital,
        })
        .collect();
    Ok(Grid {
        state,
        months: months_of(award.starts_on, award.ends_on).collect(),
        lines,
    })
}

/// What changes whenever an award's standing forecasts do: give it back on entering.
pub async fn state_of(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<String> {
    ctx.require(Operation::ReadForecasts)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    Ok(state(&standing(award_id).all(db.read()).await?))
}

/// What changes whenever the standing forecasts do: how many there are, and the newest.
pub(super) fn state(standing: &[forecast::Model]) -> String {
    let newest = standing.iter().map(|row| row.id).max();
    format!(
        "{}.{}",
        standing.len(),
        newest.map(|id| id.to_string()).unwrap_or_default()
    )
}
