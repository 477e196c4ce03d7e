//! What a pool's awards pay of all that came, and can be expected to pay of what is promised, as things are
//! and as they would be if its awards were others. Nothing of it is kept.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{AwardId, CommitmentId, CostCategoryId, FenceId, Money, PoolId, SpendLineId};

use super::expected::{add, as_lines};
use super::rules::{Attribution, Award, Line, Shown, attribute};
use super::store;
use crate::pools::rules::policies::{Policies, Policy};
use crate::{Db, Error, Result, commitments};

/// What a pool comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comes {
    /// What each award pays of spend that came.
    pub paid: BTreeMap<AwardId, Money>,
    /// What each can be expected to pay of what is promised.
    pub expected: BTreeMap<AwardId, Money>,
    /// What no award pays for of spend that came, by cost category.
    pub not_covered: BTreeMap<CostCategoryId, Money>,
    /// What no award can be expected to pay of what is promised, by cost category where one is said.
    pub nobody: BTreeMap<Option<CostCategoryId>, Money>,
}

/// A pool as things are, and as they would be.
pub(crate) async fn outlook(
    db: &Db,
    pool: PoolId,
    today: NaiveDate,
    change: &(dyn Fn(&mut Vec<Award>) + Sync),
) -> Result<(Comes, Comes)> {
    let snapshot = db.snapshot().await?;
    let store::Basis {
        awards,
        policies,
        lines: store::Lines { lines, .. },
        ..
    } = store::basis(&snapshot, pool).await?;
    let promised = commitments::store::promised(&snapshot, pool, today).await?;
    let shown = match policies.look_at_what_was_shown() {
        true => store::shown(&store::current(&snapshot, pool).await?),
        false => Shown::new(),
    };
    snapshot.rollback().await?;
    let mut then = awards.clone();
    change(&mut then);
    tokio::task::spawn_blocking(move || {
        let categories: Vec<Option<CostCategoryId>> =
            promised.iter().map(|one| one.category).collect();
        let promised = as_lines(promised);
        let given = Given {
            days: &days_of(&lines),
            lines: &lines,
            promised: &promised,
            categories: &categories,
            policies: &policies,
            shown: &shown,
        };
        Ok((given.comes(awards)?, given.comes(then)?))
    })
    .await
    .map_err(|error| Error::Internal(Box::new(error)))?
}

/// The day of each line.
fn days_of(lines: &[Line]) -> HashMap<SpendLineId, NaiveDate> {
    lines
        .iter()
        .map(|line| (line.id, line.incurred_on))
        .collect()
}

/// What awards are held against.
struct Given<'a> {
    lines: &'a [Line],
    /// The day of each line.
    days: &'a HashMap<SpendLineId, NaiveDate>,
    promised: &'a [Line],
    /// The cost category of each that is promised, where one is said.
    categories: &'a [Option<CostCategoryId>],
    policies: &'a Policies,
    shown: &'a Shown,
}

impl Given<'_> {
    fn comes(&self, mut awards: Vec<Award>) -> Result<Comes> {
        let mut comes = Comes::default();
        let parts = attribute(self.lines, &awards, self.policies, self.shown);
        let left = left_of(self.lines, &parts);
        for (line, left) in self.lines.iter().zip(left) {
            add(&mut comes.not_covered, line.category, Money(left))?;
        }
        let mut used: BTreeMap<(AwardId, Option<FenceId>, NaiveDate), i64> = BTreeMap::new();
        for part in &parts {
            add(&mut comes.paid, part.award, Money(part.amount))?;
            if let Some(on) = self.days.get(&part.line) {
                *used.entry((part.award, part.fence, *on)).or_default() += part.amount;
            }
        }
        // what is promised comes after all that came
        for ((id, fence, on), amount) in used {
            if let Some(award) = awards.iter_mut().find(|award| award.id == id) {
                award.pays_less(fence, on, amount);
            }
        }
        let parts = attribute(self.promised, &awards, self.policies, &Shown::new());
        for part in &parts {
            add(&mut comes.expected, part.award, Money(part.amount))?;
        }
        let left = left_of(self.promised, &parts);
        for (category, left) in self.categories.iter().zip(left) {
            add(&mut comes.nobody, *category, Money(left))?;
        }
        comes.not_covered.retain(|_, amount| *amount != Money::ZERO);
        comes.nobody.retain(|_, amount| *amount != Money::ZERO);
        Ok(comes)
    }
}

/// What is left of each line.
fn left_of(lines: &[Line], parts: &[Attribution]) -> Vec<i64> {
    let left = super::rules::unfunded(lines, parts);
    lines
        .iter()
        .map(|line| left.get(&line.id).copied().unwrap_or(0))
        .collect()
}

