//! The room that is left in an award: its amount, its contribution, its fences.
//!
//! A line is paid from the own reserve of its fence (reserve less children's reserves), then of
//! each fence around it, then from the open money (amount less top-level reserves). A limit
//! bounds all that its fence and the fences inside pay.
//!
//! A line is paid from the year of the award that it falls in, and from what the year before left
//! where that is carried on by right: then both years together pay no more than both hold.

use chrono::NaiveDate;

use super::{Award, Fence};

/// What is left of an award while a run goes through the lines.
pub(super) struct Room<'a> {
    award: &'a Award,
    /// Left of the contribution to this pool.
    contribution: i64,
    /// Left of the open money.
    open: i64,
    fences: Vec<FenceRoom>,
    /// Attributed per fence, not counting the fences inside.
    totals: Vec<i64>,
    /// Attributed outside of every fence.
    outside: i64,
    /// Left of each year, with what the years before it carry on into it.
    years: Vec<i64>,
    /// Left of what is put into this pool of each year, in the same way; none where that is not said.
    given: Vec<i64>,
}

/// Where in an award a line is paid from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The deepest fence that it fits.
    pub(super) fence: Option<usize>,
    /// The year that it falls in.
    pub(super) year: Option<usize>,
    /// Whether it may be at risk: what is not confirmed yet covers its date.
    pub(super) at_risk: bool,
}

impl Award {
    /// Where a line of this date and category is paid from.
    pub(super) fn place_of(&self, on: NaiveDate, category: entity::CostCategoryId) -> Place {
        let year = self.year_of(on);
        Place {
            fence: self.fence_of(category),
            year,
            at_risk: year
                .and_then(|at| self.years.get(at)?.at_risk_until)
                .is_some_and(|until| on <= until),
        }
    }
}

struct FenceRoom {
    own_left: i64,
    limit_left: Option<i64>,
}

/// What is left of an award, in whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// Of the contribution to this pool.
    pub(super) contribution: i64,
    /// Of the open money.
    pub(super) open: i64,
    /// Of each fence: its own reserve, and its limit.
    pub(super) fences: Vec<(i64, Option<i64>)>,
    /// Of each year, with what the years before it carry on into it.
    pub(super) years: Vec<i64>,
    /// Of what is put into this pool of each year, in the same way; none where that is not said.
    pub(super) given: Vec<i64>,
}

impl<'a> Room<'a> {
    /// What is left.
    pub(super) fn left(&self) -> Left {
        Left {
            contribution: self.contribution,
            open: self.open,
            fences: self
                .fences
                .iter()
                .map(|fence| (fence.own_left, fence.limit_left))
                .collect(),
            years: self.years.clone(),
            given: self.given.clone(),
        }
    }

    pub(super) fn of(award: &'a Award) -> Self {
        let totals: Vec<i64> = award
            .fences
            .iter()
            .map(|fence| fence.used_elsewhere)
            .collect();
        let settled = settled_reserves(award.amount, &award.fences, &totals, award.used_elsewhere);
        let fences = award
            .fences
            .iter()
            .enumerate()
            .map(|(at, fence)| {
                let within = within(&award.fences, at);
                FenceRoom {
                    own_left: settled.own_left.get(at).copied().unwrap_or(0),
                    limit_left: fence.limit.map(|limit| {
                        limit.saturating_sub(
                            within
                                .map(|inside| inside.used_elsewhere)
                                .fold(0, i64::saturating_add),
                        )
                    }),
                }
            })
            .collect();
        let mut carried = 0_i64;
        let years = award
            .years
            .iter()
            .map(|year| {
                let before = if year.joined { carried } else { 0 };
                carried = before
                    .saturating_add(year.own)
                    .saturating_sub(year.used_elsewhere);
                carried
            })
            .collect();
        let mut carried = 0_i64;
        let said = award.years.iter().any(|year| year.given.is_some());
        let given = award
            .years
            .iter()
            .filter(|_| said)
            .map(|year| {
                let before = if year.joined { carried } else { 0 };
                carried = before.saturating_add(year.given.unwrap_or(0));
                carried
            })
            .collect();
        Self {
            years,
            given,
            award,
            contribution: award.agreed,
            open: settled.open_left,
            fences,
            totals,
            outside: award.used_elsewhere,
        }
    }

    /// Pays for as much of `wanted` as there is room for.
    pub(super) fn take(&mut self, place: Place, wanted: i64) -> i64 {
        let fence = place.fence;
        let mut most = wanted.min(self.contribution).min(self.left_of_year(place));
        let mut reserves = 0_i64;
        for at in self.outward(fence) {
            let Some(room) = self.fences.get(at) else {
                continue;
            };
            reserves = reserves.saturating_add(room.own_left.max(0));
            if let Some(left) = room.limit_left {
                most = most.min(left);
            }
        }
        most = most.min(reserves.saturating_add(self.open.max(0)));
        if most <= 0 {
            return 0;
        }
        let mut left = most;
        for at in self.outward(fence) {
            if let Some(room) = self.fences.get_mut(at) {
                let from_own = left.min(room.own_left.max(0));
                room.own_left -= from_own;
                left -= from_own;
                if let Some(limit) = &mut room.limit_left {
                    *limit -= most;
                }
            }
        }
        self.open -= left;
        self.contribution -= most;
        self.count_in_years(place.year, -most);
        self.count(fence, most);
        most
    }

