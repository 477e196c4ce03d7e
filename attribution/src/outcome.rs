//! What a run answers.

use serde::Serialize;

use crate::facts::{Award, Facts};

/// The part of one line that one award pays for. Lines, awards and fences by their places.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Paid {
    /// The line.
    pub line: usize,
    /// The award.
    pub award: usize,
    /// The deepest fence that it counts in.
    pub fence: Option<usize>,
    /// Pence; negative where a reversal mirrors a lock.
    pub amount: i64,
}

/// What each aim came to; one list for each of the aims 1 to 5.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Objective {
    /// Pence unfunded.
    pub unfunded: i64,
    /// Pence of reserves without lines.
    pub shortfall: i64,
    /// Pence attributed to what would be lost, by end, soonest first.
    pub lost: Vec<i64>,
    /// Pence attributed by rank, most restricted first.
    pub ranks: Vec<i64>,
    /// Pence that no longer stand where they were shown, by class and fence.
    pub moved: i64,
    /// The same by line.
    pub moved_lines: i64,
}

impl Objective {
    /// The objective of these lists; none where one is missing.
    pub(crate) fn of(lists: &[Vec<i64>; 5]) -> Option<Self> {
        let [unfunded, shortfall, lost, ranks, moved] = lists;
        Some(Self {
            unfunded: *unfunded.first()?,
            shortfall: *shortfall.first()?,
            lost: lost.clone(),
            ranks: ranks.clone(),
            moved: *moved.first()?,
            moved_lines: *moved.get(1)?,
        })
    }

    /// The lists, as SUMMARY.json has them.
    pub fn lists(&self) -> [Vec<i64>; 5] {
        [
            vec![self.unfunded],
            vec![self.shortfall],
            self.lost.clone(),
            self.ranks.clone(),
            vec![self.moved, self.moved_lines],
        ]
    }
}

/// Prices that prove the aims 1 to 5, and which award had the better of a tie: for each node of a run
/// a list of whole numbers, compared in order. The first is for what is locked and pinned; then come
/// the aims, one number for each that the objective has, up to the classes' moves; then one for each
/// award by id, those that are alike together.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// For each class: its first line by date and id, and its prices.
    pub classes: Vec<(usize, Vec<i64>)>,
    /// For each award, and each of its fences.
    pub fences: Vec<FencePrice>,
}

/// The prices at one place of an award's tree.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FencePrice {
    /// The award.
    pub award: usize,
    /// The fence; `None`: outside all fences.
    pub fence: Option<usize>,
    /// Before its limit; outside all fences, where open money is.
    pub door: Vec<i64>,
    /// Behind it; outside all fences, before the contribution, where all of an award's money is.
    pub room: Vec<i64>,
}

/// An award's part of a run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AwardTotal {
    /// Its id.
    pub id: String,
    /// Pence attributed to it.
    pub attributed_pence: i64,
    /// Pence left; below nought where locks exceed an award that was cut.
    pub unspent_pence: i64,
    /// Pence left that go back if nothing uses them.
    pub will_be_lost_pence: i64,
}

/// A limit that a run does not optimise, with what counts against it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CrossingLimit {
    /// The award's id.
    pub award: String,
    /// The fence's id.
    pub fence: String,
    /// Pence at most.
    pub limit_pence: i64,
    /// Pence attributed to lines that fit the fence. More than the limit is a breach.
    pub attributed_pence: i64,
}

/// SUMMARY.json.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Summary {
    /// All lines together.
    pub spend_pence: i64,
    /// All attributions together.
    pub attributed_pence: i64,
    /// The difference, negative balances among it.
    pub unfunded_pence: i64,
    /// Reserves without lines, a penny once.
    pub reserved_shortfall_pence: i64,
    /// By id.
    pub awards: Vec<AwardTotal>,
    /// One list for each of the aims 1 to 5.
    pub objective: [Vec<i64>; 5],
    /// `verified`: the independent check found the certificate to prove the result.
    pub certificate: &'static str,
    /// Classes of lines.
    pub classes: usize,
    /// Milliseconds from the facts to the verified result, without reading and writing.
    pub solve_ms: u64,
    /// The limits that were not optimised.
    pub crossing_limits: Vec<CrossingLimit>,
}

/// What a class of lines gets: by award and the deepest fence that counts, pence.
pub type ClassTotals = Vec<((usize, Option<usize>), i64)>;

/// An attribution, and what proves it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// By date and id of the line, then award.
    pub paid: Vec<Paid>,
    /// What the aims came to.
    pub objective: Objective,
    /// The proof.
    pub certificate: Certificate,
    /// Classes of lines.
    pub classes: usize,
    /// What each class gets, by award and the deepest fence that counts; classes as the certificate has them.
    pub totals: Vec<ClassTotals>,
    /// What each class could be paid, and by which awards.
    pub wanted: Vec<Wanted>,
}

/// What a class of lines could be paid.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Pence of its lines that are neither locked nor pinned.
    pub amount: i64,
    /// The awards that may pay for it.
    pub awards: Vec<usize>,
}

