//! Why an award pays for a line as it does: one or a few sentences, worked out from what is known of the
//! award and of the line, without going through the lines of the pool.

use chrono::NaiveDate;
use entity::{AttributionPolicy, AwardId, FenceId};

use super::may::MayNot;
use super::optimal::comes_as_one;
use super::room::{Place, Room, outward};
use super::{Award, Line};
use crate::Money;
use crate::calendar::rules::date_without_weekday;

/// What is used up, so that an award pays for no more of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Full {
    /// What it puts into the pool.
    Contribution,
    /// Its year that the line falls in, or what is confirmed of that.
    Year,
    /// A part of it that is set apart, with what it may take.
    Fence(FenceId),
    /// All but what is kept for other spend.
    Kept,
    /// All of it.
    All,
}

impl Award {
    /// What of it is used up for a line; nothing while there is room. What it pays in this pool was taken off
    /// it first.
    pub(in crate::attribution) fn full_for(&self, line: &Line) -> Option<Full> {
        let place: Place = self.place_of(line.incurred_on, line.category);
        let left = Room::of(self).left();
        let year = Room::of(self).left_of_year(place);
        if left.contribution <= 0 {
            return Some(Full::Contribution);
        }
        if year <= 0 {
            return Some(Full::Year);
        }
        let mut reserves = 0_i64;
        for at in outward(&self.fences, place.fence) {
            let (Some(fence), Some((own, limit))) = (self.fences.get(at), left.fences.get(at))
            else {
                continue;
            };
            if limit.is_some_and(|limit| limit <= 0) {
                return Some(Full::Fence(fence.id));
            }
            reserves = reserves.saturating_add((*own).max(0));
        }
        if reserves > 0 || left.open > 0 {
            return None;
        }
        match left.fences.iter().any(|(own, _)| *own > 0) {
            true => Some(Full::Kept),
            false => Some(Full::All),
        }
    }
}

impl Award {
    /// What is kept for the spend that fits each fence, and is not used.
    pub(in crate::attribution) fn kept_apart(&self) -> Vec<(FenceId, i64)> {
        let left = Room::of(self).left();
        self.fences
            .iter()
            .zip(left.fences)
            .filter(|(_, (own, _))| *own > 0)
            .map(|(fence, (own, _))| (fence.id, own))
            .collect()
    }

    /// What is left of what it puts into the pool.
    pub(in crate::attribution) fn left_here(&self) -> i64 {
        Room::of(self).left().contribution.max(0)
    }
}

/// Why the optimal rule lets another award pay first, where one of its aims alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// What the other does not use by this day is lost, and what this one does not use is not, or later.
    EndsFirst(NaiveDate),
    /// Both are lost on one day, or neither is, and the stated order has the other as the more restricted.
    MoreRestricted,
}

impl Award {
    /// The day on which what it does not use is lost. Nothing of one that comes in years: some of it goes on.
    pub(in crate::attribution) fn lost_on(&self) -> Option<NaiveDate> {
        (self.lost_if_unspent && comes_as_one(self)).then_some(self.ends_on)
    }

    /// Why another pays before this one by the optimal rule, whose order of awards this is.
    pub(in crate::attribution) fn after(&self, other: &Self, order: &[AwardId]) -> Option<First> {
        if !comes_as_one(self) || !comes_as_one(other) {
            return None;
        }
        let turn = |award: &Self| order.iter().position(|id| *id == award.id);
        match (other.lost_on(), self.lost_on()) {
            (Some(theirs), None) => Some(First::EndsFirst(theirs)),
            (Some(theirs), Some(mine)) if theirs < mine => Some(First::EndsFirst(theirs)),
            (theirs, mine) if theirs == mine && turn(other)? < turn(self)? => {
                Some(First::MoreRestricted)
            }
            _ => None,
        }
    }
}

/// What is known of an award and a line.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Pence of the line.
    pub line: i64,
    /// Pence of it that the award pays.
    pub paid: i64,
    /// Pence of that which are certified, and the times of those returns in words.
    pub certified: Option<(i64, Vec<String>)>,
    /// Pence that are pinned to it, by whom and when.
    pub pinned: Option<(i64, String, NaiveDate)>,
    /// Why it may not pay.
    pub may_not: Option<MayNot>,
    /// The agreed shares leave it nothing.
    pub no_share: bool,
    /// What is used up, what the fence is called if it is one, and the last day of spend that it pays for.
    pub full: Option<(Full, String, Option<NaiveDate>)>,
    /// The rule of the line's day.
    pub rule: Option<AttributionPolicy>,
    /// Whether others pay for all that it does not pay.
    pub covered: bool,
    /// The day on which what it does not use is lost.
    pub lost_on: Option<NaiveDate>,
    /// Another that pays, and why before it.
    pub first: Option<(String, First)>,
}

