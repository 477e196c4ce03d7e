//! What a position is made from: sums that were kept, by day and run, never the lines.

pub(super) mod since;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, AwardMoneyKind, AwardYearEventKind, AwardYearId, ContributionId,
    ContributionStatementId, CostCategoryId, Money, OrganisationId, PoolId, award_money,
    award_year, award_year_event, contribution, contribution_statement, forecast, pool_disclosure,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};

use super::rules::ahead::ByMonth;
use super::rules::{AsOf, Said};
use crate::calendar::rules::first_of_month;
use crate::db::{among, statement};
use crate::{Error, Result};

/// Conditions of a statement with the values that they name.
struct Where {
    sql: String,
    values: Vec<Value>,
}

impl Where {
    fn of(pool: PoolId, day: &str, recorded: &str, then: AsOf) -> Self {
        let mut found = Self {
            sql: String::new(),
            values: vec![pool.into()],
        };
        found.and(&format!("{day} <= "), then.on);
        if let Some(known_at) = then.known_at {
            found.and(&format!("{recorded} <= "), known_at);
        }
        found
    }

    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = self.values.len();
        self.sql.push_str(&format!(" AND {condition}${place}"));
    }

    fn narrowed(&mut self, by: &Narrow, table: &str) {
        if let Some(from) = by.from {
            self.and(&format!("{table}.incurred_on >= "), from);
        }
        if let Some(place) = &by.place {
            self.and(&format!("{table}.place = "), place.clone());
        }
        if let Some(group) = &by.group {
            self.and(&format!("{table}.people_group = "), group.clone());
        }
    }
}

/// Which spend of a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrow {
    pub(super) from: Option<NaiveDate>,
    pub(super) place: Option<String>,
    pub(super) group: Option<String>,
}

/// What awards paid of a pool's spend, by award and cost category.
pub(super) async fn paid(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    then: AsOf,
    narrow: &Narrow,
) -> Result<BTreeMap<(AwardId, CostCategoryId), Money>> {
    let mut only = Where::of(pool, "a.incurred_on", "r.accepted_at", then);
    only.narrowed(narrow, "a");
    let sql = format!(
        "SELECT a.award_id, a.category_id, CAST(SUM(a.amount) AS bigint) AS total \
         FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
         WHERE r.state = 'accepted' AND r.pool_id = $1{} \
         GROUP BY a.award_id, a.category_id",
        only.sql
    );
    let mut paid = BTreeMap::new();
    for row in conn
        .query_all_raw(statement(conn, sql, only.values))
        .await?
    {
        let award = AwardId(row.try_get("", "award_id")?);
        let category = CostCategoryId(row.try_get("", "category_id")?);
        paid.insert((award, category), Money(row.try_get("", "total")?));
    }
    Ok(paid)
}

/// A pool's spend, by cost category. Sums by place and group are not kept of spend, as they are of what
/// awards pay: where one is asked for, the lines are read.
pub(super) async fn spent(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    then: AsOf,
    narrow: &Narrow,
) -> Result<BTreeMap<CostCategoryId, Money>> {
    let lines = narrow.place.is_some() || narrow.group.is_some();
    let table = if lines { "spend_line" } else { "spend_total" };
    let mut only = Where::of(pool, "l.incurred_on", "i.accepted_at", then);
    only.narrowed(narrow, "l");
    let sql = format!(
        "SELECT l.category_id, CAST(SUM(l.amount) AS bigint) AS total \
         FROM {table} l JOIN spend_import i ON i.id = l.import_id \
         WHERE i.state = 'accepted' AND l.pool_id = $1{} GROUP BY l.category_id",
        only.sql
    );
    let mut spent = BTreeMap::new();
    for row in conn
        .query_all_raw(statement(conn, sql, only.values))
        .await?
    {
        let category = CostCategoryId(row.try_get("", "category_id")?);
        spent.insert(category, Money(row.try_get("", "total")?));
    }
    Ok(spent)
}

/// A pool's spend by the month in which it was received, from what imports kept by day.
pub(super) async fn spent_by_month(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    then: AsOf,
) -> Result<BTreeMap<NaiveDate, Money>> {
    let only = Where::of(pool, "l.incurred_on", "i.accepted_at", then);
    let sql = format!(
        "SELECT l.incurred_on, CAST(SUM(l.amount) AS bigint) AS total \
         FROM spend_total l JOIN spend_import i ON i.id = l.import_id \
         WHERE i.state = 'accepted' AND l.pool_id = $1{} GROUP BY l.incurred_on",
        only.sql
    );
    let mut spent: BTreeMap<NaiveDate, Money> = BTreeMap::new();
    for row in conn
        .query_all_raw(statement(conn, sql, only.values))
        .await?
    {
        let month = first_of_month(row.try_get("", "incurred_on")?);
        let sum = spent.entry(month).or_default();
        *sum = sum
            .plus(Money(row.try_get("", "total")?))
            .ok_or_else(|| Error::internal("a pool's spend fits no number"))?;
    }
    Ok(spent)
}

