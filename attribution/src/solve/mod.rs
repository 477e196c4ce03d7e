//! From the facts to a result: what is fixed, the classes, their totals, the lines' shares.

use std::collections::BTreeSet;

use crate::Refusal;
use crate::classes::{Class, Column, classes};
use crate::contradictions;
use crate::deal::{Hand, to_lines};
use crate::facts::Facts;
use crate::nets::{Nets, nets};
use crate::outcome::{Certificate, Objective, Outcome, Paid, Wanted};

mod pins;
mod plan;

use pins::{hold_pins, pins};
use plan::{Plan, payers};

pub(crate) use plan::Sums;

/// What is fixed, and the classes of what is free.
pub(crate) struct Prepared {
    rank: Vec<usize>,
    nets: Nets,
    pub(crate) classes: Vec<Class>,
}

impl Prepared {
    pub(crate) fn of(facts: &Facts) -> Result<Self, Refusal> {
        contradictions::check(facts)?;
        let index = facts.lines.index()?;
        let order = facts.lines.in_order();
        let mut rank = vec![0; order.len()];
        for (at, line) in order.iter().enumerate() {
            rank[*line] = at;
        }
        let mut nets = nets(facts, &index, &rank)?;
        let pins = pins(facts, &index, &nets)?;
        let pinned: BTreeSet<usize> = pins.keys().map(|p| p.0).collect();
        let classes = classes(
            facts,
            order.iter().copied().filter(|l| {
                !nets.reversal[*l]
                    && (nets.free[*l] > 0 || pinned.contains(l) || !nets.is_plain(*l))
            }),
        );
        hold_pins(facts, &classes, pins, &mut nets)?;
        Ok(Self {
            rank,
            nets,
            classes,
        })
    }

    /// What is paid of each line, once it is known what each class gets.
    fn paid(&self, totals: &[Sums]) -> Result<Vec<Paid>, Refusal> {
        let mut paid: Vec<Paid> = self
            .nets
            .fixed()
            .iter()
            .map(|f| Paid {
                line: f.line,
                award: f.award,
                fence: f.fence,
                amount: f.amount,
            })
            .collect();
        for (class, totals) in self.classes.iter().zip(totals) {
            deal(&self.nets, class, totals, &mut paid)?;
        }
        paid.sort_unstable_by_key(|p| (self.rank[p.line], p.award, p.fence));
        paid.dedup_by(|next, kept| {
            let same = (next.line, next.award, next.fence) == (kept.line, kept.award, kept.fence);
            if same {
                kept.amount += next.amount;
            }
            same
        });
        paid.retain(|p| p.amount != 0);
        Ok(paid)
    }

    /// The outcome in which each class gets this much.
    pub(crate) fn outcome(
        &self,
        totals: &[Sums],
        objective: Objective,
        certificate: Certificate,
    ) -> Result<Outcome, Refusal> {
        Ok(self.with(self.paid(totals)?, totals, objective, certificate))
    }

    fn wanted(&self, class: &Class) -> Wanted {
        Wanted {
            amount: class.lines.iter().map(|line| self.nets.free[*line]).sum(),
            awards: class.columns.iter().map(|(award, _)| *award).collect(),
        }
    }

    fn with(
        &self,
        paid: Vec<Paid>,
        totals: &[Sums],
        objective: Objective,
        certificate: Certificate,
    ) -> Outcome {
        Outcome {
            paid,
            objective,
            certificate,
            classes: self.classes.len(),
            totals: totals
                .iter()
                .map(|sums| sums.iter().map(|(c, a)| (*c, *a)).collect())
                .collect(),
            wanted: self
                .classes
                .iter()
                .map(|class| self.wanted(class))
                .collect(),
        }
    }
}

/// Attributes a pool's lines by the optimal policy.
pub fn solve(facts: &Facts) -> Result<Outcome, Refusal> {
    let prepared = Prepared::of(facts)?;
    let payers = payers(facts);
    let plan = Plan::of(facts, &prepared.nets, &prepared.classes, &payers);
    let (shares, certificate) = plan.flow()?;
    let totals = plan.by_award(shares)?;
    let paid = prepared.paid(&totals)?;
    let objective = plan.objective(&paid, &totals);
    Ok(prepared.with(paid, &totals, objective, certificate))
}

/// Deals a class's totals to its lines.
fn deal(nets: &Nets, class: &Class, totals: &Sums, paid: &mut Vec<Paid>) -> Result<(), Refusal> {
    let columns: Vec<(Column, i64)> = totals.iter().map(|(c, a)| (*c, *a)).collect();
    let amounts: Vec<i64> = columns.iter().map(|c| c.1).collect();
    let hands: Vec<Hand> = class
        .lines
        .iter()
        .map(|line| hand(nets, *line, &columns))
        .collect();
    for (at, column, amount) in to_lines(&amounts, &hands)? {
        let (award, fence) = columns[column].0;
        paid.push(Paid {
            line: class.lines[at],
            award,
            fence,
            amount,
        });
    }
    Ok(())
}

fn hand(nets: &Nets, line: usize, columns: &[(Column, i64)]) -> Hand {
    let mut kept = Vec::new();
    let fixed = nets.fixed_of(line);
    for before in nets.before_of(line) {
        let column = columns.iter().position(|c| Some(c.0) == before.place);
        if let (Some(column), Some(place)) = (column, before.place) {
            let held: i64 = fixed
                .iter()
                .filter(|f| (f.award, f.fence) == place)
                .map(|f| f.amount)
                .sum();
            let stay = before.amount - held;
            if stay > 0 {
                kept.push((column, stay));
            }
        }
    }
    Hand {
        free: nets.free[line],
        kept,
    }
}
