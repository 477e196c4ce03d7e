//! The totals of each class, by a minimum-cost flow: class → its fence → (own reserve | the fence
//! around it) → … → open money. All money comes from, and goes back to, one node, the bank.

use std::collections::{BTreeMap, BTreeSet};

use flow::{Arc, Network, Node, Solver};

use super::hand;
use crate::Refusal;
use crate::classes::{Class, Column, only};
use crate::deal::{between_twins, largest_remainder};
use crate::facts::Facts;
use crate::nets::Nets;
use crate::outcome::{
    Certificate, FencePrice, Objective, Paid, counted, fill, open_money, optimised_limit,
    own_reserve,
};

/// Awards that are solved as one: alike in all that the aims see. Mostly one award.
#[derive(Debug)]
pub(super) struct Payer {
    awards: Vec<usize>,
}

pub(super) fn payers(facts: &Facts) -> Vec<Payer> {
    let lists: BTreeSet<&str> = facts
        .lines
        .kinds()
        .iter()
        .map(|k| facts.lines.names.text(k.only))
        .filter(|text| only(text).next().is_some())
        .collect();
    let lists: Vec<BTreeSet<&str>> = lists.into_iter().map(|text| only(text).collect()).collect();
    let named: Vec<Vec<bool>> = facts
        .awards
        .iter()
        .map(|a| lists.iter().map(|l| l.contains(a.id.as_str())).collect())
        .collect();
    let mut payers: Vec<Payer> = Vec::new();
    for (place, award) in facts.awards.iter().enumerate() {
        let twin = payers.iter_mut().find(|payer| {
            let other = &facts.awards[payer.awards[0]];
            award.fences.is_empty()
                && other.fences.is_empty()
                && (award.contribution, other.contribution) == (None, None)
                && (award.from, award.to) == (other.from, other.to)
                && (award.lost_if_unspent, award.rank) == (other.lost_if_unspent, other.rank)
                && award.allowed == other.allowed
                && named[place] == named[payer.awards[0]]
        });
        match twin {
            Some(payer) => payer.awards.push(place),
            None => payers.push(Payer {
                awards: vec![place],
            }),
        }
    }
    payers
}

/// Sums by award and fence.
pub(crate) type Sums = BTreeMap<Column, i64>;

/// One class as the network sees it.
#[derive(Debug, Default)]
struct Share {
    free: i64,
    fixed: Sums,
    before: Sums,
    /// What was shown of awards or fences that are no longer there.
    gone: i64,
}

pub(super) struct Plan<'a> {
    facts: &'a Facts,
    classes: &'a [Class],
    payers: &'a [Payer],
    payer_of: Vec<usize>,
    nets: &'a Nets,
    shares: Vec<Share>,
}

/// For each class and payer, what the flow gave beyond what is fixed.
pub(super) type Flows = Vec<BTreeMap<Column, i64>>;

impl<'a> Plan<'a> {
    pub(super) fn of(
        facts: &'a Facts,
        nets: &'a Nets,
        classes: &'a [Class],
        payers: &'a [Payer],
    ) -> Self {
        let mut payer_of = vec![0; facts.awards.len()];
        for (place, payer) in payers.iter().enumerate() {
            for award in &payer.awards {
                payer_of[*award] = place;
            }
        }
        let shares = classes
            .iter()
            .map(|class| {
                let mut share = Share::default();
                for line in &class.lines {
                    share.free += nets.free[*line];
                    for fixed in nets.fixed_of(*line) {
                        *share.fixed.entry((fixed.award, fixed.fence)).or_insert(0) += fixed.amount;
                    }
                    for before in nets.before_of(*line) {
                        match before.place {
                            Some(place) => *share.before.entry(place).or_insert(0) += before.amount,
                            None => share.gone += before.amount,
                        }
                    }
                }
                share
            })
            .collect();
        Self {
            facts,
            classes,
            payers,
            payer_of,
            nets,
            shares,
        }
    }

    /// Sums by payer instead of award.
    fn by_payer(&self, sums: &Sums) -> Sums {
        let mut merged = Sums::new();
        for ((award, fence), amount) in sums {
            *merged.entry((self.payer_of[*award], *fence)).or_insert(0) += amount;
        }
        merged
    }

