//! What may be charged for management and what is, with its working, as readers get it.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AwardId, ChargeBasis, ChargeCapId, CostCategoryId, Money, PoolId};
use sea_orm::ConnectionTrait;
use serde::Serialize;

pub use super::store::Of;

use super::rules::{Spent, Year, cap_of, in_words, position, sentence, years_of_pool};
use super::store::{self, Recorded};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::pools::view::policies::{PolicyStanding, standings};
use crate::{Ctx, Db, Error, Result, awards, categories, pools};

/// What may be charged for management of an award or of a pool, and what is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Charges)]
pub struct ChargesView {
    /// The years that a cap holds for and that have begun, the newest first.
    pub years: Vec<ChargeYear>,
    /// Every cap that was agreed, the newest first.
    pub caps: Vec<ChargeCapView>,
}

/// A year, what may be charged in it and what is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChargeYear {
    /// First London date.
    pub from_on: NaiveDate,
    /// Last London date.
    pub to_on: NaiveDate,
    /// Spend is counted to this London date: the last one, or today.
    pub counted_to: NaiveDate,
    /// The cap that holds for it.
    pub cap_id: ChargeCapId,
    /// What that says, in words.
    pub cap: String,
    /// The spend that the cap is a share of, in pence; absent where it is an amount.
    #[schema(value_type = Option<i64>)]
    pub share_of_pence: Option<Money>,
    /// May be charged, in pence.
    #[schema(value_type = i64)]
    pub allowed_pence: Money,
    /// Charged, in pence.
    #[schema(value_type = i64)]
    pub charged_pence: Money,
    /// Charged beyond the cap, in pence.
    #[schema(value_type = i64)]
    pub over_pence: Money,
    /// May be charged still, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// The same as a sentence.
    pub sentence: String,
    /// The charge by cost category.
    pub parts: Vec<ChargePart>,
}

/// What is charged in a cost category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChargePart {
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Its name.
    pub category: String,
    /// Charged, in pence.
    #[schema(value_type = i64)]
    pub charged_pence: Money,
}

/// A cap as it was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ChargeCap)]
pub struct ChargeCapView {
    /// Its id.
    pub id: ChargeCapId,
    /// Its place among those of the award or the pool, from 1.
    pub seq: i32,
    /// What it is a share of, or that it is an amount; or that nothing caps the charge any more.
    pub basis: ChargeBasis,
    /// The share, in basis points.
    pub share_bp: Option<i32>,
    /// The amount for each year, in pence.
    #[schema(value_type = Option<i64>)]
    pub amount_pence: Option<Money>,
    /// What it says, in words.
    pub cap: String,
    /// The cost categories whose spend is the charge, by name.
    pub categories: Vec<String>,
    /// Who charges it.
    pub charged_by: String,
    /// First London date on which it applies.
    pub starts_on: NaiveDate,
    /// Last London date before another follows.
    pub ends_on: Option<NaiveDate>,
    /// How it stands today.
    pub standing: PolicyStanding,
    /// Who agreed it.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: NaiveDate,
    /// Where that is written.
    pub source: String,
    /// Why.
    pub reason: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
}

/// What may be charged for management of an award or of a pool, and what is.
pub async fn of(db: &Db, ctx: &Ctx, of: Of) -> Result<ChargesView> {
    ctx.require(Operation::ReadCharges)?;
    match of {
        Of::Award(id) => drop(awards::store::one(db.read(), ctx, id).await?),
        Of::Pool(id) => drop(pools::store::one(db.read(), ctx, id).await?),
    }
    // One snapshot: what was spent and what of it is the charge belong together.
    let conn = db.snapshot().await?;
    let recorded = store::caps(&conn, of).await?;
    let named = categories::store::all_names(&conn).await?;
    let mut years = measured(&conn, of, &recorded, &named, ctx.today(), None).await?;
    years.reverse();
    conn.rollback().await?;
    let people = names_of(db, recorded.iter().filter_map(|one| one.row.recorded_by)).await?;
    let days: Vec<NaiveDate> = recorded.iter().map(|one| one.row.starts_on).collect();
    let stand = standings(&days, ctx.today(), false);
    let caps = recorded.iter().zip(stand).rev();
    Ok(ChargesView {
        years,
        caps: caps
            .map(|(one, (standing, ends_on))| ChargeCapView {
                id: one.row.id,
                seq: one.row.seq,
                basis: one.row.basis,
                share_bp: one.row.share_bp,
                amount_pence: one.row.amount,
                cap: in_words(&one.cap()),
                categories: called(one, &named),
                charged_by: one.row.charged_by.clone(),
                starts_on: one.row.starts_on,
                ends_on,
                standing,
                agreed_by: one.row.agreed_by.clone(),
                agreed_on: one.row.agreed_on,
                source: one.row.source.clone(),
                reason: one.row.reason.clone(),
                recorded_by: one.row.recorded_by.and_then(|id| people.get(&id).cloned()),
            })
            .collect(),
    })
}

