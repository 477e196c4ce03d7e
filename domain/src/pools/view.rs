//! Pools as readers get them.

pub mod balance;
pub mod policies;
pub mod statements;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    AttributionPolicy, AwardId, AwardYearId, ContributionId, Money, OrganisationId, PoolId, pool,
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::store;
use crate::access::rules::Operation;
use crate::returns::view::CertifiedIn;
use crate::{Ctx, Db, Error, Result, awards, organisations, returns};

/// A pool in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PoolSummary {
    /// Its id.
    pub id: PoolId,
    /// Its stable short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Holds the money.
    pub holder_id: OrganisationId,
    /// The holder's name.
    pub holder: String,
    /// Whose money it is, each funder once, in the stated order.
    pub funders: Vec<String>,
    /// What awards agreed to put in, in pence.
    #[schema(value_type = i64)]
    pub agreed_pence: Money,
    /// Spend of accepted imports, in pence.
    #[schema(value_type = i64)]
    pub spend_pence: Money,
    /// What accepted runs attributed of it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Spend that no award pays for, in pence. Attributed and unfunded make up the spend.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// Agreed and not yet attributed of awards that are not over, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// Agreed by awards that are over and not used by their end, in pence. Agreed is what was
    /// attributed, what is left and what was not used.
    #[schema(value_type = i64)]
    pub not_used_pence: Money,
    /// Counts changes: the `ETag`.
    pub version: i64,
}

/// One pool.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PoolView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: PoolSummary,
    /// What it is for.
    pub purpose: String,
    /// The agreed rule for what is received today.
    pub policy: AttributionPolicy,
    /// From which London date it applies.
    pub policy_from: NaiveDate,
    /// Who agreed it.
    pub policy_agreed_by: String,
    /// Every rule that was agreed, the newest first.
    pub policies: Vec<policies::PolicyView>,
    /// What awards put in, in the stated order.
    pub contributions: Vec<ContributionView>,
    /// Month by month: those with spend, and those that were closed.
    pub months: Vec<PoolMonth>,
}

/// What an award puts into a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ContributionView {
    /// Its id.
    pub id: ContributionId,
    /// Its place in the stated order, from 1.
    pub position: i32,
    /// The award.
    pub award_id: AwardId,
    /// What people call the award.
    pub award: String,
    /// The funder's name.
    pub funder: String,
    /// First London date of the award's window.
    pub starts_on: NaiveDate,
    /// Last London date of the award's window.
    pub ends_on: NaiveDate,
    /// Agreed, in pence.
    #[schema(value_type = i64)]
    pub agreed_pence: Money,
    /// Attributed here by accepted runs, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// The difference while the award is not over, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// The difference once it is over, in pence: not used by its end.
    #[schema(value_type = i64)]
    pub not_used_pence: Money,
    /// What is put in by award year, the earliest first; none where it was never said by year of an
    /// award of several.
    pub years: Vec<ContributionYear>,
    /// The award's returns that stand certified: what it pays inside them stays, whatever becomes of it and
    /// of the rule.
    pub certified: Vec<CertifiedIn>,
}

/// What an award puts into a pool out of one of its years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ContributionYear {
    /// The award year.
    pub year_id: AwardYearId,
    /// Its first London date.
    pub starts_on: NaiveDate,
    /// Its last London date.
    pub ends_on: NaiveDate,
    /// Agreed, of a year that the funder confirmed, in pence.
    #[schema(value_type = i64)]
    pub confirmed_pence: Money,
    /// Agreed, of a year that the funder did not confirm yet, in pence.
    #[schema(value_type = i64)]
    pub indicative_pence: Money,
    /// Pledged and not agreed yet, in pence: it pays for nothing.
    #[schema(value_type = i64)]
    pub pledged_pence: Money,
}

/// A month of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PoolMonth {
    /// Its first day.
    pub month: NaiveDate,
    /// Spend incurred in it, in pence.
    #[schema(value_type = i64)]
    pub spend_pence: Money,
    /// Attributed of that, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Not attributed, in pence.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// Whether the ledger is closed for it.
    pub closed: bool,
}