/// Why an award that is known by this name pays for a line as it does.
#[must_use]
pub fn sentence(name: &str, known: &Known) -> String {
    let mut said: Vec<String> = Vec::new();
    let pounds = |pence: i64| Money(pence).in_full();
    let mut explained = 0;
    if let Some((certified, times)) = &known.certified {
        explained = *certified;
        said.push(format!(
            "{} is certified in the return for {}: it stays.",
            pounds(*certified),
            times.join(", and for ")
        ));
    }
    if let Some((pinned, who, on)) = &known.pinned {
        explained = explained.max(*pinned);
        said.push(format!(
            "{} is pinned to it, by {who} on {}.",
            pounds(*pinned),
            date_without_weekday(*on)
        ));
    }
    let by_rule = known.paid.saturating_sub(explained);
    if by_rule > 0 {
        let what = match (explained, by_rule == known.line) {
            (0, true) => "It pays for all of it".to_owned(),
            (0, false) => format!("It pays {}", pounds(by_rule)),
            _ => format!("{} more", pounds(by_rule)),
        };
        said.push(match known.rule {
            None | Some(AttributionPolicy::InOrder) => {
                format!("{what} in its turn in the stated order.")
            }
            Some(AttributionPolicy::ProRata) => {
                format!("{what} in proportion to what it puts in.")
            }
            Some(AttributionPolicy::Shares) => format!("{what} by the agreed shares."),
            Some(AttributionPolicy::Manual) => format!("{what} by hand."),
            Some(AttributionPolicy::Optimal) => match known.lost_on {
                Some(on) => format!(
                    "{what} so that as little as can be is lost: what it does not use by {} goes back.",
                    date_without_weekday(on)
                ),
                None => format!("{what} so that as little as can be is lost."),
            },
        });
    }
    if known.paid >= known.line {
        return said.join(" ");
    }
    let lead = match known.paid {
        0 => "It does not pay",
        _ => "It pays no more",
    };
    said.push(match (&known.may_not, known.no_share, &known.full) {
        (Some(why), ..) => format!("{lead}: {}.", why.sentence(name)),
        (None, ..) if known.rule == Some(AttributionPolicy::Manual) => {
            format!(
                "{lead}: the pool is paid for by hand, and no more of the line is pinned to it."
            )
        }
        (None, true, _) => format!("{lead}: the agreed shares give it nothing."),
        (None, false, Some((full, fence, until))) => {
            let what = match full {
                Full::Contribution => "what it puts into the pool is used up".to_owned(),
                Full::Year => {
                    "its year that the line falls in is used up, or not confirmed".to_owned()
                }
                Full::Fence(_) => format!("its part “{fence}” is full"),
                Full::Kept => "what is left of it is kept for other spend".to_owned(),
                Full::All => "it is used up".to_owned(),
            };
            match until.filter(|_| *full != Full::Kept) {
                Some(on) => format!(
                    "{lead}: {what}, by spend received up to {}.",
                    date_without_weekday(on)
                ),
                None => format!("{lead}: {what}."),
            }
        }
        (None, false, None) if known.covered => match known.rule {
            Some(AttributionPolicy::ProRata | AttributionPolicy::Shares) => {
                format!("{lead}: the others pay their shares.")
            }
            Some(AttributionPolicy::Optimal) => match &known.first {
                Some((other, First::EndsFirst(on))) => format!(
                    "{lead}: “{other}” pays first, because what that does not use by {} is lost.",
                    date_without_weekday(*on)
                ),
                Some((other, First::MoreRestricted)) => {
                    format!("{lead}: “{other}” pays first, because it is more restricted.")
                }
                None => format!("{lead}: as little as can be is lost where others do."),
            },
            _ => format!("{lead}: those before it in the stated order pay for the rest."),
        },
        (None, false, None) => {
            format!("{lead} yet: what is left is worked out with the next attribution.")
        }
    });
    said.join(" ")
}
