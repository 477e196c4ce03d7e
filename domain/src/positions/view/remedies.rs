//! What would use money that is going to be lost: each way with its effect worked out, what saves most first. Nothing of it is
//! kept, and nothing is done: a person does it where it is done.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use entity::{AttributionPolicy, AwardId, AwardYearId, CommitmentId, Money, PoolId};
use serde::Serialize;

use super::too_much;
use super::unspent::{self, UnspentRow};
use crate::access::rules::Operation;
use crate::attribution::{ByWay, Comes, Way, ways};
use crate::calendar::rules::date_without_weekday;
use crate::commitments::view::{CommitmentFilter, list};
use crate::pools::rules::policies::Policy;
use crate::positions::rules::unspent::Goes;
use crate::{Ctx, Db, Result, awards, pools};

/// How much longer a funder is asked to let an award run.
const LONGER: u32 = 6;

/// What would use money of a pool's awards that is going to be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Remedies {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// London date of which this is told.
    pub as_of: NaiveDate,
    /// What will be lost of the awards behind the pool if nothing is done, in pence.
    #[schema(value_type = i64)]
    pub lost_pence: Money,
    /// Each way by itself, what saves most first. One that saves nothing is not told.
    pub rows: Vec<Remedy>,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyKind {
    /// Agree the rule by which as little is lost as can be: spend is attributed otherwise.
    Rule,
    /// Bring spend forward that is promised for after an award's end.
    BringForward,
    /// Ask the funder for more time.
    MoreTime,
    /// Ask the funder to let it be carried into the next year.
    CarryForward,
}

/// A way to use money that is going to be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Remedy {
    /// What can be done.
    pub kind: RemedyKind,
    /// Of which award; null: of the pool's rule.
    pub award_id: Option<AwardId>,
    /// Of which of its years.
    pub year_id: Option<AwardYearId>,
    /// From or until which London date.
    pub on: NaiveDate,
    /// What to do, and what comes of it.
    pub sentence: String,
    /// What is lost less, in pence.
    #[schema(value_type = i64)]
    pub saves_pence: Money,
    /// Agreements of which spend would come sooner.
    pub sooner: Vec<RemedySooner>,
    /// What each award pays and can be expected to pay, now and then, where it is another.
    pub awards: Vec<RemedyEffect>,
}

/// An agreement of which spend would come sooner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RemedySooner {
    /// The agreement.
    pub commitment_id: CommitmentId,
    /// What people call it, with the provider.
    pub commitment: String,
    /// How much of it, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// What becomes of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RemedyEffect {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// What it pays and can be expected to pay as things are, in pence.
    #[schema(value_type = i64)]
    pub now_pence: Money,
    /// Then, in pence.
    #[schema(value_type = i64)]
    pub then_pence: Money,
}

/// What is left of an award and lost if nothing uses it; below nothing where more is expected than it may pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spare {
    left: i64,
    is_lost: bool,
}

/// What would be lost if awards paid so much more or less.
fn lost(spare: &BTreeMap<AwardId, Spare>, more: impl Fn(AwardId) -> i64) -> i64 {
    spare
        .iter()
        .filter(|(_, of)| of.is_lost)
        .map(|(id, of)| of.left.saturating_sub(more(*id)).max(0))
        .fold(0, i64::saturating_add)
}

/// What an award pays and can be expected to pay.
fn uses(comes: &Comes, award: AwardId) -> i64 {
    let of = |sums: &BTreeMap<AwardId, Money>| sums.get(&award).map_or(0, |sum| sum.pence());
    of(&comes.paid).saturating_add(of(&comes.expected))
}

