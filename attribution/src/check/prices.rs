//! What the prices of a certificate say of each way that pence can go.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use super::may::Alike;
use super::{Broken, Bundle, Place, Sums, demand};
use crate::facts::{Award, Facts};
use crate::outcome::Outcome;

/// Where each aim stands in a list of prices: what is held first, then unfunded, shortfall, the
/// ends, the ranks, what moves; and last, for ties, the awards by id.
pub(super) struct Scale {
    pub(super) ends: Vec<NaiveDate>,
    pub(super) ranks: Vec<i64>,
    /// Each award's turn among those that are not alike.
    turns: Vec<usize>,
}

impl Scale {
    pub(super) fn of(facts: &Facts, alike: &Alike) -> Self {
        let ends: BTreeSet<_> = facts
            .awards
            .iter()
            .filter(|a| a.lost_if_unspent)
            .map(|a| a.to)
            .collect();
        let ranks: BTreeSet<_> = facts.awards.iter().map(|a| a.rank).collect();
        Self {
            ends: ends.into_iter().collect(),
            ranks: ranks.into_iter().collect(),
            turns: alike
                .first
                .iter()
                .map(|first| (0..*first).filter(|a| alike.first[*a] == *a).count())
                .collect(),
        }
    }

    pub(super) fn length(&self) -> usize {
        self.moved() + 1 + self.turns.iter().max().map_or(0, |last| last + 1)
    }

    pub(super) fn moved(&self) -> usize {
        3 + self.ends.len() + self.ranks.len()
    }

    pub(super) fn end(&self, award: &Award) -> Option<usize> {
        award
            .lost_if_unspent
            .then(|| self.ends.binary_search(&award.to).ok())
            .flatten()
    }

    pub(super) fn rank(&self, award: &Award) -> usize {
        self.ranks.partition_point(|r| *r < award.rank)
    }

    pub(super) fn nothing(&self) -> Vec<i64> {
        vec![0; self.length()]
    }

    /// What a penny of an award's money is worth.
    pub(super) fn money(&self, place: usize, award: &Award, reserved: bool) -> Vec<i64> {
        let mut cost = self.nothing();
        if reserved {
            cost[2] = -1;
        }
        if let Some(at) = self.end(award) {
            cost[3 + at] = -1;
        }
        cost[3 + self.ends.len() + self.rank(award)] = -1;
        cost[self.moved() + 1 + self.turns[place]] = -1;
        cost
    }
}

/// `cost + from − to`, against nought, number after number.
pub(super) fn sign(cost: &[i64], from: &[i64], to: &[i64]) -> Ordering {
    for ((cost, from), to) in cost.iter().zip(from).zip(to) {
        let sum = i128::from(*cost) + i128::from(*from) - i128::from(*to);
        if sum != 0 {
            return sum.cmp(&0);
        }
    }
    Ordering::Equal
}

/// One way for pence: more can go where there is room, less where there is some.
pub(super) fn slack(
    what: impl Fn() -> String,
    sign: Ordering,
    room: bool,
    some: bool,
) -> Result<(), Broken> {
    demand(!(room && sign == Ordering::Less), || {
        format!(
            "the prices do not prove that no more should go to {}",
            what()
        )
    })?;
    demand(!(some && sign == Ordering::Greater), || {
        format!("the prices do not prove what went to {}", what())
    })
}

/// The certificate's prices, by place.
pub(super) struct Prices<'a> {
    doors: HashMap<Place, (&'a [i64], &'a [i64])>,
    bank: Vec<i64>,
}

impl<'a> Prices<'a> {
    pub(super) fn of(facts: &Facts, outcome: &'a Outcome, scale: &Scale) -> Result<Self, Broken> {
        let mut doors = HashMap::new();
        for price in &outcome.certificate.fences {
            let (door, room) = (&price.door, &price.room);
            demand(
                door.len() == scale.length() && room.len() == scale.length(),
                || "a price has another number of aims than the facts".to_owned(),
            )?;
            doors.insert(
                (price.award, price.fence),
                (door.as_slice(), room.as_slice()),
            );
        }
        for (place, award) in facts.awards.iter().enumerate() {
            for fence in std::iter::once(None).chain((0..award.fences.len()).map(Some)) {
                demand(doors.contains_key(&(place, fence)), || {
                    format!("a fence of award {} has no price", award.id)
                })?;
            }
        }
        Ok(Self {
            doors,
            bank: scale.nothing(),
        })
    }
}

/// A fence's bounds, from the facts.
pub(super) fn bounds(award: &Award, place: usize) -> (i64, Option<i64>) {
    let fence = &award.fences[place];
    let mut own = fence.reserved;
    for inner in award.fences.iter().filter(|f| f.parent == Some(place)) {
        own -= inner.reserved;
    }
    // Inside it, further down: does anything reserve?
    let mut below: BTreeSet<usize> = BTreeSet::from([place]);
    let mut reserves = false;
    for (at, inner) in award.fences.iter().enumerate() {
        if inner.parent.is_some_and(|p| below.contains(&p)) {
            below.insert(at);
            reserves |= inner.reserved > 0;
        }
    }
    (own, if reserves { None } else { fence.limit })
}

