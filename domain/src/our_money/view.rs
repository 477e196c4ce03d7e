//! What everybody on both boards is told of the money, in all and by pool.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AwardId, GrantReturnId, Money, PaperId, PoolId, ReturnState, award, contribution};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::access::rules::Operation;
use crate::awards::rules::years::positions;
use crate::commitments::view::CommitmentFilter;
use crate::returns::view::{ReturnFilter, ReturnOrder};
use crate::{
    Ctx, Db, Error, Result, awards, commitments, decisions, organisations, pools, returns,
};

/// What everybody on both boards is told of the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OurMoney {
    /// In all pools together.
    pub together: Sums,
    /// Pool by pool, by name.
    pub pools: Vec<PoolMoney>,
    /// Awards that we lose what we do not spend of, what ends first first.
    pub may_be_lost: Vec<MayBeLost>,
    /// What waits for the boards.
    pub waits: Waits,
}

/// The sums of one pool, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = OurMoneySums)]
pub struct Sums {
    /// What awards put in, in pence.
    #[schema(value_type = i64)]
    pub given_pence: Money,
    /// What both boards put to purposes, in pence.
    #[schema(value_type = i64)]
    pub decided_pence: Money,
    /// What both boards can still decide on, in pence; negative where more was decided than put in.
    #[schema(value_type = i64)]
    pub free_pence: Money,
    /// Agreed with providers and not spent yet, in agreements that are not over, in pence.
    #[schema(value_type = i64)]
    pub promised_pence: Money,
    /// What was spent, in pence.
    #[schema(value_type = i64)]
    pub spent_pence: Money,
    /// Of that, what no award pays for yet, in pence.
    #[schema(value_type = i64)]
    pub not_covered_pence: Money,
    /// What awards that are not over have left to pay with, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// What awards that are over did not pay for, in pence.
    #[schema(value_type = i64)]
    pub not_used_pence: Money,
    /// Of what is left: of awards that we lose what we do not spend of, in pence.
    #[schema(value_type = i64)]
    pub may_be_lost_pence: Money,
}

impl Sums {
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            given_pence: self.given_pence.plus(other.given_pence)?,
            decided_pence: self.decided_pence.plus(other.decided_pence)?,
            free_pence: self.free_pence.plus(other.free_pence)?,
            promised_pence: self.promised_pence.plus(other.promised_pence)?,
            spent_pence: self.spent_pence.plus(other.spent_pence)?,
            not_covered_pence: self.not_covered_pence.plus(other.not_covered_pence)?,
            left_pence: self.left_pence.plus(other.left_pence)?,
            not_used_pence: self.not_used_pence.plus(other.not_used_pence)?,
            may_be_lost_pence: self.may_be_lost_pence.plus(other.may_be_lost_pence)?,
        })
    }
}

/// One pool's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PoolMoney {
    /// The pool.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// Who holds the money.
    pub holder: String,
    /// Its sums.
    #[serde(flatten)]
    pub sums: Sums,
    /// The first London date on which some of it is lost.
    pub lost_after: Option<NaiveDate>,
}

/// An award that we lose what we do not spend of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MayBeLost {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Who gives it.
    pub funder: String,
    /// Put into pools and not used yet, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// The last London date of its year that runs: then it goes back.
    pub by: NaiveDate,
}

/// What waits for the boards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Waits {
    /// Papers to decide on, by their date.
    pub papers: Vec<WaitingPaper>,
    /// Returns that a board has yet to agree to, by their date.
    pub returns: Vec<WaitingReturn>,
}

/// A paper to decide on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingPaper {
    /// The paper.
    pub id: PaperId,
    /// What people call it.
    pub title: String,
    /// How much it asks for, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// London date by which it should be decided.
    pub decide_by_on: NaiveDate,
    /// Whether it waits for the reader.
    pub waits_for_me: bool,
}

/// A return that a board has yet to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingReturn {
    /// The return.
    pub id: GrantReturnId,
    /// What it is called.
    pub title: String,
    /// The award's title.
    pub award: String,
    /// London date on which it is due.
    pub due_on: NaiveDate,
}

fn too_much() -> Error {
    Error::internal("the sums of our money fit no number")
}

