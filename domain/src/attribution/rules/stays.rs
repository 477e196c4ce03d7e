//! What stays of what awards paid, whatever the rules are by now: of an award that is closed all of it,
//! otherwise what a return says that stands certified.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use entity::{AwardId, SpendLineId};

use super::room::{Place, Room};
use super::{Award, Line};
use crate::commitments::rules::Payers;

/// A time of an award that is certified, and up to which accepted sequence what it paid was known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certified {
    /// First London date.
    pub from: NaiveDate,
    /// Last London date.
    pub to: NaiveDate,
    /// The last accepted sequence that was known.
    pub seq: i64,
}

/// The days that are certified, each once: where several returns are about a day, the newest tells, which
/// rests on what the others hold and on what came since.
#[must_use]
pub fn each_day_once(certified: &[Certified]) -> Vec<Certified> {
    let mut begins: BTreeSet<NaiveDate> = BTreeSet::new();
    for one in certified {
        begins.insert(one.from);
        begins.extend(one.to.checked_add_days(Days::new(1)));
    }
    let begins: Vec<NaiveDate> = begins.into_iter().collect();
    let mut out: Vec<Certified> = Vec::new();
    for (from, next) in begins.iter().zip(begins.iter().skip(1)) {
        let of_it = certified
            .iter()
            .filter(|one| (one.from..=one.to).contains(from));
        let (Some(seq), Some(to)) = (of_it.map(|one| one.seq).max(), next.pred_opt()) else {
            continue;
        };
        match out.last_mut() {
            Some(last) if last.seq == seq && last.to.succ_opt() == Some(*from) => last.to = to,
            _ => out.push(Certified {
                from: *from,
                to,
                seq,
            }),
        }
    }
    out
}

/// Lets no awards together hold more of a line than there is of it. They cannot where each certificate
/// rested on the ones before; in a house whose certificates are older than this rule they might. What
/// was closed goes first, then the awards by their ids.
pub(in crate::attribution) fn fit(awards: &mut [Award], lines: &[Line]) {
    let mut order: Vec<usize> = (0..awards.len())
        .filter(|at| awards.get(*at).is_some_and(|award| !award.kept.is_empty()))
        .collect();
    if order.len() < 2 {
        return;
    }
    order.sort_by_key(|at| {
        awards
            .get(*at)
            .map(|award| (award.closed.is_none(), award.id))
    });
    let mut left: HashMap<SpendLineId, i64> =
        lines.iter().map(|line| (line.id, line.amount)).collect();
    for at in order {
        let Some(award) = awards.get_mut(at) else {
            continue;
        };
        for (line, parts) in &mut award.kept {
            let Some(left) = left.get_mut(line) else {
                continue;
            };
            for (_, amount) in parts.iter_mut() {
                *amount = if *left >= 0 {
                    (*amount).min(*left)
                } else {
                    (*amount).max(*left)
                };
                *left -= *amount;
            }
            parts.retain(|(_, amount)| *amount != 0);
        }
    }
}

/// The places of the lines of which something stays.
pub(super) fn places(sorted: &[&Line], awards: &[Award]) -> HashMap<SpendLineId, usize> {
    if awards.iter().all(|award| award.kept.is_empty()) {
        return HashMap::new();
    }
    let held = super::credits::held(awards);
    sorted
        .iter()
        .enumerate()
        .filter(|(_, line)| held.contains(&line.id))
        .map(|(at, line)| (line.id, at))
        .collect()
}

/// Per line: what stays of what awards paid for it, by award.
pub(super) fn kept(
    lines: usize,
    awards: &[Award],
    places: &HashMap<SpendLineId, usize>,
) -> Vec<Vec<(usize, i64)>> {
    let mut paid = vec![Vec::new(); lines];
    for (at, award) in awards.iter().enumerate() {
        for line in award.kept.keys() {
            let amount = award.kept_of(*line);
            let of_line = places.get(line).and_then(|place| paid.get_mut(*place));
            if let Some(of_line) = of_line.filter(|_| amount != 0) {
                of_line.push((at, amount));
            }
        }
    }
    paid
}

/// The lines of which an award that knew them pays no more than it holds until all else is paid for, by their
/// places: the rest of such a line goes by the rule to the others. Else what an award was given back since,
/// which was there when the return was certified, would pay for more of what is certified.
pub(super) fn for_others(
    sorted: &[&Line],
    awards: &[Award],
    paid: &[Vec<(usize, i64)>],
) -> HashMap<usize, Line> {
    let mut lines = HashMap::new();
    if awards.iter().all(|award| award.known.is_empty()) {
        return lines;
    }
    let mut shared: HashMap<BTreeSet<AwardId>, Payers> = HashMap::new();
    let spent = sorted
        .iter()
        .enumerate()
        .filter(|(_, line)| line.amount > 0);
    for (at, line) in spent {
        let parts = paid.get(at).into_iter().flatten();
        let held: i64 = parts.map(|(_, part)| part).sum();
        if held >= line.amount || !awards.iter().any(|award| award.knew(line)) {
            continue;
        }
        let others: BTreeSet<AwardId> = awards
            .iter()
            .filter(|award| !award.knew(line) && award.may_pay(line))
            .map(|award| award.id)
            .collect();
        let payers = shared
            .entry(others)
            .or_insert_with_key(|others| Arc::new(others.clone()));
        let line = Line {
            payers: Some(Arc::clone(payers)),
            ..(*line).clone()
        };
        lines.insert(at, line);
    }
    lines
}

/// What stays takes its room before anything else does: also more room than there is, where an award was
/// cut below it. One that is closed has no room to count.
pub(super) fn take_first(
    rooms: &mut [Room<'_>],
    awards: &[Award],
    sorted: &[&Line],
    places: &HashMap<SpendLineId, usize>,
) {
    for (award, room) in awards.iter().zip(rooms) {
        if award.closed.is_some() {
            continue;
        }
        for ((fence, year), amount) in award.held_by_place(|line| {
            let at = places.get(&line)?;
            Some(sorted.get(*at)?.incurred_on)
        }) {
            let place = Place {
                fence,
                year,
                at_risk: false,
            };
            room.give_back(place, -amount);
        }
    }
}

impl Award {
    /// Whether a line was known to a return of it that stands certified.
    fn knew(&self, line: &Line) -> bool {
        self.known
            .iter()
            .any(|one| (one.from..=one.to).contains(&line.incurred_on) && line.accepted <= one.seq)
    }

    /// What it holds, by the places of the fence and of the year that it counts in. Of a line without a
    /// date, which is not there, nothing.
    pub(in crate::attribution) fn held_by_place(
        &self,
        date: impl Fn(SpendLineId) -> Option<NaiveDate>,
    ) -> BTreeMap<(Option<usize>, Option<usize>), i64> {
        let mut sums = BTreeMap::new();
        for (line, parts) in &self.kept {
            let Some(on) = date(*line).filter(|_| !parts.is_empty()) else {
                continue;
            };
            let year = self.year_of(on);
            for (fence, amount) in parts {
                let fence = fence.and_then(|id| self.fences.iter().position(|one| one.id == id));
                *sums.entry((fence, year)).or_insert(0) += amount;
            }
        }
        sums
    }
}