/// The places and the groups that a pool's attributed spend names.
pub(super) async fn places_and_groups(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let (mut places, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for pool in pools {
        for row in conn
            .query_all_raw(statement(
                conn,
                "SELECT DISTINCT a.place, a.people_group FROM attribution_total a \
                 JOIN attribution_run r ON r.id = a.run_id \
                 WHERE r.state = 'accepted' AND r.pool_id = $1",
                [(*pool).into()],
            ))
            .await?
        {
            places.extend(row.try_get::<Option<String>>("", "place")?);
            groups.extend(row.try_get::<Option<String>>("", "people_group")?);
        }
    }
    Ok((places, groups))
}

/// The pools that each of these awards puts money into. What is received or forecast is the award's: its
/// share of a pool is not known.
pub(super) async fn pools_of(
    conn: &impl ConnectionTrait,
    awards: impl IntoIterator<Item = AwardId>,
) -> Result<HashMap<AwardId, BTreeSet<PoolId>>> {
    let mut pools: HashMap<AwardId, BTreeSet<PoolId>> = HashMap::new();
    for row in contribution::Entity::find()
        .filter(among(conn, contribution::Column::AwardId, awards))
        .all(conn)
        .await?
    {
        pools.entry(row.award_id).or_default().insert(row.pool_id);
    }
    Ok(pools)
}

/// What was stated of contributions, in the order in which it was recorded.
pub(super) async fn said(
    conn: &impl ConnectionTrait,
    ids: &[ContributionId],
) -> Result<HashMap<ContributionId, Vec<Said<ContributionStatementId>>>> {
    let mut said: HashMap<ContributionId, Vec<_>> = HashMap::new();
    for row in contribution_statement::Entity::find()
        .filter(contribution_statement::Column::ContributionId.is_in(ids.iter().copied()))
        .order_by_asc(contribution_statement::Column::Seq)
        .all(conn)
        .await?
    {
        said.entry(row.contribution_id).or_default().push(Said {
            id: row.id,
            before: row.agreed_before,
            agreed: row.agreed,
            on: row.agreed_on,
            recorded_at: row.recorded_at,
        });
    }
    Ok(said)
}

/// The years of awards with whether their funder had promised them then.
pub(super) async fn years(
    conn: &impl ConnectionTrait,
    awards: &[AwardId],
    then: AsOf,
) -> Result<HashMap<AwardId, Vec<(AwardYearId, bool)>>> {
    let rows = award_year::Entity::find()
        .filter(among(
            conn,
            award_year::Column::AwardId,
            awards.iter().copied(),
        ))
        .order_by_asc(award_year::Column::StartsOn)
        .all(conn)
        .await?;
    let mut not_yet: BTreeSet<AwardYearId> = BTreeSet::new();
    for event in award_year_event::Entity::find()
        .filter(award_year_event::Column::YearId.is_in(rows.iter().map(|row| row.id)))
        .filter(award_year_event::Column::Kind.eq(AwardYearEventKind::Confirmed))
        .all(conn)
        .await?
    {
        if !then.counts(event.happened_on, event.recorded_at) {
            not_yet.insert(event.year_id);
        }
    }
    let mut years: HashMap<AwardId, Vec<(AwardYearId, bool)>> = HashMap::new();
    for row in rows {
        let confirmed =
            row.standing == entity::YearStanding::Confirmed && !not_yet.contains(&row.id);
        years
            .entry(row.award_id)
            .or_default()
            .push((row.id, confirmed));
    }
    Ok(years)
}

/// What was received of each award, less what was repaid.
pub(super) async fn received(
    conn: &impl ConnectionTrait,
    awards: &[AwardId],
    then: AsOf,
) -> Result<HashMap<AwardId, Money>> {
    let by_month = received_by_month(conn, awards, then).await?;
    by_month
        .into_iter()
        .map(|(award, months)| {
            let sum = Money::sum(months.into_values())
                .ok_or_else(|| Error::internal("receipts that fit no number"))?;
            Ok((award, sum))
        })
        .collect()
}

/// The same by month.
pub(super) async fn received_by_month(
    conn: &impl ConnectionTrait,
    awards: &[AwardId],
    then: AsOf,
) -> Result<HashMap<AwardId, BTreeMap<NaiveDate, Money>>> {
    let mut received: HashMap<AwardId, BTreeMap<NaiveDate, Money>> = HashMap::new();
    for row in award_money::Entity::find()
        .filter(among(
            conn,
            award_money::Column::AwardId,
            awards.iter().copied(),
        ))
        .filter(award_money::Column::Kind.ne(AwardMoneyKind::Claim))
        .all(conn)
        .await?
    {
        if !then.counts(row.happened_on, row.recorded_at) {
            continue;
        }
        let months = received.entry(row.award_id).or_default();
        let sum = months.entry(first_of_month(row.happened_on)).or_default();
        *sum = match row.kind {
            AwardMoneyKind::Repayment => sum.minus(row.amount),
            AwardMoneyKind::Receipt | AwardMoneyKind::Claim => sum.plus(row.amount),
        }
        .ok_or_else(|| Error::internal("receipts that fit no number"))?;
    }
    Ok(received)
}

/// What is forecast for each award by month, capital and revenue apart.
pub(super) async fn forecasts(
    conn: &impl ConnectionTrait,
    awards: &[AwardId],
) -> Result<HashMap<AwardId, ByMonth>> {
    let mut forecasts: HashMap<AwardId, ByMonth> = HashMap::new();
    let rows: Vec<(AwardId, NaiveDate, bool, i64)> = forecast::Entity::find()
        .select_only()
        .columns([
            forecast::Column::AwardId,
            forecast::Column::Month,
            forecast::Column::Capital,
        ])
        .column_as(crate::awards::store::total("forecast.amount"), "total")
        .filter(among(
            conn,
            forecast::Column::AwardId,
            awards.iter().copied(),
        ))
        .filter(forecast::Column::SupersededAt.is_null())
        .group_by(forecast::Column::AwardId)
        .group_by(forecast::Column::Month)
        .group_by(forecast::Column::Capital)
        .into_tuple()
        .all(conn)
        .await?;
    for (award, month, capital, sum) in rows {
        forecasts
            .entry(award)
            .or_default()
            .insert((month, capital), Money(sum));
    }
    Ok(forecasts)
}

/// What awards paid of a pool's spend, by award and month of receipt, capital and revenue apart.
pub(super) async fn paid_by_month(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    then: AsOf,
    narrow: &Narrow,
) -> Result<HashMap<AwardId, ByMonth>> {
    let mut only = Where::of(pool, "a.incurred_on", "r.accepted_at", then);
    only.narrowed(narrow, "a");
    let sql = format!(
        "SELECT a.award_id, a.incurred_on, a.capital, CAST(SUM(a.amount) AS bigint) AS total \
         FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
         WHERE r.state = 'accepted' AND r.pool_id = $1{} \
         GROUP BY a.award_id, a.incurred_on, a.capital",
        only.sql
    );
    let mut paid: HashMap<AwardId, ByMonth> = HashMap::new();
    for row in conn
        .query_all_raw(statement(conn, sql, only.values))
        .await?
    {
        let award = AwardId(row.try_get("", "award_id")?);
        let month = first_of_month(row.try_get("", "incurred_on")?);
        let by_month = paid.entry(award).or_default();
        let sum = by_month
            .entry((month, row.try_get("", "capital")?))
            .or_default();
        *sum = sum
            .plus(Money(row.try_get("", "total")?))
            .ok_or_else(|| Error::internal("what an award paid fits no number"))?;
    }
    Ok(paid)
}

/// What was agreed of how the funders of a pool are shown, in the order in which it was recorded.
pub(super) async fn disclosures(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Vec<pool_disclosure::Model>> {
    Ok(pool_disclosure::Entity::find()
        .filter(pool_disclosure::Column::PoolId.eq(pool))
        .order_by_asc(pool_disclosure::Column::Seq)
        .all(conn)
        .await?)
}

/// The funders of a pool that agreed to be shown by name.
pub(super) async fn named(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    today: NaiveDate,
) -> Result<BTreeSet<OrganisationId>> {
    let mut named = BTreeSet::new();
    for row in disclosures(conn, pool).await? {
        if row.starts_on > today {
            continue;
        }
        if row.by_name {
            named.insert(row.funder_id);
        } else {
            named.remove(&row.funder_id);
        }
    }
    Ok(named)
}
