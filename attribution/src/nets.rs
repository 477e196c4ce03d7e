//! A line and what reverses it, as their net; what certified returns hold of it, mirrored.

use std::collections::{BTreeMap, BTreeSet};

use crate::Refusal;
use crate::deal::largest_remainder;
use crate::facts::{Facts, Index, Share};

/// Part of a line that no run decides: locked, mirrored, or pinned.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Fixed {
    /// The line that is reversed, or the line itself.
    pub root: usize,
    /// The line that it is given on.
    pub line: usize,
    pub award: usize,
    pub fence: Option<usize>,
    pub amount: i64,
}

/// An attribution that was shown before, given to the line that is reversed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Before {
    pub root: usize,
    /// `None`: an award or a fence that is no longer among the facts.
    pub place: Option<(usize, Option<usize>)>,
    pub amount: i64,
}

/// What a run may decide, and what it may not.
#[derive(Debug)]
pub struct Nets {
    /// For each line, the pence that may be attributed; nought on reversals.
    pub free: Vec<i64>,
    /// Whether a line reverses another.
    pub reversal: Vec<bool>,
    /// By line.
    fixed: Vec<Fixed>,
    fixed_at: Vec<usize>,
    /// By line; one for each line, award and fence.
    before: Vec<Before>,
    before_at: Vec<usize>,
}

impl Nets {
    /// What no run decides, by line.
    pub fn fixed(&self) -> &[Fixed] {
        &self.fixed
    }

    /// The part of it that is about one line and what reverses it.
    pub fn fixed_of(&self, line: usize) -> &[Fixed] {
        &self.fixed[self.fixed_at[line]..self.fixed_at[line + 1]]
    }

    /// What was shown before, by line.
    pub fn before(&self) -> &[Before] {
        &self.before
    }

    /// What was shown of one line.
    pub fn before_of(&self, line: usize) -> &[Before] {
        &self.before[self.before_at[line]..self.before_at[line + 1]]
    }

    /// Nothing of a line is locked, pinned, mirrored, or was shown before.
    pub fn is_plain(&self, line: usize) -> bool {
        self.fixed_of(line).is_empty() && self.before_of(line).is_empty()
    }

    /// Fixes more.
    pub fn hold(&mut self, more: Vec<Fixed>) {
        self.fixed.extend(more);
        self.fixed.sort();
        self.fixed_at = starts(self.free.len(), self.fixed.iter().map(|f| f.root));
    }
}

/// For each line where its part of a list by line begins, and last where the list ends.
fn starts(lines: usize, roots: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0; lines + 1];
    for root in roots {
        starts[root + 1] += 1;
    }
    for line in 0..lines {
        starts[line + 1] += starts[line];
    }
    starts
}