    /// Builds the network, solves the aims in turn, settles the ties.
    pub(super) fn flow(&self) -> Result<(Flows, Certificate), Refusal> {
        let mut built = Built::new();
        let mut fixed: BTreeMap<Column, i64> = BTreeMap::new();
        for part in self.nets.fixed() {
            *fixed.entry((part.award, part.fence)).or_insert(0) += part.amount;
        }
        let wanted: i64 = self.shares.iter().map(|s| s.free).sum::<i64>()
            + fixed.values().map(|a| (*a).max(0)).sum::<i64>();
        for payer in self.payers {
            self.tree(&mut built, payer, &fixed, wanted + 1)?;
        }
        let mut ways = Vec::new();
        for (class, share) in self.classes.iter().zip(&self.shares) {
            let node = built.network.node();
            built.classes.push(node);
            built
                .unfunded
                .push((built.network.arc(built.bank, node, share.free)?, -1));
            let fixed = self.by_payer(&share.fixed);
            let before = self.by_payer(&share.before);
            let mut columns: Vec<Column> = class
                .columns
                .iter()
                .map(|(award, fence)| (self.payer_of[*award], *fence))
                .collect();
            columns.sort();
            columns.dedup();
            for column in columns {
                let door = built.doors[&column].0;
                let was = before.get(&column).copied().unwrap_or(0);
                let is = fixed.get(&column).copied().unwrap_or(0);
                let stay = (was - is).clamp(0, share.free);
                let stays = built.network.arc(node, door, stay)?;
                built.kept.push((stays, -1));
                let more = built.network.arc(node, door, share.free + 1)?;
                ways.push((column, built.classes.len() - 1, stays, more));
            }
        }

        let mut aims = vec![
            built.held.clone(),
            built.unfunded.clone(),
            built.reserves.clone(),
        ];
        let ends: BTreeSet<_> = self
            .facts
            .awards
            .iter()
            .filter(|a| a.lost_if_unspent)
            .map(|a| a.to)
            .collect();
        let ranks: BTreeSet<_> = self.facts.awards.iter().map(|a| a.rank).collect();
        let of_payers = |wanted: &dyn Fn(&crate::facts::Award) -> bool| -> Vec<(Arc, i64)> {
            built
                .money
                .iter()
                .filter(|(_, payer)| wanted(&self.facts.awards[self.payers[*payer].awards[0]]))
                .map(|(arc, _)| (*arc, -1))
                .collect()
        };
        for end in ends {
            aims.push(of_payers(&|a| a.lost_if_unspent && a.to == end));
        }
        for rank in ranks {
            aims.push(of_payers(&|a| a.rank == rank));
        }
        aims.push(built.kept.clone());

        // Every other tie: by award id, then line date and id.
        for payer in 0..self.payers.len() {
            let arcs = built.money.iter().filter(|(_, p)| *p == payer);
            aims.push(arcs.map(|(arc, _)| (*arc, -1)).collect());
        }

        let mut solver = Solver::new(built.network.clone());
        let mut prices = Vec::with_capacity(aims.len());
        for aim in &aims {
            prices.push(solver.aim(aim)?);
        }
        ways.sort_by_key(|(column, class, _, _)| (column.0, *class));
        let order: Vec<Arc> = ways.iter().flat_map(|w| [w.2, w.3]).collect();
        solver.favour(&order)?;

        let mut flows: Flows = vec![BTreeMap::new(); self.classes.len()];
        for (column, class, stays, more) in ways {
            flows[class].insert(column, solver.flow(stays) + solver.flow(more));
        }
        Ok((flows, self.certificate(&built, &prices)))
    }

