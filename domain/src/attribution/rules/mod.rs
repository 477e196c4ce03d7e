//! The pure rules of attribution: lines and awards in, attributed amounts out. No database, no
//! clock. All amounts are whole pence.

mod credits;
pub mod may;
mod optimal;
#[cfg(test)]
mod optimal_tests;
#[cfg(test)]
mod pins_tests;
mod policy;
#[cfg(test)]
mod policy_tests;
mod room;
pub mod stays;
#[cfg(test)]
mod stays_tests;
pub mod stops;
#[cfg(test)]
mod stops_tests;
#[cfg(test)]
pub(crate) mod tests;
pub mod why;
#[cfg(test)]
mod why_tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearId, CommitmentId, ContributionId, CostCategoryId, FenceId, PaysFor,
    SpendLineId,
};

pub(super) use credits::{held, undone};
pub use optimal::{Proved, Shown, Solving};
pub use policy::{attribute, attribute_by, unfunded};
pub use room::settled_reserves;

use crate::awards::rules::reach::compared;
use crate::commitments::rules::Payers;
use crate::pools::rules::policies::Policies;
use crate::suspensions::rules::{Stopped, is_stopped};

/// A spend line, as far as attribution looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub id: SpendLineId,
    /// Who it is in any file: the last thing that decides the order.
    pub identity: String,
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// Pence; negative for what reduces spend.
    pub amount: i64,
    /// Capital, or revenue.
    pub capital: bool,
    /// The cost category.
    pub category: CostCategoryId,
    /// Where it was spent and for whom; absent where no award asks, or it is not known yet: then any may pay.
    pub reach: Option<Arc<Reach>>,
    /// The ledger's transaction: a negative line names the lines of its own transaction.
    pub transaction: Option<String>,
    /// The only awards that may pay for it, where the agreement that it counts against names some.
    pub payers: Option<Payers>,
    /// The agreement with a provider that it counts against.
    pub commitment: Option<CommitmentId>,
    /// The line that it takes back, whole.
    pub reverses: Option<SpendLineId>,
    /// Whether it was split, or takes out what was: the two come to nothing, and its parts are lines of
    /// their own.
    pub split: bool,
    /// When it was accepted, in the order of what was accepted.
    pub accepted: i64,
}

/// Where a line was spent and for whom, as names are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reach {
    /// The place, if it has one.
    pub place: Option<String>,
    /// The group of people, if it has one.
    pub group: Option<String>,
}

impl Reach {
    /// Of the names that a line has.
    #[must_use]
    pub fn of(place: Option<&str>, group: Option<&str>) -> Self {
        Self {
            place: place.map(compared),
            group: group.map(compared),
        }
    }
}

/// What is not said is anything: of what is promised, not all is known. No name is a line break.
const ANY: &str = "\n";

impl Reach {
    /// Of what is promised: what is not said of it may be anywhere, or for anybody.
    #[must_use]
    pub fn of_promise(place: Option<&str>, group: Option<&str>) -> Self {
        let named = |name: Option<&str>| Some(name.map_or_else(|| ANY.to_owned(), compared));
        Self {
            place: named(place),
            group: named(group),
        }
    }
}

/// An award that contributes to the pool, with what other pools have used of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// Which.
    pub id: AwardId,
    /// Its contribution to this pool.
    pub contribution: ContributionId,
    /// Pence that it may pay in this pool.
    pub agreed: i64,
    /// Pence that it may pay in all.
    pub amount: i64,
    /// First London date that it pays for.
    pub starts_on: NaiveDate,
    /// Last London date that it pays for.
    pub ends_on: NaiveDate,
    /// Capital, revenue or both.
    pub pays_for: PaysFor,
    /// What is not spent by its end goes back.
    pub lost_if_unspent: bool,
    /// The cost categories that it may pay for; none: all.
    pub categories: BTreeSet<CostCategoryId>,
    /// The places that it may pay for, as names are compared; none: any.
    pub places: BTreeSet<String>,
    /// The groups of people that it may pay for, as names are compared; none: any.
    pub groups: BTreeSet<String>,
    /// Its fences, each after the one around it.
    pub fences: Vec<Fence>,
    /// Pence that other pools have used outside of every fence.
    pub used_elsewhere: i64,
    /// Its years, in their order; none: its money comes as one.
    pub years: Vec<Year>,
    /// Days whose spend it does not pay for: it is suspended.
    pub stopped: Vec<Stopped>,
    /// When it was closed, in the order of what was accepted: it pays for nothing new.
    pub closed: Option<i64>,
    /// What it holds, by line and by the fence that it counts in: of one that is closed all that it paid then,
    /// otherwise what is inside a return that stands certified. That stays. Every credit that was known
    /// then is among them, also one that took nothing from it.
    pub kept: BTreeMap<SpendLineId, Vec<(Option<FenceId>, i64)>>,
    /// Its days that are certified, each with the last accepted line that was attributed then: of a line that
    /// was, it pays what it holds, and more only where nobody else does.
    pub known: Vec<stays::Certified>,
    /// What people pinned to it, by line: it pays for at least so much of a line that it may pay for, before
    /// any rule.
    pub pins: BTreeMap<SpendLineId, i64>,
}