/// The nets of these facts. `rank` is a line's place by date and id.
pub fn nets(facts: &Facts, index: &Index<'_>, rank: &[usize]) -> Result<Nets, Refusal> {
    let lines = &facts.lines;
    let mut sum = 0_i128;
    for line in lines.all() {
        sum += i128::from(line.amount).abs();
    }
    for award in &facts.awards {
        sum += i128::from(award.amount).abs();
    }
    for share in facts.locks.iter().chain(&facts.previous) {
        sum += i128::from(share.amount).abs();
    }
    for pin in &facts.pins {
        sum += i128::from(pin.amount).abs();
    }
    if sum > i128::from(i64::MAX / 1024) {
        return Err(Refusal::Internal(
            "The amounts are too large to be added up in whole pence.".to_owned(),
        ));
    }

    let (roots, direct) = reversals(facts, index)?;
    let root = |line: usize| roots.get(&line).map_or(line, |r| r.0);
    let mut free: Vec<i64> = lines.all().iter().map(|l| l.amount).collect();
    let mut reversal = vec![false; lines.len()];
    for line in roots.keys() {
        reversal[*line] = true;
        free[*line] = 0;
    }

    let locks = placed(facts, index, &facts.locks)?;
    let mut touched: BTreeMap<usize, Vec<(usize, i64)>> = BTreeMap::new();
    for (line, net) in direct {
        touched.entry(root(line)).or_default().push((line, net));
    }
    for line in locks.keys() {
        if roots.get(line).is_some_and(|r| r.1 != *line) {
            return Err(Refusal::Contradiction(vec![format!(
                "There is a lock on line {}, which reverses a reversal: lock the line {}, on which its \
                 net is given.",
                lines.id(*line),
                lines.id(roots[line].1)
            )]));
        }
        touched.entry(root(*line)).or_default();
    }

    let none = Vec::new();
    let mut fixed = Vec::new();
    let mut wrong = Vec::new();
    for (line, mut reversed) in touched {
        reversed.sort_by_key(|(l, _)| rank[*l]);
        let amount = lines.all()[line].amount;
        let held = locks.get(&line).unwrap_or(&none);
        let sum: i64 = held.iter().map(|h| h.1).sum();
        if held.iter().any(|h| h.1 < 0) {
            wrong.push(format!(
                "A lock on line {} is below nought; only what reverses a line is locked so.",
                lines.id(line)
            ));
        }
        if sum > amount.max(0) {
            wrong.push(format!(
                "Line {} is {amount}p, and the locks on it are {sum}p together ({}).",
                lines.id(line),
                held.iter()
                    .map(|h| format!("{} {}p", facts.awards[h.0.0].id, h.1))
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
            continue;
        }
        for ((award, fence), amount) in held {
            fixed.push(Fixed {
                root: line,
                line,
                award: *award,
                fence: *fence,
                amount: *amount,
            });
        }
        // What is left of each lock, and last what is left of the free part.
        let mut left: Vec<i64> = held.iter().map(|h| h.1).collect();
        let mut rest = amount - sum;
        for (mirror, mut net) in reversed {
            for ((award, fence), amount) in locks.get(&mirror).unwrap_or(&none) {
                let at = held.iter().position(|h| h.0 == (*award, *fence));
                match at {
                    Some(at) if *amount <= 0 && -amount <= left[at] && *amount >= net => {
                        left[at] += amount;
                        net -= amount;
                        fixed.push(Fixed {
                            root: line,
                            line: mirror,
                            award: *award,
                            fence: *fence,
                            amount: *amount,
                        });
                    }
                    _ => wrong.push(format!(
                        "The lock of {amount}p of award {} on line {}, which reverses line {}, is more \
                         than what the line reverses or than what is locked there to that award.",
                        facts.awards[*award].id,
                        lines.id(mirror),
                        lines.id(line)
                    )),
                }
            }
            if net >= 0 {
                rest += net;
                continue;
            }
            let mut weights = left.clone();
            weights.push(rest.max(0));
            let whole: i64 = weights.iter().sum();
            let shares = largest_remainder((-net).min(whole), &weights);
            for (at, ((award, fence), _)) in held.iter().enumerate() {
                left[at] -= shares[at];
                if shares[at] != 0 {
                    fixed.push(Fixed {
                        root: line,
                        line: mirror,
                        award: *award,
                        fence: *fence,
                        amount: -shares[at],
                    });
                }
            }
            // What is reversed beyond the line stands as negative and unfunded.
            rest += net + shares[..held.len()].iter().sum::<i64>();
        }
        free[line] = rest;
    }
    Refusal::contradicts(wrong)?;
    for amount in &mut free {
        *amount = (*amount).max(0);
    }
    fixed.sort();

    let mut before = Vec::with_capacity(facts.previous.len());
    for share in &facts.previous {
        let line = index.find(&share.line).ok_or_else(|| {
            Refusal::Contradiction(vec![format!(
                "There is a previous attribution of line {}, which is not among the lines.",
                share.line
            )])
        })?;
        let place = facts.award(&share.award).and_then(|award| {
            let fence = match &share.fence {
                None => None,
                Some(id) => Some(facts.awards[award].fence(id)?),
            };
            Some((award, fence))
        });
        before.push(Before {
            root: root(line),
            place,
            amount: share.amount,
        });
    }
    before.sort();
    before.dedup_by(|next, kept| {
        let same = next.root == kept.root && next.place == kept.place;
        if same {
            kept.amount = kept.amount.saturating_add(next.amount);
        }
        same
    });
    for entry in &mut before {
        entry.amount = entry.amount.max(0);
    }
    Ok(Nets {
        fixed_at: starts(free.len(), fixed.iter().map(|f| f.root)),
        before_at: starts(free.len(), before.iter().map(|b| b.root)),
        free,
        reversal,
        fixed,
        before,
    })
}

/// For each line that reverses: the line at the root, and the reversal directly on it; and for
/// each such direct one, its net with whatever reverses it.
type Reversals = (BTreeMap<usize, (usize, usize)>, BTreeMap<usize, i64>);

fn reversals(facts: &Facts, index: &Index<'_>) -> Result<Reversals, Refusal> {
    let lines = &facts.lines;
    let mut onto = BTreeMap::new();
    let mut wrong = Vec::new();
    for (line, id) in lines.reversals() {
        match index.find(id) {
            Some(reversed) => {
                onto.insert(line, reversed);
            }
            None => wrong.push(format!(
                "Line {} reverses line {id}, which is not among the lines. Add that line, or leave the \
                 column empty.",
                lines.id(line)
            )),
        }
    }
    Refusal::contradicts(wrong)?;
    let mut roots: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for start in onto.keys() {
        let mut path = Vec::new();
        let mut walked = BTreeSet::new();
        let mut line = *start;
        let end = loop {
            if let Some(known) = roots.get(&line) {
                break *known;
            }
            let Some(next) = onto.get(&line) else {
                let direct = path.last().copied().unwrap_or(line);
                break (line, direct);
            };
            if !walked.insert(line) {
                return Err(Refusal::Contradiction(vec![format!(
                    "Lines {} and {} reverse each other, in a ring.",
                    lines.id(line),
                    lines.id(*next)
                )]));
            }
            path.push(line);
            line = *next;
        };
        for line in path {
            roots.insert(line, end);
        }
    }
    let mut direct = BTreeMap::new();
    for (line, (_, on)) in &roots {
        *direct.entry(*on).or_insert(0) += lines.all()[*line].amount;
    }
    Ok((roots, direct))
}

type Place = (usize, Option<usize>);

/// Locks by line, one for each award and fence.
fn placed(
    facts: &Facts,
    index: &Index<'_>,
    shares: &[Share],
) -> Result<BTreeMap<usize, Vec<(Place, i64)>>, Refusal> {
    let mut found: BTreeMap<usize, BTreeMap<Place, i64>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for share in shares {
        let Some(line) = index.find(&share.line) else {
            wrong.push(format!(
                "There is a lock of award {} on line {}, which is not among the lines.",
                share.award, share.line
            ));
            continue;
        };
        let Some(award) = facts.award(&share.award) else {
            wrong.push(format!(
                "There is a lock on line {} to award {}, which is not among the awards.",
                share.line, share.award
            ));
            continue;
        };
        let fence = match &share.fence {
            None => None,
            Some(id) => match facts.awards[award].fence(id) {
                Some(fence) => Some(fence),
                None => {
                    wrong.push(format!(
                        "There is a lock on line {} in fence {id} of award {}, which has no such fence.",
                        share.line, share.award
                    ));
                    continue;
                }
            },
        };
        let sum = found
            .entry(line)
            .or_default()
            .entry((award, fence))
            .or_insert(0_i64);
        *sum = sum.saturating_add(share.amount);
    }
    Refusal::contradicts(wrong)?;
    Ok(found
        .into_iter()
        .map(|(line, held)| (line, held.into_iter().collect()))
        .collect())
}
