//! What a run adds to balance rows: the bounds that two racing writers meet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{AwardId, ContributionId, FenceId, SpendLineId};

use super::super::rules::{Award, Line, held};
use super::Part;

/// What a run adds to a balance row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Added {
    pub(in super::super) kind: entity::BalanceKind,
    /// What is attributed beyond it may only come down.
    pub(in super::super) cap: i64,
    /// Up to here it may go up all the same: it is what stays.
    pub(in super::super) held: i64,
    pub(in super::super) amount: i64,
}

/// What one award's attributions in a pool add to: its balance rows. A year's row counts the years
/// that are carried on into it too. No row bounds what an award holds: it was right when it was
/// certified, and an amendment that cuts below it does not undo it.
pub(in super::super) fn balances(
    awards: &[Award],
    lines: &[Line],
    differences: &[(Part, i64)],
) -> BTreeMap<uuid::Uuid, Added> {
    use entity::BalanceKind as Kind;
    let added = |kind, cap, held, amount| Added {
        kind,
        cap,
        held,
        amount,
    };
    let mut moved: HashMap<AwardId, HashMap<Option<FenceId>, i64>> = HashMap::new();
    let dated: BTreeSet<AwardId> = awards
        .iter()
        .filter(|award| award.years.len() > 1)
        .map(|award| award.id)
        .collect();
    let held_lines: HashSet<SpendLineId> = held(awards);
    let held_on: HashMap<SpendLineId, NaiveDate> = lines
        .iter()
        .filter(|line| held_lines.contains(&line.id))
        .map(|line| (line.id, line.incurred_on))
        .collect();
    let touched: HashSet<SpendLineId> = differences
        .iter()
        .filter(|((_, award, _), _)| dated.contains(award))
        .map(|((line, ..), _)| *line)
        .collect();
    let dates: HashMap<SpendLineId, NaiveDate> = lines
        .iter()
        .filter(|line| touched.contains(&line.id))
        .map(|line| (line.id, line.incurred_on))
        .collect();
    let mut by_day: HashMap<AwardId, BTreeMap<NaiveDate, i64>> = HashMap::new();
    for ((line, award, fence), amount) in differences {
        *moved.entry(*award).or_default().entry(*fence).or_insert(0) += amount;
        if let Some(on) = dates.get(line).filter(|_| dated.contains(award)) {
            *by_day.entry(*award).or_default().entry(*on).or_insert(0) += amount;
        }
    }
    let mut out = BTreeMap::new();
    for award in awards {
        let Some(by_fence) = moved.get(&award.id) else {
            continue;
        };
        let total: i64 = by_fence.values().sum();
        let holds = Holds::of(award, &held_on);
        out.insert(
            award.id.into(),
            added(Kind::Award, award.amount, holds.all, total),
        );
        out.insert(
            contribution_row(award.contribution),
            added(Kind::Contribution, award.agreed, holds.here, total),
        );
        let mut by_year = vec![0_i64; award.years.len()];
        for (on, sum) in by_day.remove(&award.id).unwrap_or_default() {
            if let Some(year) = award.year_of(on).and_then(|at| by_year.get_mut(at)) {
                *year += sum;
            }
        }
        if let [only] = by_year.as_mut_slice() {
            *only = total;
        }
        let (mut cap, mut here, mut least) = (0_i64, 0_i64, 0_i64);
        for ((year, own), held) in award.years.iter().zip(by_year).zip(&holds.by_year) {
            let before = match year.joined {
                true => (cap, here, least),
                false => (0, 0, 0),
            };
            (cap, here, least) = (
                before.0.saturating_add(year.own),
                before.1.saturating_add(own),
                before.2.saturating_add(*held),
            );
            out.insert(year.id.into(), added(Kind::AwardYear, cap, least, here));
        }
        // A fence's limit bounds the fences inside it too.
        let mut inside: Vec<i64> = award
            .fences
            .iter()
            .map(|fence| by_fence.get(&Some(fence.id)).copied().unwrap_or(0))
            .collect();
        let mut least = holds.by_fence.clone();
        for (at, fence) in award.fences.iter().enumerate().rev() {
            let here = inside.get(at).copied().unwrap_or(0);
            let held = least.get(at).copied().unwrap_or(0);
            if let Some(parent) = fence.parent {
                if let Some(around) = inside.get_mut(parent) {
                    *around += here;
                }
                if let Some(around) = least.get_mut(parent) {
                    *around += held;
                }
            }
            if let Some(limit) = fence.limit
                && here != 0
            {
                out.insert(fence.id.into(), added(Kind::Fence, limit, held, here));
            }
        }
    }
    out
}

/// What stays of an award, with what other pools use of it.
struct Holds {
    /// In this pool.
    here: i64,
    /// In all.
    all: i64,
    by_year: Vec<i64>,
    /// Of each fence, without those inside.
    by_fence: Vec<i64>,
}

impl Holds {
    fn of(award: &Award, dates: &HashMap<SpendLineId, NaiveDate>) -> Self {
        let mut by_year: Vec<i64> = award.years.iter().map(|year| year.used_elsewhere).collect();
        let mut by_fence: Vec<i64> = award
            .fences
            .iter()
            .map(|fence| fence.used_elsewhere)
            .collect();
        let elsewhere = by_fence
            .iter()
            .fold(award.used_elsewhere, |sum, used| sum.saturating_add(*used));
        let held = award.held_by_place(|line| dates.get(&line).copied());
        let mut here = 0_i64;
        for ((fence, year), amount) in &held {
            here = here.saturating_add(*amount);
            if let Some(of) = fence.and_then(|at| by_fence.get_mut(at)) {
                *of = of.saturating_add(*amount);
            }
            if let Some(of) = year.and_then(|at| by_year.get_mut(at)) {
                *of = of.saturating_add(*amount);
            }
        }
        Self {
            here,
            all: elsewhere.saturating_add(here),
            by_year,
            by_fence,
        }
    }
}

fn contribution_row(id: ContributionId) -> uuid::Uuid {
    id.into()
}