/// What would use money of a pool's awards that is going to be lost, for those inside.
pub async fn of_pool(db: &Db, ctx: &Ctx, id: PoolId) -> Result<Remedies> {
    ctx.require(Operation::ReadFundingGrid)?;
    let ending = unspent::of_pool(db, ctx, id).await?;
    let pool = pools::view::one(db, ctx, id).await?;
    let today = ctx.today();
    let running: Vec<&UnspentRow> = ending
        .rows
        .iter()
        .filter(|row| row.ends_on >= today)
        .collect();
    let is_lost = |row: &UnspentRow| {
        let parts = row.goes.iter().filter(|part| part.to.is_lost());
        parts.map(|part| part.amount_pence.pence()).sum::<i64>()
    };
    let ids: Vec<AwardId> = pool
        .contributions
        .iter()
        .map(|part| part.award_id)
        .collect();
    let known = awards::view::titles(db, ids.iter().copied()).await?;
    let mut spare: BTreeMap<AwardId, Spare> = BTreeMap::new();
    for award in &ids {
        let is_lost = known.get(award).is_some_and(|row| row.lost_if_unspent);
        spare.insert(*award, Spare { left: 0, is_lost });
    }
    for row in &running {
        let of = spare.entry(row.award_id).or_default();
        of.left = of
            .left
            .saturating_add(is_lost(row))
            .saturating_sub(row.beyond_pence.pence());
    }
    let before = lost(&spare, |_| 0);
    let mut asked: Vec<(RemedyKind, Option<&UnspentRow>, NaiveDate, Way)> = Vec::new();
    if let Some((from, rule)) = by_the_best_rule(db, &pool).await? {
        asked.push((RemedyKind::Rule, None, from, Way::Rule(rule)));
    }
    for row in running.iter().filter(|row| row.last && is_lost(row) > 0) {
        let (award, amount) = (row.award_id, is_lost(row));
        asked.push((
            RemedyKind::BringForward,
            Some(row),
            row.ends_on,
            Way::Sooner(award, amount),
        ));
        if let Some(until) = longer(row.ends_on) {
            asked.push((
                RemedyKind::MoreTime,
                Some(row),
                until,
                Way::Longer(award, until),
            ));
        }
    }
    let (about, tried): (Vec<_>, Vec<Way>) = asked
        .into_iter()
        .map(|(kind, row, on, way)| ((kind, row, on), way))
        .unzip();
    let (now, then) = ways(db, id, today, tried).await?;
    let agreements = BTreeMap::from_iter(
        list(db, ctx, CommitmentFilter::default())
            .await?
            .into_iter()
            .map(|one| (one.id, format!("{}, {}", one.title, one.provider))),
    );
    let mut rows = Vec::new();
    for ((kind, row, on), ByWay { comes, sooner }) in about.into_iter().zip(then) {
        let saves = before.saturating_sub(lost(&spare, |award| {
            uses(&comes, award).saturating_sub(uses(&now, award))
        }));
        if saves <= 0 {
            continue;
        }
        let brought = Money::sum(sooner.values().copied()).ok_or_else(too_much)?;
        rows.push(Remedy {
            kind,
            award_id: row.map(|row| row.award_id),
            year_id: row.map(|row| row.year_id),
            on,
            sentence: sentence(kind, row, on, Money(saves), brought),
            saves_pence: Money(saves),
            sooner: sooner
                .into_iter()
                .map(|(id, amount_pence)| RemedySooner {
                    commitment_id: id,
                    commitment: agreements.get(&id).cloned().unwrap_or_default(),
                    amount_pence,
                })
                .collect(),
            awards: ids
                .iter()
                .map(|award| (*award, uses(&now, *award), uses(&comes, *award)))
                .filter(|(_, now, then)| now != then)
                .map(|(award_id, now, then)| RemedyEffect {
                    award_id,
                    award: known
                        .get(&award_id)
                        .map(|row| row.title.clone())
                        .unwrap_or_default(),
                    now_pence: Money(now),
                    then_pence: Money(then),
                })
                .collect(),
        });
    }
    rows.extend(running.iter().filter_map(|row| carried(row, &running)));
    rows.sort_by(|a, b| {
        b.saves_pence
            .cmp(&a.saves_pence)
            .then_with(|| a.on.cmp(&b.on))
            .then_with(|| a.sentence.cmp(&b.sentence))
    });
    Ok(Remedies {
        pool_id: id,
        pool: pool.summary.name,
        as_of: today,
        lost_pence: Money(before),
        rows,
    })
}

