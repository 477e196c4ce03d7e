//! Which lines a negative line names: the positive lines of its own transaction, of the same
//! category and of the same of capital and revenue.

use std::collections::HashMap;

use entity::CostCategoryId;

use super::Line;

/// For each negative line (by its place), the lines that it reduces and by how much (positive
/// pence). What names no line is not mentioned.
pub(super) fn named(lines: &[&Line]) -> HashMap<usize, Vec<(usize, i64)>> {
    type Key<'a> = (&'a str, CostCategoryId, bool);
    let mut positive: HashMap<Key<'_>, Vec<(usize, i64)>> = HashMap::new();
    let key = |line: &'_ Line| -> Option<(String, CostCategoryId, bool)> {
        Some((line.transaction.clone()?, line.category, line.capital))
    };
    let wanted: std::collections::HashSet<_> = lines
        .iter()
        .filter(|line| line.amount < 0)
        .filter_map(|line| key(line))
        .collect();
    if wanted.is_empty() {
        return HashMap::new();
    }
    for (at, line) in lines.iter().enumerate() {
        if let Some(transaction) = &line.transaction
            && line.amount > 0
        {
            positive
                .entry((transaction, line.category, line.capital))
                .or_default()
                .push((at, line.amount));
        }
    }
    let mut found = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(transaction) = line.transaction.as_ref().filter(|_| line.amount < 0) else {
            continue;
        };
        let Some(candidates) =
            positive.get_mut(&(transaction.as_str(), line.category, line.capital))
        else {
            continue;
        };
        let mut left = line.amount.saturating_neg();
        let mut portions = Vec::new();
        // The line that it reverses exactly goes before the others.
        if let Some((whole, open)) = candidates.iter_mut().find(|(_, open)| *open == left) {
            portions.push((*whole, left));
            *open = 0;
            left = 0;
        }
        for (other, open) in candidates.iter_mut() {
            let part = left.min(*open);
            if part > 0 {
                portions.push((*other, part));
                *open -= part;
                left -= part;
            }
        }
        if !portions.is_empty() {
            found.insert(at, portions);
        }
    }
    found
}