/// Reads all of it.
pub async fn read(db: &Db, ctx: &Ctx) -> Result<OurMoney> {
    ctx.require(Operation::ReadOurMoney)?;
    let summaries = pools::view::by_attention(db, ctx).await?;
    let ids: Vec<PoolId> = summaries.iter().map(|pool| pool.id).collect();
    let decided = decisions::store::allocations(db.read(), Some(&ids)).await?;
    let free = decisions::store::free(db.read(), ctx, &ids).await?;
    let current = CommitmentFilter {
        current: true,
        ..CommitmentFilter::default()
    };
    let promised = commitments::view::list(db, ctx, current).await?;
    let losing = losing(db, ctx, &ids).await?;
    let mut all = Vec::with_capacity(summaries.len());
    let mut together = Sums::default();
    for pool in summaries {
        let of_decided = decided.iter().filter(|one| one.pool_id == pool.id);
        let of_promised = promised.iter().filter(|one| one.pool_id == pool.id);
        let of_losing = || losing.iter().filter(|one| one.pool_id == pool.id);
        let sums = Sums {
            given_pence: pool.agreed_pence,
            decided_pence: Money::sum(of_decided.map(|one| one.amount)).ok_or_else(too_much)?,
            free_pence: free.get(&pool.id).copied().unwrap_or_default(),
            promised_pence: Money::sum(of_promised.map(|one| one.outstanding_pence))
                .ok_or_else(too_much)?,
            spent_pence: pool.spend_pence,
            not_covered_pence: pool.unfunded_pence,
            left_pence: pool.left_pence,
            not_used_pence: pool.not_used_pence,
            may_be_lost_pence: Money::sum(of_losing().map(|one| one.rest)).ok_or_else(too_much)?,
        };
        together = together.plus(sums).ok_or_else(too_much)?;
        all.push(PoolMoney {
            id: pool.id,
            name: pool.name,
            holder: pool.holder,
            sums,
            lost_after: of_losing().map(|one| one.by).min(),
        });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(OurMoney {
        together,
        pools: all,
        may_be_lost: by_award(db, losing).await?,
        waits: waits(db, ctx).await?,
    })
}

/// What is left of a contribution of an award that we lose what we do not spend of.
struct Losing {
    pool_id: PoolId,
    award: award::Model,
    rest: Money,
    /// The last London date of the award's year that runs.
    by: NaiveDate,
}

/// Of each award that takes back what is not spent: what is left of its year that runs, as far as
/// pools have it, and its last day. What is carried into the year after is not lost yet.
async fn losing(db: &Db, ctx: &Ctx, ids: &[PoolId]) -> Result<Vec<Losing>> {
    let parts = contribution::Entity::find()
        .filter(contribution::Column::PoolId.is_in(ids.iter().copied()))
        .order_by_asc(contribution::Column::Id)
        .all(db.read())
        .await?;
    let titles = awards::view::titles(db, parts.iter().map(|part| part.award_id)).await?;
    let used = awards::store::attributed_in_pools(db.read(), ids).await?;
    let mut years = running(db, ctx, titles.keys().copied().collect()).await?;
    let mut losing = Vec::new();
    for part in parts {
        let (Some(award), Some((left, by))) =
            (titles.get(&part.award_id), years.get_mut(&part.award_id))
        else {
            continue;
        };
        let used = used
            .get(&(part.pool_id, part.award_id))
            .copied()
            .unwrap_or_default();
        let rest = part.agreed.minus(used).ok_or_else(too_much)?.min(*left);
        if award.lost_if_unspent && rest > Money::ZERO {
            *left = left.minus(rest).ok_or_else(too_much)?;
            losing.push(Losing {
                pool_id: part.pool_id,
                award: award.clone(),
                rest,
                by: *by,
            });
        }
    }
    Ok(losing)
}

/// What is left of the year of each of these awards that runs and is not carried on, and its last
/// London date.
async fn running(
    db: &Db,
    ctx: &Ctx,
    ids: Vec<AwardId>,
) -> Result<HashMap<AwardId, (Money, NaiveDate)>> {
    let today = ctx.today();
    let known = awards::store::years(db.read(), &ids).await?;
    let spent = awards::store::attributed_by_year(db.read(), &known).await?;
    let mut running = HashMap::new();
    for (id, years) in known {
        let spent = spent.get(&id).map(Vec::as_slice).unwrap_or_default();
        let runs = years
            .iter()
            .zip(positions(&years, spent))
            .find(|(year, _)| (year.starts_on..=year.ends_on).contains(&today));
        if let Some((year, position)) = runs
            && !position.carries_on
        {
            running.insert(id, (position.left, year.ends_on));
        }
    }
    Ok(running)
}

/// The same by award, what ends first first.
async fn by_award(db: &Db, losing: Vec<Losing>) -> Result<Vec<MayBeLost>> {
    let funders =
        organisations::view::names(db, losing.iter().map(|one| one.award.funder_id)).await?;
    let mut by_award: Vec<MayBeLost> = Vec::new();
    for one in losing {
        match by_award
            .iter_mut()
            .find(|known| known.award_id == one.award.id)
        {
            Some(known) => {
                known.amount_pence = known.amount_pence.plus(one.rest).ok_or_else(too_much)?;
            }
            None => by_award.push(MayBeLost {
                award_id: one.award.id,
                funder: funders
                    .get(&one.award.funder_id)
                    .cloned()
                    .unwrap_or_default(),
                award: one.award.title,
                amount_pence: one.rest,
                by: one.by,
            }),
        }
    }
    by_award.sort_by(|a, b| (a.by, &a.award).cmp(&(b.by, &b.award)));
    Ok(by_award)
}

async fn waits(db: &Db, ctx: &Ctx) -> Result<Waits> {
    let papers = decisions::view::by_attention(db, ctx)
        .await?
        .into_iter()
        .filter(|paper| paper.state == entity::PaperState::Open)
        .map(|paper| WaitingPaper {
            id: paper.id,
            title: paper.title,
            amount_pence: paper.amount_pence,
            decide_by_on: paper.decide_by_on,
            waits_for_me: paper.waits_for_me,
        })
        .collect();
    let open = ReturnFilter {
        open_only: true,
        ..ReturnFilter::default()
    };
    let returns = returns::view::list(db, ctx, open, ReturnOrder::Attention, None, 200)
        .await?
        .items
        .into_iter()
        .filter(|one| one.state == ReturnState::AwaitingApproval)
        .map(|one| WaitingReturn {
            id: one.id,
            title: one.title,
            award: one.award,
            due_on: one.due_on,
        })
        .collect();
    Ok(Waits { papers, returns })
}