/// The years of which more is charged than may be, of those that a period touches, counted to its end. The
/// caller has looked whether it may be seen.
pub(crate) async fn over(
    conn: &impl ConnectionTrait,
    of: Of,
    period: Year,
    today: NaiveDate,
) -> Result<Vec<ChargeYear>> {
    let recorded = store::caps(conn, of).await?;
    if recorded.is_empty() {
        return Ok(Vec::new());
    }
    let named = categories::store::all_names(conn).await?;
    let mut years = measured(conn, of, &recorded, &named, today, Some(period)).await?;
    years.retain(|year| year.over_pence > Money::ZERO);
    Ok(years)
}

/// Whether an award pays for some of the charge of a year in a pool.
pub(crate) async fn paid_of(
    conn: &impl ConnectionTrait,
    award: AwardId,
    pool: PoolId,
    year: &ChargeYear,
) -> Result<bool> {
    let days = (year.from_on, year.counted_to);
    let categories = store::paid_in(conn, award, pool, days).await?;
    Ok(year
        .parts
        .iter()
        .any(|part| categories.contains(&part.category_id)))
}

/// What cost categories are called.
type Names = HashMap<CostCategoryId, String>;

fn called(one: &Recorded, named: &Names) -> Vec<String> {
    let mut called: Vec<String> = one
        .categories
        .iter()
        .filter_map(|id| named.get(id).cloned())
        .collect();
    called.sort();
    called
}

/// The years that have begun and have a cap, the oldest first; of a period only those that it touches, counted
/// to its end.
async fn measured(
    conn: &impl ConnectionTrait,
    of: Of,
    recorded: &[Recorded],
    named: &Names,
    today: NaiveDate,
    period: Option<Year>,
) -> Result<Vec<ChargeYear>> {
    let caps: Vec<_> = recorded.iter().map(Recorded::cap).collect();
    let years: Vec<Year> = match (of, caps.iter().map(|cap| cap.starts_on).min()) {
        (_, None) => Vec::new(),
        (Of::Award(id), Some(_)) => awards::store::years(conn, &[id])
            .await?
            .remove(&id)
            .unwrap_or_default()
            .iter()
            .map(|year| (year.starts_on, year.ends_on))
            .filter(|(from, _)| *from <= today)
            .collect(),
        (Of::Pool(_), Some(first)) => years_of_pool(first, today),
    };
    let too_much = || Error::internal("what is charged in a year fits no number");
    let mut found = Vec::new();
    for (from, to) in years {
        if period.is_some_and(|(first, last)| to < first || from > last) {
            continue;
        }
        let Some((cap, one)) = cap_of(&caps, (from, to)).and_then(|at| {
            let cap = caps.get(at)?;
            Some((cap, recorded.get(at)?))
        }) else {
            continue;
        };
        let counted_to = period.map_or(to, |(_, last)| last.min(to)).min(today);
        let by_category = store::spent(conn, of, (from, counted_to)).await?;
        let parts: Vec<ChargePart> = by_category
            .iter()
            .filter(|(id, sum)| one.categories.contains(id) && **sum != Money::ZERO)
            .map(|(id, sum)| ChargePart {
                category_id: *id,
                category: named.get(id).cloned().unwrap_or_default(),
                charged_pence: *sum,
            })
            .collect();
        let charged =
            Money::sum(parts.iter().map(|part| part.charged_pence)).ok_or_else(too_much)?;
        let all = Money::sum(by_category.values().copied()).ok_or_else(too_much)?;
        let spent = Spent {
            charged,
            other: all.minus(charged).ok_or_else(too_much)?,
        };
        let stands = position(cap, spent).ok_or_else(too_much)?;
        found.push(ChargeYear {
            from_on: from,
            to_on: to,
            counted_to,
            cap_id: one.row.id,
            cap: in_words(cap),
            share_of_pence: stands.share_of,
            allowed_pence: stands.allowed,
            charged_pence: charged,
            over_pence: stands.over,
            left_pence: stands.left,
            sentence: sentence(cap, spent, (from, to), &stands),
            parts,
        });
    }
    Ok(found)
}