/// An award with what counts in each of its fences, and where the money comes from: from the
/// deepest reserve first, then from the one around it, at last from open money.
#[derive(Debug)]
pub(crate) struct Filled {
    /// Own reserves without lines.
    pub shortfall: i64,
    /// What no money is left for: nought, but where locks exceed what was cut.
    pub stuck: i64,
    /// What comes from reserves and open money together.
    pub reached: i64,
}

/// Fills an award. `counted[0]` is outside all fences, `counted[1 + f]` in fence `f`.
pub(crate) fn fill(award: &Award, counted: &[i64]) -> Filled {
    let mut wants = counted.to_vec();
    let (mut shortfall, mut stuck, mut reached) = (0, 0, 0);
    // Children stand after their parents: backwards, each is complete when its turn comes.
    for (place, fence) in award.fences.iter().enumerate().rev() {
        let want = wants[1 + place];
        let pass = optimised_limit(award, place).map_or(want, |limit| want.min(limit));
        stuck += want - pass;
        let own = own_reserve(award, place);
        let used = pass.min(own);
        shortfall += own - used;
        reached += used;
        wants[fence.parent.map_or(0, |p| 1 + p)] += pass - used;
    }
    stuck += (wants[0] - open_money(award)).max(0);
    reached += wants[0].min(open_money(award));
    if let Some(most) = award.contribution {
        stuck += (reached - most).max(0);
    }
    Filled {
        shortfall,
        stuck,
        reached,
    }
}

/// A fence's reserve less what its children reserve.
pub(crate) fn own_reserve(award: &Award, fence: usize) -> i64 {
    let inside: i64 = children(award, Some(fence)).map(|f| f.reserved).sum();
    award.fences[fence].reserved - inside
}

/// An award's amount less what its outermost fences reserve.
pub(crate) fn open_money(award: &Award) -> i64 {
    award.amount - children(award, None).map(|f| f.reserved).sum::<i64>()
}

fn children(
    award: &Award,
    outer: Option<usize>,
) -> impl Iterator<Item = &crate::facts::Fence> + '_ {
    award.fences.iter().filter(move |f| f.parent == outer)
}

/// The limit of a fence, unless fences inside it reserve: then lines that fit it are paid from
/// money that does not pass it, and the limit crosses the tree.
pub(crate) fn optimised_limit(award: &Award, fence: usize) -> Option<i64> {
    award.fences[fence].limit.filter(|_| !crosses(award, fence))
}

fn crosses(award: &Award, fence: usize) -> bool {
    (0..award.fences.len()).any(|inner| {
        award.fences[inner].reserved > 0
            && std::iter::successors(award.fences[inner].parent, |f| award.fences[*f].parent)
                .any(|around| around == fence)
    })
}

impl Outcome {
    /// The summary of an outcome that was checked.
    pub fn summary(&self, facts: &Facts, solve_ms: u64) -> Summary {
        let spend: i64 = facts.lines.all().iter().map(|l| l.amount).sum();
        let counted = counted(facts, &self.paid);
        let mut awards = Vec::with_capacity(facts.awards.len());
        let mut crossing_limits = Vec::new();
        for (award, counted) in facts.awards.iter().zip(&counted) {
            let attributed: i64 = counted.iter().sum();
            let most = award.contribution.unwrap_or(i64::MAX);
            let unspent = award.amount.min(most) - attributed;
            awards.push(AwardTotal {
                id: award.id.clone(),
                attributed_pence: attributed,
                unspent_pence: unspent,
                will_be_lost_pence: if award.lost_if_unspent {
                    unspent.max(0)
                } else {
                    0
                },
            });
            let mut inside = counted[1..].to_vec();
            for (place, fence) in award.fences.iter().enumerate().rev() {
                if let Some(parent) = fence.parent {
                    inside[parent] += inside[place];
                }
            }
            for (place, fence) in award.fences.iter().enumerate() {
                if let Some(limit) = fence.limit
                    && crosses(award, place)
                {
                    crossing_limits.push(CrossingLimit {
                        award: award.id.clone(),
                        fence: fence.id.clone(),
                        limit_pence: limit,
                        attributed_pence: inside[place],
                    });
                }
            }
        }
        let attributed = awards.iter().map(|a| a.attributed_pence).sum();
        Summary {
            spend_pence: spend,
            attributed_pence: attributed,
            unfunded_pence: spend - attributed,
            reserved_shortfall_pence: self.objective.shortfall,
            awards,
            objective: self.objective.lists(),
            certificate: "verified",
            classes: self.classes,
            solve_ms,
            crossing_limits,
        }
    }
}

/// For each award, what counts outside its fences, then in each of them.
pub(crate) fn counted(facts: &Facts, paid: &[Paid]) -> Vec<Vec<i64>> {
    let mut counted: Vec<Vec<i64>> = facts
        .awards
        .iter()
        .map(|a| vec![0; 1 + a.fences.len()])
        .collect();
    for part in paid {
        counted[part.award][part.fence.map_or(0, |f| 1 + f)] += part.amount;
    }
    counted
}
