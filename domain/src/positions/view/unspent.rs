//! What will be unspent at the end of each award's years, where it goes, and what the pool's agreed rule then says.

use std::collections::{BTreeMap, HashMap};

use chrono::{Months, NaiveDate};
use entity::{
    AwardId, AwardYearId, Money, OrganisationId, PoolId, YearStanding, award, award_year,
    contribution,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;

use super::ahead::Ahead;
use super::{put, theirs, too_much};
use crate::access::rules::{Operation, Sight, sight};
use crate::awards::rules::years::{YearFacts, positions, rooms};
use crate::pools::view::balance::{self, Further, WorkingView};
use crate::positions::rules::unspent::{Goes, YearAhead, endings};
use crate::positions::store;
use crate::{Ctx, Db, Error, Result, awards, closures, organisations, pools};

/// How many months ahead of a year's end what will be lost is told to those who can still use it.
const SOON: u32 = 6;

/// What will be unspent at the end of awards' years, what will be lost soonest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Unspent {
    /// Of the awards behind which pool; null: of all awards.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// London date of which this is told.
    pub as_of: NaiveDate,
    /// Year by year of awards, each award as a whole: what will be lost first, by its day.
    pub rows: Vec<UnspentRow>,
    /// The sums of these rows.
    pub sums: UnspentSums,
    /// What was put into the pool and will be left, by its agreed rule. Null for all awards, and for a funder's
    /// officer.
    pub at_the_end: Option<AtTheEnd>,
}

/// What will be unspent, by where it goes, in pence. What is carried forward by right is no part of the sum: it
/// is told of the year that it is carried into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnspentSums {
    /// All of it.
    #[schema(value_type = i64)]
    pub unspent_pence: Money,
    /// Goes back to its funder.
    #[schema(value_type = i64)]
    pub back_pence: Money,
    /// Goes back, unless we ask and the funder lets us carry it forward.
    #[schema(value_type = i64)]
    pub can_be_asked_pence: Money,
    /// We asked, and the funder has not answered.
    #[schema(value_type = i64)]
    pub asked_pence: Money,
    /// Stays with us.
    #[schema(value_type = i64)]
    pub stays_pence: Money,
    /// The first London date after which some of it is lost.
    pub lost_after: Option<NaiveDate>,
    /// What is lost within six months if nothing is done, in pence.
    #[schema(value_type = i64)]
    pub lost_soon_pence: Money,
}

/// How a year of an award is expected to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnspentRow {
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Its year.
    pub year_id: AwardYearId,
    /// First London date of the year.
    pub starts_on: NaiveDate,
    /// Last London date of the year.
    pub ends_on: NaiveDate,
    /// It is the award's last year.
    pub last: bool,
    /// Carried into it by right from the year before, as far as that is expected to leave it, in pence.
    #[schema(value_type = i64)]
    pub carried_in_pence: Money,
    /// What it may pay, without what is only at risk, in pence.
    #[schema(value_type = i64)]
    pub may_pay_pence: Money,
    /// Attributed to it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Promised to providers in its window and not spent, as far as it can be expected to pay by the rules of its
    /// pools, in pence.
    #[schema(value_type = i64)]
    pub outstanding_pence: Money,
    /// Forecast in its window beyond that, in pence.
    #[schema(value_type = i64)]
    pub not_committed_pence: Money,
    /// What will be unspent, in pence.
    #[schema(value_type = i64)]
    pub unspent_pence: Money,
    /// What is attributed, promised and forecast beyond what it may pay, in pence.
    #[schema(value_type = i64)]
    pub beyond_pence: Money,
    /// Where what will be unspent goes: the parts come to it.
    pub goes: Vec<UnspentPart>,
    /// Of the award: what is put into no pool, so that nothing can be paid with it, in pence.
    #[schema(value_type = i64)]
    pub not_pooled_pence: Money,
}

/// A part of what will be unspent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnspentPart {
    /// Where it goes.
    pub to: Goes,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// What was put into a pool and will be left once all that is expected has come, by its agreed rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AtTheEnd {
    /// Award by award, in the pool's order.
    pub rows: Vec<AtTheEndRow>,
    /// What will be left of all of them, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// What no award pays for, and what is promised for which none can be expected to pay, in pence.
    #[schema(value_type = i64)]
    pub not_covered_pence: Money,
    /// Who bears what is not covered, by the rule of today; null where none is agreed.
    pub overspend: Option<WorkingView>,
    /// Who has what is left, by the rule of today; null where none is agreed.
    pub underspend: Option<WorkingView>,
}

