//! What a change of an award, or of the agreed rule, would do to the attribution of a pool: both are worked out on one
//! snapshot, and neither is kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearId, CostCategoryId, FenceId, Money, PoolId, SpendLineId, spend_line,
};

use super::rules::{Attribution, Award, Line, Shown, Year, attribute};
use super::store;
use crate::awards::rules::reach;
use crate::awards::rules::terms::Terms;
use crate::awards::rules::years::{YearFacts, rooms};
use crate::pools::rules::policies::Policy;
use crate::suspensions::rules::Stopped;
use crate::{Db, Error, Result};

/// What a pool's spend comes to, before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// By award.
    pub awards: BTreeMap<AwardId, (Money, Money)>,
    /// What no award pays for.
    pub unfunded: (Money, Money),
    /// Where what awards pay for would be another, line by line; only where lines come and go.
    pub moved: Vec<Moved>,
    /// What awards would pay of each line that comes.
    pub come: BTreeMap<SpendLineId, Money>,
    /// Where one line is looked at: what the award pays of it, now and then.
    pub of_line: Option<(Money, Money)>,
}

/// What an award would pay of a line, less what it pays now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The award.
    pub award: AwardId,
    /// When the line’s goods or services were received.
    pub on: NaiveDate,
    /// Whether it is capital.
    pub capital: bool,
    /// Its cost category.
    pub category: CostCategoryId,
    /// Its place.
    pub place: Option<String>,
    /// Its group of people.
    pub group: Option<String>,
    /// Then less now.
    pub amount: Money,
}

/// What would become of a pool if an award had these terms and years.
pub(crate) async fn what_if(
    db: &Db,
    pool: PoolId,
    award: AwardId,
    terms: &Terms,
    years: &[YearFacts],
) -> Result<Effect> {
    effect(
        db,
        pool,
        Change::Award(award, &|one| change(one, terms, years)),
    )
    .await
}

/// What would become of a pool if fences of an award held these amounts: reserved, and at most.
pub(crate) async fn what_if_fences(
    db: &Db,
    pool: PoolId,
    award: AwardId,
    amounts: &[(FenceId, Option<Money>, Option<Money>)],
) -> Result<Effect> {
    let change = |one: &mut Award| {
        for (id, reserved, limit) in amounts {
            for fence in one.fences.iter_mut().filter(|fence| fence.id == *id) {
                fence.reserved = reserved.map_or(0, Money::pence);
                fence.limit = limit.map(Money::pence);
            }
        }
        Ok(())
    };
    effect(db, pool, Change::Award(award, &change)).await
}

/// What would become of a pool if an award did not pay for spend of these days.
pub(crate) async fn what_if_stopped(
    db: &Db,
    pool: PoolId,
    award: AwardId,
    days: &[Stopped],
) -> Result<Effect> {
    let change = |one: &mut Award| {
        one.stopped = days.to_vec();
        Ok(())
    };
    effect(db, pool, Change::Award(award, &change)).await
}

/// What would become of a pool if an award put in this much, and of each of its years as much.
pub(crate) async fn what_if_contribution(
    db: &Db,
    pool: PoolId,
    award: AwardId,
    agreed: Money,
    by_year: &[(AwardYearId, Money)],
) -> Result<Effect> {
    let change = |one: &mut Award| {
        one.agreed = agreed.pence();
        for year in &mut one.years {
            let said = by_year.iter().find(|(id, _)| *id == year.id);
            year.given = Some(said.map_or(0, |(_, amount)| amount.pence()));
        }
        Ok(())
    };
    effect(db, pool, Change::Award(award, &change)).await
}

/// What would become of a pool if this much of a line were pinned to an award, and what the award pays of
/// the line now and then.
pub(crate) async fn what_if_pinned(
    db: &Db,
    pool: PoolId,
    award: AwardId,
    (line, amount): (SpendLineId, i64),
) -> Result<(Effect, Money, Money)> {
    let mut effect = effect(db, pool, Change::Pin(award, line, amount)).await?;
    let (now, then) = effect.of_line.take().unwrap_or_default();
    Ok((effect, now, then))
}

