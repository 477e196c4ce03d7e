//! Totals given back: between awards that are alike, and to the lines of a class.

use flow::{Network, Solver};

use crate::Refusal;

/// Divides a total by weights, in whole pence: each gets its share rounded down, and what is left
/// goes, a penny each, to the largest remainders, equal ones in their order.
pub fn largest_remainder(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum <= 0 {
        return vec![0; weights.len()];
    }
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = total;
    for (at, weight) in weights.iter().enumerate() {
        let exact = i128::from(total) * i128::from(*weight);
        let share = i64::try_from(exact / sum).unwrap_or(0);
        shares.push(share);
        remainders.push((std::cmp::Reverse(exact % sum), at));
        left -= share;
    }
    remainders.sort();
    for (_, at) in remainders {
        if left == 0 {
            break;
        }
        shares[at] += 1;
        left -= 1;
    }
    shares
}

/// One line of a class, for dealing.
#[derive(Debug)]
pub struct Hand {
    /// Pence to be dealt to, at most.
    pub free: i64,
    /// For some columns: what it had there before and could keep.
    pub kept: Vec<(usize, i64)>,
}

/// Deals a class's totals (one for each column) to its lines, which come in the order of ties.
/// As much as can be stays where it was; the rest goes line after line, column after column.
/// Answers `(line, column, pence)`.
pub fn to_lines(totals: &[i64], hands: &[Hand]) -> Result<Vec<(usize, usize, i64)>, Refusal> {
    let mut left = totals.to_vec();
    let mut free: Vec<i64> = hands.iter().map(|h| h.free).collect();
    let mut dealt = Vec::with_capacity(hands.len());
    // A line that shrank cannot keep all that it had: which part, is a flow of its own.
    let shrunk: Vec<usize> = (0..hands.len())
        .filter(|h| hands[*h].kept.iter().map(|k| k.1).sum::<i64>() > hands[*h].free)
        .collect();
    if !shrunk.is_empty() {
        let mut others = vec![0; totals.len()];
        for (at, hand) in hands.iter().enumerate() {
            if shrunk.binary_search(&at).is_err() {
                for (column, amount) in &hand.kept {
                    others[*column] += amount;
                }
            }
        }
        let mut network = Network::new();
        let bank = network.node();
        let columns: Vec<_> = totals.iter().map(|_| network.node()).collect();
        let mut wanted = Vec::new();
        let mut ways = Vec::new();
        for (column, node) in columns.iter().enumerate() {
            let room = (totals[column] - others[column]).max(0);
            network.arc(*node, bank, room)?;
        }
        for at in &shrunk {
            let node = network.node();
            wanted.push((network.arc(bank, node, hands[*at].free)?, -1));
            for (column, amount) in &hands[*at].kept {
                ways.push((*at, *column, network.arc(node, columns[*column], *amount)?));
            }
        }
        let mut solver = Solver::new(network);
        solver.aim(&wanted)?;
        let order: Vec<_> = ways.iter().map(|w| w.2).collect();
        solver.favour(&order)?;
        for (at, column, arc) in ways {
            let amount = solver.flow(arc);
            if amount > 0 {
                dealt.push((at, column, amount));
                left[column] -= amount;
                free[at] -= amount;
            }
        }
    }
    for (at, hand) in hands.iter().enumerate() {
        for (column, amount) in &hand.kept {
            if shrunk.binary_search(&at).is_err() {
                let amount = (*amount).min(left[*column]).min(free[at]);
                if amount > 0 {
                    dealt.push((at, *column, amount));
                    left[*column] -= amount;
                    free[at] -= amount;
                }
            }
        }
    }
    let mut column = 0;
    for (at, free) in free.iter_mut().enumerate() {
        while *free > 0 && column < left.len() {
            let amount = left[column].min(*free);
            if amount > 0 {
                dealt.push((at, column, amount));
                left[column] -= amount;
                *free -= amount;
            }
            if left[column] == 0 {
                column += 1;
            }
        }
    }
    if left.iter().any(|l| *l != 0) {
        return Err(Refusal::Internal(
            "A class has more attributed to it than its lines can take.".to_owned(),
        ));
    }
    Ok(dealt)
}

/// Splits what each class gets from awards that are alike, so that each award has its share and as
/// little moves as can be. `kept[class][award]` is what could stay.
pub fn between_twins(
    classes: &[i64],
    shares: &[i64],
    kept: &[Vec<i64>],
) -> Result<Vec<Vec<i64>>, Refusal> {
    let mut network = Network::new();
    let bank = network.node();
    let awards: Vec<_> = shares.iter().map(|_| network.node()).collect();
    let mut all = Vec::new();
    for (award, share) in awards.iter().zip(shares) {
        network.arc(*award, bank, *share)?;
    }
    let mut stays = Vec::new();
    let mut ways = Vec::new();
    for (class, total) in classes.iter().enumerate() {
        let node = network.node();
        all.push((network.arc(bank, node, *total)?, -1));
        for (at, award) in awards.iter().enumerate() {
            let stay = network.arc(node, *award, kept[class][at].min(*total))?;
            stays.push((stay, -1));
            ways.push((at, class, stay, network.arc(node, *award, *total)?));
        }
    }
    let mut solver = Solver::new(network);
    solver.aim(&all)?;
    solver.aim(&stays)?;
    ways.sort_by_key(|w| (w.0, w.1));
    let order: Vec<_> = ways.iter().flat_map(|w| [w.2, w.3]).collect();
    solver.favour(&order)?;
    let mut split = vec![vec![0; shares.len()]; classes.len()];
    for (at, class, stay, more) in ways {
        split[class][at] = solver.flow(stay) + solver.flow(more);
    }
    if split.iter().flatten().sum::<i64>() != classes.iter().sum::<i64>() {
        return Err(Refusal::Internal(
            "Awards that are alike could not be given their shares.".to_owned(),
        ));
    }
    Ok(split)
}