/// An award in the working of what a pool will leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AtTheEndRow {
    /// The award.
    pub award_id: AwardId,
    /// What people call it, with who gives it.
    pub award: String,
    /// Put into the pool, in pence.
    #[schema(value_type = i64)]
    pub agreed_pence: Money,
    /// Attributed in the pool, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Promised out of the pool, in pence.
    #[schema(value_type = i64)]
    pub outstanding_pence: Money,
    /// Forecast beyond that, in pence; null where the award pays into further pools, and nothing is counted.
    #[schema(value_type = Option<i64>)]
    pub not_committed_pence: Option<Money>,
    /// What will be left, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
}

/// What will be unspent of the awards behind a pool, each as a whole. A funder's officer gets their own awards
/// and nothing else: what others will leave rests on what we plan with their money.
pub async fn of_pool(db: &Db, ctx: &Ctx, id: PoolId) -> Result<Unspent> {
    ctx.require(Operation::ReadPosition)?;
    let conn = db.snapshot().await?;
    let (pool, mine) = match sight(&ctx.actor) {
        Sight::All => (pools::store::one(&conn, ctx, id).await?, None),
        Sight::Funders(mine) => (theirs(&conn, &mine, id).await?, Some(mine)),
        Sight::Nothing => return Err(Error::NotFound),
    };
    let given = pools::store::contributions(&conn, &[id]).await?;
    let mut all =
        award::Entity::find().filter(award::Column::Id.is_in(given.iter().map(|row| row.award_id)));
    if let Some(mine) = &mine {
        all = all.filter(award::Column::FunderId.is_in(mine.iter().copied()));
    }
    let all = all.all(&conn).await?;
    let ids: Vec<AwardId> = all.iter().map(|award| award.id).collect();
    let ahead = Ahead::read(&conn, ctx, &ids, &[]).await?;
    let rows = rows(db, &conn, ctx, all, &ahead).await?;
    let at_the_end = match mine {
        Some(_) => None,
        None => Some(at_the_end(db, &conn, ctx, id, &ahead).await?),
    };
    Ok(Unspent {
        pool_id: Some(id),
        pool: Some(pool.name),
        as_of: ctx.today(),
        sums: sums(ctx, &rows)?,
        rows,
        at_the_end,
    })
}

/// What will be unspent of all awards, for those inside.
pub async fn of_all(db: &Db, ctx: &Ctx) -> Result<Unspent> {
    ctx.require(Operation::ReadFundingGrid)?;
    let conn = db.snapshot().await?;
    let all = awards::store::seen(ctx).all(&conn).await?;
    let ids: Vec<AwardId> = all.iter().map(|award| award.id).collect();
    let ahead = Ahead::read(&conn, ctx, &ids, &[]).await?;
    let rows = rows(db, &conn, ctx, all, &ahead).await?;
    Ok(Unspent {
        pool_id: None,
        pool: None,
        as_of: ctx.today(),
        sums: sums(ctx, &rows)?,
        rows,
        at_the_end: None,
    })
}

/// What will be lost within six months if nothing is done, with the first London date after which it is: for who
/// can still use it. Only awards are read of which a year ends by then.
pub async fn lost_soon(db: &Db, ctx: &Ctx) -> Result<Option<(Money, NaiveDate)>> {
    ctx.require(Operation::ReadFundingGrid)?;
    let conn = db.snapshot().await?;
    let ending = award_year::Entity::find()
        .filter(award_year::Column::EndsOn.gte(ctx.today()))
        .filter(award_year::Column::EndsOn.lte(soon(ctx)))
        .all(&conn)
        .await?;
    let all = awards::store::seen(ctx)
        .filter(award::Column::Id.is_in(ending.iter().map(|year| year.award_id)))
        .filter(award::Column::LostIfUnspent.eq(true))
        .all(&conn)
        .await?;
    let ids: Vec<AwardId> = all.iter().map(|award| award.id).collect();
    let ahead = Ahead::read(&conn, ctx, &ids, &[]).await?;
    let rows = rows(db, &conn, ctx, all, &ahead).await?;
    let sums = sums(ctx, &rows)?;
    Ok(sums
        .lost_after
        .map(|on| (sums.lost_soon_pence, on))
        .filter(|(amount, _)| *amount > Money::ZERO))
}

/// The last London date of what is told as soon.
fn soon(ctx: &Ctx) -> NaiveDate {
    ctx.today()
        .checked_add_months(Months::new(SOON))
        .unwrap_or(NaiveDate::MAX)
}