/// A year of an award: it pays for lines of its own window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Year {
    /// Which.
    pub id: AwardYearId,
    /// First London date that it pays for.
    pub starts_on: NaiveDate,
    /// Last London date that it pays for.
    pub ends_on: NaiveDate,
    /// Pence of its own.
    pub own: i64,
    /// Whether what is left of the year before belongs to it too.
    pub joined: bool,
    /// How much of its own may only be spent at risk.
    pub at_risk: i64,
    /// The last London date of spend that may be at risk.
    pub at_risk_until: Option<NaiveDate>,
    /// Pence that other pools have used of it.
    pub used_elsewhere: i64,
    /// Pence of it that are put into this pool, where that is said by year.
    pub given: Option<i64>,
}

/// A named part of an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Which.
    pub id: FenceId,
    /// The fence around it: its place among the award's fences.
    pub parent: Option<usize>,
    /// Pence kept for the lines that fit.
    pub reserved: i64,
    /// At most this much for the lines that fit.
    pub limit: Option<i64>,
    /// The cost categories whose lines fit.
    pub categories: BTreeSet<CostCategoryId>,
    /// Pence that other pools have used of it, not counting the fences inside.
    pub used_elsewhere: i64,
}

/// The part of a line that an award pays for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribution {
    /// The line.
    pub line: SpendLineId,
    /// The award.
    pub award: AwardId,
    /// The deepest fence that the line fits.
    pub fence: Option<FenceId>,
    /// Pence.
    pub amount: i64,
}

/// Why no award pays for a line, or for all of it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Unfunded {
    /// No award contributes to the pool.
    NoAward,
    /// Its date is outside every award's window.
    OutsideEveryWindow,
    /// The agreement with the provider names other awards to pay for it.
    NotNamed,
    /// No award with that date may pay for its category.
    CategoryNotAllowed,
    /// Those that may are for other places or other groups of people.
    PlaceOrGroup,
    /// Those that may are for the other of capital and revenue.
    CapitalOrRevenue,
    /// Those that may are closed.
    Closed,
    /// Those that may are suspended on its date.
    Suspended,
    /// The year of the award that it falls in is not confirmed, and nothing may be spent at risk.
    NotConfirmed,
    /// The agreed shares leave nothing to those that may pay.
    NoShare,
    /// It is paid by hand, and nobody has said by which award.
    ByHand,
    /// Those that may pay are used up.
    AllFull,
    /// It is a credit that names no line that was paid for.
    Credit,
    /// It and the line that takes it back come to nothing.
    Reversed,
    /// It came since its pool was last attributed.
    NotYet,
}

impl Unfunded {
    /// Every reason.
    pub const ALL: [Self; 15] = [
        Self::NoAward,
        Self::OutsideEveryWindow,
        Self::NotNamed,
        Self::CategoryNotAllowed,
        Self::PlaceOrGroup,
        Self::CapitalOrRevenue,
        Self::Closed,
        Self::Suspended,
        Self::NotConfirmed,
        Self::NoShare,
        Self::ByHand,
        Self::AllFull,
        Self::Credit,
        Self::Reversed,
        Self::NotYet,
    ];

