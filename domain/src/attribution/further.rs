//! A run that only adds. Where spend came since the last run, each class of the lines before it is solved as one line, with
//! what the class was paid as what was shown of it. If none of them moves, what was paid stays as it is line by line, and
//! only what came is dealt with. Otherwise this says nothing, and a run looks at every line again.
//!
//! It is exact: the solver looks at sums of classes alone, and hands them out to their lines afterwards, so that what a line
//! has it keeps. The proof of such a run is one of all lines, and is checked like any other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ::attribution::Proof;
use entity::{AttributionPolicy, AwardId, Money, PoolId, SpendLineId, attribution_run, spend_line};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter};

use super::rules::{Attribution, Award, Line, Shown, Solving, attribute_by};
use super::store::{self, Lines, Locks, Part, Used};
use super::totals::{self, Kept};
use crate::commitments::rules::Agreements;
use crate::db::among;
use crate::pools::rules::policies::Policies;
use crate::{Error, Result};

/// What a run rests on, but for the lines.
pub(super) struct Rests<'a> {
    /// As they stand, with what other pools have used of them.
    pub(super) awards: &'a [Award],
    pub(super) policies: &'a Policies,
    pub(super) agreements: &'a Agreements,
    pub(super) locks: &'a Locks,
    pub(super) facts_hash: &'a str,
}

impl Rests<'_> {
    /// What decides which awards may pay for which lines, as a short text: whatever of it changes, lines that were alike may
    /// not be so any more. How much awards hold is no part of it.
    pub(super) fn classes(&self) -> String {
        let mut awards = self.awards.to_vec();
        for award in &mut awards {
            (award.amount, award.agreed) = (0, 0);
            for fence in &mut award.fences {
                (fence.reserved, fence.limit) = (0, None);
            }
            for year in &mut award.years {
                (year.own, year.given) = (0, None);
                year.at_risk = year.at_risk.min(1);
            }
        }
        let locks = store::locks_hash(self.locks, None);
        let agreements = self.agreements.facts();
        store::facts_hash(self.policies, &awards, &format!("{agreements}{locks}"))
    }
}

/// What came since a run, and what awards pay of it.
pub(super) struct Further {
    pub(super) came: Lines,
    /// Of what came alone.
    pub(super) target: Vec<Attribution>,
    pub(super) proofs: Vec<Option<Proof>>,
    /// What the last run kept beside what it attributed.
    pub(super) before: Kept,
}

impl Further {
    /// What must be added, in the order in which lines were stored.
    pub(super) fn differences(&self) -> Vec<(Part, i64)> {
        let mut parts: Vec<(Part, i64)> = self
            .target
            .iter()
            .map(|part| ((part.line, part.award, part.fence), part.amount))
            .collect();
        parts.sort_unstable_by_key(|(part, _)| *part);
        parts
    }

    /// What came, what is attributed of it: in pence.
    pub(super) fn sums(&self) -> Option<(Money, Money)> {
        let came = Money::sum(self.came.lines.iter().map(|line| Money(line.amount)))?;
        let paid = Money::sum(self.target.iter().map(|part| Money(part.amount)))?;
        Some((came, paid))
    }
}

/// What came since the last run of a pool, and what awards pay of it, if nothing else moves; nothing where that cannot be
/// known without looking at every line.
pub(super) async fn further(
    conn: &DatabaseTransaction,
    pool: PoolId,
    last: &attribution_run::Model,
    rests: &Rests<'_>,
) -> Result<Option<Further>> {
    let newest = rests.policies.in_force().last();
    let is_optimal = newest.is_some_and(|rule| rule.kind == AttributionPolicy::Optimal);
    if !is_optimal || last.classes_hash.as_deref() != Some(rests.classes().as_str()) {
        return Ok(None);
    }
    let mut proofs = store::proofs(conn, last.id).await?;
    let Some(Some(proof)) = proofs.pop() else {
        return Ok(None);
    };
    let came = store::lines_since(conn, pool, rests.agreements, last.saw_seq).await?;
    // What takes something back, or is taken back by what was there, changes what is to be paid of other lines. So does what
    // an earlier rule is for, whose lines were paid for first.
    let adds = |line: &Line| {
        line.amount > 0
            && line.reverses.is_none()
            && !line.split
            && rests.policies.is_newest_on(line.incurred_on)
    };
    if !came.lines.iter().all(adds) {
        return Ok(None);
    }
    let credits = store::transactions_of_credits(conn, pool).await?;
    let of_credit = |line: &Line| {
        line.transaction
            .as_ref()
            .is_some_and(|of| credits.contains(of))
    };
    if came.lines.iter().any(of_credit) {
        return Ok(None);
    }
    let before = totals::kept_of(conn, last.id).await?;
    // Why nobody pays can be another reason now, and what is open might be paid.
    if last.facts_hash != rests.facts_hash && !before.unfunded.is_empty() {
        return Ok(None);
    }
    let Some((classes, shown)) = classes(conn, rests, &proof).await? else {
        return Ok(None);
    };
    // What an award holds of the days of the newest rule, and all that it pays of those before.
    let (used, mut stays): (Vec<Used>, Vec<Used>) = store::used_here(conn, pool)
        .await?
        .into_iter()
        .partition(|(_, _, on, _)| rests.policies.is_newest_on(*on));
    let held = store::held_by_day(conn, pool, rests.locks)
        .await?
        .into_iter();
    let held: Vec<Used> = held
        .filter(|(_, _, on, _)| rests.policies.is_newest_on(*on))
        .collect();
    if !is_paid(&shown, &held, &used, rests) {
        return Ok(None);
    }
    stays.extend(held);
    let mut awards = rests.awards.to_vec();
    for (id, fence, on, amount) in stays {
        if let Some(award) = awards.iter_mut().find(|award| award.id == id) {
            award.pays_less(fence, on, amount);
        }
    }
    let mut lines = classes.clone();
    lines.extend(came.lines.iter().cloned());
    let policies = rests.policies.clone();
    let worked_out = tokio::task::spawn_blocking(move || {
        let mut solving = Solving::default();
        let target = attribute_by(&lines, &awards, &policies, &shown, &mut solving);
        (solving, target, shown)
    });
    let (solving, target, shown) = worked_out
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?;
    if solving.beside || !matches!(solving.proofs.as_slice(), [Some(_)]) {
        return Ok(None);
    }
    let of_classes: HashSet<SpendLineId> = classes.iter().map(|line| line.id).collect();
    let (stands, target): (Vec<Attribution>, Vec<Attribution>) = target
        .into_iter()
        .partition(|part| of_classes.contains(&part.line));
    if !is_shown(&stands, &shown) {
        return Ok(None);
    }
    proofs.extend(solving.proofs);
    Ok(Some(Further {
        came,
        target,
        proofs,
        before,
    }))
}

