//! Which lines a negative line names: the line that it takes back; otherwise the positive lines of its
//! own transaction, of the same category and of the same of capital and revenue.

use std::collections::{HashMap, HashSet};

use entity::{CostCategoryId, SpendLineId};

use super::{Award, Line};

/// Lines by their places.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// For each negative line, the lines that it reduces and by how much (positive pence). What names
    /// no line is not mentioned.
    pub(super) portions: HashMap<usize, Vec<(usize, i64)>>,
    /// Negative lines that were taken back, and what takes them back: neither is attributed, for the
    /// two come to nothing.
    pub(super) apart: HashSet<usize>,
}

/// The lines of which an award holds what it pays as it is.
pub(in crate::attribution) fn held(awards: &[Award]) -> HashSet<SpendLineId> {
    awards
        .iter()
        .flat_map(|award| &award.kept)
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(line, _)| *line)
        .collect()
}

/// The lines of pairs in which a negative line is taken back by a positive one, or in which a line was
/// split. One of which an award holds part stays by itself: what comes back goes by the rules of today.
pub(in crate::attribution) fn undone<'l>(
    lines: impl Iterator<Item = &'l Line> + Clone,
    held: &HashSet<SpendLineId>,
) -> HashSet<SpendLineId> {
    let mut undone: HashSet<SpendLineId> = lines
        .clone()
        .filter(|line| line.split && !held.contains(&line.id))
        .filter(|line| line.reverses.is_none_or(|whole| !held.contains(&whole)))
        .map(|line| line.id)
        .collect();
    let reversals: Vec<&Line> = lines
        .clone()
        .filter(|line| line.amount > 0 && line.reverses.is_some())
        .collect();
    if reversals.is_empty() {
        return undone;
    }
    let by_original: HashMap<SpendLineId, &Line> = reversals
        .into_iter()
        .filter_map(|line| Some((line.reverses?, line)))
        .collect();
    undone.extend(
        lines
            .filter(|line| line.amount < 0 && !held.contains(&line.id))
            .filter_map(|line| Some((line, *by_original.get(&line.id)?)))
            .filter(|(line, back)| line.amount.checked_neg() == Some(back.amount))
            .flat_map(|(line, back)| [line.id, back.id]),
    );
    undone
}

/// Which lines the negative ones name.
pub(super) fn named(lines: &[&Line], held: &HashSet<SpendLineId>) -> Named {
    type Key<'a> = (&'a str, CostCategoryId, bool);
    let mut found = Named::default();
    let undone = undone(lines.iter().copied(), held);
    if !undone.is_empty() {
        let places = lines.iter().enumerate();
        found.apart = places
            .filter(|(_, line)| undone.contains(&line.id))
            .map(|(at, _)| at)
            .collect();
    }
    let reversed: HashMap<SpendLineId, usize> = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| line.amount < 0 && !found.apart.contains(at))
        .filter_map(|(at, line)| Some((line.reverses?, at)))
        .collect();
    let credits = || {
        lines
            .iter()
            .enumerate()
            .filter(|(at, line)| line.amount < 0 && !found.apart.contains(at))
    };
    let key = |line: &'_ Line| -> Option<(String, CostCategoryId, bool)> {
        Some((line.transaction.clone()?, line.category, line.capital))
    };
    let wanted: HashSet<_> = credits().filter_map(|(_, line)| key(line)).collect();
    if wanted.is_empty() && reversed.is_empty() {
        return found;
    }
    let mut positive: HashMap<Key<'_>, Vec<(usize, i64)>> = HashMap::new();
    let mut portions: HashMap<usize, Vec<(usize, i64)>> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        if line.amount <= 0 || found.apart.contains(&at) {
            continue;
        }
        let mut open = line.amount;
        // What takes it back names it, and nothing else.
        if let Some(back) = reversed.get(&line.id)
            && let Some(size) = lines.get(*back).and_then(|back| back.amount.checked_neg())
        {
            let part = size.min(open);
            open -= part;
            portions.insert(*back, vec![(at, part)]);
        }
        if let Some(transaction) = &line.transaction
            && open > 0
        {
            positive
                .entry((transaction, line.category, line.capital))
                .or_default()
                .push((at, open));
        }
    }
    for (at, line) in credits() {
        if portions.contains_key(&at) {
            continue;
        }
        let Some(transaction) = line.transaction.as_ref() else {
            continue;
        };
        let Some(candidates) =
            positive.get_mut(&(transaction.as_str(), line.category, line.capital))
        else {
            continue;
        };
        let mut left = line.amount.saturating_neg();
        let mut of_it = Vec::new();
        // The line that it reverses exactly goes before the others.
        if let Some((whole, open)) = candidates.iter_mut().find(|(_, open)| *open == left) {
            of_it.push((*whole, left));
            *open = 0;
            left = 0;
        }
        for (other, open) in candidates.iter_mut() {
            let part = left.min(*open);
            if part > 0 {
                of_it.push((*other, part));
                *open -= part;
                left -= part;
            }
        }
        if !of_it.is_empty() {
            portions.insert(at, of_it);
        }
    }
    found.portions = portions;
    found
}
