//! Forecasts as readers get them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, CostCategoryId, ForecastId, Money, PersonId, forecast, person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::ops::place;
use super::rules::{Bounds, Place};
use crate::access::rules::Operation;
use crate::calendar::rules::{first_of_month, months_of};
use crate::categories::view::CategoryView;
use crate::{Ctx, Db, Error, Result, awards, categories};

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
    /// What stood before that, by month: the last amount that another took the place of, where it was another.
    pub before: BTreeMap<NaiveDate, Money>,
    /// What the award paid for, by month, of what came.
    pub spent: BTreeMap<NaiveDate, Money>,
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
    let before = before(db, award_id, &entered).await?;
    let spent = spent(db, award_id).await?;
    let of = |places: &HashMap<Place, Money>, of: Option<CostCategoryId>, capital: bool| {
        places
            .iter()
            .filter(|(place, _)| place.capital == capital && place.category == of)
            .map(|(place, amount)| (place.month, *amount))
            .collect::<BTreeMap<NaiveDate, Money>>()
    };
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
        .map(|(category, capital)| {
            let id = category.as_ref().map(|category| category.id);
            GridLine {
                amounts: of(&entered, id, capital),
                before: of(&before, id, capital),
                spent: of(&spent, id, capital),
                category,
                capital,
            }
        })
        .collect();
    Ok(Grid {
        state,
        months: months_of(award.starts_on, award.ends_on).collect(),
        lines,
    })
}

/// Of each place, the last amount that another took the place of, or that was taken back, where it was another.
async fn before(
    db: &Db,
    award_id: AwardId,
    entered: &HashMap<Place, Money>,
) -> Result<HashMap<Place, Money>> {
    let rows = forecast::Entity::find()
        .filter(forecast::Column::AwardId.eq(award_id))
        .filter(forecast::Column::SupersededAt.is_not_null())
        .order_by_desc(forecast::Column::SupersededAt)
        .order_by_desc(forecast::Column::Id)
        .all(db.read())
        .await?;
    let mut before: HashMap<Place, Money> = HashMap::new();
    for row in &rows {
        let place = place(row);
        if entered.get(&place) != Some(&row.amount) {
            before.entry(place).or_insert(row.amount);
        }
    }
    Ok(before)
}

/// What an award paid for, by month.
async fn spent(db: &Db, award_id: AwardId) -> Result<HashMap<Place, Money>> {
    let conn = db.read();
    let rows = conn
        .query_all_raw(crate::db::statement(
            conn,
            "SELECT a.category_id, a.capital, a.incurred_on, CAST(SUM(a.amount) AS bigint) AS amount \
             FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
             WHERE a.award_id = $1 AND r.state = 'accepted' \
             GROUP BY a.category_id, a.capital, a.incurred_on",
            [award_id.into()],
        ))
        .await?;
    let mut spent: HashMap<Place, Money> = HashMap::new();
    for row in rows {
        let on: NaiveDate = row.try_get("", "incurred_on")?;
        let place = Place {
            month: first_of_month(on),
            category: Some(row.try_get("", "category_id")?),
            capital: row.try_get("", "capital")?,
        };
        let sum = spent.entry(place).or_default();
        *sum = sum
            .plus(Money(row.try_get("", "amount")?))
            .ok_or_else(|| Error::internal("spend that fits no number"))?;
    }
    spent.retain(|_, amount| *amount != Money::ZERO);
    Ok(spent)
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