    /// The reason of this name.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.slug() == slug)
    }

    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NoAward => "no-award",
            Self::OutsideEveryWindow => "outside-every-window",
            Self::NotNamed => "not-named",
            Self::CategoryNotAllowed => "category-not-allowed",
            Self::PlaceOrGroup => "place-or-group",
            Self::CapitalOrRevenue => "capital-or-revenue",
            Self::Closed => "closed",
            Self::Suspended => "suspended",
            Self::NotConfirmed => "not-confirmed",
            Self::NoShare => "no-share",
            Self::ByHand => "by-hand",
            Self::AllFull => "all-full",
            Self::Credit => "credit",
            Self::Reversed => "reversed",
            Self::NotYet => "not-yet",
        }
    }

    /// The reason in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoAward => "No award contributes to the pool",
            Self::OutsideEveryWindow => "Outside every award’s dates",
            Self::NotNamed => "Its contract names other awards",
            Self::CategoryNotAllowed => "Category not allowed by any award",
            Self::PlaceOrGroup => "No award for its place or group of people",
            Self::CapitalOrRevenue => "No award for capital or revenue of this kind",
            Self::Closed => "The award that may pay is closed",
            Self::Suspended => "While the award that may pay is suspended",
            Self::NotConfirmed => "In a year that no funder has confirmed",
            Self::NoShare => "The agreed shares leave it to no award that may pay",
            Self::ByHand => "Paid by hand, and nobody said by which award",
            Self::AllFull => "Every award that may pay is used up",
            Self::Credit => "A credit that names no line",
            Self::Reversed => "It and what takes it back come to nothing",
            Self::NotYet => "Not attributed yet",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NoAward => "Add a contribution to the pool.",
            Self::OutsideEveryWindow => {
                "Check the date received; or agree with a funder that the award covers it."
            }
            Self::NotNamed => {
                "Put an award that the contract names behind the pool; or record a change of the \
                 contract that names others."
            }
            Self::CategoryNotAllowed => "Check the line’s category; or ask a funder to allow it.",
            Self::PlaceOrGroup => {
                "Check the line’s place and group of people; or ask a funder to pay for them."
            }
            Self::CapitalOrRevenue => "Check whether the line is capital or revenue.",
            Self::Closed => {
                "Find other money; or open the award again, if the funder agrees to pay for it."
            }
            Self::Suspended => {
                "Record that the award goes on, when the funder says so; or find other money."
            }
            Self::NotConfirmed => {
                "Record that the year is confirmed; or that the holder agreed to spend at risk."
            }
            Self::NoShare => {
                "Agree other shares, from a day on; or find money that may pay for it."
            }
            Self::ByHand => "Pin it to an award that may pay for it.",
            Self::AllFull => "Find further money, or agree a larger contribution.",
            Self::Credit => "It lowers what is not covered. Nothing needs doing.",
            Self::Reversed => "Nothing needs doing.",
            Self::NotYet => {
                "It has just come: which award pays is worked out within minutes. Or a run of the \
                 pool waits to be applied."
            }
        }
    }
}

/// What of a line decides why no award pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind<'l> {
    incurred_on: NaiveDate,
    category: CostCategoryId,
    reach: Option<&'l Reach>,
    capital: bool,
    negative: bool,
    payers: Option<&'l BTreeSet<AwardId>>,
    commitment: Option<CommitmentId>,
}

impl<'l> Kind<'l> {
    /// Of a line, under these rules.
    #[must_use]
    pub fn of(line: &'l Line, policies: &Policies) -> Self {
        Self {
            incurred_on: line.incurred_on,
            category: line.category,
            reach: line.reach.as_deref(),
            capital: line.capital,
            negative: line.amount < 0,
            payers: line.payers.as_deref(),
            commitment: policies.told_apart(line.commitment),
        }
    }
}

/// Whether a name is among these; any is, where none are named.
fn among(names: &BTreeSet<String>, name: Option<&String>) -> bool {
    names.is_empty() || name.is_some_and(|name| name == ANY || names.contains(name))
}

/// Why no award pays for what is left of a line of this kind.
#[must_use]
pub fn why_unfunded((awards, policies): (&[Award], &Policies), of: Kind<'_>) -> Unfunded {
    let Kind {
        incurred_on,
        category,
        reach,
        capital,
        negative,
        payers,
        commitment,
    } = of;
    if negative {
        return Unfunded::Credit;
    }
    let mut reason = if awards.is_empty() {
        Unfunded::NoAward
    } else {
        Unfunded::OutsideEveryWindow
    };
    for award in awards {
        if incurred_on < award.starts_on || incurred_on > award.ends_on {
            continue;
        }
        let now = if payers.is_some_and(|named| !named.contains(&award.id)) {
            Unfunded::NotNamed
        } else if !award.allows(category) {
            Unfunded::CategoryNotAllowed
        } else if !award.reaches(reach) {
            Unfunded::PlaceOrGroup
        } else if !award.pays(capital) {
            Unfunded::CapitalOrRevenue
        } else if award.closed.is_some() {
            Unfunded::Closed
        } else if is_stopped(&award.stopped, incurred_on) {
            Unfunded::Suspended
        } else if award.has_nothing_yet(incurred_on) {
            Unfunded::NotConfirmed
        } else if policies.gives_nothing(award.id, incurred_on, category, commitment) {
            Unfunded::NoShare
        } else if policies.by_hand(incurred_on) {
            Unfunded::ByHand
        } else {
            return Unfunded::AllFull;
        };
        reason = reason.max(now);
    }
    reason
}

