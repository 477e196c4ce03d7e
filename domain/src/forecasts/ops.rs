//! Entering forecasts: many months at once, each taking the place of the earlier.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{AwardId, CostCategoryId, ForecastId, JobKind, Money, forecast};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::rules::{self, Bounds, Place};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, awards, categories, jobs};

/// Forecasts to enter.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForecasts {
    /// Each month, category and kind at most once.
    #[schema(min_items = 1, max_items = 2400)]
    pub entries: Vec<NewForecast>,
}

/// What we expect to spend in a month.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForecast {
    /// The month's first day, such as `2026-09-01`.
    pub month: NaiveDate,
    /// The cost category, if any.
    pub category_id: Option<CostCategoryId>,
    /// Capital, or revenue.
    pub capital: bool,
    /// How much, in pence; absent takes the earlier forecast back.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Option<Money>,
}

/// What entering changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entered {
    /// New amounts.
    pub entered: usize,
    /// Earlier ones whose place was taken.
    pub superseded: usize,
    /// Entries that said what stood already.
    pub unchanged: usize,
}

/// Enters forecasts for an award. `seen` is the [`super::view::Grid::state`] that the person had
/// before them: what changed meanwhile is not overwritten unseen.
pub async fn enter(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    seen: Option<&str>,
    new: &NewForecasts,
) -> Result<Entered> {
    ctx.require(Operation::EnterForecast)?;
    let by = ctx.person()?.id;
    let entries: Vec<(Place, Option<Money>)> = new
        .entries
        .iter()
        .map(|entry| {
            let place = Place {
                month: entry.month,
                category: entry.category_id,
                capital: entry.capital,
            };
            (place, entry.amount_pence)
        })
        .collect();
    db.write(
        ctx,
        Command::on(Operation::EnterForecast, "award", award_id),
        async |tx| {
            let award = awards::store::locked(tx, ctx, award_id).await?;
            let bounds = Bounds {
                starts_on: award.starts_on,
                ends_on: award.ends_on,
                pays_for: award.pays_for,
                categories: awards::store::categories(tx.conn(), award_id).await?,
            };
            let wrong = rules::check(&bounds, &entries);
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            check_categories(tx, &entries).await?;
            let standing = forecast::Entity::find()
                .filter(forecast::Column::AwardId.eq(award_id))
                .filter(forecast::Column::SupersededAt.is_null())
                .all(tx.conn())
                .await?;
            if seen.is_some_and(|seen| seen != super::view::state(&standing)) {
                return Err(Error::Stale);
            }
            let standing: HashMap<Place, forecast::Model> =
                standing.into_iter().map(|row| (place(&row), row)).collect();
            let mut done = Entered::default();
            let mut overtaken: Vec<ForecastId> = Vec::new();
            let mut taken_back: Vec<ForecastId> = Vec::new();
            let mut rows = Vec::new();
            for (place, amount) in &entries {
                let earlier = standing.get(place);
                if earlier.map(|row| row.amount) == *amount {
                    done.unchanged += 1;
                    continue;
                }
                overtaken.extend(earlier.map(|row| row.id));
                if amount.is_none() {
                    taken_back.extend(earlier.map(|row| row.id));
                }
                if let Some(amount) = amount {
                    rows.push(forecast::ActiveModel {
                        id: Set(ForecastId::new()),
                        award_id: Set(award_id),
                        category_id: Set(place.category),
                        month: Set(place.month),
                        capital: Set(place.capital),
                        amount: Set(*amount),
                        entered_by: Set(by),
                        entered_at: Set(tx.now()),
                        superseded_at: Set(None),
                        taken_back_by: Set(None),
                    });
                }
            }
            done.superseded = overtaken.len();
            done.entered = rows.len();
            for ids in overtaken.chunks(500) {
                forecast::Entity::update_many()
                    .col_expr(forecast::Column::SupersededAt, Expr::value(tx.now()))
                    .filter(forecast::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx.conn())
                    .await?;
            }
            for ids in taken_back.chunks(500) {
                forecast::Entity::update_many()
                    .col_expr(forecast::Column::TakenBackBy, Expr::value(by))
                    .filter(forecast::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx.conn())
                    .await?;
            }
            for some in rows.chunks(500) {
                forecast::Entity::insert_many(some.iter().cloned())
                    .exec_without_returning(tx.conn())
                    .await?;
            }
            tx.note("entered", done.entered);
            tx.note("superseded", done.superseded);
            if done.entered + done.superseded > 0 {
                jobs::ask(tx, JobKind::DraftReturns).await?;
            }
            Ok(done)
        },
    )
    .await
}

pub(super) fn place(row: &forecast::Model) -> Place {
    Place {
        month: row.month,
        category: row.category_id,
        capital: row.capital,
    }
}

async fn check_categories(tx: &Tx, entries: &[(Place, Option<Money>)]) -> Result<()> {
    let named: BTreeSet<CostCategoryId> = entries
        .iter()
        .filter_map(|(place, _)| place.category)
        .collect();
    let unknown = categories::store::unknown(tx.conn(), &named).await?;
    match entries.iter().position(|(place, _)| {
        place
            .category
            .is_some_and(|category| unknown.contains(&category))
    }) {
        None => Ok(()),
        Some(index) => Err(Error::invalid(
            format!("/entries/{index}/category_id"),
            "unknown",
            "There is no such cost category.",
        )),
    }
}
