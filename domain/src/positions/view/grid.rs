//! Who pays for what, and where the gaps are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, CostCategoryId, Money, OrganisationId, PoolId, award, award_category};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{When, put, too_much};
use crate::access::rules::Operation;
use crate::positions::rules::Attention;
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Db, Error, Result, awards, categories, closures, organisations, pools};

/// Most letters of a place, or of a group of people.
const MOST_LETTERS: usize = 200;

/// Which spend a funding grid counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GridFilter {
    /// Of this pool; none: of all.
    pub pool: Option<PoolId>,
    /// Received on this London date or later.
    pub from: Option<NaiveDate>,
    /// For this place.
    pub place: Option<String>,
    /// For this group of people.
    pub group: Option<String>,
}

/// Who pays for what, and where the gaps are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FundingGrid {
    /// Of which pool; null: of all.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// Spend received on this London date or later counts; null: all.
    pub from: Option<NaiveDate>,
    /// Spend received until this London date counts.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Only spend for this place.
    pub place: Option<String>,
    /// Only spend for this group of people.
    pub people_group: Option<String>,
    /// The columns: awards with what they pay in all.
    pub awards: Vec<GridAward>,
    /// The rows: cost categories, gaps first.
    pub rows: Vec<GridRow>,
    /// Spend, in pence.
    #[schema(value_type = i64)]
    pub spend_pence: Money,
    /// Of that, what awards pay for, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Of that, what no award pays for, in pence.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// The places that can be chosen.
    pub places: Vec<String>,
    /// The groups of people that can be chosen.
    pub groups: Vec<String>,
}

/// A column of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GridAward {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// What it pays for in this grid, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
}

/// A row of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GridRow {
    /// The cost category.
    pub category_id: CostCategoryId,
    /// What people call it.
    pub category: String,
    /// What each award pays, in the order of the columns.
    pub cells: Vec<GridCell>,
    /// Spend, in pence.
    #[schema(value_type = i64)]
    pub spend_pence: Money,
    /// Of that, what awards pay for, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Of that, what no award pays for, in pence.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// How many of the awards may pay for it on the day of the grid.
    pub may_pay: usize,
    /// What calls for attention.
    pub attention: Attention,
}

/// A cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct GridCell {
    /// The award.
    pub award_id: AwardId,
    /// What it pays, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Whether it may pay for this category on the day of the grid, by its terms as they are.
    pub may_pay: bool,
}