/// Follows an award's money from the deepest fences outwards. Answers its shortfall.
pub(super) fn verify_award(
    award: &Award,
    place: usize,
    counted: &[i64],
    locks: &[i64],
    prices: &Prices<'_>,
    scale: &Scale,
) -> Result<i64, Broken> {
    let mut wants = counted.to_vec();
    let mut held = locks.to_vec();
    let (mut shortfall, mut paid, mut lock_paid) = (0, 0, 0);
    // Where all of an award's money is, before its contribution.
    let (_, purse) = prices.doors[&(place, None)];
    let over = |name: &str, is: i64, of_locks: i64| {
        demand(is == of_locks, || {
            format!(
                "{name} of award {} pays {}p beyond its bound",
                award.id,
                is - of_locks
            )
        })
    };
    for (at, fence) in award.fences.iter().enumerate().rev() {
        let (own, limit) = bounds(award, at);
        let most = limit.unwrap_or(i64::MAX);
        let (want, lock) = (wants[at + 1], held[at + 1]);
        demand(want >= 0, || {
            format!("fence {} pays less than nothing", fence.id)
        })?;
        let (pass, lock_pass) = (want.min(most), lock.min(most));
        over(
            &format!("fence {}", fence.id),
            want - pass,
            lock - lock_pass,
        )?;
        let (used, lock_used) = (pass.min(own), lock_pass.min(own));
        shortfall += own - used;
        paid += used;
        lock_paid += lock_used;
        let outer = fence.parent.map_or(0, |p| p + 1);
        wants[outer] += pass - used;
        held[outer] += lock_pass - lock_used;

        let name = || format!("fence {} of award {}", fence.id, award.id);
        let (door, room) = prices.doors[&(place, Some(at))];
        match limit {
            None => demand(door == room, || {
                format!("{} has two prices and no limit", name())
            })?,
            Some(limit) => slack(
                name,
                sign(&scale.nothing(), door, room),
                pass < limit,
                pass > 0,
            )?,
        }
        slack(
            || format!("the reserve of {}", name()),
            sign(&scale.money(place, award, true), room, purse),
            used < own,
            used > 0,
        )?;
        let (around, _) = prices.doors[&(place, fence.parent)];
        slack(
            || format!("what is around {}", name()),
            sign(&scale.nothing(), room, around),
            true,
            pass > used,
        )?;
    }
    let reserved: i64 = award
        .fences
        .iter()
        .filter(|f| f.parent.is_none())
        .map(|f| f.reserved)
        .sum();
    let open = award.amount - reserved;
    demand(wants[0] >= 0, || {
        format!("award {} pays less than nothing", award.id)
    })?;
    over(
        "the open money",
        (wants[0] - open).max(0),
        (held[0] - open).max(0),
    )?;
    let used = wants[0].min(open);
    let (door, _) = prices.doors[&(place, None)];
    slack(
        || format!("the open money of award {}", award.id),
        sign(&scale.money(place, award, false), door, purse),
        used < open,
        used > 0,
    )?;
    paid += used;
    lock_paid += held[0].min(open);
    let Some(most) = award.contribution else {
        demand(purse == prices.bank, || {
            format!("award {} has a price for no bound", award.id)
        })?;
        return Ok(shortfall);
    };
    // Locks stay as they are, also where the contribution was cut below them.
    let most = most.max(lock_paid);
    over("the contribution", (paid - most).max(0), 0)?;
    slack(
        || format!("the contribution of award {}", award.id),
        sign(&scale.nothing(), purse, &prices.bank),
        paid < most,
        paid > 0,
    )?;
    Ok(shortfall)
}

pub(super) fn verify_classes(
    facts: &Facts,
    outcome: &Outcome,
    bundles: &[Bundle],
    alike: &Alike,
    prices: &Prices<'_>,
    scale: &Scale,
) -> Result<(), Broken> {
    let given: HashMap<usize, &[i64]> = outcome
        .certificate
        .classes
        .iter()
        .map(|(line, price)| (*line, price.as_slice()))
        .collect();
    let mut covered = scale.nothing();
    covered[1] = -1;
    let mut staying = scale.nothing();
    staying[scale.moved()] = -1;
    for bundle in bundles {
        let first = facts.lines.id(bundle.lines[0]);
        let price = given
            .get(&bundle.lines[0])
            .filter(|p| p.len() == scale.length())
            .ok_or_else(|| Broken(format!("the class of line {first} has no price")))?;
        let sum: i64 = bundle.got.values().sum();
        slack(
            || format!("the class of line {first}"),
            sign(&covered, &prices.bank, price),
            sum < bundle.free,
            sum > 0,
        )?;
        let got = alike.merge(&bundle.got);
        let fixed = alike.merge(&bundle.fixed);
        let before = alike.merge(&bundle.before);
        for place in &bundle.may {
            let name = || {
                format!(
                    "award {} from the class of line {first}",
                    facts.awards[place.0].id
                )
            };
            let key = (alike.first[place.0], place.1);
            let of = |sums: &Sums| sums.get(&key).copied().unwrap_or(0);
            let stay = (of(&before) - of(&fixed)).clamp(0, bundle.free);
            let flows = of(&got);
            let stays = flows.min(stay);
            let (door, _) = prices.doors[place];
            slack(
                name,
                sign(&scale.nothing(), price, door),
                true,
                flows > stays,
            )?;
            slack(name, sign(&staying, price, door), stays < stay, stays > 0)?;
        }
    }
    Ok(())
}