/// What would become of a pool by a further rule.
pub(crate) async fn what_if_policy(db: &Db, pool: PoolId, further: Policy) -> Result<Effect> {
    effect(db, pool, Change::Policy(further)).await
}

/// What would become of a pool if these lines were not there, and those were.
pub(crate) async fn what_if_lines(
    db: &Db,
    pool: PoolId,
    out: HashSet<SpendLineId>,
    into: Vec<spend_line::Model>,
) -> Result<Effect> {
    effect(db, pool, Change::Lines(out, into)).await
}

/// What would be otherwise.
enum Change<'a> {
    Lines(HashSet<SpendLineId>, Vec<spend_line::Model>),
    Award(AwardId, &'a (dyn Fn(&mut Award) -> Result<()> + Sync)),
    /// So much of a line is pinned to an award.
    Pin(AwardId, SpendLineId, i64),
    Policy(Policy),
}

async fn effect(db: &Db, pool: PoolId, change: Change<'_>) -> Result<Effect> {
    let snapshot = db.snapshot().await?;
    let store::Basis {
        awards: now,
        policies,
        agreements,
        lines: found,
    } = store::basis(&snapshot, pool).await?;
    let (lines, under) = (found.lines, found.under);
    let mut lines_then = None;
    let mut come_of: HashMap<SpendLineId, (Option<String>, Option<String>)> = HashMap::new();
    let (mut then, mut policies_then) = (now.clone(), policies.clone());
    let pin = match &change {
        Change::Pin(award, line, _) => Some((*award, *line)),
        _ => None,
    };
    match change {
        Change::Award(award, change) => {
            for one in then.iter_mut().filter(|one| one.id == award) {
                change(one)?;
            }
        }
        Change::Pin(award, line, amount) => {
            for one in then.iter_mut().filter(|one| one.id == award) {
                one.pins.insert(line, amount);
            }
        }
        Change::Policy(further) => policies_then = policies_then.and(further),
        Change::Lines(out, into) => {
            let of = |line: &spend_line::Model| (line.place.clone(), line.people_group.clone());
            come_of.extend(into.iter().map(|line| (line.id, of(line))));
            let stay = lines.iter().filter(|line| !out.contains(&line.id)).cloned();
            let come = into
                .into_iter()
                .map(|line| store::would_be(line, &agreements));
            lines_then = Some(stay.chain(come).collect::<Vec<_>>());
        }
    }
    let shown = match policies_then.look_at_what_was_shown() || policies.look_at_what_was_shown() {
        true => store::shown(&store::current(&snapshot, pool).await?),
        false => Shown::new(),
    };
    snapshot.rollback().await?;
    tokio::task::spawn_blocking(move || {
        let by_line = lines_then.is_some();
        let sum = |lines: &[Line]| lines.iter().map(|line| line.amount).sum::<i64>();
        let lines_then = lines_then.as_ref().unwrap_or(&lines);
        let (spend, spend_then) = (sum(&lines), sum(lines_then));
        let mut effect = Effect::default();
        for award in &now {
            effect.awards.insert(award.id, (Money::ZERO, Money::ZERO));
        }
        let (mut paid_now, mut paid_then) = (0_i64, 0_i64);
        let parts = attribute(&lines, &now, &policies, &shown);
        for part in &parts {
            paid_now += part.amount;
            let sums = effect.awards.entry(part.award).or_default();
            sums.0 = Money(sums.0.pence() + part.amount);
        }
        let parts_then = attribute(lines_then, &then, &policies_then, &shown);
        for part in &parts_then {
            paid_then += part.amount;
            let sums = effect.awards.entry(part.award).or_default();
            sums.1 = Money(sums.1.pence() + part.amount);
        }
        effect.of_line = pin.map(|(award, line)| {
            let of = |parts: &[Attribution]| {
                let these = parts
                    .iter()
                    .filter(|part| (part.award, part.line) == (award, line));
                Money(these.map(|part| part.amount).sum())
            };
            (of(&parts), of(&parts_then))
        });
        effect.unfunded = (Money(spend - paid_now), Money(spend_then - paid_then));
        if by_line {
            for part in parts_then
                .iter()
                .filter(|part| come_of.contains_key(&part.line))
            {
                let paid = effect.come.entry(part.line).or_default();
                *paid = Money(paid.pence() + part.amount);
            }
            let differ = differences(parts, parts_then);
            let mut kinds = come_of;
            for (line, under) in lines.iter().zip(under) {
                if differ.contains_key(&line.id) {
                    kinds.insert(line.id, (under.place, under.group));
                }
            }
            let mut known: HashSet<SpendLineId> = HashSet::new();
            for line in lines.iter().chain(lines_then) {
                let Some(awards) = differ.get(&line.id).filter(|_| known.insert(line.id)) else {
                    continue;
                };
                let (place, group) = kinds.get(&line.id).cloned().unwrap_or_default();
                effect
                    .moved
                    .extend(awards.iter().map(|(award, amount)| Moved {
                        award: *award,
                        on: line.incurred_on,
                        capital: line.capital,
                        category: line.category,
                        place: place.clone(),
                        group: group.clone(),
                        amount: Money(*amount),
                    }));
            }
        }
        effect
    })
    .await
    .map_err(|error| Error::Internal(Box::new(error)))
}