    /// Takes back what was paid. What is left is settled anew from the totals, because the money
    /// taken back may have come from a reserve or from the open money.
    pub(super) fn give_back(&mut self, place: Place, amount: i64) {
        let fence = place.fence;
        self.contribution += amount;
        self.count_in_years(place.year, amount);
        self.count(fence, -amount);
        let settled = settled_reserves(
            self.award.amount,
            &self.award.fences,
            &self.totals,
            self.outside,
        );
        self.open = settled.open_left;
        for (room, left) in self.fences.iter_mut().zip(settled.own_left) {
            room.own_left = left;
        }
        for at in self.outward(fence) {
            if let Some(limit) = self
                .fences
                .get_mut(at)
                .and_then(|room| room.limit_left.as_mut())
            {
                *limit += amount;
            }
        }
    }

    /// What the year of a line may still pay: what is left of it, and of every year that what is
    /// left of it is carried on into.
    pub(super) fn left_of_year(&self, place: Place) -> i64 {
        let Some(at) = place.year else {
            return i64::MAX;
        };
        let mut least = i64::MAX;
        for (later, (year, left)) in self
            .award
            .years
            .iter()
            .zip(&self.years)
            .enumerate()
            .skip(at)
        {
            if later > at && !year.joined {
                break;
            }
            least = least.min(*left);
            if let Some(given) = self.given.get(later) {
                least = least.min(*given);
            }
            if later == at && !place.at_risk {
                least = least.min(left.saturating_sub(year.at_risk));
            }
        }
        least
    }

    fn count_in_years(&mut self, at: Option<usize>, change: i64) {
        let Some(at) = at else { return };
        for (later, (year, left)) in self
            .award
            .years
            .iter()
            .zip(&mut self.years)
            .enumerate()
            .skip(at)
        {
            if later > at && !year.joined {
                break;
            }
            *left += change;
            if let Some(given) = self.given.get_mut(later) {
                *given += change;
            }
        }
    }

    /// Adds to what was attributed, here and by other pools.
    fn count(&mut self, fence: Option<usize>, amount: i64) {
        match fence.and_then(|at| self.totals.get_mut(at)) {
            Some(total) => *total += amount,
            None => self.outside += amount,
        }
    }

    fn outward(&self, fence: Option<usize>) -> Vec<usize> {
        outward(&self.award.fences, fence)
    }
}

/// A fence and those around it, the deepest first.
pub(super) fn outward(fences: &[Fence], from: Option<usize>) -> Vec<usize> {
    let mut path = Vec::new();
    let mut at = from;
    while let Some(here) = at {
        path.push(here);
        at = fences
            .get(here)
            .and_then(|fence| fence.parent)
            // a parent stands before its child, so this ends
            .filter(|parent| *parent < here);
    }
    path
}

/// A fence and all inside it.
fn within(fences: &[Fence], at: usize) -> impl Iterator<Item = &Fence> {
    fences
        .iter()
        .enumerate()
        .filter(move |(inner, _)| outward(fences, Some(*inner)).contains(&at))
        .map(|(_, fence)| fence)
}

/// Each fence's own reserve: its reserve less its children's.
fn own_reserves(fences: &[Fence]) -> Vec<i64> {
    let mut own: Vec<i64> = fences.iter().map(|fence| fence.reserved).collect();
    for fence in fences {
        if let Some(parent) = fence.parent.and_then(|parent| own.get_mut(parent)) {
            *parent -= fence.reserved;
        }
    }
    own.into_iter().map(|own| own.max(0)).collect()
}

/// How much is left of each own reserve and of the open money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Left of each fence's own reserve.
    pub own_left: Vec<i64>,
    /// Left of the open money; negative when more was used than there may be.
    pub open_left: i64,
}

/// Settles what was attributed (per fence, not counting the fences inside, and outside of every
/// fence) with reserves: each fence uses its own reserve first, the rest falls to the fence around
/// it, and what no reserve holds to the open money.
#[must_use]
pub fn settled_reserves(
    amount: i64,
    fences: &[Fence],
    attributed: &[i64],
    outside: i64,
) -> Settled {
    let mut own_left = own_reserves(fences);
    let mut carried: Vec<i64> = attributed.to_vec();
    carried.resize(fences.len(), 0);
    let mut open_left = fences
        .iter()
        .filter(|fence| fence.parent.is_none())
        .fold(amount, |left, fence| left.saturating_sub(fence.reserved))
        .saturating_sub(outside);
    for (at, fence) in fences.iter().enumerate().rev() {
        let here = carried.get(at).copied().unwrap_or(0);
        let Some(own) = own_left.get_mut(at) else {
            continue;
        };
        let used = here.min(*own).max(0);
        *own -= used;
        let over = here - used;
        match fence.parent.and_then(|parent| carried.get_mut(parent)) {
            Some(parent) => *parent = parent.saturating_add(over),
            None => open_left = open_left.saturating_sub(over),
        }
    }
    Settled {
        own_left,
        open_left,
    }
}