impl Award {
    /// Whether it may pay for a line of this category.
    #[must_use]
    pub fn allows(&self, category: CostCategoryId) -> bool {
        self.categories.is_empty() || self.categories.contains(&category)
    }

    /// Whether it may pay for what was spent there and for them.
    #[must_use]
    pub fn reaches(&self, reach: Option<&Reach>) -> bool {
        reach.is_none_or(|of| {
            among(&self.places, of.place.as_ref()) && among(&self.groups, of.group.as_ref())
        })
    }

    /// Whether it may pay for capital, or for revenue.
    #[must_use]
    pub const fn pays(&self, capital: bool) -> bool {
        self.pays_for.pays(capital)
    }

    /// Whether it may pay for what was received on a day.
    #[must_use]
    pub fn pays_on(&self, on: NaiveDate) -> bool {
        (self.starts_on..=self.ends_on).contains(&on) && !is_stopped(&self.stopped, on)
    }

    /// Whether it may pay for a line, leaving room aside.
    #[must_use]
    pub fn may_pay(&self, line: &Line) -> bool {
        self.pays_on(line.incurred_on)
            && self.allows(line.category)
            && self.reaches(line.reach.as_deref())
            && self.pays(line.capital)
            && line
                .payers
                .as_ref()
                .is_none_or(|named| named.contains(&self.id))
            && self.closed.is_none()
    }

    /// Another pool has used this much of it, for spend of a day that counts in a fence.
    pub(super) fn is_used_elsewhere(&mut self, fence: Option<FenceId>, on: NaiveDate, amount: i64) {
        match self.fences.iter_mut().find(|one| Some(one.id) == fence) {
            Some(fence) => fence.used_elsewhere += amount,
            None => self.used_elsewhere += amount,
        }
        if let Some(year) = self.year_of_mut(on) {
            year.used_elsewhere += amount;
        }
    }

    /// What it paid in this pool leaves it less to pay: as if that were used elsewhere, and were never
    /// put in here.
    pub(super) fn pays_less(&mut self, fence: Option<FenceId>, on: NaiveDate, amount: i64) {
        self.is_used_elsewhere(fence, on, amount);
        self.agreed -= amount;
        if let Some(year) = self.year_of_mut(on) {
            year.given = year.given.map(|given| given - amount);
        }
    }

    fn year_of_mut(&mut self, on: NaiveDate) -> Option<&mut Year> {
        let at = self.year_of(on)?;
        self.years.get_mut(at)
    }

    /// What it holds of a line.
    fn kept_of(&self, line: SpendLineId) -> i64 {
        let parts = self.kept.get(&line).into_iter().flatten();
        parts.map(|(_, amount)| amount).sum()
    }

    /// The year of its money that a date counts in: its place among the years. They follow each
    /// other without a gap; what is dated before the first counts in it (only a credit can be), and
    /// what is dated after the last counts in the last.
    #[must_use]
    pub fn year_of(&self, on: NaiveDate) -> Option<usize> {
        let begun = self.years.partition_point(|year| year.starts_on <= on);
        (!self.years.is_empty()).then(|| begun.saturating_sub(1))
    }

    /// Whether the year that a date falls in may pay for nothing of that date: its money is not
    /// confirmed, and what may be spent at risk does not cover it.
    fn has_nothing_yet(&self, on: NaiveDate) -> bool {
        let Some(year) = self.year_of(on).and_then(|at| self.years.get(at)) else {
            return false;
        };
        let covered = year.at_risk_until.is_some_and(|until| on <= until);
        let own = if covered {
            year.own
        } else {
            year.own - year.at_risk
        };
        own <= 0 && !year.joined
    }

    /// The deepest fence that a line of this category fits: its place among the fences.
    #[must_use]
    pub fn fence_of(&self, category: CostCategoryId) -> Option<usize> {
        let mut found: Option<usize> = None;
        // Parents come before their children, and siblings do not overlap.
        for (at, fence) in self.fences.iter().enumerate() {
            if fence.parent == found && fence.categories.contains(&category) {
                found = Some(at);
            }
        }
        found
    }
}