/// A way to use more of what would be lost.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// By a further rule.
    Rule(Policy),
    /// An award pays until a later day.
    Longer(AwardId, NaiveDate),
    /// What is promised for after an award's end, and that it may pay, is spent by that end: so much of it, the earliest first.
    Sooner(AwardId, i64),
}

/// What a pool comes to by one of these ways.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByWay {
    /// What it comes to.
    pub comes: Comes,
    /// What is spent sooner, by the agreement that it is promised by.
    pub sooner: BTreeMap<CommitmentId, Money>,
}

/// A pool as things are, and by each of these ways.
pub(crate) async fn ways(
    db: &Db,
    pool: PoolId,
    today: NaiveDate,
    ways: Vec<Way>,
) -> Result<(Comes, Vec<ByWay>)> {
    let snapshot = db.snapshot().await?;
    let store::Basis {
        awards,
        policies,
        lines: store::Lines { lines, .. },
        ..
    } = store::basis(&snapshot, pool).await?;
    let promised = commitments::store::promised(&snapshot, pool, today).await?;
    let shown = store::shown(&store::current(&snapshot, pool).await?);
    snapshot.rollback().await?;
    tokio::task::spawn_blocking(move || {
        let categories: Vec<Option<CostCategoryId>> =
            promised.iter().map(|one| one.category).collect();
        let promised = as_lines(promised);
        let days = days_of(&lines);
        let nothing = Shown::new();
        let comes = |awards: Vec<Award>,
                     promised: &[Line],
                     of: &[Option<CostCategoryId>],
                     by: &Policies| {
            let given = Given {
                lines: &lines,
                days: &days,
                promised,
                categories: of,
                policies: by,
                shown: match by.look_at_what_was_shown() {
                    true => &shown,
                    false => &nothing,
                },
            };
            given.comes(awards)
        };
        let as_it_is = comes(awards.clone(), &promised, &categories, &policies)?;
        let mut found = Vec::with_capacity(ways.len());
        for way in ways {
            let mut then = awards.clone();
            let mut by_way = ByWay::default();
            by_way.comes = match way {
                Way::Rule(further) => {
                    let by = policies.clone().and(further);
                    comes(then, &promised, &categories, &by)?
                }
                Way::Longer(id, until) => {
                    for award in then.iter_mut().filter(|award| award.id == id) {
                        award.ends_on = until;
                        if let Some(last) = award.years.last_mut() {
                            last.ends_on = until;
                        }
                    }
                    comes(then, &promised, &categories, &policies)?
                }
                Way::Sooner(id, amount) => {
                    let (mut promised, mut categories) = (promised.clone(), categories.clone());
                    if let Some(award) = awards.iter().find(|award| award.id == id) {
                        by_way.sooner =
                            bring_forward(award, amount, &mut promised, &mut categories)?;
                    }
                    comes(then, &promised, &categories, &policies)?
                }
            };
            found.push(by_way);
        }
        Ok((as_it_is, found))
    })
    .await
    .map_err(|error| Error::Internal(Box::new(error)))?
}

/// Brings what is promised for after an award's end, and that it may pay, forward to that end.
fn bring_forward(
    award: &Award,
    amount: i64,
    promised: &mut Vec<Line>,
    categories: &mut Vec<Option<CostCategoryId>>,
) -> Result<BTreeMap<CommitmentId, Money>> {
    let mut left = amount;
    let mut sooner = BTreeMap::new();
    let mut later = Vec::new();
    let mut order: Vec<usize> = (0..promised.len()).collect();
    order.sort_by_key(|at| promised.get(*at).map(|line| line.incurred_on));
    for at in order {
        let Some(line) = promised
            .get_mut(at)
            .filter(|line| line.incurred_on > award.ends_on)
        else {
            continue;
        };
        let then = Line {
            incurred_on: award.ends_on,
            ..line.clone()
        };
        let part = line.amount.min(left);
        if part <= 0 || !award.may_pay(&then) {
            continue;
        }
        left -= part;
        if part < line.amount {
            let rest = Line {
                id: SpendLineId::new(),
                identity: format!("{} rest", line.identity),
                amount: line.amount - part,
                ..line.clone()
            };
            later.push((rest, categories.get(at).copied().flatten()));
        }
        if let Some(id) = line.commitment {
            add(&mut sooner, id, Money(part))?;
        }
        *line = Line {
            amount: part,
            ..then
        };
    }
    for (rest, category) in later {
        promised.push(rest);
        categories.push(category);
    }
    Ok(sooner)
}