/// The classes of a proof as a line each, and what was shown of them. Nothing of a proof that does not say how much there is
/// of each.
async fn classes(
    conn: &DatabaseTransaction,
    rests: &Rests<'_>,
    proof: &Proof,
) -> Result<Option<(Vec<Line>, Shown)>> {
    // Of a line that the solver was given, its identity and id; of an award the id, and maybe which of its years.
    let line_of = |text: &str| text.rsplit_once(' ')?.1.parse().ok().map(SpendLineId);
    let award_of = |text: &str| text.split(' ').next()?.parse().ok().map(AwardId);
    let ids: Option<Vec<SpendLineId>> =
        proof.classes.iter().map(|one| line_of(&one.line)).collect();
    let Some(ids) = ids else { return Ok(None) };
    let rows = spend_line::Entity::find()
        .filter(among(conn, spend_line::Column::Id, ids.iter().copied()))
        .all(conn)
        .await?;
    let mut firsts: HashMap<SpendLineId, spend_line::Model> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    let mut lines = Vec::with_capacity(ids.len());
    let mut shown = Shown::new();
    for (class, id) in proof.classes.iter().zip(ids) {
        let (Some(amount), Some(first)) = (class.amount, firsts.remove(&id)) else {
            return Ok(None);
        };
        let mut line = store::would_be(first, rests.agreements);
        line.amount = amount;
        line.transaction = None;
        line.reverses = None;
        // Its awards alone: whatever else kept others from paying, they still may not.
        let payers = class
            .may
            .iter()
            .filter_map(|award| award_of(award))
            .collect();
        line.payers = Some(Arc::new(payers));
        let mut paid: BTreeMap<AwardId, i64> = BTreeMap::new();
        for (award, _, amount) in class.gets.iter().filter(|(.., amount)| *amount != 0) {
            let Some(award) = award_of(award) else {
                return Ok(None);
            };
            *paid.entry(award).or_insert(0) += amount;
        }
        if !paid.is_empty() {
            shown.insert(id, paid.into_iter().collect());
        }
        lines.push(line);
    }
    Ok(Some((lines, shown)))
}

/// Whether what a proof says of each award that is not closed, with what it holds, is what it pays. It is, unless somebody
/// has been at the record; then every line is looked at.
fn is_paid(shown: &Shown, held: &[Used], used: &[Used], rests: &Rests<'_>) -> bool {
    let mut open: BTreeMap<AwardId, i64> = BTreeMap::new();
    for (award, _, _, amount) in used {
        *open.entry(*award).or_insert(0) += amount;
    }
    let said = shown.values().flatten().copied();
    let held = held.iter().map(|(award, _, _, amount)| (*award, *amount));
    for (award, amount) in said.chain(held) {
        *open.entry(award).or_insert(0) -= amount;
    }
    let is_open = |id: &AwardId| {
        rests
            .awards
            .iter()
            .any(|one| one.id == *id && one.closed.is_none())
    };
    open.iter()
        .all(|(award, left)| *left == 0 || !is_open(award))
}

/// Whether awards pay just what was shown.
fn is_shown(stands: &[Attribution], shown: &Shown) -> bool {
    let mut paid: HashMap<SpendLineId, BTreeMap<AwardId, i64>> = HashMap::new();
    for part in stands {
        let of_line = paid.entry(part.line).or_default();
        *of_line.entry(part.award).or_insert(0) += part.amount;
    }
    paid.len() == shown.len()
        && shown.iter().all(|(line, parts)| {
            let now = paid.get(line).into_iter().flatten();
            now.map(|(award, amount)| (*award, *amount))
                .eq(parts.iter().copied())
        })
}
