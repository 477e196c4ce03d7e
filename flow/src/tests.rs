//! Small networks against every flow that there is.

use crate::{Arc, Error, Network, Solver};

/// Small numbers from a seed: the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    fn index(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll(i64::try_from(sides).unwrap_or(1))).unwrap_or(0)
    }
}

type Line = (usize, usize, i64);

fn build(nodes: usize, lines: &[Line]) -> Result<(Network, Vec<Arc>), Error> {
    let mut network = Network::new();
    let names: Vec<_> = (0..nodes).map(|_| network.node()).collect();
    let arcs = lines
        .iter()
        .map(|(from, to, most)| network.arc(names[*from], names[*to], *most))
        .collect::<Result<_, _>>()?;
    Ok((network, arcs))
}

fn cost(flow: &[i64], aims: &[Vec<i64>]) -> Vec<i64> {
    aims.iter()
        .map(|aim| aim.iter().zip(flow).map(|(c, f)| c * f).sum())
        .collect()
}

/// All circulations.
fn every(nodes: usize, lines: &[Line]) -> Vec<Vec<i64>> {
    let mut flows = vec![Vec::new()];
    for (_, _, most) in lines {
        flows = flows
            .into_iter()
            .flat_map(|flow| {
                (0..=*most).map(move |amount| {
                    let mut longer = flow.clone();
                    longer.push(amount);
                    longer
                })
            })
            .collect();
    }
    flows.retain(|flow| {
        let mut sums = vec![0; nodes];
        for ((from, to, _), amount) in lines.iter().zip(flow) {
            sums[*from] -= amount;
            sums[*to] += amount;
        }
        sums.iter().all(|sum| *sum == 0)
    });
    flows
}

#[test]
fn every_aim_in_turn_is_best_and_its_potentials_prove_it() -> Result<(), Error> {
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let nodes = 2 + dice.index(4);
        let lines: Vec<Line> = (0..1 + dice.index(8))
            .map(|_| (dice.index(nodes), dice.index(nodes), dice.roll(3)))
            .collect();
        let aims: Vec<Vec<i64>> = (0..1 + dice.index(3))
            .map(|_| lines.iter().map(|_| dice.roll(7) - 3).collect())
            .collect();
        let (network, arcs) = build(nodes, &lines)?;
        let mut solver = Solver::new(network);
        let mut potentials = Vec::new();
        for aim in &aims {
            let costs: Vec<_> = arcs.iter().copied().zip(aim.iter().copied()).collect();
            potentials.push(solver.aim(&costs)?);
        }
        let flow: Vec<i64> = arcs.iter().map(|arc| solver.flow(*arc)).collect();
        let all = every(nodes, &lines);
        assert!(all.contains(&flow), "seed {seed}: not a circulation");
        let best = all.iter().map(|f| cost(f, &aims)).min();
        assert_eq!(best, Some(cost(&flow, &aims)), "seed {seed}");
        for (arc, (from, to, most)) in lines.iter().enumerate() {
            let reduced: Vec<i64> = aims
                .iter()
                .zip(&potentials)
                .map(|(aim, p)| aim[arc] + p[*from] - p[*to])
                .collect();
            let nought = vec![0; aims.len()];
            assert!(
                flow[arc] == *most || reduced >= nought,
                "seed {seed}, arc {arc}"
            );
            assert!(
                flow[arc] == 0 || reduced <= nought,
                "seed {seed}, arc {arc}"
            );
        }

        // Then the arcs that come first carry the most that they can.
        let mut order = arcs.clone();
        let turn = dice.index(order.len());
        order.rotate_left(turn);
        solver.favour(&order)?;
        let mut equal: Vec<&Vec<i64>> = all
            .iter()
            .filter(|f| Some(cost(f, &aims)) == best)
            .collect();
        let at = |f: &Vec<i64>, k: usize| f[(k + turn) % f.len()];
        equal.sort_by_key(|f| (0..f.len()).map(|k| -at(f, k)).collect::<Vec<_>>());
        let favoured: Vec<i64> = arcs.iter().map(|arc| solver.flow(*arc)).collect();
        assert_eq!(Some(&&favoured), equal.first(), "seed {seed}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_added_up_is_refused() -> Result<(), Error> {
    let mut network = Network::new();
    let (a, b) = (network.node(), network.node());
    let there = network.arc(a, b, i64::MAX - 1)?;
    assert_eq!(network.arc(b, a, 2), Err(Error::Overflow));
    assert_eq!(network.arc(b, a, -1), Err(Error::Negative));
    let back = network.arc(b, a, 1)?;
    let mut solver = Solver::new(network);
    assert_eq!(
        solver.aim(&[(there, i64::MAX), (back, -1)]),
        Err(Error::Overflow)
    );
    solver.aim(&[(back, -1)])?;
    assert_eq!(solver.flow(there), 1);
    Ok(())
}