/// A page of pools by id, after `after`.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    after: Option<PoolId>,
    limit: u64,
) -> Result<Vec<PoolSummary>> {
    ctx.require(Operation::ReadPools)?;
    let mut query = store::seen(ctx);
    if let Some(after) = after {
        query = query.filter(pool::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(pool::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    summaries(db, ctx, &rows).await
}

/// Every pool by what needs attention: most unfunded first, then by name.
pub async fn by_attention(db: &Db, ctx: &Ctx) -> Result<Vec<PoolSummary>> {
    let mut pools = list(db, ctx, None, 500).await?;
    pools.sort_by(|a, b| {
        b.unfunded_pence
            .cmp(&a.unfunded_pence)
            .then_with(|| a.name.cmp(&b.name))
    });
    Ok(pools)
}

async fn summaries(db: &Db, ctx: &Ctx, rows: &[pool::Model]) -> Result<Vec<PoolSummary>> {
    let ids: Vec<PoolId> = rows.iter().map(|row| row.id).collect();
    let parts = store::contributions(db.read(), &ids).await?;
    let sums = awards::store::attributed_in_pools(db.read(), &ids).await?;
    let spend: HashMap<PoolId, Money> = store::spend(db.read(), &ids).await?.into_iter().collect();
    let awards = awards::view::titles(db, parts.iter().map(|part| part.award_id)).await?;
    let bodies = rows
        .iter()
        .map(|row| row.holder_id)
        .chain(awards.values().map(|award| award.funder_id));
    let names = organisations::view::names(db, bodies).await?;
    let name = |id: OrganisationId| names.get(&id).cloned().unwrap_or_default();
    rows.iter()
        .map(|row| {
            let mine = || parts.iter().filter(|part| part.pool_id == row.id);
            let mut funders = Vec::new();
            for award in mine().filter_map(|part| awards.get(&part.award_id)) {
                let funder = name(award.funder_id);
                if !funders.contains(&funder) {
                    funders.push(funder);
                }
            }
            let mut left = Money::ZERO;
            let mut not_used = Money::ZERO;
            for part in mine() {
                let used = sums
                    .get(&(row.id, part.award_id))
                    .copied()
                    .unwrap_or_default();
                let rest = part.agreed.minus(used).ok_or_else(too_much)?;
                let over = awards
                    .get(&part.award_id)
                    .is_some_and(|award| is_over(award.ends_on, ctx));
                let total = if over { &mut not_used } else { &mut left };
                *total = total.plus(rest).ok_or_else(too_much)?;
            }
            let agreed = Money::sum(mine().map(|part| part.agreed)).ok_or_else(too_much)?;
            let attributed = Money::sum(
                sums.iter()
                    .filter(|((pool, _), _)| *pool == row.id)
                    .map(|(_, sum)| *sum),
            )
            .ok_or_else(too_much)?;
            let spend = spend.get(&row.id).copied().unwrap_or_default();
            Ok(PoolSummary {
                id: row.id,
                slug: row.slug.clone(),
                name: row.name.clone(),
                holder_id: row.holder_id,
                holder: name(row.holder_id),
                funders,
                agreed_pence: agreed,
                spend_pence: spend,
                attributed_pence: attributed,
                unfunded_pence: spend.minus(attributed).ok_or_else(too_much)?,
                left_pence: left,
                not_used_pence: not_used,
                version: row.version,
            })
        })
        .collect()
}

/// What an award has not paid for by its last day, it pays for no more.
fn is_over(ends_on: NaiveDate, ctx: &Ctx) -> bool {
    ends_on < ctx.today()
}

fn too_much() -> Error {
    Error::internal("a sum of a pool fits no number")
}

/// One pool.
pub async fn one(db: &Db, ctx: &Ctx, id: PoolId) -> Result<PoolView> {
    ctx.require(Operation::ReadPools)?;
    let row = store::one(db.read(), ctx, id).await?;
    let summary = summaries(db, ctx, std::slice::from_ref(&row))
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    let policies = policies::of_pool(db, ctx, id).await?;
    let today = policies
        .iter()
        .find(|one| one.standing == policies::PolicyStanding::InForce)
        .ok_or_else(|| Error::internal("a pool without a rule"))?;
    Ok(PoolView {
        summary,
        contributions: contributions_of(db, ctx, id).await?,
        months: months_of(db, id).await?,
        purpose: row.purpose,
        policy: today.policy,
        policy_from: today.starts_on,
        policy_agreed_by: today.agreed_by.clone(),
        policies,
    })
}

async fn contributions_of(db: &Db, ctx: &Ctx, id: PoolId) -> Result<Vec<ContributionView>> {
    let parts = store::contributions(db.read(), &[id]).await?;
    let mut years = statements::years_of(db, &parts).await?;
    let sums = awards::store::attributed_in_pools(db.read(), &[id]).await?;
    let awards = awards::view::titles(db, parts.iter().map(|part| part.award_id)).await?;
    let ids: Vec<AwardId> = parts.iter().map(|part| part.award_id).collect();
    let certified = returns::store::certified(db.read(), &ids).await?;
    let names =
        organisations::view::names(db, awards.values().map(|award| award.funder_id)).await?;
    parts
        .into_iter()
        .filter_map(|part| awards.get(&part.award_id).map(|award| (part, award)))
        .map(|(part, award)| {
            let attributed = sums.get(&(id, part.award_id)).copied().unwrap_or_default();
            let rest = part.agreed.minus(attributed).ok_or_else(too_much)?;
            let (left, not_used) = if is_over(award.ends_on, ctx) {
                (Money::ZERO, rest)
            } else {
                (rest, Money::ZERO)
            };
            Ok(ContributionView {
                id: part.id,
                position: part.position,
                award_id: part.award_id,
                award: award.title.clone(),
                funder: names.get(&award.funder_id).cloned().unwrap_or_default(),
                starts_on: award.starts_on,
                ends_on: award.ends_on,
                agreed_pence: part.agreed,
                attributed_pence: attributed,
                left_pence: left,
                not_used_pence: not_used,
                years: years.remove(&part.id).unwrap_or_default(),
                certified: certified
                    .iter()
                    .filter(|one| one.award == part.award_id)
                    .map(CertifiedIn::from)
                    .collect(),
            })
        })
        .collect()
}

async fn months_of(db: &Db, id: PoolId) -> Result<Vec<PoolMonth>> {
    let mut months: BTreeMap<NaiveDate, (Money, Money, bool)> = BTreeMap::new();
    for (month, sum) in store::spend_by_month(db.read(), id).await? {
        months.entry(month).or_default().0 = sum;
    }
    for (month, sum) in store::attributed_by_month(db.read(), id).await? {
        months.entry(month).or_default().1 = sum;
    }
    for period in store::closed(db.read(), id).await? {
        months.entry(period.month).or_default().2 = true;
    }
    months
        .into_iter()
        .map(|(month, (spend, attributed, closed))| {
            Ok(PoolMonth {
                month,
                spend_pence: spend,
                attributed_pence: attributed,
                unfunded_pence: spend.minus(attributed).ok_or_else(too_much)?,
                closed,
            })
        })
        .collect()
}