/// What awards would pay of lines, less what they pay now, where it is another: both sides are sorted and
/// met, so that what stays costs nothing more.
fn differences(
    mut now: Vec<Attribution>,
    mut then: Vec<Attribution>,
) -> HashMap<SpendLineId, BTreeMap<AwardId, i64>> {
    now.sort_unstable();
    then.sort_unstable();
    let mut differ: HashMap<SpendLineId, BTreeMap<AwardId, i64>> = HashMap::new();
    let (mut now, mut then) = (now.into_iter().peekable(), then.into_iter().peekable());
    loop {
        let (part, amount) = match (now.peek(), then.peek()) {
            (Some(left), Some(right)) if left == right => {
                now.next();
                then.next();
                continue;
            }
            (Some(left), right) if right.is_none_or(|right| left < right) => {
                let amount = -left.amount;
                (now.next(), amount)
            }
            (_, Some(right)) => {
                let amount = right.amount;
                (then.next(), amount)
            }
            (_, None) => break,
        };
        if let Some(part) = part {
            *differ
                .entry(part.line)
                .or_default()
                .entry(part.award)
                .or_default() += amount;
        }
    }
    for awards in differ.values_mut() {
        awards.retain(|_, amount| *amount != 0);
    }
    differ.retain(|_, awards| !awards.is_empty());
    differ
}

/// An award as other terms would make it.
fn change(award: &mut Award, terms: &Terms, years: &[YearFacts]) -> Result<()> {
    let amount = terms
        .amount()
        .ok_or_else(|| Error::internal("an award that fits no number"))?;
    award.amount = amount.pence();
    if let (Some(first), Some(last)) = (terms.years.first(), terms.years.last()) {
        award.starts_on = first.starts_on;
        award.ends_on = last.ends_on;
    }
    award.pays_for = terms.pays_for;
    award.categories = terms.category_ids.iter().copied().collect();
    let compared = |names: &[String]| names.iter().map(|name| reach::compared(name)).collect();
    award.places = compared(&terms.places);
    award.groups = compared(&terms.groups);
    with_years(award, years);
    Ok(())
}

/// An award of other years. What other pools have used of a year counts in the one that holds its first day.
pub(crate) fn with_years(award: &mut Award, years: &[YearFacts]) {
    let before = std::mem::take(&mut award.years);
    award.years = rooms(years)
        .into_iter()
        .map(|room| Year {
            id: room.id,
            starts_on: room.starts_on,
            ends_on: room.ends_on,
            own: room.own,
            joined: room.joined,
            at_risk: room.at_risk,
            at_risk_until: room.at_risk_until,
            used_elsewhere: 0,
            given: None,
        })
        .collect();
    for year in before {
        // what is put in of a year stays with it
        if let Some(now) = award.years.iter_mut().find(|now| now.id == year.id) {
            now.given = year.given;
        }
        if let Some(now) = award
            .year_of(year.starts_on)
            .and_then(|at| award.years.get_mut(at))
        {
            now.used_elsewhere += year.used_elsewhere;
        }
    }
}