/// The years of awards that are not closed, as they are expected to end: those that run or are to come, and those
/// that are over whose rest the funder was asked for.
async fn rows(
    db: &Db,
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    awards: Vec<award::Model>,
    ahead: &Ahead,
) -> Result<Vec<UnspentRow>> {
    let ids: Vec<AwardId> = awards.iter().map(|award| award.id).collect();
    let closed = closures::store::closed(conn, &ids).await?;
    let years = awards::store::years(conn, &ids).await?;
    let spent = awards::store::attributed_by_year(conn, &years).await?;
    let mut pooled: BTreeMap<AwardId, Money> = BTreeMap::new();
    for row in contribution::Entity::find()
        .filter(contribution::Column::AwardId.is_in(ids.iter().copied()))
        .all(conn)
        .await?
    {
        put(&mut pooled, row.award_id, row.agreed)?;
    }
    let funders = organisations::view::names(db, awards.iter().map(|row| row.funder_id)).await?;
    let mut rows = Vec::new();
    for award in awards
        .into_iter()
        .filter(|award| !closed.contains_key(&award.id))
    {
        let of = years.get(&award.id).map_or(&[][..], Vec::as_slice);
        let spent = spent.get(&award.id).map_or(&[][..], Vec::as_slice);
        let pooled = pooled.get(&award.id).copied().unwrap_or_default();
        let whole = Whole {
            not_pooled: award
                .amount
                .minus(pooled)
                .ok_or_else(too_much)?
                .max(Money::ZERO),
            funder: funders.get(&award.funder_id).cloned().unwrap_or_default(),
            award,
        };
        rows.extend(of_award(ctx, whole, of, spent, ahead)?);
    }
    rows.sort_by(|a, b| {
        let key = |row: &UnspentRow| (urgency(row), row.ends_on);
        key(a)
            .cmp(&key(b))
            .then_with(|| b.unspent_pence.cmp(&a.unspent_pence))
            .then_with(|| (&a.award, a.year_id).cmp(&(&b.award, b.year_id)))
    });
    Ok(rows)
}

/// What will be lost comes first, then what waits for a funder, then what stays or is carried forward.
fn urgency(row: &UnspentRow) -> u8 {
    let any = |wanted: fn(Goes) -> bool| row.goes.iter().any(|part| wanted(part.to));
    if any(Goes::is_lost) {
        0
    } else if any(|goes| goes == Goes::Asked) {
        1
    } else if row.goes.is_empty() {
        3
    } else {
        2
    }
}

/// An award with what is told of it as a whole.
struct Whole {
    award: award::Model,
    funder: String,
    not_pooled: Money,
}

fn of_award(
    ctx: &Ctx,
    whole: Whole,
    years: &[YearFacts],
    spent: &[Money],
    ahead: &Ahead,
) -> Result<Vec<UnspentRow>> {
    // years follow each other without a gap
    let year_of = |on: NaiveDate| {
        let begun = years.partition_point(|year| year.starts_on <= on);
        begun.saturating_sub(1)
    };
    let mut promised: BTreeMap<usize, Money> = BTreeMap::new();
    for part in ahead.promised_of(whole.award.id) {
        put(&mut promised, year_of(part.on), part.amount)?;
    }
    let mut forecast: BTreeMap<usize, Money> = BTreeMap::new();
    for (month, amount) in ahead.forecast_of(whole.award.id) {
        put(&mut forecast, year_of(month), amount)?;
    }
    let mut seen = Vec::with_capacity(years.len());
    for (at, ((year, room), stands)) in years
        .iter()
        .zip(rooms(years))
        .zip(positions(years, spent))
        .enumerate()
    {
        let attributed = stands.attributed.minus(stands.at_risk);
        seen.push(YearAhead {
            ends_on: year.ends_on,
            own: Money(room.own.saturating_sub(room.at_risk)),
            joined: room.joined,
            attributed: attributed.ok_or_else(too_much)?,
            promised: promised.get(&at).copied().unwrap_or_default(),
            forecast: forecast.get(&at).copied().unwrap_or_default(),
            carry: year.carry,
            asked: year.asked(),
        });
    }
    let endings = endings(&seen, whole.award.lost_if_unspent).ok_or_else(too_much)?;
    let last = years.len().saturating_sub(1);
    let rows = years.iter().zip(&seen).zip(endings).enumerate();
    Ok(rows
        .filter(|(_, ((year, _), ending))| {
            let waits = ending.goes.iter().any(|(to, _)| *to == Goes::Asked);
            let runs = year.ends_on >= ctx.today();
            (runs && ending.may_pay > Money::ZERO) || (!runs && waits)
        })
        .map(|(at, ((year, ahead), ending))| UnspentRow {
            funder_id: whole.award.funder_id,
            funder: whole.funder.clone(),
            award_id: whole.award.id,
            award: whole.award.title.clone(),
            year_id: year.id,
            starts_on: year.starts_on,
            ends_on: year.ends_on,
            last: at == last,
            carried_in_pence: ending.carried_in,
            may_pay_pence: ending.may_pay,
            attributed_pence: ahead.attributed,
            outstanding_pence: ahead.promised,
            not_committed_pence: ahead.forecast,
            unspent_pence: ending.unspent,
            // what is expected of a year that is not confirmed is at risk, and no error
            beyond_pence: match year.standing {
                YearStanding::Confirmed => ending.beyond,
                YearStanding::Indicative => Money::ZERO,
            },
            goes: ending
                .goes
                .into_iter()
                .map(|(to, amount_pence)| UnspentPart { to, amount_pence })
                .collect(),
            not_pooled_pence: whole.not_pooled,
        })
        .collect())
}