    /// An award's nodes: a door before each fence's limit, a room behind it.
    fn tree(
        &self,
        built: &mut Built,
        payer: &Payer,
        fixed: &BTreeMap<Column, i64>,
        plenty: i64,
    ) -> Result<(), Refusal> {
        let place = self.payer_of[payer.awards[0]];
        let first = &self.facts.awards[payer.awards[0]];
        let network = &mut built.network;
        let open = network.node();
        let purse = match first.contribution {
            None => built.bank,
            Some(most) => {
                let purse = network.node();
                // Locks stay as they are, also where the contribution was cut below them.
                let mut counted = vec![0; 1 + first.fences.len()];
                for (award, fence) in fixed.keys().filter(|c| c.0 == payer.awards[0]) {
                    counted[fence.map_or(0, |f| 1 + f)] += fixed[&(*award, *fence)];
                }
                let most = most.max(fill(first, &counted).reached).min(plenty);
                network.arc(purse, built.bank, most)?;
                purse
            }
        };
        built.doors.insert((place, None), (open, purse));
        let (mut money, mut held) = (0, 0);
        for award in &payer.awards {
            let amount = open_money(&self.facts.awards[*award]);
            let wants = fixed.get(&(*award, None)).copied().unwrap_or(0);
            money += amount;
            // What one of several has too many locks for is not the others' to pay.
            held += if payer.awards.len() > 1 {
                wants.min(amount)
            } else {
                wants
            };
        }
        built.money.push((network.arc(open, purse, money)?, place));
        built.held.push((network.arc(built.bank, open, held)?, -1));
        for (at, fence) in first.fences.iter().enumerate() {
            let room = network.node();
            let door = match optimised_limit(first, at) {
                None => room,
                Some(limit) => {
                    let door = network.node();
                    network.arc(door, room, limit.min(plenty))?;
                    door
                }
            };
            built.doors.insert((place, Some(at)), (door, room));
            let own = network.arc(room, purse, own_reserve(first, at))?;
            built.reserves.push((own, -1));
            built.money.push((own, place));
            let around = built.doors[&(place, fence.parent)].0;
            network.arc(room, around, plenty)?;
            let wants = fixed
                .get(&(payer.awards[0], Some(at)))
                .copied()
                .unwrap_or(0);
            built.held.push((network.arc(built.bank, door, wants)?, -1));
        }
        Ok(())
    }

    fn certificate(&self, built: &Built, prices: &[Vec<i64>]) -> Certificate {
        let of = |node: Node| -> Vec<i64> {
            let (node, bank) = (usize::from(node), usize::from(built.bank));
            prices.iter().map(|p| p[node] - p[bank]).collect()
        };
        let mut fences = Vec::new();
        for (award, place) in self.payer_of.iter().enumerate() {
            let places =
                std::iter::once(None).chain((0..self.facts.awards[award].fences.len()).map(Some));
            for fence in places {
                let (door, room) = built.doors[&(*place, fence)];
                fences.push(FencePrice {
                    award,
                    fence,
                    door: of(door),
                    room: of(room),
                });
            }
        }
        Certificate {
            classes: self
                .classes
                .iter()
                .zip(&built.classes)
                .map(|(class, node)| (class.lines[0], of(*node)))
                .collect(),
            fences,
        }
    }

    /// Divides what awards that are alike got together.
    pub(super) fn by_award(&self, flows: Flows) -> Result<Flows, Refusal> {
        let mut totals: Flows = vec![BTreeMap::new(); self.classes.len()];
        for (place, payer) in self.payers.iter().enumerate() {
            if payer.awards.len() == 1 {
                for (flow, totals) in flows.iter().zip(&mut totals) {
                    let own = flow.range((place, None)..(place + 1, None));
                    totals.extend(
                        own.map(|((_, fence), amount)| ((payer.awards[0], *fence), *amount)),
                    );
                }
                continue;
            }
            let got: Vec<i64> = flows
                .iter()
                .map(|f| f.get(&(place, None)).copied().unwrap_or(0))
                .collect();
            let left: Vec<i64> = payer
                .awards
                .iter()
                .map(|award| {
                    let fixed: i64 = self
                        .nets
                        .fixed()
                        .iter()
                        .filter(|f| f.award == *award)
                        .map(|f| f.amount)
                        .sum();
                    (self.facts.awards[*award].amount - fixed).max(0)
                })
                .collect();
            let shares = largest_remainder(got.iter().sum(), &left);
            let kept: Vec<Vec<i64>> = self
                .classes
                .iter()
                .map(|class| self.stays(class, &payer.awards))
                .collect();
            let split = between_twins(&got, &shares, &kept)?;
            for (totals, split) in totals.iter_mut().zip(split) {
                for (award, amount) in payer.awards.iter().zip(split) {
                    totals.insert((*award, None), amount);
                }
            }
        }
        Ok(totals)
    }