fn longer(ends_on: NaiveDate) -> Option<NaiveDate> {
    // the last day of a month stays the last day of one
    ends_on
        .succ_opt()?
        .checked_add_months(Months::new(LONGER))?
        .pred_opt()
}

/// The rule by which as little is lost as can be, from the first day that is not closed; nothing where it holds from there.
async fn by_the_best_rule(
    db: &Db,
    pool: &pools::view::PoolView,
) -> Result<Option<(NaiveDate, Policy)>> {
    let policies = pools::store::policies(db.read(), pool.summary.id).await?;
    let Some(first) = policies.in_force().first() else {
        return Ok(None);
    };
    let closed = pools::store::closed(db.read(), pool.summary.id).await?;
    let after = closed
        .last()
        .and_then(|period| period.month.checked_add_months(Months::new(1)));
    let from = after.map_or(first.starts_on, |after| after.max(first.starts_on));
    let is_best = |rule: &Policy| rule.kind == AttributionPolicy::Optimal;
    let mut later = policies
        .in_force()
        .iter()
        .filter(|rule| rule.starts_on > from);
    if policies.on(from).is_some_and(is_best) && later.all(is_best) {
        return Ok(None);
    }
    Ok(Some((
        from,
        Policy {
            starts_on: from,
            kind: AttributionPolicy::Optimal,
            awards: pool
                .contributions
                .iter()
                .map(|part| (part.award_id, 0))
                .collect(),
            apart: Vec::new(),
        },
    )))
}

/// What can be carried forward if we ask and the funder agrees; with what would use it.
fn carried(row: &UnspentRow, all: &[&UnspentRow]) -> Option<Remedy> {
    let part = row.goes.iter().find(|part| part.to == Goes::CanBeAsked)?;
    let next = all
        .iter()
        .filter(|next| next.award_id == row.award_id && next.starts_on > row.ends_on)
        .min_by_key(|next| next.starts_on);
    let used = next.map_or(Money::ZERO, |next| next.beyond_pence.min(part.amount_pence));
    Some(Remedy {
        kind: RemedyKind::CarryForward,
        award_id: Some(row.award_id),
        year_id: Some(row.year_id),
        on: row.ends_on,
        sentence: format!(
            "Ask {} to let {} of “{}” be carried forward from the year that ends on {}. {}",
            row.funder,
            part.amount_pence.in_full(),
            row.award,
            date_without_weekday(row.ends_on),
            match used {
                Money::ZERO =>
                    "Nothing is expected in the year after yet that it would pay for.".to_owned(),
                used => format!(
                    "{} of it would pay for what is expected in the year after.",
                    used.in_full()
                ),
            }
        ),
        saves_pence: part.amount_pence,
        sooner: Vec::new(),
        awards: Vec::new(),
    })
}

fn sentence(
    kind: RemedyKind,
    row: Option<&UnspentRow>,
    on: NaiveDate,
    saves: Money,
    brought: Money,
) -> String {
    let on = date_without_weekday(on);
    let (award, funder) = row.map_or(("", ""), |row| (row.award.as_str(), row.funder.as_str()));
    match kind {
        RemedyKind::Rule => format!(
            "Agree that awards pay so that as little is lost as can be, from {on}: {} less is lost.",
            saves.in_full()
        ),
        RemedyKind::BringForward => format!(
            "Bring {} forward that is promised for after “{award}” ends on {on}: it would pay for it, and {} less is lost.",
            brought.in_full(),
            saves.in_full()
        ),
        RemedyKind::MoreTime => format!(
            "Ask {funder} to let “{award}” run until {on}: it would pay for what is promised for that time, and {} less is lost.",
            saves.in_full()
        ),
        RemedyKind::CarryForward => String::new(),
    }
}
