//! Where the money comes from and where it goes: funders, pools, what spend was for, and who was paid by agreement.
//! The same sums as the position's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AllocationId, AwardId, CostCategoryId, Money, OrganisationId, PoolId, award, pool};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{When, put, too_much};
use crate::access::rules::Operation;
use crate::calendar::rules::last_of_month;
use crate::db::among;
use crate::positions::rules::AsOf;
use crate::positions::rules::flows::{Parts, Purpose, parts};
use crate::positions::store::{self, Narrow};
use crate::{Ctx, Db, Result, categories, commitments, decisions, organisations, pools};

/// Where the money comes from and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Flows {
    /// Of which pool; null: of all.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// London date.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Spend, in pence.
    #[schema(value_type = i64)]
    pub spend_pence: Money,
    /// Of that, what awards pay for, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Of that, what no award pays for, in pence.
    #[schema(value_type = i64)]
    pub unfunded_pence: Money,
    /// Who pays for the spend of each pool: together the spend.
    pub sources: Vec<FlowSource>,
    /// What the spend of each pool was for: together the spend.
    pub purposes: Vec<FlowPurpose>,
    /// Who was paid for each of these, by the agreements with providers as they stand: together the spend. Null for
    /// an earlier day that is not the last of its month, and for what was known at an earlier instant: what counts
    /// against agreements is kept by month.
    pub providers: Option<Vec<FlowProvider>>,
}

/// Who pays for spend of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FlowSource {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// The funder; null: no award pays for it.
    pub funder_id: Option<OrganisationId>,
    /// The funder's name; empty where there is none.
    pub funder: String,
    /// How much, in pence. Negative where more was taken back than was paid.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// What spend of a pool was for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FlowPurpose {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// The decision of both boards that the agreements come of under which it was spent; null: none.
    pub allocation_id: Option<AllocationId>,
    /// Its cost category, where it comes of no decision.
    pub category_id: Option<CostCategoryId>,
    /// The decision's purpose, or the cost category's name.
    pub purpose: String,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// Who was paid for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FlowProvider {
    /// The decision of both boards; null: none.
    pub allocation_id: Option<AllocationId>,
    /// The cost category, where it comes of no decision.
    pub category_id: Option<CostCategoryId>,
    /// The decision's purpose, or the cost category's name.
    pub purpose: String,
    /// Whose agreement the spend counts against; null: against none.
    pub provider_id: Option<OrganisationId>,
    /// The provider's name; empty where there is none.
    pub provider: String,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// What is read of the pools.
#[derive(Default)]
struct Read {
    sources: Vec<(PoolId, Option<OrganisationId>, Money)>,
    purposes: Vec<(PoolId, Purpose, Money)>,
    providers: BTreeMap<(Purpose, Option<OrganisationId>), Money>,
    spend: Money,
    attributed: Money,
}

/// Whether what counts against agreements is known of a day: it is kept by month, and as agreements stand now.
fn by_provider(ctx: &Ctx, then: AsOf) -> bool {
    then.known_at.is_none() && (then.on >= ctx.today() || then.on == last_of_month(then.on))
}

/// Where the money of a pool, or of all pools, comes from and where it goes.
pub async fn flows(db: &Db, ctx: &Ctx, pool: Option<PoolId>, when: When) -> Result<Flows> {
    // what a category takes of all funders, less their own, would be what another paid: no funder's officer reads it
    ctx.require(Operation::ReadFundingGrid)?;
    let then = when.then(ctx)?;
    let conn = db.snapshot().await?;
    let all: Vec<pool::Model> = match pool {
        Some(id) => vec![pools::store::one(&conn, ctx, id).await?],
        None => pools::store::seen(ctx).all(&conn).await?,
    };
    let told = by_provider(ctx, then);
    let mut read = Read::default();
    for pool in &all {
        read.of(&conn, pool.id, then, told).await?;
    }
    let names = Names::of(db, &conn, &all, &read).await?;
    let unfunded = read.spend.minus(read.attributed).ok_or_else(too_much)?;
    let mut sources: Vec<FlowSource> = read
        .sources
        .into_iter()
        .map(|(pool, funder, amount)| FlowSource {
            pool_id: pool,
            pool: names.pool(pool),
            funder_id: funder,
            funder: names.organisation(funder),
            amount_pence: amount,
        })
        .collect();
    // what no award pays for comes last
    sources.sort_by(|a, b| {
        (a.funder_id.is_none(), &a.funder, &a.pool).cmp(&(
            b.funder_id.is_none(),
            &b.funder,
            &b.pool,
        ))
    });
    let mut purposes: Vec<FlowPurpose> = read
        .purposes
        .into_iter()
        .map(|(pool, purpose, amount)| {
            let (allocation_id, category_id) = ids(purpose);
            FlowPurpose {
                pool_id: pool,
                pool: names.pool(pool),
                allocation_id,
                category_id,
                purpose: names.purpose(purpose),
                amount_pence: amount,
            }
        })
        .collect();
    purposes.sort_by(|a, b| {
        (&a.pool, b.amount_pence, &a.purpose).cmp(&(&b.pool, a.amount_pence, &b.purpose))
    });
    let mut providers: Vec<FlowProvider> = read
        .providers
        .into_iter()
        .map(|((purpose, provider), amount)| {
            let (allocation_id, category_id) = ids(purpose);
            FlowProvider {
                allocation_id,
                category_id,
                purpose: names.purpose(purpose),
                provider_id: provider,
                provider: names.organisation(provider),
                amount_pence: amount,
            }
        })
        .collect();
    providers.sort_by(|a, b| {
        (
            a.provider_id.is_none(),
            &a.provider,
            b.amount_pence,
            &a.purpose,
        )
            .cmp(&(
                b.provider_id.is_none(),
                &b.provider,
                a.amount_pence,
                &b.purpose,
            ))
    });
    Ok(Flows {
        pool_id: pool,
        pool: pool
            .and_then(|_| all.into_iter().next())
            .map(|pool| pool.name),
        as_of: then.on,
        known_at: then.known_at,
        spend_pence: read.spend,
        attributed_pence: read.attributed,
        unfunded_pence: unfunded,
        sources,
        purposes,
        providers: told.then_some(providers),
    })
}