    /// What the lines of a class, each by itself, could keep of some awards without fences.
    fn stays(&self, class: &Class, awards: &[usize]) -> Vec<i64> {
        let columns: Vec<(Column, i64)> = awards.iter().map(|a| ((*a, None), 0)).collect();
        let mut stays = vec![0; awards.len()];
        if !self.nets.before().is_empty() {
            for line in &class.lines {
                let hand = hand(self.nets, *line, &columns);
                for (column, amount) in hand.kept {
                    stays[column] += amount.min(hand.free);
                }
            }
        }
        stays
    }

    pub(super) fn objective(&self, paid: &[Paid], totals: &Flows) -> Objective {
        let facts = self.facts;
        let spend: i64 = facts.lines.all().iter().map(|l| l.amount).sum();
        let attributed: i64 = paid.iter().map(|p| p.amount).sum();
        let counted = counted(facts, paid);
        let mut lost = BTreeMap::new();
        let mut ranks = BTreeMap::new();
        let mut shortfall = 0;
        for (award, counted) in facts.awards.iter().zip(&counted) {
            let sum: i64 = counted.iter().sum();
            if award.lost_if_unspent {
                *lost.entry(award.to).or_insert(0) += sum;
            }
            *ranks.entry(award.rank).or_insert(0) += sum;
            shortfall += fill(award, counted).shortfall;
        }
        let mut moved = 0;
        for (share, totals) in self.shares.iter().zip(totals) {
            let mut now = share.fixed.clone();
            for (column, amount) in totals {
                *now.entry(*column).or_insert(0) += amount;
            }
            let now = self.by_payer(&now);
            moved += share.gone;
            for (column, was) in self.by_payer(&share.before) {
                moved += (was - now.get(&column).copied().unwrap_or(0)).clamp(0, was);
            }
        }
        Objective {
            unfunded: spend - attributed,
            shortfall,
            lost: lost.into_values().collect(),
            ranks: ranks.into_values().collect(),
            moved,
            moved_lines: self.moved_lines(paid),
        }
    }

    fn moved_lines(&self, paid: &[Paid]) -> i64 {
        if self.nets.before().is_empty() {
            return 0;
        }
        let mut now: Vec<(usize, Column, i64)> = paid
            .iter()
            .filter(|p| !self.nets.reversal[p.line])
            .map(|p| (p.line, (p.award, p.fence), p.amount))
            .collect();
        now.extend(
            self.nets
                .fixed()
                .iter()
                .filter(|f| f.line != f.root)
                .map(|f| (f.root, (f.award, f.fence), f.amount)),
        );
        now.sort_unstable();
        let mut moved = 0;
        for before in self.nets.before() {
            let stands: i64 = before.place.map_or(0, |place| {
                let key = (before.root, place);
                let start = now.partition_point(|n| (n.0, n.1) < key);
                now[start..]
                    .iter()
                    .take_while(|n| (n.0, n.1) == key)
                    .map(|n| n.2)
                    .sum()
            });
            moved += (before.amount - stands).clamp(0, before.amount);
        }
        moved
    }
}

/// The network while it is built, and which arcs each aim is about.
struct Built {
    network: Network,
    bank: Node,
    doors: BTreeMap<Column, (Node, Node)>,
    classes: Vec<Node>,
    held: Vec<(Arc, i64)>,
    unfunded: Vec<(Arc, i64)>,
    reserves: Vec<(Arc, i64)>,
    /// Into the bank, with the payer whose money it is.
    money: Vec<(Arc, usize)>,
    kept: Vec<(Arc, i64)>,
}

impl Built {
    fn new() -> Self {
        let mut network = Network::new();
        let bank = network.node();
        Self {
            network,
            bank,
            doors: BTreeMap::new(),
            classes: Vec::new(),
            held: Vec::new(),
            unfunded: Vec::new(),
            reserves: Vec::new(),
            money: Vec::new(),
            kept: Vec::new(),
        }
    }
}