/// Who pays for what in a pool, or in all of them.
pub async fn grid(db: &Db, ctx: &Ctx, filter: GridFilter, when: When) -> Result<FundingGrid> {
    ctx.require(Operation::ReadFundingGrid)?;
    let then = when.then(ctx)?;
    if filter.from.is_some_and(|from| from > then.on) {
        return Err(Error::invalid(
            "/from",
            "after-the-end",
            "Enter a first day that is not after the last.",
        ));
    }
    for (pointer, chosen) in [("/place", &filter.place), ("/people_group", &filter.group)] {
        let long = chosen
            .as_ref()
            .is_some_and(|text| text.chars().count() > MOST_LETTERS);
        if long {
            return Err(Error::invalid(
                pointer,
                "too-long",
                "Enter at most 200 characters.",
            ));
        }
    }
    let conn = db.snapshot().await?;
    let all = match filter.pool {
        Some(id) => vec![pools::store::one(&conn, ctx, id).await?],
        None => pools::store::seen(ctx).all(&conn).await?,
    };
    let ids: Vec<PoolId> = all.iter().map(|pool| pool.id).collect();
    let narrow = Narrow {
        from: filter.from,
        place: filter.place.clone(),
        group: filter.group.clone(),
    };
    let mut paid: BTreeMap<(AwardId, CostCategoryId), Money> = BTreeMap::new();
    let mut spent: BTreeMap<CostCategoryId, Money> = BTreeMap::new();
    for pool in &ids {
        for (key, amount) in store::paid(&conn, *pool, then, &narrow).await? {
            put(&mut paid, key, amount)?;
        }
        for (category, amount) in store::spent(&conn, *pool, then, &narrow).await? {
            put(&mut spent, category, amount)?;
        }
    }
    let (places, groups) = store::places_and_groups(&conn, &ids).await?;
    let in_order = filter.pool.is_some();
    let mut columns = columns(db, &conn, &ids, (in_order, then.on)).await?;
    // one that is over and paid for none of this spend says nothing
    let paid_some: BTreeSet<AwardId> = paid.keys().map(|(award, _)| *award).collect();
    columns.retain(|award| award.ends_on >= then.on || paid_some.contains(&award.id));
    let allowed = Allowed::read(&conn, &columns, then.on).await?;
    let mut named: BTreeSet<CostCategoryId> =
        allowed.by_award.values().flatten().copied().collect();
    named.extend(spent.keys().copied());
    named.extend(paid.keys().map(|(_, category)| *category));
    let names = categories::store::names(&conn, named.iter().copied()).await?;
    let mut rows = named
        .into_iter()
        .map(|category| {
            let cells: Vec<GridCell> = columns
                .iter()
                .map(|award| GridCell {
                    award_id: award.id,
                    attributed_pence: paid.get(&(award.id, category)).copied().unwrap_or_default(),
                    may_pay: allowed.may_pay(award, category, then.on),
                })
                .collect();
            let spend = spent.get(&category).copied().unwrap_or_default();
            let attributed =
                Money::sum(cells.iter().map(|cell| cell.attributed_pence)).ok_or_else(too_much)?;
            let unfunded = spend.minus(attributed).ok_or_else(too_much)?;
            let may_pay = cells.iter().filter(|cell| cell.may_pay).count();
            Ok(GridRow {
                category_id: category,
                category: names.get(&category).cloned().unwrap_or_default(),
                cells,
                spend_pence: spend,
                attributed_pence: attributed,
                unfunded_pence: unfunded,
                may_pay,
                attention: Attention::of(unfunded, may_pay),
            })
        })
        .collect::<Result<Vec<GridRow>>>()?;
    let gap = |row: &GridRow| row.unfunded_pence.max(Money::ZERO);
    rows.sort_by(|a, b| {
        gap(b)
            .cmp(&gap(a))
            .then_with(|| a.category.cmp(&b.category))
    });
    let sum = |of: fn(&GridRow) -> Money| Money::sum(rows.iter().map(of)).ok_or_else(too_much);
    let funders = organisations::view::names(db, columns.iter().map(|row| row.funder_id)).await?;
    Ok(FundingGrid {
        pool_id: filter.pool,
        pool: filter
            .pool
            .and_then(|_| all.into_iter().next())
            .map(|pool| pool.name),
        from: filter.from,
        as_of: then.on,
        known_at: then.known_at,
        place: filter.place,
        people_group: filter.group,
        awards: columns
            .into_iter()
            .map(|award| {
                let mine = paid.iter().filter(|((id, _), _)| *id == award.id);
                Ok(GridAward {
                    award_id: award.id,
                    attributed_pence: Money::sum(mine.map(|(_, sum)| *sum)).ok_or_else(too_much)?,
                    funder_id: award.funder_id,
                    funder: funders.get(&award.funder_id).cloned().unwrap_or_default(),
                    award: award.title,
                })
            })
            .collect::<Result<_>>()?,
        spend_pence: sum(|row| row.spend_pence)?,
        attributed_pence: sum(|row| row.attributed_pence)?,
        unfunded_pence: sum(|row| row.unfunded_pence)?,
        rows,
        places: places.into_iter().collect(),
        groups: groups.into_iter().collect(),
    })
}

/// The awards of pools, those that are over on a day last: of one pool in the stated order, of several by
/// title.
async fn columns(
    db: &Db,
    conn: &DatabaseTransaction,
    pools: &[PoolId],
    (in_order, on): (bool, NaiveDate),
) -> Result<Vec<award::Model>> {
    let given = pools::store::contributions(conn, pools).await?;
    let mut awards = awards::view::titles(db, given.iter().map(|row| row.award_id)).await?;
    let mut columns: Vec<award::Model> = given
        .iter()
        .filter_map(|row| awards.remove(&row.award_id))
        .collect();
    if !in_order {
        columns.sort_by(|a, b| (&a.title, a.id).cmp(&(&b.title, b.id)));
    }
    // those that are over, last
    columns.sort_by_key(|award| award.ends_on < on);
    Ok(columns)
}

/// For what awards may pay.
struct Allowed {
    by_award: HashMap<AwardId, BTreeSet<CostCategoryId>>,
    closed: BTreeSet<AwardId>,
}

impl Allowed {
    async fn read(
        conn: &DatabaseTransaction,
        awards: &[award::Model],
        on: NaiveDate,
    ) -> Result<Self> {
        let ids: Vec<AwardId> = awards.iter().map(|award| award.id).collect();
        let mut by_award: HashMap<AwardId, BTreeSet<CostCategoryId>> = HashMap::new();
        for row in award_category::Entity::find()
            .filter(award_category::Column::AwardId.is_in(ids.iter().copied()))
            .all(conn)
            .await?
        {
            by_award
                .entry(row.award_id)
                .or_default()
                .insert(row.category_id);
        }
        let closed = closures::store::closed(conn, &ids).await?;
        Ok(Self {
            by_award,
            closed: closed
                .into_iter()
                .filter(|(_, one)| one.closed_on <= on)
                .map(|(id, _)| id)
                .collect(),
        })
    }

    fn may_pay(&self, award: &award::Model, category: CostCategoryId, on: NaiveDate) -> bool {
        (award.starts_on..=award.ends_on).contains(&on)
            && !self.closed.contains(&award.id)
            && self
                .by_award
                .get(&award.id)
                .is_none_or(|allowed| allowed.contains(&category))
    }
}