fn ids(purpose: Purpose) -> (Option<AllocationId>, Option<CostCategoryId>) {
    match purpose {
        Purpose::Decided(id) => (Some(id), None),
        Purpose::Category(id) => (None, Some(id)),
    }
}

impl Read {
    async fn of(
        &mut self,
        conn: &DatabaseTransaction,
        pool: PoolId,
        then: AsOf,
        told: bool,
    ) -> Result<()> {
        let everything = Narrow::default();
        let paid = store::paid(conn, pool, then, &everything).await?;
        let spent = store::spent(conn, pool, then, &everything).await?;
        let spend = Money::sum(spent.values().copied()).ok_or_else(too_much)?;
        let attributed = Money::sum(paid.values().copied()).ok_or_else(too_much)?;
        self.spend = self.spend.plus(spend).ok_or_else(too_much)?;
        self.attributed = self.attributed.plus(attributed).ok_or_else(too_much)?;
        let mut by_award: BTreeMap<AwardId, Money> = BTreeMap::new();
        for ((award, _), amount) in paid {
            put(&mut by_award, award, amount)?;
        }
        let funders: HashMap<AwardId, OrganisationId> = award::Entity::find()
            .filter(among(conn, award::Column::Id, by_award.keys().copied()))
            .all(conn)
            .await?
            .into_iter()
            .map(|award| (award.id, award.funder_id))
            .collect();
        let mut by_funder: BTreeMap<Option<OrganisationId>, Money> = BTreeMap::new();
        for (award, amount) in by_award {
            put(&mut by_funder, funders.get(&award).copied(), amount)?;
        }
        let unfunded = spend.minus(attributed).ok_or_else(too_much)?;
        put(&mut by_funder, None, unfunded)?;
        let some = |(_, amount): &(Option<OrganisationId>, Money)| *amount != Money::ZERO;
        for (funder, amount) in by_funder.into_iter().filter(some) {
            self.sources.push((pool, funder, amount));
        }
        let agreements = match told {
            true => commitments::store::spent_by_agreement(conn, pool, then.on).await?,
            false => Vec::new(),
        };
        let found: Parts = parts(&spent, &agreements).ok_or_else(too_much)?;
        let mut by_purpose: BTreeMap<Purpose, Money> = BTreeMap::new();
        for ((purpose, provider), amount) in found {
            put(&mut by_purpose, purpose, amount)?;
            put(&mut self.providers, (purpose, provider), amount)?;
        }
        for (purpose, amount) in by_purpose {
            self.purposes.push((pool, purpose, amount));
        }
        Ok(())
    }
}

/// What is called how.
struct Names {
    pools: HashMap<PoolId, String>,
    organisations: HashMap<OrganisationId, String>,
    decisions: HashMap<AllocationId, String>,
    categories: HashMap<CostCategoryId, String>,
}

impl Names {
    async fn of(
        db: &Db,
        conn: &DatabaseTransaction,
        pools: &[pool::Model],
        read: &Read,
    ) -> Result<Self> {
        let funders = read.sources.iter().filter_map(|(_, funder, _)| *funder);
        let providers = read.providers.keys().filter_map(|(_, provider)| *provider);
        let ids: Vec<PoolId> = pools.iter().map(|pool| pool.id).collect();
        let decisions = match read
            .purposes
            .iter()
            .any(|(_, of, _)| category(*of).is_none())
        {
            true => decisions::store::allocations(conn, Some(&ids)).await?,
            false => Vec::new(),
        };
        let named: BTreeSet<CostCategoryId> = read
            .purposes
            .iter()
            .filter_map(|(_, purpose, _)| category(*purpose))
            .collect();
        Ok(Self {
            organisations: organisations::view::names(db, funders.chain(providers)).await?,
            categories: categories::store::names(conn, named).await?,
            decisions: decisions
                .into_iter()
                .map(|row| (row.id, row.purpose))
                .collect(),
            pools: pools
                .iter()
                .map(|pool| (pool.id, pool.name.clone()))
                .collect(),
        })
    }

    fn pool(&self, id: PoolId) -> String {
        self.pools.get(&id).cloned().unwrap_or_default()
    }

    fn organisation(&self, id: Option<OrganisationId>) -> String {
        id.and_then(|id| self.organisations.get(&id).cloned())
            .unwrap_or_default()
    }

    fn purpose(&self, purpose: Purpose) -> String {
        match purpose {
            Purpose::Decided(id) => self.decisions.get(&id).cloned(),
            Purpose::Category(id) => self.categories.get(&id).cloned(),
        }
        .unwrap_or_default()
    }
}

/// The cost category, where spend is for one.
fn category(purpose: Purpose) -> Option<CostCategoryId> {
    ids(purpose).1
}