fn sums(ctx: &Ctx, rows: &[UnspentRow]) -> Result<UnspentSums> {
    let until = soon(ctx);
    let mut sums = UnspentSums::default();
    let add = |sum: &mut Money, more: Money| -> Result<()> {
        *sum = sum.plus(more).ok_or_else(too_much)?;
        Ok(())
    };
    for row in rows {
        for part in &row.goes {
            let amount = part.amount_pence;
            // what a year that is over left besides is lost already
            if part.to.is_lost() && row.ends_on < ctx.today() {
                continue;
            }
            match part.to {
                Goes::CarriedForward => continue,
                Goes::Back => add(&mut sums.back_pence, amount)?,
                Goes::CanBeAsked => add(&mut sums.can_be_asked_pence, amount)?,
                Goes::Asked => add(&mut sums.asked_pence, amount)?,
                Goes::Stays => add(&mut sums.stays_pence, amount)?,
            }
            add(&mut sums.unspent_pence, amount)?;
            if part.to.is_lost() {
                let first = sums
                    .lost_after
                    .map_or(row.ends_on, |on| on.min(row.ends_on));
                sums.lost_after = Some(first);
                if row.ends_on <= until {
                    add(&mut sums.lost_soon_pence, amount)?;
                }
            }
        }
    }
    Ok(sums)
}

/// What a pool will leave, by its agreed rule.
async fn at_the_end(
    db: &Db,
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    id: PoolId,
    ahead: &Ahead,
) -> Result<AtTheEnd> {
    let pool = pools::view::one(db, ctx, id).await?;
    let ids: Vec<AwardId> = pool
        .contributions
        .iter()
        .map(|part| part.award_id)
        .collect();
    let into = store::pools_of(conn, ids.iter().copied()).await?;
    let of_pool = ahead.promised.get(&id);
    let here = of_pool.map_or(&[][..], |of| of.parts.as_slice());
    let mut further: HashMap<AwardId, Further> = HashMap::new();
    let mut rows = Vec::with_capacity(ids.len());
    for part in &pool.contributions {
        let award = part.award_id;
        let promised = here.iter().filter(|one| one.award == award);
        let promised = Money::sum(promised.map(|one| one.amount)).ok_or_else(too_much)?;
        let forecast = match into.get(&award).is_some_and(|pools| pools.len() == 1) {
            true => Some(
                Money::sum(ahead.forecast_of(award).map(|(_, amount)| amount))
                    .ok_or_else(too_much)?,
            ),
            false => None,
        };
        let paid = promised
            .plus(forecast.unwrap_or_default())
            .ok_or_else(too_much)?;
        let within = ahead.promised_of(award).map(|one| (one.fence, one.amount));
        further.insert(
            award,
            Further {
                paid,
                within: within.collect(),
            },
        );
        let used = part.attributed_pence.plus(paid).ok_or_else(too_much)?;
        rows.push(AtTheEndRow {
            award_id: award,
            award: format!("{} ({})", part.award, part.funder),
            agreed_pence: part.agreed_pence,
            attributed_pence: part.attributed_pence,
            outstanding_pence: promised,
            not_committed_pence: forecast,
            left_pence: part
                .agreed_pence
                .minus(used)
                .ok_or_else(too_much)?
                .max(Money::ZERO),
        });
    }
    let not_covered = of_pool.map_or(Money::ZERO, |of| of.not_covered);
    let not_covered = pool
        .summary
        .unfunded_pence
        .plus(not_covered)
        .ok_or_else(too_much)?;
    let (overspend, underspend) =
        balance::with_further(db, ctx, &pool, &further, not_covered).await?;
    Ok(AtTheEnd {
        left_pence: Money::sum(rows.iter().map(|row| row.left_pence)).ok_or_else(too_much)?,
        rows,
        not_covered_pence: not_covered,
        overspend,
        underspend,
    })
}
