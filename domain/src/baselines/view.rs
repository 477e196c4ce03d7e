//! The spend that must be kept up beside an award, with its working.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{AwardId, CostCategoryId, Money, PoolId, award, contribution, forecast};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::rules::{State, Year, position, sentence, years};
use crate::access::rules::Operation;
use crate::awards::rules::further::BaselineTerms;
use crate::calendar::rules::first_of_month;
use crate::db::statement;
use crate::{Ctx, Db, Error, Result, awards, categories, pools};

/// The spend that must be kept up beside an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardBaseline)]
pub struct BaselineView {
    /// What must be kept up in each year, in pence; absent where nothing must.
    #[schema(value_type = Option<i64>)]
    pub yearly_pence: Option<Money>,
    /// What spend that is, and whose.
    pub of_what: String,
    /// Whether it is measured here: from a day on, over pools and cost categories.
    pub is_measured: bool,
    /// The pools whose spend counts, by name; none: all.
    pub pools: Vec<String>,
    /// The cost categories whose spend counts, by name; none: all.
    pub categories: Vec<String>,
    /// The years, in their order; none where it is not measured here.
    pub years: Vec<BaselineYear>,
}

/// A year in which spend must be kept up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BaselineYear {
    /// First London date.
    pub from_on: NaiveDate,
    /// Last London date.
    pub to_on: NaiveDate,
    /// How it stands.
    pub state: State,
    /// Spent in the pools and cost categories that count, in pence.
    #[schema(value_type = i64)]
    pub spent_pence: Money,
    /// Of that, what the award itself pays for, in pence: it does not count.
    #[schema(value_type = i64)]
    pub paid_by_award_pence: Money,
    /// What counts, in pence.
    #[schema(value_type = i64)]
    pub counted_pence: Money,
    /// Forecast for the months to come, by other awards, in pence.
    #[schema(value_type = i64)]
    pub forecast_pence: Money,
    /// What counts and what is forecast, in pence.
    #[schema(value_type = i64)]
    pub expected_pence: Money,
    /// Short of what must be kept up, in pence: of a year that is not over, with what is forecast.
    #[schema(value_type = i64)]
    pub short_pence: Money,
    /// The same as a sentence.
    pub sentence: String,
    /// What it is made of, by pool and cost category.
    pub parts: Vec<BaselinePart>,
}

/// What counts of a pool and a cost category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BaselinePart {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Its name.
    pub category: String,
    /// Spent, in pence.
    #[schema(value_type = i64)]
    pub spent_pence: Money,
    /// Of that, what the award itself pays for, in pence.
    #[schema(value_type = i64)]
    pub paid_by_award_pence: Money,
    /// What counts, in pence.
    #[schema(value_type = i64)]
    pub counted_pence: Money,
}

/// The spend that must be kept up beside an award, year by year.
pub async fn of_award(db: &Db, ctx: &Ctx, id: AwardId) -> Result<BaselineView> {
    ctx.require(Operation::ReadBaseline)?;
    // One snapshot: what was spent and what the award pays of it belong together.
    let conn = db.snapshot().await?;
    let award = awards::store::one(&conn, ctx, id).await?;
    let terms = awards::store::further(&conn, id).await?.baseline;
    let view = of(&conn, &award, &terms, ctx.today()).await?;
    conn.rollback().await?;
    Ok(view)
}

/// The years that are over and end on one of these days, of which spend was not kept up. The caller has looked
/// whether the award may be seen.
pub(crate) async fn not_kept(
    conn: &impl ConnectionTrait,
    award: &award::Model,
    terms: &BaselineTerms,
    (from, to): Year,
    today: NaiveDate,
) -> Result<Vec<BaselineYear>> {
    let (Some(required), Some(from_on)) = (terms.yearly_pence, terms.from_on) else {
        return Ok(Vec::new());
    };
    let ended: Vec<Year> = years(from_on, award.ends_on)
        .into_iter()
        .filter(|(_, last)| (from..=to).contains(last) && *last < today)
        .collect();
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let named = names(conn).await?;
    let mut short = Vec::new();
    for year in ended {
        let one = of_year(conn, award.id, terms, required, year, today, &named).await?;
        if one.state == State::Short {
            short.push(one);
        }
    }
    Ok(short)
}

/// What pools and cost categories are called.
type Names = (HashMap<PoolId, String>, HashMap<CostCategoryId, String>);

async fn names(conn: &impl ConnectionTrait) -> Result<Names> {
    let pools = pools::store::all_names(conn).await?;
    Ok((pools, categories::store::all_names(conn).await?))
}

async fn of(
    conn: &impl ConnectionTrait,
    award: &award::Model,
    terms: &BaselineTerms,
    today: NaiveDate,
) -> Result<BaselineView> {
    let named = names(conn).await?;
    let (pools, categories) = &named;
    let mut view = BaselineView {
        yearly_pence: terms.yearly_pence,
        of_what: terms.of_what.clone(),
        is_measured: terms.from_on.is_some(),
        pools: terms
            .pool_ids
            .iter()
            .filter_map(|id| pools.get(id).cloned())
            .collect(),
        categories: terms
            .category_ids
            .iter()
            .filter_map(|id| categories.get(id).cloned())
            .collect(),
        years: Vec::new(),
    };
    let (Some(required), Some(from_on)) = (terms.yearly_pence, terms.from_on) else {
        return Ok(view);
    };
    for year in years(from_on, award.ends_on) {
        let one = of_year(conn, award.id, terms, required, year, today, &named).await?;
        view.years.push(one);
    }
    Ok(view)
}

async fn of_year(
    conn: &impl ConnectionTrait,
    award: AwardId,
    terms: &BaselineTerms,
    required: Money,
    year: Year,
    today: NaiveDate,
    (pools, categories): &Names,
) -> Result<BaselineYear> {
    let parts = parts(conn, award, terms, year, (pools, categories)).await?;
    let sum = |of: fn(&BaselinePart) -> Money| {
        Money::sum(parts.iter().map(of))
            .ok_or_else(|| Error::internal("the spend of a year fits no number"))
    };
    let counted = sum(|part| part.counted_pence)?;
    let forecast = forecast_of(conn, award, terms, year, today).await?;
    let stands = position(required, counted, forecast, year, today);
    Ok(BaselineYear {
        from_on: year.0,
        to_on: year.1,
        state: stands.state,
        spent_pence: sum(|part| part.spent_pence)?,
        paid_by_award_pence: sum(|part| part.paid_by_award_pence)?,
        counted_pence: counted,
        forecast_pence: forecast,
        expected_pence: stands.expected,
        short_pence: stands.short,
        sentence: sentence(required, counted, forecast, year, &stands),
        parts,
    })
}

fn counts(terms: &BaselineTerms, pool: PoolId, category: CostCategoryId) -> bool {
    (terms.pool_ids.is_empty() || terms.pool_ids.contains(&pool))
        && (terms.category_ids.is_empty() || terms.category_ids.contains(&category))
}

/// What was spent in a year and what the award paid of it, by pool and cost category.
async fn parts(
    conn: &impl ConnectionTrait,
    award: AwardId,
    terms: &BaselineTerms,
    (from, to): Year,
    (pools, categories): (&HashMap<PoolId, String>, &HashMap<CostCategoryId, String>),
) -> Result<Vec<BaselinePart>> {
    let mut sums: BTreeMap<(PoolId, CostCategoryId), (i64, i64)> = BTreeMap::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT t.pool_id, t.category_id, CAST(SUM(t.amount) AS bigint) AS total \
             FROM spend_total t JOIN spend_import i ON i.id = t.import_id \
             WHERE i.state = 'accepted' AND t.incurred_on >= $1 AND t.incurred_on <= $2 \
             GROUP BY t.pool_id, t.category_id",
            [from.into(), to.into()],
        ))
        .await?
    {
        let key = (
            PoolId(row.try_get("", "pool_id")?),
            CostCategoryId(row.try_get("", "category_id")?),
        );
        sums.entry(key).or_default().0 = row.try_get("", "total")?;
    }
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT r.pool_id, a.category_id, CAST(SUM(a.amount) AS bigint) AS total \
             FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.state = 'accepted' AND a.award_id = $1 \
               AND a.incurred_on >= $2 AND a.incurred_on <= $3 \
             GROUP BY r.pool_id, a.category_id",
            [award.into(), from.into(), to.into()],
        ))
        .await?
    {
        let key = (
            PoolId(row.try_get("", "pool_id")?),
            CostCategoryId(row.try_get("", "category_id")?),
        );
        sums.entry(key).or_default().1 = row.try_get("", "total")?;
    }
    let mut parts: Vec<BaselinePart> = Vec::new();
    for ((pool_id, category_id), (spent, paid)) in sums {
        if !counts(terms, pool_id, category_id) || (spent, paid) == (0, 0) {
            continue;
        }
        parts.push(BaselinePart {
            pool_id,
            pool: pools.get(&pool_id).cloned().unwrap_or_default(),
            category_id,
            category: categories.get(&category_id).cloned().unwrap_or_default(),
            spent_pence: Money(spent),
            paid_by_award_pence: Money(paid),
            counted_pence: Money(spent)
                .minus(Money(paid))
                .ok_or_else(|| Error::internal("the spend of a year fits no number"))?,
        });
    }
    parts.sort_by(|a, b| (&a.pool, &a.category).cmp(&(&b.pool, &b.category)));
    Ok(parts)
}

/// What other awards expect for the months of a year that are to come. A forecast is of an award: it counts
/// where the award is put behind a pool that counts.
async fn forecast_of(
    conn: &impl ConnectionTrait,
    award: AwardId,
    terms: &BaselineTerms,
    (from, to): Year,
    today: NaiveDate,
) -> Result<Money> {
    let behind: Vec<AwardId> = contribution::Entity::find()
        .all(conn)
        .await?
        .into_iter()
        .filter(|row| terms.pool_ids.is_empty() || terms.pool_ids.contains(&row.pool_id))
        .map(|row| row.award_id)
        .filter(|id| *id != award)
        .collect();
    let rows = forecast::Entity::find()
        .filter(forecast::Column::AwardId.is_in(behind))
        .filter(forecast::Column::SupersededAt.is_null())
        .filter(forecast::Column::Month.gt(first_of_month(today)))
        .filter(forecast::Column::Month.gte(first_of_month(from)))
        .filter(forecast::Column::Month.lte(to))
        .all(conn)
        .await?;
    let these = rows.iter().filter(|row| {
        terms.category_ids.is_empty()
            || row
                .category_id
                .is_some_and(|id| terms.category_ids.contains(&id))
    });
    Money::sum(these.map(|row| row.amount))
        .ok_or_else(|| Error::internal("what is forecast fits no number"))
}
